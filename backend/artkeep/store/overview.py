"""What there is in all: for the status line, once a second while somebody looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.orm import aliased

from artkeep.domain.artwork import StageName
from artkeep.store.jobs import COLUMNS, JobRow, job_of
from artkeep.store.models import (
    Artwork,
    ArtworkFile,
    File,
    Job,
    JobPick,
    JobTally,
    JobTarget,
    TargetArtwork,
)

_MOVING = ("queued", "running", "paused", "interrupted")


@dataclass(frozen=True, slots=True)
class Totals:
    """Artworks known, artworks downloaded, and the bytes that lie in the library."""

    artworks: int
    downloaded: int
    bytes: int


@dataclass(frozen=True, slots=True)
class JobCounts:
    """`failed` are those that ended with something missing, and were not begun again since."""

    active: int
    queued: int
    failed: int
    completed: int


def totals(connection: Connection) -> Totals:
    """Counted over whole tables: some milliseconds per 100 000 artworks."""
    is_done = Artwork.download_status == "done"
    return Totals(
        connection.execute(select(func.count()).select_from(Artwork)).scalar_one(),
        connection.execute(select(func.count()).where(is_done)).scalar_one(),
        connection.scalar(select(func.sum(File.size)).where(File.state == "present")) or 0,
    )


def bytes_fetched(connection: Connection) -> int:
    """By all jobs since the beginning. Other stages count bytes that they save."""
    total = select(func.sum(JobTally.bytes)).where(JobTally.stage == StageName.DOWNLOAD)
    return connection.scalar(total) or 0


def job_counts(connection: Connection, since: datetime) -> JobCounts:
    """`since` is when today began: jobs completed after it count."""
    later = aliased(Job)
    is_followed = (
        select(later.id).where(later.signature == Job.signature, later.id > Job.id).exists()
    )
    is_failed = Job.state.in_(("failed", "incomplete")) & ~is_followed
    row = connection.execute(
        select(
            func.count().filter(Job.state == "running"),
            func.count().filter(Job.state == "queued"),
            func.count().filter(is_failed),
            func.count().filter(Job.state == "completed", Job.ended_at >= since),
        ).select_from(Job)
    ).one()
    return JobCounts(*row)


def moving_jobs(connection: Connection, since: datetime) -> Sequence[JobRow]:
    """Jobs that may change by themselves, and those made or ended after `since`."""
    rows = connection.execute(
        select(*COLUMNS)
        .where(or_(Job.state.in_(_MOVING), Job.created_at >= since, Job.ended_at >= since))
        .order_by(Job.id)
    )
    return [job_of(row) for row in rows]


def newest_file(connection: Connection) -> int:
    """The id of the file that was committed last; 0 without any."""
    return connection.scalar(select(func.max(File.id))) or 0


def finished_since(
    connection: Connection, job_id: int, file_id: int, limit: int
) -> Sequence[int]:
    """Artworks of a job whose originals were committed after this file, the newest first."""
    is_listed = (
        select(TargetArtwork.artwork_id)
        .join(JobTarget, JobTarget.target_id == TargetArtwork.target_id)
        .where(
            JobTarget.job_id == job_id,
            JobTarget.is_picked.is_(False),
            TargetArtwork.artwork_id == ArtworkFile.artwork_id,
            TargetArtwork.skipped.is_(None),
        )
        .exists()
    )
    is_picked = (
        select(JobPick.artwork_id)
        .where(JobPick.job_id == job_id, JobPick.artwork_id == ArtworkFile.artwork_id)
        .exists()
    )
    return connection.scalars(
        select(ArtworkFile.artwork_id)
        .join(File, File.id == ArtworkFile.file_id)
        .where(File.id > file_id, File.role == "original", or_(is_listed, is_picked))
        .order_by(File.id.desc())
        .limit(limit)
    ).all()
