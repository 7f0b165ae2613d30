"""Civitai's generator: what its queue and feed list, in all three shapes that there were.

Source: norville101/taiger `sources/civitai.js` (2023, 2024); civitai/civitai
`src/shared/types/generation.types.ts`, `docs/generation-metadata-architecture.md` (2026-08).
2023: one list of images beside `params` and `resources`. 2024: a workflow whose steps have all
three. 2026: a workflow whose `metadata` has them, unless a step has its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from artkeep.domain.rating import Rating, parse_rating
from artkeep.sites.captures._capture import Creation, HostRule, InitImage, OutputKind, Service
from artkeep.sites.captures._civitai_settings import Settings, read_settings
from artkeep.sites.captures._fields import (
    id_in,
    object_in,
    objects_in,
    pairs,
    seed_in,
    side,
    size_of,
    time_in,
    whole,
)
from artkeep.sites.captures._outputs import (
    Candidate,
    Outputs,
    allowed_url,
    expiry_of,
    judge_url,
)

_MEDIA: Final = (HostRule(".civitai.com"), HostRule(".civitai.red"))
_PAGE: Final = "https://civitai.com/generate"
_KINDS: Final = {
    "image": OutputKind.IMAGE,
    "video": OutputKind.VIDEO,
    "audio": OutputKind.OTHER,
    "model3d": OutputKind.OTHER,
}
_IMAGE_HOSTS: Final = ("https://image.civitai.com/", "https://image.civitai.red/")
_OF_STEPS: Final = ("output", "images", "params", "metadata")
_PARTS_OF_PATH: Final = 7  # https: '' host key uuid transform name
_FINISHED: Final = ("succeeded", "error", "none", "")


def recognises(value: Mapping[str, Any]) -> bool:
    """A workflow by the types of its steps; a request of 2023 by its three parts."""
    if "id" not in value:
        return False
    steps = value.get("steps")
    if isinstance(steps, list) and "status" in value:
        return any(_is_step(step) for step in objects_in(steps))
    return (
        "prompt" in object_in(value.get("params"))
        and isinstance(value.get("resources"), list)
        and isinstance(value.get("images"), list)
        and "baseModel" in value
    )


def _is_step(value: Mapping[str, Any]) -> bool:
    """Others name classes by `$type`, with dots."""
    kind = value.get("$type")
    is_named = isinstance(kind, str) and kind.isalnum()
    return is_named and any(name in value for name in _OF_STEPS)


def read(value: Mapping[str, Any]) -> Creation:
    """Raises ValueError without a usable id."""
    created_at = time_in(value.get("createdAt"))
    steps = [
        (step, read_settings(made_with, SERVICE.title, created_at))
        for step, made_with in _steps(value)
    ]
    common = steps[0][1] if steps else read_settings({}, SERVICE.title, created_at)
    if any(own.parameters != common.parameters for _, own in steps):
        common = replace(common, parameters=())  # each output has its own, whole
    outputs = Outputs(_MEDIA)
    for step, own in steps:
        _add_all(outputs, step, own, common)
    init_url = allowed_url(common.init_url, _MEDIA)
    return Creation(
        service=SERVICE.name,
        id=id_in(value["id"]),
        page_url=_PAGE,
        created_at=created_at,
        is_own=True,
        prompt=common.prompt,
        negative_prompt=common.negative_prompt,
        model=common.model,
        base_model=common.base_model,
        version_id=common.version_id,
        version_name=common.version_name,
        parameters=common.parameters,
        resources=common.resources,
        init_image=InitImage(init_url) if init_url else None,
        outputs=outputs.made,
        rejects=outputs.rejects(str(value.get("status", "")).lower() in _FINISHED),
        raw=value,
    )


def _steps(value: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each step that shows what it made, and what it was made with.

    A step's own settings alone count, an upscale's are those of the original; where they are
    partial they lie over the workflow's.
    """
    if not isinstance(value.get("steps"), list):
        yield value, value
        return
    workflow = object_in(value.get("metadata"))
    for step in objects_in(value["steps"]):
        told = object_in(step.get("metadata"))
        if told.get("suppressOutput"):
            continue
        own = {
            name: told.get(name) or step.get(name)
            for name in ("params", "resources")
            if told.get(name) or step.get(name)
        }
        if told.get("partialParams"):
            both = {**object_in(workflow.get("params")), **object_in(own.get("params"))}
            own["params"] = both
        yield step, {**value, **workflow, **own}


