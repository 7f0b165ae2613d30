"""Output roots and the names in them: reserving, moving and freeing (D2, D7, MI-9)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from artkeep.domain.artwork import StageName
from artkeep.domain.naming import compare_key
from artkeep.store import claims
from artkeep.store.claims import Claim
from artkeep.store.models import File, Place, Root, Work

_MOST_SUFFIXES = 10_000


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be put under a final name (D7): part of the work's scratch."""

    place_id: int
    path: str  # relative to the root, forward slashes
    sha256: str
    size: int
    format: str
    quality: str

    def to_json(self) -> dict[str, Any]:
        """For the scratch column."""
        return {
            "place_id": self.place_id,
            "path": self.path,
            "sha256": self.sha256,
            "size": self.size,
            "format": self.format,
            "quality": self.quality,
        }

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Intent:
        """The reverse of `to_json`. Raises KeyError for scratch without an intent."""
        return cls(**{name: saved[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Wish:
    """A verified part that wants a name. `path(n)` is the n-th name to try, 0 the best."""

    claim: Claim
    path: Callable[[int], str]
    sha256: str
    size: int
    format: str
    quality: str
    first_suffix: int = 0
    note: Mapping[str, Any] = field(default_factory=dict)  # beside the intent, in the scratch


def save_root(connection: Connection, marker: str, path: str) -> int:
    """The id of the output folder with this marker; remembers where it lies now."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    root_id: int = connection.execute(
        dialect.insert(Root)
        .values(marker=marker, path=path, added_at=datetime.now(UTC))
        .on_conflict_do_update(index_elements=["marker"], set_={"path": path})
        .returning(Root.id)
    ).scalar_one()
    return root_id


def whole_path(root: str, path: str) -> str:
    """Where a place lies on this machine."""
    return f"{root}{os.sep}{path.replace('/', os.sep)}"


def path_in_root(connection: Connection, root_id: int, path: str) -> str:
    """Where a place of any of our output folders lies on this machine."""
    root = connection.execute(select(Root.path).where(Root.id == root_id)).scalar_one()
    return whole_path(root, path)


def markers_at(connection: Connection, path: str) -> Sequence[str]:
    """The markers of output folders that were last seen at this path."""
    return connection.scalars(select(Root.marker).where(Root.path == path)).all()


def reserve(
    connection: Connection, owner: str, root_id: int, wishes: Sequence[Wish]
) -> dict[int, Intent]:
    """D2 and D7: give each verified part a free name and note the intent, if still held.

    A name that the artwork has already is used again. Returns intents by work id.
    """
    held = claims.still_held(connection, owner, (wish.claim for wish in wishes))
    pending = [(wish, wish.first_suffix) for wish in wishes if wish.claim.id in held]
    intents: dict[int, Intent] = {}
    while pending:
        next_round: list[tuple[Wish, int]] = []
        rows: dict[str, tuple[Wish, int, str]] = {}
        for wish, suffix in pending:
            path = wish.path(suffix)
            key = compare_key(path)
            if key in rows:
                next_round.append((wish, suffix + 1))
            else:
                rows[key] = (wish, suffix, path)
        named = {key: (wish.claim.artwork_id, path) for key, (wish, _, path) in rows.items()}
        made = insert_places(connection, root_id, named)
        taken = places_at(connection, root_id, [key for key in rows if key not in made])
        for key, (wish, suffix, path) in rows.items():
            there = taken.get(key)
            if key in made:
                intents[wish.claim.id] = _intent(wish, made[key], path)
            elif there is None:  # another instance let go of it just now
                next_round.append((wish, suffix))
            elif there.artwork_id == wish.claim.artwork_id and there.state != "trashed":
                intents[wish.claim.id] = _intent(wish, there.id, there.path)
            elif suffix < _MOST_SUFFIXES:
                next_round.append((wish, suffix + 1))
        pending = next_round
    notes = [
        (wish.claim, {**wish.note, **intents[wish.claim.id].to_json()})
        for wish in wishes
        if wish.claim.id in intents
    ]
    claims.write_scratch(connection, notes, state="verified")
    return intents


def _intent(wish: Wish, place_id: int, path: str) -> Intent:
    return Intent(place_id, path, wish.sha256, wish.size, wish.format, wish.quality)


def places_at(connection: Connection, root_id: int, keys: Sequence[str]) -> dict[str, Any]:
    """Places of a root by comparison key, with what is known of their files."""
    if not keys:
        return {}
    rows = connection.execute(
        select(
            Place.id,
            Place.path,
            Place.compare_key,
            Place.artwork_id,
            Place.is_primary,
            File.state,
            File.sha256,
        )
        .outerjoin(File, File.id == Place.file_id)
        .where(Place.root_id == root_id, Place.compare_key.in_(keys))
    )
    return {row.compare_key: row for row in rows.all()}


def insert_places(
    connection: Connection,
    root_id: int,
    rows: Mapping[str, tuple[int, str]],
    *,
    is_primary: bool = True,
) -> dict[str, int]:
    """Reserve names that are free, given as artwork and path by comparison key: their ids by
    key."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(Place).on_conflict_do_nothing().returning(Place.compare_key, Place.id)
    )
    made = connection.execute(
        statement,
        [
            {
                "root_id": root_id,
                "path": path,
                "compare_key": key,
                "artwork_id": artwork_id,
                "is_primary": is_primary,
            }
            for key, (artwork_id, path) in sorted(rows.items())
        ],
    )
    return {key: place_id for key, place_id in made.all()}


def move_reservation(
    connection: Connection, owner: str, claim: Claim, root_id: int, wish: Wish
) -> Intent | None:
    """CR-7: a stranger's file lies under our name: let go of it and take the next free one."""
    if not claims.still_held(connection, owner, [claim]):
        return None
    old = claim_intent_place(connection, claim)
    if old is not None:
        connection.execute(delete(Place).where(Place.id == old, Place.file_id.is_(None)))
    return reserve(connection, owner, root_id, [wish]).get(claim.id)


def claim_intent_place(connection: Connection, claim: Claim) -> int | None:
    """The place that this work's scratch has reserved."""
    scratch = connection.scalar(select(Work.scratch).where(Work.id == claim.id))
    place_id = (scratch or {}).get("place_id")
    return int(place_id) if place_id is not None else None


def orphan_reservations(connection: Connection) -> Sequence[int]:
    """Reserved names whose download, conversion or move is neither unfinished nor done."""
    naming = (StageName.DOWNLOAD.value, StageName.CONVERT.value, StageName.MOVE.value)
    unfinished = select(Work.artwork_id).where(Work.stage.in_(naming))
    return connection.scalars(
        select(Place.id).where(
            Place.file_id.is_(None),
            Place.is_primary,  # `store.further` sees to the others
            or_(Place.artwork_id.is_(None), Place.artwork_id.not_in(unfinished)),
        )
    ).all()


def drop_orphan_reservations(connection: Connection) -> int:
    """Free the names nobody will fill; how many they were."""
    ids = orphan_reservations(connection)
    if ids:
        connection.execute(delete(Place).where(Place.id.in_(ids)))
    return len(ids)


def with_suffix(wish: Wish, suffix: int) -> Wish:
    """The same wish, trying names from the `suffix`-th on."""
    return replace(wish, first_suffix=suffix)
