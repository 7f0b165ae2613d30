"""Where files that are taken over lie: as an earlier program stored them, or put elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from artkeep.domain.legacy import OldEntry, output_depth, path_parts
from artkeep.media.legacy import Tree, closest


def outermost(folders: Iterable[Path]) -> list[Path]:
    """Folders that are there, without those inside others of them."""
    there = sorted({one for one in folders if one.is_dir()}, key=lambda one: len(one.parts))
    kept: list[Path] = []
    for one in there:
        if not any(one.is_relative_to(other) for other in kept):
            kept.append(one)
    return kept


def output_folders(entries: Iterable[OldEntry], base: Path) -> list[Path]:
    """Where the stored paths say that everything was put, here and beside the source."""
    found: dict[Path, None] = {}
    seen: set[tuple[str, ...]] = set()
    for entry in entries:
        parts = path_parts(entry.path or "")
        depth = output_depth(parts)
        head = parts[:depth] if depth is not None else parts[:1] if len(parts) > 1 else ()
        if head in seen:
            continue
        seen.add(head)
        if not head:
            continue
        if head[0] == "/" or head[0].endswith(":"):
            if depth is not None:
                found[Path(_joined(head))] = None
                found[base / head[-1]] = None
        elif ".." not in head:
            found[base.joinpath(*head)] = None
            found[Path.cwd().joinpath(*head)] = None
    return [one for one in found if one != Path("/")]


def locate(entry: OldEntry, trees: Sequence[Tree], bases: Sequence[Path]) -> str | None:
    """The file of an entry: as stored below one of these, else by its number in a tree."""
    parts = path_parts(entry.path or "")
    if parts and parts[-1].rpartition(".")[0].lower() == entry.artwork.site_id:
        exact = _as_stored(parts, bases)
        if exact is not None:
            return exact
    found = [path for tree in trees for path in tree.by_stem.get(entry.artwork.site_id, ())]
    return closest(found, parts) if found else None


def _as_stored(parts: Sequence[str], bases: Sequence[Path]) -> str | None:
    whole = _joined(parts)
    if os.path.isabs(whole):  # noqa: PTH117
        return whole if _is_file(whole) else None
    if ".." in parts:
        return None
    for base in bases:
        if _is_file(path := f"{base}{os.sep}{whole}"):
            return path
    return None


def _joined(parts: Sequence[str]) -> str:
    """As a text: there are many of them, and most are not there."""
    first = parts[0] + os.sep if parts[0].endswith(":") else parts[0]
    return os.path.join(first, *parts[1:])  # noqa: PTH118


def _is_file(path: str) -> bool:
    return os.path.isfile(path) and not os.path.islink(path)  # noqa: PTH113, PTH114
