"""The rows of the ledger: every walk over a listing says where it is and how it ended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from artkeep.store.models import Listing


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One walk. `ended` is end, cap, error or stopped; None while it runs or waits."""

    id: int
    target_id: int
    path: str
    value: str
    options: tuple[tuple[str, str], ...]
    proves_end: bool
    cursor: str | None
    pages: int
    seen: int
    new: int
    repeated: int
    rejected: int
    ended: str | None
    reason: str | None
    detail: str | None
    empty_at: datetime | None


def open_listings(
    connection: Connection,
    target_id: int,
    job_id: int,
    listings: Sequence[tuple[str, str, tuple[tuple[str, str], ...], bool]],
) -> list[int]:
    """Rows for (path, value, options, proves_end), in this order after those already open.

    Every job has rows of its own: a walk that it began goes on where it is, and what another
    job does with the same target cannot end it.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    last = connection.scalar(
        select(func.max(Listing.position)).where(
            Listing.target_id == target_id, Listing.job_id == job_id
        )
    )
    ids = []
    for offset, (path, value, options, proves_end) in enumerate(listings, start=1):
        key = json.dumps(options)
        same_walk = (
            Listing.target_id == target_id,
            Listing.path == path,
            Listing.value == value,
            Listing.options_key == key,
        )
        connection.execute(
            dialect.insert(Listing)
            .values(
                target_id=target_id,
                job_id=job_id,
                position=(last or 0) + offset,
                path=path,
                value=value,
                options=[list(pair) for pair in options],
                options_key=key,
                proves_end=proves_end,
                # Empty answers prove something when they repeat, whichever job asked.
                empty_at=select(Listing.empty_at)
                .where(*same_walk)
                .order_by(Listing.id.desc())
                .limit(1)
                .scalar_subquery(),
                started_at=datetime.now(UTC),
            )
            .on_conflict_do_nothing()
        )
        ids.append(
            connection.execute(
                select(Listing.id).where(*same_walk, Listing.job_id == job_id)
            ).scalar_one()
        )
    return ids


def listings_of(
    connection: Connection, target_id: int, job_id: int | None = None
) -> list[ListingRow]:
    """The walks of one job in order; without a job, the latest walk over each path."""
    which = [Listing.target_id == target_id]
    if job_id is not None:
        which.append(Listing.job_id == job_id)
    else:
        latest = (
            select(func.max(Listing.id))
            .where(Listing.target_id == target_id)
            .group_by(Listing.path, Listing.value, Listing.options_key)
        )
        which.append(Listing.id.in_(latest))
    rows = connection.execute(
        select(
            Listing.id,
            Listing.target_id,
            Listing.path,
            Listing.value,
            Listing.options,
            Listing.proves_end,
            Listing.cursor,
            Listing.pages,
            Listing.seen,
            Listing.new,
            Listing.repeated,
            Listing.rejected,
            Listing.ended,
            Listing.reason,
            Listing.detail,
            Listing.empty_at,
        )
        .where(*which)
        .order_by(Listing.position, Listing.id)
    )
    return [
        ListingRow(**{**row._asdict(), "options": tuple((a, b) for a, b in row.options)})
        for row in rows
    ]


def save_progress(
    connection: Connection,
    listing_id: int,
    *,
    cursor: str | None,
    seen: int,
    new: int,
    repeated: int,
    rejected: int,
) -> None:
    """One more page was stored; `cursor` is where the next one begins."""
    connection.execute(
        update(Listing)
        .where(Listing.id == listing_id)
        .values(
            cursor=cursor,
            pages=Listing.pages + 1,
            seen=Listing.seen + seen,
            new=Listing.new + new,
            repeated=Listing.repeated + repeated,
            rejected=Listing.rejected + rejected,
        )
    )


def end_listing(
    connection: Connection, listing_id: int, ended: str, reason: str = "", detail: str = ""
) -> None:
    """Say how a walk ended. Its cursor stays, so that an error can be retried from there."""
    connection.execute(
        update(Listing)
        .where(Listing.id == listing_id)
        .values(
            ended=ended,
            reason=reason or None,
            detail=detail or None,
            ended_at=datetime.now(UTC),
        )
    )


def note_empty(connection: Connection, listing_id: int, at: datetime | None) -> None:
    """Remember when a walk first ended without a single item; None forgets it."""
    connection.execute(update(Listing).where(Listing.id == listing_id).values(empty_at=at))


def reopen_failed(connection: Connection, job_id: int) -> int:
    """Walks of this job that ended with an error or were stopped go on at their cursor."""
    changed = connection.execute(
        update(Listing)
        .where(Listing.job_id == job_id, Listing.ended.in_(("error", "stopped")))
        .values(ended=None, reason=None, detail=None, ended_at=None)
    )
    return changed.rowcount
