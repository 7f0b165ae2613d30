"""Unstability: the history of 2024, and that of 2023.

Source: norville101/taiger `sources/unstability.js`, `metadata.js`, read 2026-11. Whether the
service still answers is not known; old captures exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

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

_MEDIA: Final = (HostRule(".unstability.ai"),)
_FILTERS: Final = {
    "chaotic-composition": "Diverse Composition",
    "dynamic-contrast": "Dynamic Contrast",
    "complementary-compositon": "Complementary Composition",  # its own spelling
    "complementary-composition": "Complementary Composition",
    "color-guidance": "Color Guidance",
    "dual-color-guidance": "Dual Color Guidance",
}


def recognises(value: Mapping[str, Any]) -> bool:
    """By the settings that only this service has."""
    if "original" in value and "prefix" in value:
        return "lighting_filter" in object_in(value.get("genInfo"))
    has_images = isinstance(value.get("images"), list) and "requested_at" in value
    return has_images and "lighting_filter" in object_in(value.get("image_info"))


def read(value: Mapping[str, Any]) -> Creation:
    """Raises ValueError without a usable id."""
    is_old = "image_info" in value
    told = object_in(value.get("image_info") if is_old else value.get("genInfo"))
    dates = ("finished_at", "accepted_at", "requested_at") if is_old else ("requested_at",)
    created_at = next(filter(None, (time_in(value.get(name)) for name in dates)), None)
    model = _model(told)
    outputs = _outputs(value, told, is_old)
    return Creation(
        service=SERVICE.name,
        id=id_in(_after_mark(value["id"] if is_old else value["prefix"])),
        page_url="https://www.unstability.ai/",
        created_at=created_at,
        prompt=prompt_in(told.get("prompt")),
        negative_prompt=prompt_in(told.get("negative_prompt")),
        model=model,
        parameters=usual_pairs(
            SERVICE.title,
            created_at,
            ("Steps", whole(told.get("steps"))),
            ("Size", size_of(told.get("width"), told.get("height"))),
            ("Model", model),
            more=_effects(told),
        ),
        outputs=outputs.made,
        rejects=outputs.rejects(),
        raw=value,
    )


def _outputs(value: Mapping[str, Any], told: Mapping[str, Any], is_old: bool) -> Outputs:
    outputs = Outputs(_MEDIA)
    single = {"id": "1", "original": value.get("original")}
    rows = outputs.rows(value.get("images") if is_old else [single])
    for position, row in enumerate(rows, 1):
        outputs.add(
            [(row.get("original"), "hd", None)],
            id=_after_mark(row.get("id")),
            position=position,
            seed=seed_in(told.get("seed")),
            width=side(told.get("width")),
            height=side(told.get("height")),
            raw=row,
        )
    return outputs


def _after_mark(value: object) -> object:
    """`IMG#aa01` is aa01."""
    return value.rpartition("#")[2] if isinstance(value, str) else value


def _model(told: Mapping[str, Any]) -> str | None:
    genre, style = line(told.get("genre")), line(told.get("style"))
    if genre and style:
        return style if style.startswith(genre) else f"{genre}/{style}"
    return style or genre


def _effects(told: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    name = line(told.get("lighting_filter"))
    yield "Lighting filter", _FILTERS.get(name, name) if name else None
    yield "Lighting filter color", told.get("lighting_filter_color")
    yield "Lighting filter negative color", told.get("lighting_filter_negative_color")
    yield "Lighting filter strength", number_text(told.get("lighting_filter_strength"))
    yield "High Frequency Detail", number_text(told.get("detail_pass_strength"))
    yield "Saturation", number_text(told.get("saturation"))
    yield "Flat Background", told.get("alternate_mode")


SERVICE = Service(
    name="unstability",
    title="Unstability",
    media=_MEDIA,
    asks=(HostRule(".unstability.ai"),),
    recognises=recognises,
    read=read,
)
