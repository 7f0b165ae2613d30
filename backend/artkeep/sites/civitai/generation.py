"""The `meta` object of an item: what the uploader's tool wrote, in whatever shape.

Nothing here raises: every column may be None, and the object itself is kept as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from artkeep.domain.artwork import clean_text, json_safe

_MOST_WRAPPINGS = 16
_ITS_OWN_KEYS = ("prompt", "negativePrompt", "seed", "Model", "steps", "sampler", "comfy")


@dataclass(frozen=True, slots=True)
class Generation:
    """The columns that `meta` fills. `meta` is None when the site shows none."""

    meta: dict[str, Any] | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: str | None = None
    model: str | None = None
    version_id: str | None = None
    version_name: str | None = None
    remix_of: str | None = None


def read_generation(item: Mapping[str, Any]) -> Generation:
    """The generation record of an item of either API.

    `generationData` is the reply of `image.getGenerationData`, which we put beside the items of
    the page's own listings; it also names the checkpoint.
    """
    beside = item.get("generationData")
    told = json_safe(beside) if isinstance(beside, dict) else {}
    meta = json_safe(unwrap(item.get("meta")) or unwrap(told.get("meta")))
    checkpoint = _first(told.get("resources"), "modelType", "checkpoint")
    version_id = id_text(checkpoint.get("versionId"))
    version_name = _text(checkpoint.get("versionName"))
    remix_of = id_text(told.get("remixOfId")) or id_text(item.get("remixOfId"))
    if not meta:
        return Generation(version_id=version_id, version_name=version_name, remix_of=remix_of)

    used = _first(meta.get("civitaiResources"), "type", "checkpoint")
    version_id = id_text(used.get("modelVersionId")) or version_id
    extra = meta.get("extra")
    return Generation(
        meta=meta,
        prompt=_text(meta.get("prompt")),
        negative_prompt=_text(meta.get("negativePrompt")),
        seed=_seed(meta.get("seed")),
        model=(
            _model_name(meta.get("Model"))
            or _text(used.get("modelVersionName"))
            or _text(_first(meta.get("resources"), "type", "model").get("name"))
            or _text(checkpoint.get("modelName"))
            or _text(item.get("baseModel"))
        ),
        version_id=version_id,
        version_name=_text(used.get("modelVersionName")) or version_name,
        remix_of=(id_text(extra.get("remixOfId")) if isinstance(extra, dict) else None)
        or remix_of,
    )


def unwrap(meta: object) -> dict[str, Any] | None:
    """`{"id": …, "meta": {…}}` and whole items around it come off, layer by layer.

    None when nothing but an id is left.
    """
    for _ in range(_MOST_WRAPPINGS):
        if not isinstance(meta, dict):
            return None
        if "meta" not in meta or any(key in meta for key in _ITS_OWN_KEYS):
            break
        meta = meta["meta"]
    if not isinstance(meta, dict) or not meta.keys() - {"id"}:
        return None
    return meta


def _model_name(model: object) -> str | None:
    """`Model` as text. Resource names (`urn:air:…`) are no names for people."""
    name = (clean_text(model) or "").strip()
    lowered = name.lower()
    if lowered.startswith("urn") and ("civitai" in lowered or "@" in lowered):
        return None
    return name or None


def _first(rows: object, key: str, wanted: str) -> Mapping[str, Any]:
    """The first row whose `key` says `wanted`, or an empty one."""
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            said = row.get(key)
            if isinstance(said, str) and said.lower() == wanted:
                return row
    return {}


def _text(value: object) -> str | None:
    """Text, numbers and lists of them; objects and flags are no prompts."""
    if isinstance(value, bool | dict):
        return None
    text = clean_text(value)
    return text if text and text.strip() else None


def _seed(value: object) -> str | None:
    if isinstance(value, float):
        # NaN and infinity are not integers either.
        return str(int(value)) if value.is_integer() else None
    return value.strip() if (value := _text(value)) else None


def id_text(value: object) -> str | None:
    """A numeric id of the site, from a number or digits."""
    if type(value) is int:  # nearly always
        return str(value) if value > 0 else None
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        return str(value) if value > 0 else None
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value.lstrip("0") or None
    return None
