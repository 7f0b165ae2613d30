"""At start: find the library as it was left, and clear away what crashes left in it (CR-16)."""

from __future__ import annotations

import re
from collections.abc import Set
from pathlib import Path

from artkeep.jobs import further
from artkeep.jobs.trash import mend
from artkeep.media.library import Library, prepare_library
from artkeep.store import claims, places
from artkeep.store.base import Store

# What follows `.part` is what a program that goes by extensions was given.
_PART = re.compile(r"\.(\d+)-(\d+)(\.json|\.txt|\.\d+)?\.part(\.[\w.]{1,40})?")


def open_library(store: Store, path: Path) -> Library:
    """The output folder with its row. Raises RootOffline, DiskFull."""
    with store.reading() as connection:
        known = places.markers_at(connection, str(path))
    marker = prepare_library(path, known)
    root_id = store.transact(lambda connection: places.save_root(connection, marker, str(path)))
    return Library(path, marker, root_id)


def stale_parts(store: Store, library: Library) -> list[Path]:
    """Temporary files that nobody will continue: their work is finished or claimed anew."""
    found = {
        path: match for path in library.parts.iterdir() if (match := _PART.fullmatch(path.name))
    }
    with store.reading() as connection:
        known = claims.scratches(connection, {int(match[1]) for match in found.values()})
    stale = []
    for path, match in found.items():
        row = known.get(int(match[1]))
        if row is None:
            stale.append(path)
            continue
        owner, epoch, state, scratch = row
        is_in_use = owner is not None and epoch == int(match[2])
        is_kept = (
            state == "verified"
            or (scratch or {}).get("part") == path.name
            or _is_proven(path, found.keys())
        )
        if not is_in_use and not is_kept:
            stale.append(path)
    return stale


def _is_proven(path: Path, there: Set[Path]) -> bool:
    """A part with its sidecar is whole: whoever claims its work next takes it (D6)."""
    stem = path.name.removesuffix(".part").removesuffix(".json")
    return {path.with_name(f"{stem}.part"), path.with_name(f"{stem}.json.part")} <= there


def clear_left_overs(store: Store, library: Library) -> None:
    """Remove stale parts and orphan reservations, and finish deletions. Running it twice
    changes nothing more."""
    for path in stale_parts(store, library):
        path.unlink(missing_ok=True)
    further.finish(store, library)
    store.transact(places.drop_orphan_reservations)
    mend(store, library)
