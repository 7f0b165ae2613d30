"""The log of a job that a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from artkeep.store.models import JobEvent


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line. `level` is info, warning or error."""

    id: int
    at: datetime
    level: str
    code: str
    message: str


def say(
    connection: Connection, job_id: int, code: str, message: str, level: str = "info"
) -> None:
    """Write a line into the log that a person reads."""
    connection.execute(
        insert(JobEvent).values(
            job_id=job_id, at=datetime.now(UTC), level=level, code=code, message=message
        )
    )


def newest(
    connection: Connection, job_id: int, *, before: int | None = None, limit: int
) -> list[EventRow]:
    """The lines of a job, the newest first; those older than `before`."""
    found: Any = (
        select(JobEvent.id, JobEvent.at, JobEvent.level, JobEvent.code, JobEvent.message)
        .where(JobEvent.job_id == job_id)
        .order_by(JobEvent.id.desc())
        .limit(limit)
    )
    if before is not None:
        found = found.where(JobEvent.id < before)
    rows: Sequence[Any] = connection.execute(found).all()
    return [EventRow(*row) for row in rows]
