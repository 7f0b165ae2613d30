"""Mage.space: creations of a user's page.

Source: norville101/taiger `sources/mage.js`, `metadata.js`; an unofficial client's answer of
`api.mage.space/api/v2/images/generate`, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from artkeep.domain.generated import real_number
from artkeep.sites.captures._capture import Creation, HostRule, Service
from artkeep.sites.captures._fields import (
    id_in,
    line,
    number_text,
    object_in,
    prompt_in,
    seed_in,
    side,
    size_of,
    time_in,
    usual_pairs,
    whole,
)
from artkeep.sites.captures._outputs import Outputs

_MEDIA: Final = (HostRule(".mage.space"),)


def recognises(value: Mapping[str, Any]) -> bool:
    """By a version of the model in two places, and a blurhash."""
    is_whole = all(name in value for name in ("id", "model_version", "blurhash"))
    return is_whole and "model_version" in object_in(value.get("metadata"))


def read(value: Mapping[str, Any]) -> Creation:
    """Raises ValueError without a usable id."""
    told = object_in(value.get("metadata"))
    created_at = time_in(value.get("created_at"))
    model = _model(value, told)
    share = real_number(told.get("denoising_frac"))
    has_refiner = told.get("use_refiner") is True
    width = told.get("width") or value.get("width")
    height = told.get("height") or value.get("height")
    outputs = Outputs(_MEDIA)
    outputs.add(
        [(value.get("image_url"), "hd", None)],
        id="1",
        position=1,
        seed=seed_in(told.get("seed")),
        width=side(value.get("width")),
        height=side(value.get("height")),
    )
    return Creation(
        service=SERVICE.name,
        id=id_in(value["id"]),
        page_url="https://www.mage.space/",
        created_at=created_at,
        author_id=line(value.get("uid")),
        prompt=prompt_in(told.get("prompt")),
        negative_prompt=prompt_in(told.get("negative_prompt")),
        model=model,
        parameters=usual_pairs(
            SERVICE.title,
            created_at,
            ("Steps", whole(told.get("num_inference_steps"))),
            ("Sampler", told.get("scheduler")),
            ("CFG scale", number_text(told.get("guidance_scale"))),
            ("Size", size_of(width, height)),
            ("Model", model),
            ("Denoising strength", number_text(told.get("strength"))),
            ("Clip skip", _clip_skip(told.get("clip_skip"))),
            ("Refiner", True if has_refiner else None),
            ("Refiner strength", _strength(told) if has_refiner else None),
            ("Refiner denoise share", _rest(share) if has_refiner else None),
        ),
        outputs=outputs.made,
        rejects=outputs.rejects(),
        raw=value,
    )


def _model(value: Mapping[str, Any], told: Mapping[str, Any]) -> str | None:
    """`sdxl/v1.0`; both, where the creation and its settings name different ones."""
    named = []
    for place in (value, told):
        both = (line(place.get("model_name")), line(place.get("model_version")))
        name = "/".join(filter(None, both))
        if name and name not in named:
            named.append(name)
    return ", ".join(named) or None


def _clip_skip(told: object) -> int | None:
    """A flag: the last layer is skipped or not."""
    if isinstance(told, bool):
        return 1 if told else None
    return whole(told)


def _strength(told: Mapping[str, Any]) -> str | None:
    return number_text(told.get("refiner_strength"))


def _rest(share: float | None) -> str | None:
    return None if share is None else number_text(1 - share)


SERVICE = Service(
    name="mage",
    title="Mage.space",
    media=_MEDIA,
    asks=(HostRule(".mage.space"),),
    recognises=recognises,
    read=read,
)
