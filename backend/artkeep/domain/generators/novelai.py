"""NovelAI: `Comment` is JSON, `Description` the prompt; in WebP all of it is one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from artkeep.domain.embedded import Embedded
from artkeep.domain.generated import Generation, short_text, whole_text
from artkeep.domain.generators.fields import read_fields
from artkeep.domain.loose_json import read_object

_TOOL: Final = "NovelAI"
_WHOLE: Final = ("EXIF:UserComment", "EXIF:IFD0:UserComment", "stealth", "PNG:parameters")


def read_novelai(embedded: Embedded) -> Generation | None:
    """From the PNG's texts, or from the one object of the other places."""
    software = embedded.text("PNG:Software") or ""
    raw = embedded.text("PNG:Comment")
    told = read_object(raw)
    if told is not None and raw and (software.startswith(_TOOL) or _looks_so(told)):
        source = embedded.text("PNG:Source")
        return _from(told, embedded.text("PNG:Description"), source, "PNG:Comment", raw)
    for place in _WHOLE:
        raw = embedded.text(place)
        whole = read_object(raw)
        if whole is None or not raw:
            continue
        told = read_object(whole.get("Comment"))
        if told is not None:
            return _from(told, whole.get("Description"), whole.get("Source"), place, raw)
        if _looks_so(whole):
            return _from(whole, None, embedded.text("EXIF:Software"), place, raw)
    return None


def _looks_so(told: Mapping[str, Any]) -> bool:
    return "uc" in told and "sampler" in told and ("scale" in told or "v4_prompt" in told)


def _from(
    told: dict[str, Any], description: object, source: object, place: str, raw: str
) -> Generation:
    generation = read_fields(told, tool=_TOOL, place=place, raw=raw)
    prompt = generation.prompt or _caption(told.get("v4_prompt")) or whole_text(description)
    negative = generation.negative_prompt
    if negative is None:
        negative = _caption(told.get("v4_negative_prompt"))
    return replace(
        generation,
        prompt=prompt,
        negative_prompt=negative,
        version=short_text(source),
        model=None,
        parameters=(*_characters(told.get("v4_prompt")), *generation.parameters),
    )


def _caption(told: object) -> str | None:
    caption = told.get("caption") if isinstance(told, Mapping) else None
    return whole_text(caption.get("base_caption")) if isinstance(caption, Mapping) else None


def _characters(told: object) -> list[tuple[str, str]]:
    """Since V4 every character may have a prompt of its own."""
    caption = told.get("caption") if isinstance(told, Mapping) else None
    rows = caption.get("char_captions") if isinstance(caption, Mapping) else None
    found = []
    for number, row in enumerate(rows if isinstance(rows, list) else (), 1):
        text = whole_text(row.get("char_caption")) if isinstance(row, Mapping) else None
        if text:
            found.append((f"Character {number}", text))
    return found
