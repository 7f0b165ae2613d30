"""InvokeAI in three generations: `invokeai_metadata`, `sd-metadata`, the line `Dream`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from artkeep.domain.embedded import Embedded
from artkeep.domain.generated import Generation, short_text, whole_text
from artkeep.domain.generators.fields import read_fields
from artkeep.domain.loose_json import read_object

_TOOL: Final = "InvokeAI"
_IN_BRACKETS: Final = re.compile(r"\[([^\[\]]*+)\]")
_DREAM: Final = re.compile(r'\s{0,16}"((?:[^"\\]++|\\.)*+)"(.*)', re.DOTALL)
_OPTION: Final = re.compile(
    r"(?:^|\s)-(?:-(\w{1,40})[ =]|([a-zA-Z]))\s{0,8}([^\s-][^\s]{0,200})"
)
_OPTIONS: Final = {
    "s": "steps", "S": "seed", "W": "width", "H": "height", "C": "cfg_scale", "A": "sampler",
    "m": "model",
}  # fmt: skip
_PLACES: Final = ("PNG:invokeai_metadata", "XMP:invokeai_metadata", "EXIF:UserComment")


def read_invokeai(embedded: Embedded) -> Generation | None:
    """The newest generation that is there."""
    for place in _PLACES:
        raw = embedded.text(place)
        told = read_object(raw)
        if told is not None and (place != "EXIF:UserComment" or "invokeai_metadata" in told):
            return _newest(read_object(told.get("invokeai_metadata")) or told, place, raw or "")
    raw = embedded.text("PNG:sd-metadata") or embedded.text("PNG:Sd-metadata")
    told = read_object(raw)
    if told is not None and raw:
        return _middle(told, raw)
    raw = embedded.text("PNG:Dream") or embedded.text("PNG:dream")
    return _dream(raw) if raw else None


def _newest(told: dict[str, Any], place: str, raw: str) -> Generation:
    """`scheduler` is what others call the sampler; the model is an object."""
    generation = read_fields(told, tool=_TOOL, place=place, raw=raw)
    model = told.get("model")
    names = (model.get("name"), model.get("model_name")) if isinstance(model, Mapping) else ()
    return replace(
        generation,
        sampler=short_text(told.get("scheduler")),
        schedule=None,
        model=next(filter(None, map(short_text, names)), None) or generation.model,
        version=short_text(told.get("app_version")),
    )


def _middle(told: dict[str, Any], raw: str) -> Generation:
    """What concerns the picture is in `image`; the prompt is a list of weighted parts."""
    image = told.get("image")
    image = image if isinstance(image, Mapping) else {}
    parts = image.get("prompt")
    if isinstance(parts, list):
        parts = [part.get("prompt") if isinstance(part, Mapping) else part for part in parts]
    prompt, negative = _split(whole_text(parts) or "")
    generation = read_fields(
        {**told, **image, "model": told.get("model_weights", told.get("model"))},
        tool=_TOOL,
        place="PNG:sd-metadata",
        raw=raw,
    )
    return replace(
        generation,
        prompt=prompt,
        negative_prompt=negative,
        schedule=None,
        version=short_text(told.get("app_version")),
    )


def _dream(raw: str) -> Generation | None:
    """A command line: `"a cat [a dog]" -s 50 -S 42 -W 512 -H 512 -C 7.5 -A k_lms`."""
    found = _DREAM.match(raw)
    if found is None:
        return None
    prompt, negative = _split(found[1].replace('\\"', '"'))
    told: dict[str, str] = {}
    for option in _OPTION.finditer(found[2]):
        name = option[1] or _OPTIONS.get(option[2])
        if name is not None:
            told.setdefault(name, option[3])
    generation = read_fields(told, tool=_TOOL, place="PNG:Dream", raw=raw)
    return replace(generation, prompt=prompt, negative_prompt=negative)


def _split(prompt: str) -> tuple[str, str | None]:
    """The older generations put the negative prompt in brackets."""
    negative = [part.strip() for part in _IN_BRACKETS.findall(prompt) if part.strip()]
    kept = _IN_BRACKETS.sub("", prompt) if negative else prompt
    return kept.strip(), ", ".join(negative) or None
