"""What is to be taken over: recognising sources, reading them, and finding their files.

A file is looked for where it was stored, then beside and after sorting, then by its number
anywhere below the output folder, then by a hash that was noted. Only reading happens here;
nothing of a source is changed.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import Artwork, Tag
from artkeep.domain.legacy import (
    ADOPTED,
    HD,
    HISTORY,
    TEXT_HISTORY,
    OldEntry,
    OldReject,
    path_parts,
)
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import UsageError
from artkeep.jobs.adopt_places import locate, outermost, output_folders
from artkeep.media.by_bytes import find_by_bytes
from artkeep.media.legacy import read_tree, scan
from artkeep.media.legacy_sidecars import Identify
from artkeep.sites._adapter import SiteAdapter
from artkeep.store.legacy import (
    NotFoundHere,
    is_archive,
    is_classic_database,
    read_archive,
    read_classic_database,
    read_json_history,
    read_text_history,
)

DATABASE = "tracking_database.sqlite"
_DATABASES = (".sqlite", ".sqlite3", ".db")

Reader = Callable[[Path], Iterator[OldEntry | OldReject]]


@dataclass(slots=True)
class Old:
    """All that the sources say of one artwork, and the files of it that were found."""

    entries: list[OldEntry] = field(default_factory=list)
    files: dict[str, OldEntry] = field(default_factory=dict)  # by whole path

    @property
    def artwork(self) -> Artwork:
        """Of several descriptions the fullest, with what only others tell."""
        if len(self.entries) == 1:
            return self.entries[0].artwork
        known = max((one.artwork for one in self.entries), key=_fullness)
        added: dict[str, Any] = {}
        for name in ("media_url", "author", "model"):
            if getattr(known, name) is None:
                told = (getattr(one.artwork, name) for one in self.entries)
                added[name] = next((value for value in told if value is not None), None)
        if ADOPTED in known.raw:
            kept = [row for one in self.entries for row in one.artwork.raw.get(ADOPTED, ())]
            added["raw"] = {ADOPTED: kept}
        return replace(known, **added) if added else known

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Each once."""
        return tuple(dict.fromkeys(tag for one in self.entries for tag in one.tags))

    @property
    def targets(self) -> tuple[Target, ...]:
        """Each once."""
        found = {target.key: target for one in self.entries for target in one.targets}
        return tuple(found.values())


def _fullness(artwork: Artwork) -> int:
    """A site's own record tells more than another program's line."""
    return 2 if artwork.raw and ADOPTED not in artwork.raw else int(bool(artwork.raw))


@dataclass(slots=True)
class Collected:
    """What sources hold: artworks by (site, site id), and what is no entry or odd."""

    sources: list[Path]
    artworks: dict[tuple[str, str], Old] = field(default_factory=dict)
    rejects: list[OldReject] = field(default_factory=list)
    notes: list[OldReject] = field(default_factory=list)  # taken over all the same
    folders: list[Path] = field(default_factory=list)  # that were searched
    entries: int = 0

    @property
    def found(self) -> int:
        """Artworks of which a file was found."""
        return sum(bool(old.files) for old in self.artworks.values())


def identifier(adapters: Mapping[str, SiteAdapter]) -> Identify:
    """Which picture of which site an address is the page of."""

    def identify(address: str) -> tuple[str, str] | None:
        for adapter in adapters.values():
            try:
                target = adapter.match(address)
            except UsageError:
                continue
            if target is not None and target.kind is TargetKind.IMAGE:
                return target.site, target.value
        return None

    return identify


def reader_of(path: Path) -> Reader:
    """How a file is to be read. Raises NotFoundHere, and UsageError for what we do not know."""
    if not path.exists():
        raise NotFoundHere(f"There is no file or folder {path}.")
    if is_classic_database(path):
        return read_classic_database
    if is_archive(path):
        return read_archive
    if path.suffix.lower() == ".txt":
        return read_text_history
    if path.suffix.lower() in (*_DATABASES, ""):
        raise UsageError(
            f"{path} is no database that can be taken over.",
            code="not_a_history",
            advice="Known are the classic tracking_database.sqlite and gallery-dl's archive.",
        )
    return read_json_history


