"""What move jobs did, and taking it back.

A move job is one batch of kind `move`. What was moved stands in rows of kind `moved`, one for
each transaction, so that no row grows with the library; taking back takes it out again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    insert,
    select,
    update,
)

from artkeep.domain.naming import compare_key
from artkeep.store import claims
from artkeep.store.claims import Claim
from artkeep.store.embedded import THERE
from artkeep.store.models import Batch, File, Job, Place, table_of
from artkeep.store.moves import Step, drop_reservations

MOVE = "move"  # kinds of batches
MOVED = "moved"
ROW = "row"  # the row of a batch that a piece of work takes back: in its spec


@dataclass(frozen=True, slots=True)
class Settled:
    """Claims that were still held, and what counts of theirs: steps of files that nothing else
    has changed meanwhile."""

    held: set[int]
    done: list[tuple[Claim, Step]]


def settle(
    connection: Connection,
    owner: str,
    laid: Sequence[tuple[Claim, Sequence[Step]]],
    undone: int | None,
) -> Settled:
    """The files lie under their new names from now on. To be flushed.

    With `undone`, they were in that batch and are no more.
    """
    held = claims.still_held(connection, owner, (claim for claim, _ in laid))
    mine = [(claim, step) for claim, steps in laid if claim.id in held for step in steps]
    found = connection.execute(
        select(Place.id, Place.path, File.state)
        .join(File, File.id == Place.file_id)
        .where(Place.id.in_([step.place_id for _, step in mine]))
        .with_for_update()
    )
    now = {row.id: row.path for row in found if row.state in THERE}
    done = [(claim, step) for claim, step in mine if now.get(step.place_id) == step.old]
    drop_reservations(connection, (step for _, step in mine))
    if done:
        connection.execute(
            _PUT,
            [
                {"which": step.place_id, "to": step.new, "key": compare_key(step.new)}
                for _, step in done
            ],
        )
    if undone is None:
        _remember(connection, done)
    else:
        _forget(connection, undone, done)
    return Settled(held, done)


_PUT = (
    update(table_of(Place))
    .where(Place.id == bindparam("which"))
    .values(path=bindparam("to"), compare_key=bindparam("key"))
)


def _remember(connection: Connection, done: Sequence[tuple[Claim, Step]]) -> None:
    by_job: dict[int | None, list[list[Any]]] = {}
    for claim, step in done:
        move = [claim.artwork_id, step.place_id, step.old, step.new]
        by_job.setdefault(claim.job_id, []).append(move)
    for job_id, moves in by_job.items():
        params = {
            "batch": _batch_of(connection, job_id),
            "files": len(moves),
            "left": len(moves),
            "moves": moves,
        }
        connection.execute(
            insert(Batch).values(
                kind=MOVED, job_id=job_id, params=params, created_at=datetime.now(UTC)
            )
        )


def _batch_of(connection: Connection, job_id: int | None) -> int:
    found = connection.scalar(
        select(Batch.id)
        .where(Batch.kind == MOVE, Batch.job_id == job_id, Batch.undone_at.is_(None))
        .order_by(Batch.id.desc())
        .limit(1)
    )
    now = datetime.now(UTC)
    if found is not None and job_id is not None:
        connection.execute(update(Batch).where(Batch.id == found).values(created_at=now))
        return found
    batch_id: int = connection.execute(
        insert(Batch).values(kind=MOVE, job_id=job_id, created_at=now).returning(Batch.id)
    ).scalar_one()
    return batch_id


def _forget(connection: Connection, batch_id: int, done: Sequence[tuple[Claim, Step]]) -> None:
    """Take moves out of a batch; one of which nothing is left was taken back."""
    place_ids = {step.place_id for _, step in done}
    rows = connection.execute(
        select(Batch.id, Batch.params)
        .where(_rows_of(batch_id, {row_of(claim) for claim, _ in done}), _IS_LEFT)
        .order_by(Batch.id)
        .with_for_update()
    ).all()
    for row_id, params in rows:
        before = params or {}
        moves = [move for move in before["moves"] if move[1] not in place_ids]
        after = {**before, "moves": moves, "left": len(moves)}
        connection.execute(update(Batch).where(Batch.id == row_id).values(params=after))
    left = select(Batch.id).where(_rows_of(batch_id), _IS_LEFT).order_by(Batch.id).limit(1)
    if connection.scalar(left) is None:
        connection.execute(
            update(Batch).where(Batch.id == batch_id).values(undone_at=datetime.now(UTC))
        )


_IS_LEFT = Batch.params["left"].as_integer() > 0


def row_of(claim: Claim) -> int | None:
    """The row of the batch that a claim takes back, if it says so."""
    row = claim.spec.get(ROW)
    return int(row) if row is not None else None


def _rows_of(batch_id: int, rows: Collection[int | None] = ()) -> ColumnElement[bool]:
    """All rows of a batch, or only `rows` of it; None among them means any."""
    mine = and_(Batch.kind == MOVED, Batch.params["batch"].as_integer() == batch_id)
    known = [row for row in rows if row is not None]
    return and_(mine, Batch.id.in_(known)) if rows and len(known) == len(rows) else mine


def moves_to_undo(
    connection: Connection, batch_id: int, before: int | None
) -> tuple[int, list[int]] | None:
    """The row of a batch before the one with id `before`, from the last to the first, so that a
    name is free before it is wanted back: its id and its artworks. None at the end."""
    found = select(Batch.id, Batch.params).where(_rows_of(batch_id), _IS_LEFT)
    if before is not None:
        found = found.where(Batch.id < before)
    row = connection.execute(found.order_by(Batch.id.desc()).limit(1)).one_or_none()
    return (row.id, sorted({move[0] for move in (row.params or {})["moves"]})) if row else None


def ways_back(
    connection: Connection, batch_id: int, asked: Collection[Claim]
) -> dict[int, tuple[str, str]]:
    """By place, the name that a batch gave to a file of these artworks and the one it had
    before."""
    wanted = {claim.artwork_id for claim in asked}
    found = select(Batch.params).where(_rows_of(batch_id, {row_of(claim) for claim in asked}))
    return {
        place_id: (new, old)
        for params in connection.scalars(found)
        for artwork_id, place_id, old, new in (params or {})["moves"]
        if artwork_id in wanted
    }


@dataclass(frozen=True, slots=True)
class MoveBatch:
    """What a move job did: how many files it moved, and how many of them can go back."""

    id: int
    job_id: int | None
    title: str
    options: dict[str, Any]
    query: str
    ended_at: datetime
    undone_at: datetime | None
    files: int
    left: int


def history(
    connection: Connection, *, before: int | None = None, limit: int = 50
) -> list[MoveBatch]:
    """Move batches, the newest first."""
    some = (
        select(
            Batch.id,
            Batch.job_id,
            Batch.created_at,
            Batch.undone_at,
            Job.title,
            Job.params,
            Job.query,
        )
        .outerjoin(Job, Job.id == Batch.job_id)
        .where(Batch.kind == MOVE)
        .order_by(Batch.id.desc())
        .limit(limit)
    )
    if before is not None:
        some = some.where(Batch.id < before)
    found = []
    for row in connection.execute(some).all():
        files, left = connection.execute(
            select(
                func.sum(Batch.params["files"].as_integer()),
                func.sum(Batch.params["left"].as_integer()),
            ).where(_rows_of(row.id))
        ).one()
        found.append(
            MoveBatch(
                id=row.id,
                job_id=row.job_id,
                title=row.title or "",
                options=((row.params or {}).get("stages") or {}).get(MOVE) or {},
                query=row.query or "",
                ended_at=row.created_at,
                undone_at=row.undone_at,
                files=int(files or 0),
                left=int(left or 0),
            )
        )
    return found


def batch(connection: Connection, batch_id: int) -> MoveBatch | None:
    """One of them, or None."""
    found = history(connection, before=batch_id + 1, limit=1)
    return next((row for row in found if row.id == batch_id), None)
