"""What went wrong for good in a job: by reason, one by one, and taken out to be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from artkeep.store.models import Artwork, Failure, Work

GONE = ("gone", "withheld")  # nothing failed: the site does not give it away (any more)


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures of one reason, with an example."""

    stage: str
    reason: str
    amount: int
    example: str | None
    is_gone: bool


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One artwork that failed."""

    id: int
    artwork_id: int
    site: str
    site_id: str
    page_url: str
    stage: str
    reason: str
    detail: str | None
    host: str | None
    http_status: int | None
    attempts: int
    at: datetime


def groups(connection: Connection, job_id: int) -> list[FailureGroup]:
    """A job's failures by reason, the most frequent first."""
    amount = func.count()
    rows = connection.execute(
        select(Failure.stage, Failure.reason, amount, func.min(Failure.detail))
        .where(Failure.job_id == job_id)
        .group_by(Failure.stage, Failure.reason)
        .order_by(amount.desc(), Failure.reason)
    )
    return [
        FailureGroup(stage, reason, number, example, is_gone=reason in GONE)
        for stage, reason, number, example in rows
    ]


_ROW = (
    Failure.id,
    Failure.artwork_id,
    Artwork.site,
    Artwork.site_id,
    Artwork.page_url,
    Failure.stage,
    Failure.reason,
    Failure.detail,
    Failure.host,
    Failure.http_status,
    Failure.attempts,
    Failure.at,
)


def of_job(
    connection: Connection,
    job_id: int,
    *,
    reason: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[FailureRow]:
    """Single failures of a job (of one reason), the newest first; those older than `before`."""
    which = [Failure.job_id == job_id]
    if reason is not None:
        which.append(Failure.reason == reason)
    if before is not None:
        which.append(Failure.id < before)
    found: Any = (
        select(*_ROW)
        .join(Artwork, Artwork.id == Failure.artwork_id)
        .where(*which)
        .order_by(Failure.id.desc())
        .limit(limit)
    )
    rows: Sequence[Any] = connection.execute(found).all()
    return [FailureRow(*row) for row in rows]


def put_off(connection: Connection, job_id: int) -> list[tuple[str, str, str, str, str | None]]:
    """What a job left for a later visit: site, site id, page, why, and details."""
    found: Any = (
        select(Artwork.site, Artwork.site_id, Artwork.page_url, Work.reason, Work.detail)
        .join(Artwork, Artwork.id == Work.artwork_id)
        .where(Work.job_id == job_id, Work.not_before.is_not(None), Work.reason.is_not(None))
        .order_by(Work.id)
    )
    return [tuple(row) for row in connection.execute(found)]


def of_artwork(connection: Connection, artwork_id: int) -> list[FailureRow]:
    """Why stages failed on an artwork."""
    found: Any = (
        select(*_ROW)
        .join(Artwork, Artwork.id == Failure.artwork_id)
        .where(Failure.artwork_id == artwork_id)
        .order_by(Failure.id)
    )
    rows: Sequence[Any] = connection.execute(found).all()
    return [FailureRow(*row) for row in rows]


def forget(
    connection: Connection,
    job_id: int,
    reason: str | None = None,
    artwork_id: int | None = None,
) -> list[tuple[int, str]]:
    """Take failures of a job out, to be asked for again: artworks and stages.

    Of one reason, of one artwork, or all; what is gone only when it is asked for like that.
    """
    which = [Failure.job_id == job_id]
    if reason is not None:
        which.append(Failure.reason == reason)
    if artwork_id is not None:
        which.append(Failure.artwork_id == artwork_id)
    if reason is None and artwork_id is None:
        which.append(Failure.reason.not_in(GONE))
    found = [
        (row.artwork_id, row.stage)
        for row in connection.execute(select(Failure.artwork_id, Failure.stage).where(*which))
    ]
    connection.execute(delete(Failure).where(*which))
    return found
