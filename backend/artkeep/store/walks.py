"""The rows of the ledger: every walk over a listing says where it is and how it ended.

`walking` changes them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from artkeep.store.models import Listing

# An empty answer is no proof until it repeats: a fault of the site looks the same.
PROOF_OF_EMPTINESS = timedelta(minutes=2)

_JOBS_LOOKED_AT = 10

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NewWalk:
    """A walk to be made. `path`, `value` and `options` are what it is, and make it unique."""

    path: str
    value: str
    options: Options = ()
    proves_end: bool = False
    is_optional: bool = False
    claims: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What a page of a list was: its cursor, how many items, and a digest of their ids."""

    cursor: str
    amount: int
    digest: str


@dataclass(frozen=True, slots=True)
class Tail:
    """The last page of a walk that counts from the beginning of its list, so far.

    As long as that page shows the same items at the same cursor, nothing was put in before it;
    `before` is how many items that were. `marks` are the pages before it, and `looked` is how
    often one of them was looked at since the list was walked whole. `from_at` and `to_at` are
    when its first and its last item were posted: what lies between was listed.
    """

    cursor: str
    before: int
    ids: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    looked: int = 0
    from_at: datetime | None = None
    to_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        marks = [[one.cursor, one.amount, one.digest] for one in self.marks]
        kept = {"cursor": self.cursor, "before": self.before, "ids": list(self.ids)}
        times = {"from_at": _iso(self.from_at), "to_at": _iso(self.to_at)}
        return {**kept, **times, "marks": marks, "looked": self.looked}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Tail:
        """As it was stored; earlier versions kept less."""
        return cls(
            kept["cursor"],
            kept["before"],
            tuple(kept["ids"]),
            marks=tuple(Mark(*one) for one in kept.get("marks", ())),
            looked=kept.get("looked", 0),
            from_at=_moment(kept.get("from_at")),
            to_at=_moment(kept.get("to_at")),
        )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One walk. `ended` is end, cap, error or stopped; None while it runs or waits.

    `before` is how many items lay before the place where it began, known from an earlier walk;
    `whole_at` is when that one, or one that it relied on, began at the beginning.
    """

    id: int
    target_id: int
    parent_id: int | None
    path: str
    value: str
    options: Options
    proves_end: bool
    is_substitute: bool
    is_optional: bool
    claims: int | None
    cursor: str | None
    pages: int
    seen: int
    new: int
    repeated: int
    rejected: int
    before: int
    holes: tuple[str, ...]
    tail: Tail | None
    whole_at: datetime | None
    ended: str | None
    reason: str | None
    detail: str | None
    empty_at: datetime | None


_COLUMNS = (
    Listing.id,
    Listing.target_id,
    Listing.parent_id,
    Listing.path,
    Listing.value,
    Listing.options,
    Listing.proves_end,
    Listing.is_substitute,
    Listing.is_optional,
    Listing.claims,
    Listing.cursor,
    Listing.pages,
    Listing.seen,
    Listing.new,
    Listing.repeated,
    Listing.rejected,
    Listing.before,
    Listing.holes,
    Listing.tail,
    Listing.whole_at,
    Listing.ended,
    Listing.reason,
    Listing.detail,
    Listing.empty_at,
)


def key_of(options: Options) -> str:
    """Options as they are compared."""
    return json.dumps(options)


def is_walk(walk: NewWalk, target_id: int) -> tuple[ColumnElement[bool], ...]:
    """Every walk like this one for a target, whichever job made it."""
    return (
        Listing.target_id == target_id,
        Listing.path == walk.path,
        Listing.value == walk.value,
        Listing.options_key == key_of(walk.options),
    )


def listings_of(
    connection: Connection, target_id: int, job_id: int | None = None
) -> list[ListingRow]:
    """The walks of one job in order; without a job, of the last one that was not cut short
    because it had as many artworks as it was asked for."""
    if job_id is not None:
        return _of_job(connection, target_id, Listing.job_id == job_id)
    newest_first = connection.scalars(
        select(Listing.job_id)
        .where(Listing.target_id == target_id)
        .group_by(Listing.job_id)
        .order_by(func.max(Listing.id).desc())
        .limit(_JOBS_LOOKED_AT)
    ).all()
    newest: list[ListingRow] = []
    for one in newest_first:
        rows = _of_job(connection, target_id, Listing.job_id.is_not_distinct_from(one))
        if not any(row.reason == "max_items" for row in rows):
            return rows
        newest = newest or rows
    return newest


def _of_job(
    connection: Connection, target_id: int, which: ColumnElement[bool]
) -> list[ListingRow]:
    rows = connection.execute(
        select(*_COLUMNS)
        .where(Listing.target_id == target_id, which)
        .order_by(Listing.position, Listing.id)
    )
    return [_row(row) for row in rows]


def has_walks(connection: Connection, target_id: int, job_id: int) -> bool:
    """Whether the plan of a job for a target was written down."""
    found = select(Listing.id).where(Listing.target_id == target_id, Listing.job_id == job_id)
    return connection.scalar(found.limit(1)) is not None


def next_open(connection: Connection, target_id: int, job_id: int) -> ListingRow | None:
    """The walk of a job that is to be made, or gone on with, next."""
    row = connection.execute(
        select(*_COLUMNS)
        .where(
            Listing.target_id == target_id, Listing.job_id == job_id, Listing.ended.is_(None)
        )
        .order_by(Listing.position, Listing.id)
        .limit(1)
    ).one_or_none()
    return _row(row) if row else None


def read(connection: Connection, listing_id: int) -> ListingRow:
    """One walk as it is now."""
    row = connection.execute(select(*_COLUMNS).where(Listing.id == listing_id)).one()
    return _row(row)


def instead_of(connection: Connection, row: ListingRow) -> list[ListingRow]:
    """The walk that this one is made instead of, the one that that one is, and so on."""
    found = []
    while row.is_substitute and row.parent_id is not None:
        row = read(connection, row.parent_id)
        found.append(row)
    return found


def last_whole(connection: Connection, target_id: int, walk: NewWalk) -> ListingRow | None:
    """The latest clean walk of a target over a path that was ever walked whole."""
    row = connection.execute(
        select(*_COLUMNS)
        .where(*is_walk(walk, target_id), Listing.ended == "end", Listing.whole_at.is_not(None))
        .order_by(Listing.id.desc())
        .limit(1)
    ).one_or_none()
    return _row(row) if row else None


def answered(connection: Connection, target_id: int, walks: Sequence[NewWalk]) -> set[NewWalk]:
    """Those of these walks that were made to a clean end when the site claimed the same."""
    wanted = {(walk.path, walk.value, key_of(walk.options)): walk for walk in walks}
    rows = connection.execute(
        select(
            Listing.path,
            Listing.value,
            Listing.options_key,
            Listing.claims,
            Listing.empty_at,
            Listing.ended_at,
        ).where(
            Listing.target_id == target_id,
            Listing.ended == "end",
            Listing.value.in_([walk.value for walk in walks]),
        )
    )
    found = set()
    for row in rows:
        walk = wanted.get((row.path, row.value, row.options_key))
        is_proof = row.empty_at is None or row.ended_at - row.empty_at >= PROOF_OF_EMPTINESS
        if walk is not None and walk.claims == row.claims and is_proof:
            found.add(walk)
    return found


def _row(row: Any) -> ListingRow:
    fields = row._asdict()
    fields["options"] = tuple((name, value) for name, value in fields["options"])
    fields["holes"] = tuple(fields["holes"] or ())
    fields["tail"] = Tail.from_json(fields["tail"]) if fields["tail"] else None
    return ListingRow(**fields)


def model_of_version(connection: Connection, target_id: int) -> dict[str, str]:
    """The model of each version that was listed by itself for a target, in that order."""
    rows = connection.execute(
        select(Listing.value, Listing.options)
        .where(Listing.target_id == target_id, Listing.value.like("modelVersionId=%"))
        .order_by(Listing.id)
    )
    models: dict[str, str] = {}
    for value, options in rows:
        model_id = dict(options).get("model_id")
        if model_id:
            models.setdefault(value.partition("=")[2], str(model_id))
    return models
