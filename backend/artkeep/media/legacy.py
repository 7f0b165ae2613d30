"""Files that other programs (or a lost database) left: finding, recognising and proving them.

Nothing is moved, changed or followed through a link (SE-18).
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.legacy import (
    OldEntry,
    OldReject,
    civitai_artwork,
    output_depth,
    path_parts,
    target_of_path,
)
from artkeep.domain.naming import SITE_FOLDERS
from artkeep.errors import BadMedia
from artkeep.media.embedded import read_embedded
from artkeep.media.legacy_sidecars import (
    Identify,
    entry_of_gallery_dl,
    entry_of_hydrus,
    entry_of_text,
    hydrus_lines,
    hydrus_texts,
    read_json,
)
from artkeep.media.own_sidecar import entry_of_ours
from artkeep.media.replace import sha256_of
from artkeep.media.sidecar import is_sidecar_of, read_sidecar
from artkeep.media.sniff import MEDIA_TYPES, sniff
from artkeep.media.structure import walk

_EXTENSIONS = frozenset(
    {*(f".{known.extension}" for known in MEDIA_TYPES.values()), ".jpg", ".m4v", ".apng"}
)
_ID = re.compile(r"[0-9]{1,18}")
_IDENTIFIER = re.compile(r"([a-z][a-z0-9_]{1,40}):([\w./-]{1,80})", re.ASCII)
_TEXTS = ("_meta.txt", "_no_meta.txt", "_meta_no_meta.txt")
_MOST_TEXT = 8 * 2**20
_IN_MEMORY = 2 * 2**20  # bytes of a file that is read at once
_OUR_FOLDERS = frozenset(SITE_FOLDERS.values())


@dataclass(slots=True)
class Tree:
    """The pictures and videos below a folder. Paths are whole; names are grouped by folder."""

    root: str
    by_stem: dict[str, list[str]] = field(default_factory=dict)
    folders: dict[str, list[str]] = field(default_factory=dict)  # media names, sorted
    others: dict[str, frozenset[str]] = field(default_factory=dict)  # what lies beside them
    unreadable: list[str] = field(default_factory=list)


def scan(root: Path, go_on: Callable[[], None] = lambda: None) -> Tree:
    """Every picture and video below a folder by its name; hidden and linked ones are not.

    `go_on` is called for each folder; what it raises ends this.
    """
    tree = Tree(str(root))
    waiting = [str(root)]
    while waiting:
        go_on()
        folder = waiting.pop()
        names: list[str] = []
        others: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.is_symlink():
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif os.path.splitext(entry.name)[1].lower() in _EXTENSIONS:  # noqa: PTH122
                        names.append(entry.name)
                    else:
                        others.append(entry.name)
        except OSError:
            tree.unreadable.append(folder)
            continue
        if names or any(name.endswith(".json") for name in others):
            tree.folders[folder] = sorted(names)
            tree.others[folder] = frozenset(others)
            for name in tree.folders[folder]:
                stem = name.rpartition(".")[0].lower()
                tree.by_stem.setdefault(stem, []).append(f"{folder}{os.sep}{name}")
    return tree


@dataclass(frozen=True, slots=True)
class Proven:
    """A whole picture or video. Sizes in bytes and pixels."""

    path: str
    format: str
    kind: Kind
    size: int
    sha256: str
    width: int | None
    height: int | None


def prove(path: str) -> Proven | str:
    """The file, sniffed, walked to its end and hashed; else why it cannot be taken over:
    `missing`, `unreadable`, `not_media`, or the code of what is wrong with its bytes."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            return "missing"
        if status.st_size <= _IN_MEMORY:
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a text, not a Path
                whole = file.read()
            media_type = sniff(whole[:4096])
            if media_type is None:
                return "not_media"
            shape = walk(whole, media_type)
            size, sha256 = len(whole), hashlib.sha256(whole).hexdigest()
        else:
            with open(path, "rb") as file:  # noqa: PTH123
                media_type = sniff(file.read(4096))
            if media_type is None:
                return "not_media"
            shape = walk(Path(path), media_type)
            size, sha256 = status.st_size, sha256_of(Path(path)) or ""
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"
    except BadMedia as error:
        return error.code
    kind = {"video": Kind.VIDEO, "frames": Kind.UGOIRA}.get(media_type.kind, Kind.IMAGE)
    return Proven(path, media_type.name, kind, size, sha256, shape.width, shape.height)


