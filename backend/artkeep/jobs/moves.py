"""Jobs that move what is there to another layout, and jobs that move it back."""

from __future__ import annotations

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName
from artkeep.domain.layout import Layout
from artkeep.errors import Conflict, NotFound
from artkeep.jobs.library_job import start_over_library
from artkeep.jobs.start import Started
from artkeep.stages.move import LAYOUT, UNDO
from artkeep.store import jobs, move_batches, scopes
from artkeep.store.move_batches import MoveBatch
from artkeep.store.work import ACTIVE_STATES


def start_move(connection: Connection, layout: Layout, text: str) -> Started:
    """A job that moves what a query means, or the unfinished one that does the same.

    Raises BadQuery.
    """
    stages = {StageName.MOVE.value: {LAYOUT: layout.to_json()}}
    return start_over_library(connection, StageName.MOVE, text, stages=stages)


def start_undo(connection: Connection, batch_id: int) -> Started:
    """A job that takes a move back, or the unfinished one that does. Raises NotFound,
    Conflict."""
    batch = require_batch(connection, batch_id)
    signature = f"undo move {batch_id}"
    going_on = jobs.unfinished_like(connection, signature)
    if going_on is not None:
        jobs.want(connection, going_on.id, "running")
        return Started(going_on.id, is_new=False)
    job_id = jobs.create(
        connection,
        kind=StageName.MOVE,
        title=f"Undo move {batch_id}",
        params={
            "stages": {StageName.MOVE.value: {UNDO: batch_id}},
            scopes.AMOUNT: batch.left,
        },
        then=(),
        signature=signature,
        query="",
    )
    return Started(job_id, is_new=True)


def require_batch(connection: Connection, batch_id: int) -> MoveBatch:
    """A move that can be taken back now. Raises NotFound, Conflict."""
    batch = move_batches.batch(connection, batch_id)
    if batch is None:
        raise NotFound(
            f"There is no move {batch_id}.",
            code="no_batch",
            advice="`artkeep move --history` lists them.",
        )
    if batch.undone_at is not None:
        raise Conflict(f"Move {batch_id} was taken back already.", code="undone")
    job = jobs.get(connection, batch.job_id) if batch.job_id else None
    if job is not None and job.state in ACTIVE_STATES:
        raise Conflict(
            f"Move {batch_id} is still running.",
            code="still_running",
            advice=f"Stop job {job.id} first.",
        )
    return batch
