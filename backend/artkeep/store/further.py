"""Further places: the same bytes in the folders of other targets.

Each is a row of `places` that is not primary. Its name is reserved before anything lies there,
and filled when the bytes do: as for a download, only that nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from artkeep.domain.artwork import Status
from artkeep.domain.naming import compare_key
from artkeep.store.models import (
    Artwork,
    ArtworkFile,
    File,
    Place,
    TargetArtwork,
    table_of,
)
from artkeep.store.places import insert_places, places_at
from artkeep.store.superseded import SUPERSEDED

_MOST_SUFFIXES = 1000


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place of an artwork; without `file_id` it is reserved."""

    id: int
    artwork_id: int
    path: str
    file_id: int | None
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Further:
    """A place that a file is to have. `path(n)` is the n-th name to try, 0 the best."""

    artwork_id: int
    path: Callable[[int], str]
    first_suffix: int = 0


@dataclass(frozen=True, slots=True)
class Reserved:
    """The name that a file has got; `held` is the hash of an older file of the same artwork
    that we put there."""

    place_id: int
    path: str
    suffix: int
    held: str | None


def members(connection: Connection, target_id: int, after: int, limit: int) -> list[int]:
    """Artworks of a target that are here, by id, `limit` of them after the id `after`."""
    return list(
        connection.scalars(
            select(Artwork.id)
            .join(TargetArtwork, TargetArtwork.artwork_id == Artwork.id)
            .where(
                TargetArtwork.target_id == target_id,
                TargetArtwork.skipped.is_(None),
                Artwork.download_status == Status.DONE.value,
                Artwork.id > after,
            )
            .order_by(Artwork.id)
            .limit(limit)
        )
    )


def places_of(
    connection: Connection, root_id: int, artwork_ids: Collection[int]
) -> dict[int, list[PlaceRow]]:
    """All places of artworks below a root, by artwork."""
    rows = connection.execute(
        select(Place.id, Place.artwork_id, Place.path, Place.file_id, Place.is_primary)
        .where(Place.artwork_id.in_(list(artwork_ids)), Place.root_id == root_id)
        .order_by(Place.id)
    )
    found: dict[int, list[PlaceRow]] = {}
    for row in rows:
        place = PlaceRow(row.id, row.artwork_id, row.path, row.file_id, row.is_primary)
        found.setdefault(row.artwork_id, []).append(place)
    return found


def reserve(
    connection: Connection, root_id: int, wishes: Sequence[Further]
) -> dict[int, Reserved]:
    """Give each a free name, or one that the artwork has there already; by artwork."""
    found: dict[int, Reserved] = {}
    pending = [(wish, wish.first_suffix) for wish in wishes]
    while pending:
        following: list[tuple[Further, int]] = []
        rows: dict[str, tuple[Further, int, str]] = {}
        for wish, suffix in pending:
            path = wish.path(suffix)
            if compare_key(path) in rows:
                following.append((wish, suffix + 1))
            else:
                rows[compare_key(path)] = (wish, suffix, path)
        named = {key: (wish.artwork_id, path) for key, (wish, _, path) in rows.items()}
        made = insert_places(connection, root_id, named, is_primary=False)
        taken = places_at(connection, root_id, [key for key in rows if key not in made])
        for key, (wish, suffix, path) in rows.items():
            there = taken.get(key)
            if key in made:
                found[wish.artwork_id] = Reserved(made[key], path, suffix, None)
            elif there is None:  # another instance let go of it just now
                following.append((wish, suffix))
            elif _is_usable(there, wish):
                found[wish.artwork_id] = Reserved(there.id, there.path, suffix, there.sha256)
            elif suffix < _MOST_SUFFIXES:
                following.append((wish, suffix + 1))
        pending = following
    return found


def _is_usable(there: Any, wish: Further) -> bool:
    is_ours = there.artwork_id == wish.artwork_id and there.state != "trashed"
    return bool(is_ours and not there.is_primary)


def let_go(connection: Connection, place_ids: Collection[int]) -> None:
    """Free names that nothing of ours lies under."""
    which = (Place.id.in_(list(place_ids)), Place.file_id.is_(None), ~Place.is_primary)
    connection.execute(delete(Place).where(*which))


def forget(connection: Connection, place_id: int) -> None:
    """A further place is none any more; an older file without another one is forgotten."""
    gone = delete(Place).where(Place.id == place_id, ~Place.is_primary)
    _forget_superseded(connection, connection.scalars(gone.returning(Place.artwork_id)).all())


def fill(
    connection: Connection, root_id: int, filled: Collection[tuple[Reserved, int, int]]
) -> None:
    """The bytes lie there: reservations with artwork and file. One that somebody tidied away
    meanwhile is made again; an older file without a place left is forgotten."""
    for reserved, artwork_id, file_id in filled:
        key = compare_key(reserved.path)
        insert_places(connection, root_id, {key: (artwork_id, reserved.path)}, is_primary=False)
        connection.execute(
            _FILL, {"root": root_id, "key": key, "of": artwork_id, "to": file_id}
        )
    _forget_superseded(connection, [artwork_id for _, artwork_id, _ in filled])


def _forget_superseded(connection: Connection, artwork_ids: Collection[int | None]) -> None:
    mine = select(ArtworkFile.file_id).where(ArtworkFile.artwork_id.in_(list(artwork_ids)))
    has_place = select(Place.id).where(Place.file_id == File.id).exists()
    which = (File.id.in_(mine), File.role == SUPERSEDED, ~has_place)
    connection.execute(delete(table_of(File)).where(*which))


_FILL = (
    update(table_of(Place))
    .where(
        Place.root_id == bindparam("root"),
        Place.compare_key == bindparam("key"),
        Place.artwork_id == bindparam("of"),
    )
    .values(file_id=bindparam("to"))
)


def pending(connection: Connection, root_id: int, limit: int) -> list[tuple[int, str, int]]:
    """Reserved further places below a root: id, path and artwork."""
    rows = connection.execute(
        select(Place.id, Place.path, Place.artwork_id)
        .where(Place.root_id == root_id, Place.file_id.is_(None), ~Place.is_primary)
        .order_by(Place.id)
        .limit(limit)
    )
    return [(row.id, row.path, row.artwork_id) for row in rows]
