"""Dezgo: jobs of the account's list of transactions, and their settings.

Source: norville101/taiger `sources/dezgo.js`, read 2026-11. The list holds neither prompt nor
settings: they are in a file of their own, which `account/file` gives for the user's key, as
`{field: {Value: …}}`. A saved job has them under `input`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from artkeep.domain.generated import real_number
from artkeep.sites.captures._capture import Creation, Document, HostRule, InitImage, Service
from artkeep.sites.captures._fields import (
    id_in,
    line,
    number_text,
    object_in,
    pairs,
    prompt_in,
    side,
    size_of,
    time_in,
    usual_pairs,
    whole,
)
from artkeep.sites.captures._outputs import Outputs

_FILE: Final = "https://api.dezgo.com/account/file"
_MEDIA: Final = (HostRule("api.dezgo.com", "/account/file"),)
_MOST_OUTPUTS: Final = 100
_SHA256_LENGTH: Final = 64
_SHORT_HASH: Final = 10  # characters of Civitai's AutoV2, the beginning of a file's SHA-256
_IMAGES: Final = ("init_image", "image", "mask_image")


def recognises(value: Mapping[str, Any]) -> bool:
    """A transaction that is a job with an output."""
    is_job = value.get("type") == "job" and "_id" in value
    return is_job and "file.output" in object_in(value.get("meta"))


def read(value: Mapping[str, Any]) -> Creation:
    """Raises ValueError without a usable id of the output."""
    meta, told = object_in(value.get("meta")), object_in(value.get("input"))
    job_id = id_in(str(meta["file.output"]).partition("/")[0])
    function = line(meta.get("job.function"))
    created_at = time_in(value.get("time"))
    model = _model(function, told, meta)
    factor = _factor(function, told)
    outputs = _outputs(meta, told, factor)
    init_image = next(filter(None, (told.get(name) for name in _IMAGES[:2])), None)
    return Creation(
        service=SERVICE.name,
        id=job_id,
        page_url="https://dezgo.com/",
        created_at=created_at,
        is_own=True,
        prompt=prompt_in(told.get("prompt")),
        negative_prompt=prompt_in(told.get("negative_prompt")),
        model=model,
        parameters=usual_pairs(
            SERVICE.title,
            created_at,
            ("Steps", whole(told.get("steps"))),
            ("Sampler", told.get("sampler")),
            ("CFG scale", number_text(told.get("guidance"))),
            ("Image CFG scale", number_text(told.get("image_guidance"))),
            ("Size", size_of(told.get("width"), told.get("height"))),
            ("Model", model),
            ("Denoising strength", number_text(told.get("strength"))),
            ("Hires upscale", factor),
            ("Refiner", told.get("refiner")),
            *_control(told),
            more=(
                *_networks(told),
                ("Function", function),
                ("Mask prompt", told.get("mask_prompt")),
            ),
        ),
        hashes=_hashes(told),
        init_image=InitImage(base64=init_image) if isinstance(init_image, str) else None,
        outputs=outputs.made,
        rejects=outputs.rejects(),
        wants=None if told else _address(meta.get("file.input")),
        raw=_without_bytes(value, told),
    )


def settings_key(raw: Mapping[str, Any]) -> str | None:
    """The id of its input, while that is not known."""
    return None if raw.get("input") else line(object_in(raw.get("meta")).get("file.input"))


def settings_in(document: Document) -> tuple[str, Mapping[str, Any]] | None:
    """The answer that brings an input."""
    if document.url is None or not document.url.startswith(f"{_FILE}?"):
        return None
    key = parse_qs(urlsplit(document.url).query).get("id", [""])[0]
    fields = {
        name: typed["Value"]
        for name, typed in object_in(document.value).items()
        if isinstance(typed, Mapping) and "Value" in typed
    }
    return (key, {"input": fields}) if key and fields else None


def _address(file: object, offset: int | None = None) -> str | None:
    """Of a file of the account, `<uuid>/input` or the n-th of `<uuid>/output`."""
    name = line(file)
    if name is None:
        return None
    tail = "" if offset is None else f"&offset={offset}"
    return f"{_FILE}?id={quote(name, safe='/')}{tail}"


def _model(
    function: str | None, told: Mapping[str, Any], meta: Mapping[str, Any]
) -> str | None:
    fixed = "InstructPix2Pix" if function == "edit-image" else None
    return line(told.get("model")) or line(meta.get("job.input.model")) or fixed


def _factor(function: str | None, told: Mapping[str, Any]) -> str | None:
    if function == "upscale":
        return "2"
    factor = real_number(told.get("upscale"))
    return number_text(factor) if factor is not None and factor > 1 else None


def _outputs(meta: Mapping[str, Any], told: Mapping[str, Any], factor: str | None) -> Outputs:
    outputs = Outputs(_MEDIA)
    count = whole(meta.get("file.output.count")) or whole(told.get("count")) or 1
    base = whole(told.get("seed"))
    is_known = base is not None and base >= 0
    sides = side(told.get("width")), side(told.get("height"))
    for offset in range(max(0, min(count, _MOST_OUTPUTS))):
        width, height = (None, None) if factor else sides
        outputs.add(
            [(_address(meta["file.output"], offset), "hd", None)],
            id=str(offset + 1),
            position=offset + 1,
            seed=str(base + offset) if is_known and base is not None else None,
            width=width,
            height=height,
        )
    return outputs


def _control(told: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """As AUTOMATIC1111's extension writes it: pairs within a value."""
    named = pairs(
        ("Module", line(told.get("control_preprocess"))),
        ("Model", told.get("control_model")),
        ("Weight", number_text(told.get("control_scale"))),
    )
    if told.get("control_model"):
        yield "ControlNet 0", ", ".join(f"{name}: {value}" for name, value in named)


def _networks(told: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """LoRAs go by the SHA-256 of their file; a weight without a LoRA means nothing."""
    for name in ("lora1", "lora2"):
        if told.get(name):
            number = name[-1]
            yield f"LoRA {number}", told[name]
            yield f"LoRA {number} weight", number_text(told.get(f"{name}_strength"))


def _hashes(told: Mapping[str, Any]) -> dict[str, str]:
    """What Civitai finds the LoRAs by: their names are not known here."""
    found = {}
    for name in ("lora1", "lora2"):
        sha256 = line(told.get(name))
        if sha256 and len(sha256) == _SHA256_LENGTH and sha256.isalnum():
            short = sha256[:_SHORT_HASH].lower()
            found[f"lora:{short}"] = short
    return found


def _without_bytes(value: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Images it was made from lie beside; the record keeps their hashes."""
    kept = dict(told)
    for name in _IMAGES:
        if isinstance(kept.get(name), str):
            text = kept[name].encode("utf-8", "surrogatepass")
            kept[name] = f"base64 with sha256 {hashlib.sha256(text).hexdigest()}"
    return {**value, "input": kept} if told else value


SERVICE = Service(
    name="dezgo",
    title="Dezgo",
    media=_MEDIA,
    asks=(HostRule("api.dezgo.com"),),
    recognises=recognises,
    read=read,
    key_header="X-Dezgo-Key",
    settings_key=settings_key,
    settings_in=settings_in,
)
