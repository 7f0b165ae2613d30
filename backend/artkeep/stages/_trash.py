"""Moving files whose rows say that they are in the trash: after the row, never before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection

from artkeep.logs import get_logger
from artkeep.media.library import Library, read_marker
from artkeep.media.trash import Bin
from artkeep.store import removal
from artkeep.store.base import Store
from artkeep.store.removal import Trashed

log = get_logger(__name__)


def move_away(store: Store, library: Library, places: Sequence[Trashed]) -> int:
    """Put files into the trash whose rows say that they are; how many are there now."""

    def move(connection: Connection) -> int:
        moved = 0
        for bin_, some in by_library(library, removal.still_trashed(connection, ids)):
            for place in some:
                entry = bin_.entry(place.place_id, place.path, place.sha256)
                try:
                    moved += bin_.put_in(entry, place.path) or entry.exists()
                except OSError as error:
                    log.warning("not moved to the trash", path=place.path, why=str(error))
            bin_.flush(*(place.path for place in some))
        return moved

    ids = [place.place_id for place in places]
    return store.transact(move) if ids else 0


def by_library(
    library: Library, places: Iterable[Trashed]
) -> Iterator[tuple[Bin, list[Trashed]]]:
    """Files may lie in an earlier library folder; one that is not there keeps what it has."""
    by_root: dict[int, list[Trashed]] = {}
    for place in places:
        by_root.setdefault(place.root_id, []).append(place)
    for root_id, some in by_root.items():
        if root_id == library.root_id:
            yield Bin(library), some
            continue
        root = Library(Path(some[0].root), some[0].marker, root_id)
        if read_marker(root.path) == root.marker:
            yield Bin(root), some