def _add_all(
    outputs: Outputs, step: Mapping[str, Any], own: Settings, common: Settings
) -> None:
    """`images` is the older name of the same list."""
    listed = step.get("output") if isinstance(step.get("output"), list) else step.get("images")
    base = whole(own.seed)
    made_by = str(step.get("$type", "")).lower()
    usual = OutputKind.VIDEO if made_by.startswith("video") else None
    is_scaled = own.is_scaled or "upscale" in made_by
    told = object_in(step.get("metadata"))
    marks = {**object_in(told.get("images")), **object_in(told.get("output"))}
    for index, row in enumerate(outputs.rows(listed)):
        trouble = _trouble(row)
        if trouble:
            outputs.refuse(row.get("id"), trouble)
            continue
        counted = str(base + index) if base is not None and base >= 0 else None
        size = size_of(row.get("width"), row.get("height"))
        kind = _KINDS.get(str(row.get("type")), usual)
        outputs.add(
            _addresses(row, kind),
            id=row.get("id"),
            position=len(outputs.made) + 1,
            kind=kind,
            thumbnail=allowed_url(row.get("previewUrl"), _MEDIA),
            seed=seed_in(row.get("seed")) or counted,
            width=side(row.get("width")),
            height=side(row.get("height")),
            created_at=time_in(row.get("completed")),
            rating=_rating(row.get("nsfwLevel")),
            prompt=own.prompt if own.prompt != common.prompt else None,
            negative_prompt=own.negative_prompt
            if own.negative_prompt != common.negative_prompt
            else None,
            parameters=(
                *(own.parameters if own.parameters != common.parameters else ()),
                *pairs(("Size", None if is_scaled else size)),
            ),
            raw={**row, **object_in(marks.get(str(row.get("id"))))},
        )


def _trouble(row: Mapping[str, Any]) -> str | None:
    if row.get("blockedReason"):
        return "blocked"
    if row.get("available") is False:
        return "unavailable"
    is_waiting = str(row.get("status", "succeeded")).lower() not in _FINISHED
    return "unfinished" if is_waiting and not row.get("url") else None


def _addresses(row: Mapping[str, Any], kind: OutputKind | None) -> list[Candidate]:
    """The original where the address names a smaller form, then the address as it is."""
    url = row.get("url")
    expires_at = time_in(row.get("urlExpiresAt")) or expiry_of(url)
    original = _original(url, kind)
    if original is None or original == url:
        return [(url, "hd", expires_at)]
    return [(original, "hd", expires_at), (url, "reduced", expires_at)]


def _original(url: object, kind: OutputKind | None) -> str | None:
    """`…/<key>/<uuid>/width=450/<name>` with `original=true` in the place of the width."""
    if not isinstance(url, str) or not url.startswith(_IMAGE_HOSTS):
        return None
    parts = url.split("/")
    if judge_url(url, _MEDIA) or len(parts) != _PARTS_OF_PATH or "=" not in parts[5]:
        return None
    is_video = kind is OutputKind.VIDEO
    parts[5] = "original=true,quality=100" if is_video else "original=true"
    return "/".join(parts)


def _rating(word: object) -> Rating | None:
    try:
        return parse_rating(word) if isinstance(word, str) else None
    except KeyError:
        return None


SERVICE = Service(
    name="civitai_generator",
    title="Civitai",
    media=_MEDIA,
    asks=(HostRule(".civitai.com"), HostRule(".civitai.red")),
    recognises=recognises,
    read=read,
)
