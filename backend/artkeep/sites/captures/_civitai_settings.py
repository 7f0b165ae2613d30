"""What a step of Civitai's generator was made with: `params` and `resources` of every shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from artkeep.domain.generated import real_number
from artkeep.domain.parameters import Pair
from artkeep.sites.captures._fields import (
    line,
    number_text,
    object_in,
    objects_in,
    prompt_in,
    ratio,
    size_of,
    usual_pairs,
    whole,
)

_VERSION_MARK: Final = "@civitai/"


@dataclass(frozen=True, slots=True)
class Settings:
    """`resources` as Civitai's own reader wants them. `is_scaled`: the size is of what was
    scaled up, not of what came out."""

    prompt: str | None
    negative_prompt: str | None
    seed: object
    model: str | None
    base_model: str | None
    version_id: str | None
    version_name: str | None
    parameters: tuple[Pair, ...]
    resources: tuple[Mapping[str, Any], ...]
    is_scaled: bool
    init_url: object


def read_settings(
    told: Mapping[str, Any], service: str, created_at: datetime | None
) -> Settings:
    """`told` has `params` and `resources`; in 2023 the model's hash and family stand beside."""
    params = object_in(told.get("params"))
    resources = list(objects_in(told.get("resources")))
    checkpoint = next((row for row in resources if _type(row) == "checkpoint"), {})
    vae = next((row for row in resources if _type(row) == "vae"), {})
    family = _family(told, params, checkpoint)
    aspect = object_in(params.get("aspectRatio"))
    width = params.get("width") or aspect.get("width")
    height = params.get("height") or aspect.get("height")
    upscale = ratio(params.get("upscaleWidth"), width)
    sampler, schedule = line(params.get("sampler")), line(params.get("scheduler"))
    is_flux = (family or "").lower().startswith("flux")
    model = _full_name(checkpoint)
    version_id = whole(checkpoint.get("id")) or _version_in(told.get("model"))
    return Settings(
        prompt=prompt_in(params.get("prompt")),
        negative_prompt=prompt_in(params.get("negativePrompt")),
        seed=params.get("seed"),
        model=model,
        base_model=family,
        version_id=str(version_id) if version_id and version_id > 0 else None,
        version_name=line(checkpoint.get("name")),
        parameters=usual_pairs(
            service,
            created_at,
            ("Steps", whole(params.get("steps"))),
            ("Sampler", sampler or schedule),
            ("Schedule type", schedule if sampler else None),
            ("CFG scale", number_text(params.get("cfgScale"))),
            ("Size", size_of(width, height)),
            ("Model hash", told.get("modelHash")),
            ("Model", model),
            ("VAE", _full_name(vae)),
            ("Denoising strength", number_text(params.get("denoise"))),
            ("Clip skip", None if is_flux else whole(params.get("clipSkip"))),
            ("Hires upscale", upscale),
        ),
        resources=tuple(_civitai_resources(resources)),
        is_scaled=upscale is not None,
        init_url=_init_url(params),
    )


def _family(
    told: Mapping[str, Any], params: Mapping[str, Any], checkpoint: Mapping[str, Any]
) -> str | None:
    places = (
        checkpoint.get("baseModel"),
        params.get("baseModel"),
        params.get("ecosystem"),
        told.get("baseModel"),
    )
    return next(filter(None, map(line, places)), None)


def _type(resource: Mapping[str, Any]) -> str:
    model = object_in(resource.get("model"))
    told = resource.get("modelType") or resource.get("type") or model.get("type")
    return told.lower() if isinstance(told, str) else ""


def _model_name(resource: Mapping[str, Any]) -> str | None:
    named = line(object_in(resource.get("model")).get("name"))
    return line(resource.get("modelName")) or named


def _full_name(resource: Mapping[str, Any]) -> str | None:
    """The model's name and its version's."""
    both = (_model_name(resource), line(resource.get("name")))
    return " ".join(filter(None, both)) or None


def _version_in(model: object) -> int | None:
    """The first shape also has it as `@civitai/128713`; other engines have other marks."""
    if not isinstance(model, str) or not model.startswith(_VERSION_MARK):
        return None
    return whole(model.removeprefix(_VERSION_MARK))


def _civitai_resources(resources: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in resources:
        version_id = whole(row.get("id"))
        if version_id is None or version_id <= 0:
            continue
        kind = _type(row)
        weight = real_number(row.get("strength"))
        named = {
            "type": kind,
            "weight": None if kind in ("checkpoint", "vae") else weight,
            "modelVersionId": version_id,
            "modelName": _model_name(row),
            "modelVersionName": line(row.get("name")),
        }
        yield {name: part for name, part in named.items() if part not in (None, "")}


def _init_url(params: Mapping[str, Any]) -> object:
    """Of the image it was made from, in one of two forms."""
    given = next(objects_in(params.get("images")), params.get("sourceImage"))
    return given.get("url") if isinstance(given, Mapping) else given
