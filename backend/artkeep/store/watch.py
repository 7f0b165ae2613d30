"""Watched targets: when each is looked at again, and what the last look said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from artkeep.store import jobs, ledger
from artkeep.store.jobs import JobRow
from artkeep.store.ledger import TargetRow
from artkeep.store.models import Job, JobTarget, Listing, SiteHold, Target

_IS_HELD = Target.site.in_(select(SiteHold.site))


@dataclass(frozen=True, slots=True)
class Due:
    """A target whose time has come; `seen_at` is what its row said then."""

    target: TargetRow
    every_s: int
    seen_at: datetime


def set_watch(
    connection: Connection,
    target_id: int,
    *,
    is_watched: bool,
    every_s: int | None,
    next_at: datetime | None,
    note: str | None = None,
) -> None:
    """Look at a target from now on, or no more; `note` says why no more."""
    connection.execute(
        update(Target)
        .where(Target.id == target_id)
        .values(
            is_watched=is_watched,
            check_every_s=every_s,
            next_check_at=next_at,
            watch_note=note,
        )
    )


def due(
    connection: Connection, now: datetime, limit: int, besides: Collection[int] = ()
) -> list[Due]:
    """Watched targets whose time has come, the one that waits longest first; none of a site
    that is held, and none of `besides`."""
    rows = connection.execute(
        select(Target.id, Target.check_every_s, Target.next_check_at)
        .where(
            Target.is_watched,
            Target.next_check_at <= now,
            Target.check_every_s.is_not(None),
            ~_IS_HELD,
            Target.id.not_in(besides),
        )
        .order_by(Target.next_check_at, Target.id)
        .limit(limit)
    ).all()
    found = []
    for row in rows:
        target = ledger.target(connection, row.id)
        assert target is not None
        found.append(Due(target, row.check_every_s, row.next_check_at))
    return found


def note_held(connection: Connection, now: datetime, note: str) -> None:
    """Say of those that are due why they are not looked at: their site is held."""
    connection.execute(
        update(Target)
        .where(
            Target.is_watched,
            Target.next_check_at <= now,
            _IS_HELD,
            Target.watch_note.is_distinct_from(note),
        )
        .values(watch_note=note)
    )


def claim(connection: Connection, one: Due, next_at: datetime) -> bool:
    """Take a check that is due. Of several instances exactly one succeeds: the row is moved
    only while it says what was seen."""
    changed = connection.execute(
        update(Target)
        .where(_is_as_seen(one.target.id, one.seen_at), ~_IS_HELD)
        .values(next_check_at=next_at)
    )
    return changed.rowcount == 1


def settle(
    connection: Connection,
    target_id: int,
    claimed_at: datetime,
    *,
    every_s: int,
    next_at: datetime,
    note: str | None,
) -> None:
    """Write down what a check leads to, unless somebody decided otherwise meanwhile."""
    connection.execute(
        update(Target)
        .where(_is_as_seen(target_id, claimed_at))
        .values(check_every_s=every_s, next_check_at=next_at, watch_note=note)
    )


def give_up(connection: Connection, target_id: int, claimed_at: datetime, note: str) -> None:
    """Watch a target no more, and say why."""
    connection.execute(
        update(Target)
        .where(_is_as_seen(target_id, claimed_at))
        .values(is_watched=False, next_check_at=None, watch_note=note)
    )


def _is_as_seen(target_id: int, seen_at: datetime) -> ColumnElement[bool]:
    return and_(Target.id == target_id, Target.is_watched, Target.next_check_at == seen_at)


def is_paused(connection: Connection, target_id: int) -> bool:
    """Whether somebody lets a job of this target rest: a check would wake it."""
    asked = or_(
        Job.state == "paused",
        and_(Job.state.in_(("queued", "running")), Job.wanted_state == "paused"),
    )
    of_target = select(JobTarget.job_id).where(JobTarget.target_id == target_id)
    return bool(connection.scalar(select(exists().where(Job.id.in_(of_target), asked))))


def last_alone(connection: Connection, target_id: int, limit: int) -> list[JobRow]:
    """The newest jobs that ended and were about this target alone."""
    other = aliased(JobTarget)
    rows = connection.execute(
        select(*jobs.COLUMNS)
        .join(JobTarget, JobTarget.job_id == Job.id)
        .where(
            JobTarget.target_id == target_id,
            JobTarget.is_picked.is_(False),
            Job.state.in_(("completed", "incomplete", "failed")),
            ~exists().where(other.job_id == Job.id, other.target_id != target_id),
        )
        .order_by(Job.id.desc())
        .limit(limit)
    )
    return [jobs.job_of(row) for row in rows]


def newly_listed(connection: Connection, target_id: int, job_id: int) -> int:
    """How many artworks a job has listed that were not known of this target."""
    found = connection.scalar(
        select(func.sum(Listing.new)).where(
            Listing.target_id == target_id, Listing.job_id == job_id
        )
    )
    return int(found or 0)
