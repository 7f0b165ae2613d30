"""`check`: does the database agree with the disk? `repair` mends what can be mended (CR-20).

It never deletes media: lost files are asked for again, stale temporary files and reservations
that nobody will fill are removed, unknown files with a sidecar of ours are adopted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import StageName
from artkeep.domain.naming import compare_key
from artkeep.jobs.asking import REPLACE
from artkeep.jobs.further import put_again
from artkeep.jobs.tidy import stale_parts
from artkeep.jobs.trash import left_lying
from artkeep.media.digest import digests_of
from artkeep.media.library import Library
from artkeep.media.presence import presence
from artkeep.media.sidecar import read_sidecar
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.stages._trash import move_away
from artkeep.store import examined, files, places, same_bytes, work
from artkeep.store.base import Store
from artkeep.store.files import FilePlace
from artkeep.store.removal import Trashed

_EXTENSIONS = frozenset(f".{known.extension}" for known in MEDIA_TYPES.values())
_PAGE = 1000


@dataclass(slots=True)
class Report:
    """What was found. Paths are relative to the library."""

    files: int = 0
    missing: list[FilePlace] = field(default_factory=list)
    damaged: list[FilePlace] = field(default_factory=list)
    changed: list[FilePlace] = field(default_factory=list)
    undecodable: list[FilePlace] = field(default_factory=list)  # as they came, again and again
    unknown: list[str] = field(default_factory=list)
    stale_parts: list[Path] = field(default_factory=list)
    orphan_reservations: list[int] = field(default_factory=list)
    deleted: list[Trashed] = field(default_factory=list)  # and not moved to the trash yet

    @property
    def problems(self) -> int:
        """How many things are not as they should be."""
        return (
            len(self.missing)
            + len(self.damaged)
            + len(self.changed)
            + len(self.undecodable)
            + len(self.unknown)
            + len(self.stale_parts)
            + len(self.orphan_reservations)
            + len(self.deleted)
        )

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {
            "files": self.files,
            "problems": self.problems,
            "missing": [place.path for place in self.missing],
            "damaged": [place.path for place in self.damaged],
            "changed": [place.path for place in self.changed],
            "undecodable": [place.path for place in self.undecodable],
            "unknown": self.unknown,
            "stale_parts": [path.name for path in self.stale_parts],
            "orphan_reservations": len(self.orphan_reservations),
            "deleted": [place.path for place in self.deleted],
        }


def check(store: Store, library: Library, *, hashes: bool) -> Report:
    """Compare database and disk; with `hashes` every byte is read, and compared with the hash
    that the site declares as well. Raises RootOffline."""
    library.require()
    report = Report()
    known: set[str] = set()
    for place, md5 in _all_places(store, library.root_id):
        known.add(compare_key(place.path))
        report.files += 1
        path = library.final(place.path)
        state = presence(path, place.size, place.format)
        if state is None and hashes and not _is_right(path, place, md5):
            state = "damaged"
        if state == "missing":
            report.missing.append(place)
        elif state == "damaged":
            report.damaged.append(place)
        elif state == "changed" or (state is None and place.state == "changed"):
            report.changed.append(place)
    report.deleted = left_lying(store, library)
    known.update(compare_key(place.path) for place in report.deleted)
    report.unknown = [path for path in _media_in(library) if compare_key(path) not in known]
    report.stale_parts = stale_parts(store, library)
    with store.reading() as connection:
        report.orphan_reservations = list(places.orphan_reservations(connection))
        undecodable = examined.undecodable(connection, library.root_id)
    known_bad = {place.file_id for place in (*report.missing, *report.damaged)}
    report.undecodable = [one for one in undecodable if one.file_id not in known_bad]
    return report


def _is_right(path: Path, place: FilePlace, md5: str | None) -> bool:
    """Whether the bytes are those that were proven and kept, and those that the site means."""
    found = digests_of(path, ("sha256", "md5") if md5 else ("sha256",))
    return found["sha256"] == place.sha256 and found.get("md5") == md5


def _all_places(store: Store, root_id: int) -> Iterator[tuple[FilePlace, str | None]]:
    """Each once, with the md5 that a site declares of its file. In pages, so that no read
    transaction is held while the disk is looked at (RB-12)."""
    after = 0
    while True:
        with store.reading() as connection:
            page = files.places_after(connection, root_id, after, _PAGE)
            declared = same_bytes.declared(connection, {place.file_id for place in page})
        # A file that several artworks share has a row for each of them.
        for place in {place.place_id: place for place in page}.values():
            if place.place_id != after:
                yield place, declared.get(place.file_id)
        if len(page) < _PAGE:
            return
        after = page[-1].place_id


def _media_in(library: Library) -> Iterator[str]:
    """Every picture and video below the library, links not followed."""
    folders = [library.path]
    while folders:
        folder = folders.pop()
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            if entry.is_dir():
                folders.append(entry)
            elif entry.suffix.lower() in _EXTENSIONS:
                yield entry.relative_to(library.path).as_posix()


def repair(store: Store, library: Library, report: Report) -> dict[str, int]:
    """Mend what a report found; how much of each."""
    further = [place for place in report.missing if not place.is_primary]
    missing = [place for place in report.missing if place.is_primary]
    lost = [*missing, *report.damaged]
    adoptable = [path for path in report.unknown if _is_ours(library, path)]

    def change(connection: Any) -> int:
        files.mark(connection, [place.file_id for place in missing], "missing")
        files.mark(connection, [place.file_id for place in report.damaged], "damaged")
        files.mark(connection, [place.file_id for place in report.changed], "changed")
        ids = files.artworks_showing(connection, {place.file_id for place in lost})
        work.ask(connection, sorted(ids), StageName.DOWNLOAD, None, {"quality": "hd"})
        again = [place.artwork_id for place in report.undecodable]
        # What lies there makes room only for what is proven.
        work.ask(connection, again, StageName.DOWNLOAD, None, {"quality": "hd", **REPLACE})
        adopted = files.ask_for_adoption(
            connection, [_identity(library, path) for path in adoptable]
        )
        places.drop_orphan_reservations(connection)
        return adopted

    for place in report.damaged:
        library.set_aside(place.path, place.file_id)
    adopted = store.transact(change)
    for part in report.stale_parts:
        part.unlink(missing_ok=True)
    return {
        "moved to the trash": move_away(store, library, report.deleted),
        "asked for again": len(lost) + len(report.undecodable),
        "linked again": put_again(store, library, further),
        "adopted": adopted,
        "temporary files removed": len(report.stale_parts),
        "reservations freed": len(report.orphan_reservations),
    }


def _is_ours(library: Library, path: str) -> bool:
    site, site_id = _identity(library, path)
    return bool(site and site_id)


def _identity(library: Library, path: str) -> tuple[str, str]:
    saved = read_sidecar(library.final(path).with_suffix(".json")) or {}
    return str(saved.get("site") or ""), str(saved.get("id") or "")
