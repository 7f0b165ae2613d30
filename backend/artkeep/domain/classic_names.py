"""Folder names of the classic layout, as people's libraries have them already.

Source: the classic downloader's sources (version 2.3) and what it left on disk, read 2026-11.
The same result for ordinary names; what that program let through (device names, invisible
characters, clashes with its own folders) is made harmless here (SE-8).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.naming import (
    SHORTEST_COMPONENT,
    cut_by_bytes,
    fit_path,
    is_reserved,
    shorten,
    utf16_length,
)
from artkeep.domain.target import Target, TargetKind

VIDEOS = "videos"
NO_METADATA = "no_metadata"
INVALID_METADATA = "invalid_metadata"
LONGEST_MODEL = 60  # characters
_LONGEST_NAME = 240
_MOST_BYTES = 240
_LONGEST_READ = 4096
_OWN_FOLDERS = frozenset({VIDEOS, NO_METADATA, INVALID_METADATA})

_SPELT_OUT = (("%20", " "), ("%2B", "+"), ("%26", "&"))
_FORBIDDEN = frozenset('<>:"/\\|?*')
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # parts of letters and emoji in ordinary names
_LONGEST_ENDING = 10

_FOLDERS = {
    TargetKind.USER: "Username_Search/{value}",
    TargetKind.MODEL: "Model_ID_Search/model_{value}",
    TargetKind.MODEL_TAG: "Model_Tag_Search/{value}",
    TargetKind.VERSION: "Model_Version_ID_Search/modelVersion_{value}",
}


def clean(text: str, longest: int = _LONGEST_NAME) -> str:
    """One folder name made of `text`, at most `longest` characters and 240 bytes."""
    read = unicodedata.normalize("NFC", text[:_LONGEST_READ])
    for spelt, character in _SPELT_OUT:
        read = read.replace(spelt, character)
    name = "".join(map(_allowed, read))
    name = re.sub("_+", "_", name.strip(" ._"))
    name = cut_by_bytes(_cut(name, longest) or "_", _MOST_BYTES, text)
    return f"{name}_" if is_reserved(name) else name


def classic_target_folder(target: Target, model_id: str | None = None) -> str:
    """`Username_Search/lena_paints`; a tag's pictures lie by the model they were listed by.

    Kinds of targets and sites that the classic downloader did not know follow its pattern.
    """
    value = (
        target.value.replace(" ", "_") if target.kind is TargetKind.MODEL_TAG else target.value
    )
    pattern = _FOLDERS.get(target.kind, f"{target.kind.value.title()}_Search/{{value}}")
    folder = pattern.format(value=clean(value))
    if target.kind is TargetKind.MODEL_TAG and model_id:
        folder = f"{folder}/model_{clean(model_id)}"
    return folder if target.site == "civitai" else f"{clean(target.site)}/{folder}"


def classic_folder(artwork: Artwork) -> str:
    """Where an artwork lies that no target led to: its author's folder."""
    author = Target(artwork.site, TargetKind.USER, artwork.author or "unknown_user")
    return classic_target_folder(author)


def classic_sub_folder(artwork: Artwork, kind: Kind) -> str:
    """The folder of the model below the target's, or of what there is no model of.

    `kind` is what the bytes turned out to be.
    """
    meta = classic_meta(artwork)
    name = classic_model_name(artwork)
    if name is not None and name != "unknown":
        folder = clean(name, LONGEST_MODEL)
        return f"{folder}_" if folder.casefold() in _OWN_FOLDERS else folder
    if kind is not Kind.IMAGE:
        return VIDEOS
    return INVALID_METADATA if has_content(meta) else NO_METADATA


def classic_folders_of(folder: str, artwork: Artwork) -> list[str]:
    """Every folder below a target's in which the classic downloader may have left an artwork,
    sorted or not, those of its earlier versions among them."""
    name = classic_model_name(artwork)
    below = [clean(name, LONGEST_MODEL)] if name else []
    below += [VIDEOS, NO_METADATA, INVALID_METADATA, "no_meta_data", "invalid_meta"]
    return [folder, *(f"{folder}/{one}" for one in below)]


def classic_meta(artwork: Artwork) -> Mapping[str, Any]:
    """The generation record as the site sent it, one wrapping taken off; empty if there is
    none."""
    raw = artwork.raw.get("meta")
    if not isinstance(raw, dict):
        return artwork.generation or {}
    inner = raw.get("meta")
    if isinstance(inner, dict) and inner:
        return inner
    return raw if raw.keys() - {"id", "meta"} else {}


def has_content(meta: Mapping[str, Any]) -> bool:
    """Whether any value says something: only then there is a `_meta.txt`."""
    return any(value is not None and str(value).strip() for value in meta.values())


def classic_model_name(artwork: Artwork) -> str | None:
    """The name of the model's folder and of the first line of a `_meta.txt`, as the site spells
    it. Only what the record itself tells counts: a version that the artwork was listed by is
    not what it was made with."""
    meta = classic_meta(artwork)
    if not has_content(meta):
        return None
    name = as_text(meta.get("Model")).strip()
    if name and not _is_resource_name(name):
        return name
    used = _first(meta.get("civitaiResources"), "checkpoint")
    if name := as_text(used.get("modelVersionName")).strip():
        return name
    if name := as_text(_first(meta.get("resources"), "model").get("name")).strip():
        return name
    if used and artwork.version_name and str(used.get("modelVersionId")) == artwork.version_id:
        return artwork.version_name
    return (artwork.base_model or "").strip() or None


def fit_classic_path(folder: str, sub_folder: str, name: str, room: int) -> str:
    """The path in at most `room` UTF-16 units: the model's folder gives way first, then the
    target's. The name with its id never does. Raises FileProblem when not even it fits."""
    if sub_folder:
        excess = utf16_length(f"{folder}/{sub_folder}/{name}") - room
        if excess > 0:
            to = max(SHORTEST_COMPONENT, utf16_length(sub_folder) - excess)
            sub_folder = shorten(sub_folder, to)
        folder = f"{folder}/{sub_folder}"
    if utf16_length(f"{folder}/{name}") <= room:
        return f"{folder}/{name}"
    return fit_path(folder, name, room)


def as_text(value: object) -> str:
    """As the classic sidecars spell a value: None is nothing, lists are in Python's words."""
    return "" if value is None else str(value)


def _allowed(character: str) -> str:
    if character in _JOINERS:
        return character
    if character in _FORBIDDEN or unicodedata.category(character) in _UNSEEN:
        return "_"
    return character


def _cut(name: str, longest: int) -> str:
    if len(name) <= longest:
        return name
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) < _LONGEST_ENDING:
        return f"{stem[: longest - len(ending) - 1].rstrip('_')}.{ending}"
    return name[:longest].rstrip(" ._")


def _is_resource_name(name: str) -> bool:
    lowered = name.lower()
    return lowered.startswith("urn") and ("civitai" in lowered or "@" in lowered)


def _first(rows: object, kind: str) -> Mapping[str, Any]:
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("type") == kind:
            return row
    return {}
