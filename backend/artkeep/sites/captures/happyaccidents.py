"""HappyAccidents: inferences of its gallery.

Source: norville101/taiger `sources/happyaccidents.js`, `metadata.js`, read 2026-11. The service
is offline and so are its names of models: an id without a name stays an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from artkeep.domain.generated import real_number
from artkeep.sites.captures._capture import Creation, HostRule, InitImage, Service
from artkeep.sites.captures._fields import (
    id_in,
    line,
    number_text,
    object_in,
    objects_in,
    prompt_in,
    seed_in,
    side,
    size_of,
    time_in,
    usual_pairs,
    whole,
)
from artkeep.sites.captures._outputs import Outputs, allowed_url, stem_of

_BUCKET: Final = "https://ik.imagekit.io/hb42m9hh0"
_MEDIA: Final = (
    HostRule("ik.imagekit.io", "/hb42m9hh0/"),
    HostRule(".happyaccidents.ai"),
)
_MODELS: Final = {
    "17acb86b7bdb49d78ea0c18b0ceeb0e6": "epiCRealism",
    "faa11c18ac9f4884813b7cc25739b8fe": "AbsoluteReality v1.8.1",
    "cb2af481971142498d9240f6c4b3ebba": "CyberRealistic v3.3",
}
_NUMBER: Final = re.compile(r"_(\d{1,4})$")


def recognises(value: Mapping[str, Any]) -> bool:
    """By the two names that only it has."""
    return "inferenceId" in value and isinstance(value.get("inferencePayload"), Mapping)


def read(value: Mapping[str, Any]) -> Creation:
    """Raises ValueError without a usable id."""
    told = object_in(value.get("inferencePayload"))
    factor = real_number(told.get("upscale"))
    scale = number_text(factor) if factor is not None and factor > 1 else None
    outputs = _outputs(value, told, is_scaled=scale is not None)
    times = (time_in(row.get("createdAt")) for row in objects_in(value.get("images")))
    created_at = next(filter(None, times), None)
    model_id = line(told.get("modelId"))
    model = _MODELS.get(model_id) if model_id else None
    init_url = allowed_url(told.get("imageUrl"), _MEDIA)
    return Creation(
        service=SERVICE.name,
        id=id_in(value["inferenceId"]),
        page_url="https://www.happyaccidents.ai/",
        created_at=created_at,
        prompt=prompt_in(told.get("prompt")),
        negative_prompt=prompt_in(told.get("negativePrompt")),
        model=model,
        parameters=usual_pairs(
            SERVICE.title,
            created_at,
            ("Steps", whole(told.get("numInferenceSteps"))),
            ("Sampler", told.get("samplingMethod")),
            ("CFG scale", number_text(told.get("guidanceScale"))),
            ("Size", size_of(told.get("outputWpx"), told.get("outputHpx"))),
            ("Model", model),
            ("VAE", told.get("vae")),
            ("Clip skip", whole(told.get("clipSkip"))),
            ("Hires upscale", scale),
            more=(("Model ID", model_id if model is None else None), *_networks(told)),
        ),
        init_image=InitImage(init_url) if init_url else None,
        outputs=outputs.made,
        rejects=outputs.rejects(),
        raw=value,
    )


def _outputs(value: Mapping[str, Any], told: Mapping[str, Any], is_scaled: bool) -> Outputs:
    outputs = Outputs(_MEDIA)
    width, height = side(told.get("outputWpx")), side(told.get("outputHpx"))
    for index, row in enumerate(outputs.rows(value.get("images")), 1):
        folder, name = line(row.get("folderPath")), line(row.get("filename"))
        url = f"{_BUCKET}/{folder.strip('/')}/{name}" if folder and name else None
        number = _NUMBER.search(stem_of(url) or "")
        outputs.add(
            [(url, "hd", None)],
            id=row.get("id") or stem_of(url),
            position=int(number[1]) + 1 if number else index,
            seed=seed_in(told.get("seed")),
            width=None if is_scaled else width,
            height=None if is_scaled else height,
            created_at=time_in(row.get("createdAt")),
            raw=row,
        )
    return outputs


def _networks(told: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for number, row in enumerate(objects_in(told.get("lora")), 1):
        yield f"LoRA {number}", row.get("id")
        yield f"LoRA {number} weight", number_text(row.get("weight"))


SERVICE = Service(
    name="happyaccidents",
    title="HappyAccidents",
    media=_MEDIA,
    asks=(HostRule(".happyaccidents.ai"), HostRule("easel-fgiw.onrender.com")),
    recognises=recognises,
    read=read,
)