def read_tree(
    tree: Tree, identify: Identify, site: str | None = None
) -> Iterator[OldEntry | OldReject]:
    """What each file of a tree is, by what lies beside it, stands in it, or by its name.

    A number alone names a picture only where something says whose it is: a folder or a text
    file of the classic downloader anywhere in the tree, or `site`. What says which bytes it was
    about and has no file beside it is an entry without a path.
    """
    is_known = site == "civitai" or _is_classic(tree)
    for folder in sorted(tree.folders):
        for name in tree.folders[folder]:
            path = f"{folder}{os.sep}{name}"
            found = _by_sidecar(folder, name, tree.others[folder], identify)
            if found is None:
                found = _by_name(path, is_known=is_known) or _by_embedded(path)
            yield found or OldReject(path, "not_recognised")
        yield from _alone(folder, tree.folders[folder], tree.others[folder])


def _alone(folder: str, names: Sequence[str], others: frozenset[str]) -> Iterator[OldEntry]:
    """Sidecars whose file got another name or place."""
    beside = {*names, *(name.rpartition(".")[0] for name in names)}
    for name in sorted(others):
        stem = name.removesuffix(".json")
        if stem == name or stem in beside:
            continue
        told = read_json(Path(folder) / name)
        path = f"{folder}{os.sep}{name}"
        found = entry_of_gallery_dl(told, path)
        if found is None and isinstance(told, dict):
            found = entry_of_ours(told, path)
        if found is not None and found.stated is not None:
            yield replace(found, path=None)


def _is_classic(tree: Tree) -> bool:
    for folder, names in tree.others.items():
        parts = path_parts(f"{folder}/x")
        if output_depth(parts) is not None or _OUR_FOLDERS & set(parts):
            return True
        if any(name.endswith(_TEXTS) for name in names):
            return True
    return False


def _by_sidecar(
    folder: str, name: str, others: frozenset[str], identify: Identify
) -> OldEntry | None:
    path = f"{folder}{os.sep}{name}"
    stem = name.rpartition(".")[0]
    here = Path(folder)
    if f"{stem}.json" in others:
        ours = read_sidecar(here / f"{stem}.json")
        if ours is not None and is_sidecar_of(ours, name):
            return entry_of_ours(ours, path)
    texts: list[str] = []
    for beside in (f"{name}.json", f"{stem}.json"):
        if beside not in others:
            continue
        told = read_json(here / beside)
        if (found := entry_of_gallery_dl(told, path)) is not None:
            return found
        texts += hydrus_texts(told) or []
    for beside in (f"{name}.txt", f"{stem}.txt", f"{name}.urls.txt"):
        if beside in others:
            texts += hydrus_lines(_text_of(here / beside))
    if texts and (found := entry_of_hydrus(texts, path, identify)) is not None:
        return found
    if _ID.fullmatch(stem):
        for ending in _TEXTS:
            if f"{stem}{ending}" in others:
                text = _text_of(here / f"{stem}{ending}")
                return _classic(entry_of_text(str(int(stem)), path, text))
    return None


def _by_name(path: str, *, is_known: bool) -> OldEntry | None:
    stem = Path(path).stem
    if not is_known or not _ID.fullmatch(stem):
        return None
    return _classic(OldEntry(path, civitai_artwork(str(int(stem)), path=path), path))


def _classic(entry: OldEntry) -> OldEntry:
    """With the target that its folder names."""
    target = target_of_path(path_parts(entry.path or ""))
    return replace(entry, targets=(target,)) if target else entry


def _by_embedded(path: str) -> OldEntry | None:
    """What we (or somebody like us) wrote inside: `civitai:1234`."""
    try:
        inside = read_embedded(Path(path))
    except (BadMedia, OSError):
        return None
    for told in (inside.text("XMP:Identifier") or "").split("; "):
        found = _IDENTIFIER.fullmatch(told)
        if found is not None:
            page = inside.text("XMP:source") or ""
            page = page if page.startswith("https://") else ""
            artwork = Artwork(found[1], found[2], Kind.IMAGE, page)
            return OldEntry(path, artwork, path)
    return None


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_TEXT).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def closest(candidates: Sequence[str], stored: Sequence[str]) -> str:
    """Of files with the right name the one that lies most like it was stored: in the same
    folder, in a folder below it (after sorting), else in one of the same names."""
    if len(candidates) == 1:
        return candidates[0]
    folders = set(stored[:-1])
    ending = stored[-1].rpartition(".")[2].lower() if stored else ""

    def likeness(path: str) -> tuple[int, int, bool, str]:
        parts = path_parts(path)
        tail = 0
        for mine, told in zip(reversed(parts[:-1]), reversed(stored[:-1]), strict=False):
            if mine != told:
                break
            tail += 1
        shared = len(folders & set(parts[:-1]))
        return (shared, tail, path.lower().endswith(f".{ending}"), path)

    return max(candidates, key=likeness)
