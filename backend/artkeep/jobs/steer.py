"""Pausing, resuming, stopping and retrying a job, also one that another instance leads.

Whoever leads it looks a few times a second at what is wanted. What cannot be done in the job's
state is refused, so that no button seems to work and does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from artkeep.errors import Conflict, NotFound
from artkeep.jobs import start
from artkeep.store import jobs
from artkeep.store.jobs import JobRow


@dataclass(frozen=True, slots=True)
class Steered:
    """The job as it is now. With `needs_leader` nobody leads it who would go on with it."""

    job: JobRow
    needs_leader: bool = False


_PAUSABLE = ("queued", "running", "paused")
_STOPPABLE = (*_PAUSABLE, "interrupted", "stopped")


def require(connection: Connection, job_id: int) -> JobRow:
    """The job. Raises NotFound."""
    row = jobs.get(connection, job_id)
    if row is None:
        raise NotFound(f"There is no job {job_id}.", code="no_job")
    return row


def pause(connection: Connection, job_id: int) -> Steered:
    """What runs is finished, nothing more is begun. Raises NotFound, Conflict."""
    row = require(connection, job_id)
    if row.state not in _PAUSABLE:
        raise _not_now(row, "paused")
    return Steered(_want(connection, job_id, "paused"))


def stop(connection: Connection, job_id: int) -> Steered:
    """Give everything back; resume goes on from there. Raises NotFound, Conflict."""
    row = require(connection, job_id)
    if row.state not in _STOPPABLE:
        raise _not_now(row, "stopped")
    return Steered(_want(connection, job_id, "stopped"))


def resume(connection: Connection, job_id: int) -> Steered:
    """Go on where it is. Raises NotFound, Conflict."""
    row = require(connection, job_id)
    if row.state == "completed":
        raise Conflict(
            f"Job {job_id} is completed.",
            code="job_completed",
            advice="Start it again to look for what is new.",
        )
    return _run_again(connection, row)


def retry(
    connection: Connection, job_id: int, reason: str | None, artwork_id: int | None
) -> Steered:
    """Ask again for failures: of one reason, of one artwork, or all but what is gone.

    Raises NotFound, Conflict.
    """
    row = require(connection, job_id)
    amount = start.retry(connection, job_id, reason, artwork_id)
    is_finished = row.state == "completed" or reason is not None or artwork_id is not None
    if not amount and is_finished:
        raise Conflict(
            f"Job {job_id} has no such failure any more.",
            code="nothing_to_retry",
            advice="It may have been tried again already.",
        )
    return _run_again(connection, row)


def _run_again(connection: Connection, row: JobRow) -> Steered:
    # A leader that is just stopping hands the job back, to be led anew.
    needs_leader = row.owner is None or row.wanted_state == "stopped"
    return Steered(_want(connection, row.id, "running"), needs_leader)


def _want(connection: Connection, job_id: int, state: str) -> JobRow:
    row = jobs.want(connection, job_id, state)
    assert row is not None
    return row


def _not_now(row: JobRow, wanted: str) -> Conflict:
    return Conflict(
        f"Job {row.id} is {row.state} and cannot be {wanted}.",
        code="job_ended" if row.state not in jobs.UNFINISHED else "job_not_running",
        advice="Reload the page to see it as it is now.",
    )