def histories_in(folder: Path) -> list[Path]:
    """Histories and databases of other programs that lie in a folder itself."""
    found = [folder / name for name in (HISTORY, TEXT_HISTORY) if (folder / name).is_file()]
    databases = sorted(
        one
        for one in folder.iterdir()
        if one.suffix.lower() in _DATABASES and one.is_file() and not one.is_symlink()
    )
    return [*found, *(one for one in databases if is_classic_database(one) or is_archive(one))]


def collect(
    path: Path,
    identify: Identify,
    *,
    output_dir: Path | None = None,
    site: str | None = None,
    go_on: Callable[[], None] = lambda: None,
) -> Collected:
    """Read a history, a database, or a folder with everything in it.

    `output_dir` is where its files lie, when they were moved; `site` says whose the numbers in
    file names are. `go_on` is called all the time; what it raises ends this. Raises
    NotFoundHere, UsageError.
    """
    gc.disable()  # hundreds of thousands of small objects, and not one cycle among them
    try:
        return _collect(path.absolute(), identify, output_dir, site, go_on)
    finally:
        gc.freeze()
        gc.enable()


def _collect(
    path: Path,
    identify: Identify,
    output_dir: Path | None,
    site: str | None,
    go_on: Callable[[], None],
) -> Collected:
    is_folder = path.is_dir()
    histories = histories_in(path) if is_folder else [path]
    readers = [(one, reader_of(one)) for one in histories]
    collected = Collected([path, *histories] if is_folder else histories)
    entries: list[OldEntry] = []
    for one, read in readers:
        for item in read(one):
            go_on()
            if isinstance(item, OldEntry):
                entries.append(item)
            else:
                collected.rejects.append(item)
    base = path if is_folder else path.parent
    folders = [output_dir.absolute()] if output_dir else [path] if is_folder else []
    trees = [scan(one, go_on) for one in outermost([*folders, *output_folders(entries, base)])]
    collected.folders = [Path(tree.root) for tree in trees]
    bases = list(dict.fromkeys([base, Path.cwd()]))
    _add(collected, ((entry, locate(entry, trees, bases)) for entry in entries), go_on)
    if is_folder:
        known = {file for old in collected.artworks.values() for file in old.files}
        items = chain.from_iterable(read_tree(tree, identify, site) for tree in trees)
        _add(collected, _from_trees(items, known, collected, go_on), go_on)
    return collected


def _from_trees(
    items: Iterable[OldEntry | OldReject],
    known: set[str],
    collected: Collected,
    go_on: Callable[[], None],
) -> Iterator[tuple[OldEntry, str | None]]:
    """Files that nothing names are looked for among the bytes that others tell of."""
    nameless: list[OldReject] = []
    without_file: list[OldEntry] = []
    for item in items:
        go_on()
        if isinstance(item, OldReject):
            if item.key not in known:
                nameless.append(item)
        elif item.path is None:
            without_file.append(item)
        else:
            yield item, item.path
    found = find_by_bytes(without_file, [one.key for one in nameless], go_on)
    for entry in without_file:
        if entry.key in found:
            yield entry, found[entry.key]
    named = set(found.values())
    collected.rejects += [one for one in nameless if one.key not in named]


def _add(
    collected: Collected,
    located: Iterable[tuple[OldEntry, str | None]],
    go_on: Callable[[], None],
) -> None:
    for entry, path in located:
        go_on()
        collected.entries += 1
        identity = (entry.artwork.site, entry.artwork.site_id)
        old = collected.artworks.setdefault(identity, Old())
        old.entries.append(entry)
        if path is not None:
            before = old.files.get(path)
            if before is None or _fits(entry, path) > _fits(before, path):
                old.files[path] = entry
        collected.notes += [OldReject(entry.key, note) for note in entry.notes]


def _fits(entry: OldEntry, path: str) -> tuple[bool, bool]:
    """Whose file it is, of entries in two qualities: that one's which wrote down this name."""
    parts = path_parts(entry.path or "")
    return bool(parts) and path.endswith(parts[-1]), entry.quality == HD
