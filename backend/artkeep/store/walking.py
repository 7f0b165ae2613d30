"""Making walks: opening them, writing down each page, and how they end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from artkeep.store.models import Listing, table_of
from artkeep.store.walks import ListingRow, NewWalk, Tail, is_walk, key_of


def open_walks(
    connection: Connection,
    target_id: int,
    job_id: int,
    walks: Iterable[NewWalk],
    *,
    parent: ListingRow | None = None,
    instead: bool = False,
) -> None:
    """Rows for walks that the job does not have yet, after those already open.

    With a parent they are walks that it led to; with `instead`, walks that together reach what
    it did not, and they come next. Every job has rows of its own: a walk that it began goes on
    where it is, and what another job does with the same target cannot end it.
    """
    opened = list(walks)
    if not opened:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    here = (Listing.target_id == target_id, Listing.job_id == job_id)
    if instead and parent is not None:
        position = select(Listing.position).where(Listing.id == parent.id)
    else:
        position = select(func.coalesce(func.max(Listing.position), 0) + 1).where(*here)
    at = connection.execute(position).scalar_one()
    for offset, walk in enumerate(opened):
        same = is_walk(walk, target_id)
        statement = dialect.insert(Listing).values(
            target_id=target_id,
            job_id=job_id,
            parent_id=parent.id if parent else None,
            is_substitute=instead,
            position=at if instead else at + offset,
            path=walk.path,
            value=walk.value,
            options=[list(pair) for pair in walk.options],
            options_key=key_of(walk.options),
            proves_end=walk.proves_end,
            is_optional=walk.is_optional,
            claims=walk.claims,
            # Empty answers prove something when they repeat, whichever job asked.
            empty_at=select(Listing.empty_at)
            .where(*same)
            .order_by(Listing.id.desc())
            .limit(1)
            .scalar_subquery(),
            started_at=datetime.now(UTC),
        )
        connection.execute(statement.on_conflict_do_nothing())
        if instead:  # it may have been planned anyway, and now has to stand in
            connection.execute(
                update(Listing)
                .where(*same, *here, Listing.parent_id.is_(None))
                .values(parent_id=parent.id if parent else None, is_substitute=True)
            )


def begin_at(
    connection: Connection, listing_id: int, tail: Tail | None, whole_at: datetime | None
) -> None:
    """Let a walk begin at the last page of an earlier one, or (None) at the beginning.

    `whole_at` is when the earlier one was walked whole.
    """
    connection.execute(
        update(Listing)
        .where(Listing.id == listing_id)
        .values(
            cursor=tail.cursor if tail else None,
            before=tail.before if tail else 0,
            tail=tail.to_json() if tail else None,
            whole_at=whole_at,
        )
    )


_PROGRESS = (
    update(table_of(Listing))
    .where(Listing.id == bindparam("listing_id"))
    .values(
        cursor=bindparam("to"),
        pages=Listing.pages + 1,
        seen=Listing.seen + bindparam("more_seen"),
        new=Listing.new + bindparam("more_new"),
        repeated=Listing.repeated + bindparam("more_repeated"),
        rejected=Listing.rejected + bindparam("more_rejected"),
        tail=bindparam("its_tail"),
    )
)


def save_progress(
    connection: Connection,
    listing_id: int,
    *,
    cursor: str | None,
    seen: int,
    new: int,
    repeated: int,
    rejected: int,
    tail: Tail | None = None,
) -> None:
    """One more page was stored; `cursor` is where the next one begins."""
    connection.execute(
        _PROGRESS,
        {
            "listing_id": listing_id,
            "to": cursor,
            "more_seen": seen,
            "more_new": new,
            "more_repeated": repeated,
            "more_rejected": rejected,
            "its_tail": tail.to_json() if tail else None,
        },
    )


def set_holes(
    connection: Connection, listing_id: int, holes: Sequence[str], cursor: str | None
) -> None:
    """Pages that could not be had, by their cursors, and the one where the walk goes on."""
    connection.execute(
        update(Listing)
        .where(Listing.id == listing_id)
        .values(holes=list(holes) or None, cursor=cursor)
    )


def end_listing(
    connection: Connection, listing_id: int, ended: str, reason: str = "", detail: str = ""
) -> None:
    """Say how a walk ended. Its cursor stays, so that an error can be retried from there."""
    values: dict[str, Any] = {
        "ended": ended,
        "reason": reason or None,
        "detail": detail or None,
        "ended_at": datetime.now(UTC),
    }
    if ended == "end" and reason != "known":
        is_whole = Listing.before == 0
        values["whole_at"] = case((is_whole, Listing.started_at), else_=Listing.whole_at)
    connection.execute(update(Listing).where(Listing.id == listing_id).values(values))


def set_detail(connection: Connection, listing_id: int, detail: str) -> None:
    """Say more about how a walk ended."""
    connection.execute(update(Listing).where(Listing.id == listing_id).values(detail=detail))


def stop_open(
    connection: Connection, target_id: int, job_id: int, reason: str, detail: str
) -> None:
    """End what was not walked yet."""
    connection.execute(
        update(Listing)
        .where(
            Listing.target_id == target_id, Listing.job_id == job_id, Listing.ended.is_(None)
        )
        .values(ended="stopped", reason=reason, detail=detail, ended_at=datetime.now(UTC))
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
