"""What is left to do: of a job, of the house, and with other jobs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from artkeep.domain.artwork import StageName
from artkeep.store.jobs import count
from artkeep.store.models import Job, JobPick, JobTarget, TargetArtwork, Work, table_of
from artkeep.store.work import ACTIVE_STATES


def waiting(connection: Connection, job_id: int) -> tuple[int, int, datetime | None]:
    """How much of a job's work is unfinished, how much of it deferred, and until when."""
    now = datetime.now(UTC)
    is_later = (Work.not_before > now) & Work.owner.is_(None)
    total, later, first = connection.execute(
        select(
            func.count(),
            func.count().filter(is_later),
            func.min(Work.not_before).filter(is_later),
        ).where(Work.job_id == job_id)
    ).one()
    return total, later, first


def has_work_now(connection: Connection, job_id: int, stage: str) -> bool:
    """Whether a stage of a job has work that is running somewhere or could be claimed."""
    is_due = or_(Work.not_before.is_(None), Work.not_before <= datetime.now(UTC))
    found = connection.scalar(
        select(Work.id)
        .where(
            Work.job_id == job_id,
            Work.stage == stage,
            or_(Work.owner.is_not(None), is_due),
        )
        .limit(1)
    )
    return found is not None


def newest_of_many(connection: Connection, many: int) -> int:
    """The id of the house's newest work where more than so many pieces wait, else 0."""
    amount, newest = connection.execute(
        select(func.count(), func.max(Work.id)).where(Work.job_id.is_(None))
    ).one()
    return newest if amount > many else 0


def house_work_left(
    connection: Connection, stages: Collection[str] = tuple(StageName), *, after_id: int = 0
) -> int:
    """How much of the house's work, of these stages, is running or could be claimed; of what
    was asked for after the work of this id."""
    is_due = or_(Work.not_before.is_(None), Work.not_before <= datetime.now(UTC))
    return connection.execute(
        select(func.count())
        .select_from(Work)
        .where(
            Work.job_id.is_(None),
            Work.id > after_id,
            Work.stage.in_(list(stages)),
            or_(Work.owner.is_not(None), is_due),
        )
    ).scalar_one()


def _held_elsewhere(job_id: int) -> Any:
    """Unfinished work of other jobs on the artworks of this job."""
    listed = (
        select(TargetArtwork.artwork_id)
        .join(JobTarget, JobTarget.target_id == TargetArtwork.target_id)
        .where(
            JobTarget.job_id == job_id,
            JobTarget.is_picked.is_(False),
            TargetArtwork.skipped.is_(None),
        )
    )
    picked = select(JobPick.artwork_id).where(JobPick.job_id == job_id)
    return (
        Work.stage == "download",
        Work.job_id != job_id,
        Work.artwork_id.in_(listed.union_all(picked)),
    )


def waiting_elsewhere(connection: Connection, job_id: int) -> int:
    """How many artworks of this job wait for a download that another job was asked for."""
    return connection.execute(
        select(func.count()).select_from(Work).where(*_held_elsewhere(job_id))
    ).scalar_one()


def jobs_to_help(connection: Connection, job_id: int) -> list[int]:
    """Running jobs that hold work on this job's artworks."""
    found = connection.scalars(
        select(Work.job_id)
        .join(Job, Job.id == Work.job_id)
        .where(
            *_held_elsewhere(job_id),
            Job.state == "running",
            or_(
                Work.owner.is_not(None),
                Work.not_before.is_(None),
                Work.not_before <= datetime.now(UTC),
            ),
        )
        .distinct()
    )
    return [found_id for found_id in found if found_id is not None]


def take_from_ended(connection: Connection, job_id: int) -> int:
    """What another job was asked for first and left undone when it ended becomes this job's."""
    left = (
        select(Work.id)
        .join(Job, Job.id == Work.job_id)
        .where(*_held_elsewhere(job_id), Work.owner.is_(None), Job.state.not_in(ACTIVE_STATES))
    )
    taken = connection.execute(
        update(table_of(Work)).where(Work.id.in_(left)).values(job_id=job_id)
    ).rowcount
    count(connection, job_id, StageName.DOWNLOAD, "asked", amount=taken)
    count(connection, job_id, StageName.DOWNLOAD, "elsewhere", amount=-taken)
    return taken


def due_jobs(connection: Connection) -> Sequence[int]:
    """Ended jobs with deferred work whose time has come."""
    found = connection.scalars(
        select(Work.job_id)
        .join(Job, Job.id == Work.job_id)
        .where(
            Work.owner.is_(None),
            or_(Work.not_before.is_(None), Work.not_before <= datetime.now(UTC)),
            Job.state == "incomplete",
            Job.owner.is_(None),
        )
        .distinct()
    )
    return [job_id for job_id in found if job_id is not None]
