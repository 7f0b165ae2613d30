"""Files on their way to other names: reserving where each goes, and the steps of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from artkeep.domain.naming import compare_key
from artkeep.store import claims
from artkeep.store.claims import Claim
from artkeep.store.models import Place, Work
from artkeep.store.movable import Movable

_NUMBERED = re.compile(r" \(([0-9]{1,9})\)\.[^./]+$")


@dataclass(frozen=True, slots=True)
class Step:
    """One file on its way: reserved is the place that keeps its new name for it."""

    place_id: int
    root_id: int
    old: str
    new: str
    reserved: int

    def to_json(self) -> list[Any]:
        """For the scratch column."""
        return [self.place_id, self.root_id, self.old, self.new, self.reserved]


def steps_of(claim: Claim) -> list[Step]:
    """What a claim's last owner was about to do."""
    return [Step(*saved) for saved in claim.scratch.get("moves") or ()]


@dataclass(frozen=True, slots=True)
class MoveWish:
    """A file that wants another name. `path(n)` is the n-th name to try, 0 the best; there is
    only that one when it `is_exact`."""

    claim: Claim
    file: Movable
    path: Callable[[int], str]
    is_exact: bool = False
    first_suffix: int = 0

    def name(self, suffix: int) -> tuple[tuple[int, str], tuple[int, str]]:
        """The name to try as the database compares it, and the same without its ending, which
        sidecars share."""
        key = compare_key(self.path(suffix))
        return (self.file.root_id, key), (self.file.root_id, key.rpartition(".")[0])

    @property
    def has_number(self) -> bool:
        """Whether the file has one of the names it wants, with a number in it."""
        match = _NUMBERED.search(self.file.path)
        suffix = int(match[1]) - 1 if match else 0
        return suffix > 0 and compare_key(self.path(suffix)) == compare_key(self.file.path)


@dataclass(slots=True)
class Reserved:
    """Steps by work id. The only name of the wishes in `taken` is another file's; in `waiting`
    that one is going to leave it."""

    held: set[int]
    steps: dict[int, list[Step]] = field(default_factory=dict)
    taken: list[MoveWish] = field(default_factory=list)
    waiting: list[MoveWish] = field(default_factory=list)


def reserve(connection: Connection, owner: str, wishes: Sequence[MoveWish]) -> Reserved:
    """Give each file a free name, and note what is about to happen, for claims still held.

    A file that has a name of those it wants stays where it is, unless the best one is free.
    What was noted before is replaced; its reservations must have been dropped.
    """
    told = Reserved(claims.still_held(connection, owner, (wish.claim for wish in wishes)))
    pending = [(w, w.first_suffix) for w in wishes if w.claim.id in told.held]
    stems: dict[tuple[int, str], int] = {}  # names without their endings, and whose they are
    following: dict[tuple[int, str], int] = {}  # by best name, the number after the last given
    while pending:
        again: list[tuple[MoveWish, int]] = []
        rows: dict[tuple[int, str], tuple[MoveWish, int, str]] = {}
        for wish, suffix in pending:
            name, stem = wish.name(suffix)
            while not wish.is_exact and stems.get(stem, wish.claim.id) != wish.claim.id:
                suffix = max(suffix + 1, following.get(wish.name(0)[0], 0))
                name, stem = wish.name(suffix)
            if name[1] == compare_key(wish.file.path) or (suffix and wish.has_number):
                continue
            if name in rows:
                again.append((wish, suffix))
                continue
            stems[stem] = wish.claim.id
            following[wish.name(0)[0]] = suffix + 1
            rows[name] = (wish, suffix, wish.path(suffix))
        made = _insert(connection, rows)
        for name, (wish, suffix, path) in rows.items():
            if name in made:
                file = wish.file
                step = Step(file.place_id, file.root_id, file.path, path, made[name])
                told.steps.setdefault(wish.claim.id, []).append(step)
            elif wish.is_exact and _is_to_leave(connection, *name, wish.claim):
                told.waiting.append(wish)
            elif wish.is_exact:
                told.taken.append(wish)
            else:
                is_taken = partial(_is_taken, connection, wish)
                again.append((wish, next_free(is_taken, suffix)))
        pending = again
    _note(connection, {wish.claim.id: wish.claim for wish in wishes}, told)
    return told


def next_free(is_taken: Callable[[int], bool], taken: int) -> int:
    """A number after a taken one, without trying thousands where so many names are alike."""
    low, step = taken, 1
    while is_taken(low + step):
        low, step = low + step, 2 * step
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_taken(middle) else (low, middle)
    return high


def _is_taken(connection: Connection, wish: MoveWish, suffix: int) -> bool:
    (root_id, key), _ = wish.name(suffix)
    found = select(Place.id).where(Place.root_id == root_id, Place.compare_key == key)
    return connection.scalar(found) is not None


def _insert(
    connection: Connection, rows: dict[tuple[int, str], tuple[MoveWish, int, str]]
) -> dict[tuple[int, str], int]:
    if not rows:
        return {}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(Place)
        .on_conflict_do_nothing()
        .returning(Place.root_id, Place.compare_key, Place.id)
    )
    made = connection.execute(
        statement,
        [
            {
                "root_id": root_id,
                "path": path,
                "compare_key": key,
                "artwork_id": wish.claim.artwork_id,
                "is_primary": True,
            }
            for (root_id, key), (wish, _, path) in sorted(rows.items(), key=lambda row: row[0])
        ],
    )
    return {(root_id, key): place_id for root_id, key, place_id in made.all()}


def _is_to_leave(connection: Connection, root_id: int, key: str, claim: Claim) -> bool:
    """Whether the file of that name is one that the same job has not moved yet."""
    found = connection.scalar(
        select(Work.id)
        .join(Place, Place.artwork_id == Work.artwork_id)
        .where(
            Place.root_id == root_id,
            Place.compare_key == key,
            Work.stage == claim.stage,
            Work.job_id == claim.job_id,
            Work.artwork_id != claim.artwork_id,
        )
        .limit(1)
    )
    return found is not None


def _note(connection: Connection, of_work: dict[int, Claim], told: Reserved) -> None:
    notes: list[tuple[Claim, dict[str, Any]]] = [
        (of_work[work_id], {"moves": [step.to_json() for step in steps]})
        for work_id, steps in told.steps.items()
    ]
    claims.write_scratch(connection, notes, state="verified")


def reserve_another(
    connection: Connection, owner: str, wish: MoveWish, taken: Step, others: Sequence[Step]
) -> Step | None:
    """CR-7: a stranger's file lies under a name: the next free one, beside the other steps of
    the claim. None when the claim was lost, or the file stays where it is."""
    claim = wish.claim
    if claim.id not in claims.still_held(connection, owner, [claim]):
        return None
    drop_reservations(connection, [taken])
    steps = reserve(connection, owner, [wish]).steps.get(claim.id, [])
    scratch = {"moves": [step.to_json() for step in (*others, *steps)]}
    claims.write_scratch(connection, [(claim, scratch)], state="verified")
    return steps[0] if steps else None


def drop_reservations(connection: Connection, steps: Iterable[Step]) -> None:
    """Let go of names that are not going to be used."""
    ids = [step.reserved for step in steps]
    if ids:
        connection.execute(delete(Place).where(Place.id.in_(ids), Place.file_id.is_(None)))


def give_up(connection: Connection, owner: str, claim: Claim, steps: Sequence[Step]) -> None:
    """Nothing of this claim is on its way any more."""
    if claim.id in claims.still_held(connection, owner, [claim]):
        drop_reservations(connection, steps)
        claims.write_scratch(connection, [(claim, {})], state="claimed")


def lying_at(connection: Connection, place_ids: Collection[int]) -> dict[int, str]:
    """Where the database says now that files lie, by place."""
    rows = connection.execute(
        select(Place.id, Place.path).where(
            Place.id.in_(list(place_ids)), Place.file_id.is_not(None)
        )
    )
    return {place_id: path for place_id, path in rows}
