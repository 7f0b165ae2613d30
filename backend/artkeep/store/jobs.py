"""Jobs: starting, leading, steering, counting, and what is to be told about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, case, delete, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from artkeep.store import holds
from artkeep.store.models import Job, JobPick, JobTally, JobTarget

UNFINISHED = ("queued", "running", "paused", "interrupted", "stopped")
ENDED = ("completed", "incomplete", "failed", "stopped")  # nothing happens by itself
# Kinds that ask for no stage, and what their progress is counted under.
ADOPT = "adopt"
DUPLICATES = "duplicates"
EXPORT = "export"
WITHOUT_STAGE = (ADOPT, DUPLICATES, EXPORT)
# Outcomes that count towards the limits of a run, the model as their reason; not progress.
FETCHED = "fetched_of_model"
OVER = "over_limit_of_model"


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as everybody sees it."""

    id: int
    kind: str
    title: str
    params: dict[str, Any]
    query: str | None  # of a job over the library
    then: list[str]
    state: str
    wanted_state: str | None
    owner: str | None
    epoch: int
    reasons: list[dict[str, str]]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tally:
    """One line of a job's progress."""

    stage: str
    outcome: str  # asked done skipped known elsewhere; of some also failed no_file left_out
    reason: str
    amount: int
    bytes: int


COLUMNS = (
    Job.id,
    Job.kind,
    Job.title,
    Job.params,
    Job.query,
    Job.then,
    Job.state,
    Job.wanted_state,
    Job.owner,
    Job.epoch,
    Job.reasons,
    Job.created_at,
    Job.started_at,
    Job.ended_at,
)


def create(
    connection: Connection,
    *,
    kind: str,
    title: str,
    params: dict[str, Any],
    then: Sequence[str],
    signature: str,
    target_ids: Sequence[int] = (),
    picked_from: Collection[int] = (),
    query: str | None = None,
) -> int:
    """A new job, waiting for an instance to lead it.

    Of the targets `picked_from` nothing is listed: `pick` says which artworks are wanted.
    """
    job_id: int = connection.execute(
        insert(Job)
        .values(
            kind=kind,
            title=title,
            params=params,
            query=query,
            then=list(then),
            signature=signature,
            state="queued",
            wanted_state="running",
            created_at=datetime.now(UTC),
        )
        .returning(Job.id)
    ).scalar_one()
    rows = [
        {
            "job_id": job_id,
            "target_id": target_id,
            "position": position,
            "is_picked": target_id in picked_from,
        }
        for position, target_id in enumerate(dict.fromkeys(target_ids))
    ]
    if rows:
        connection.execute(insert(JobTarget), rows)
    return job_id


def pick(connection: Connection, job_id: int, artwork_ids: Sequence[int]) -> None:
    """Note the artworks that a job has of the target it was picked from."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = [{"job_id": job_id, "artwork_id": artwork_id} for artwork_id in artwork_ids]
    if rows:
        connection.execute(dialect.insert(JobPick).on_conflict_do_nothing(), rows)


def get(connection: Connection, job_id: int) -> JobRow | None:
    """One job, or None."""
    row = connection.execute(select(*COLUMNS).where(Job.id == job_id)).one_or_none()
    return job_of(row) if row else None


def newest(
    connection: Connection,
    limit: int = 50,
    *,
    before: int | None = None,
    states: Collection[str] | None = None,
) -> list[JobRow]:
    """Jobs (in these states), the newest first; those older than `before`."""
    found = select(*COLUMNS).order_by(Job.id.desc()).limit(limit)
    if before is not None:
        found = found.where(Job.id < before)
    if states is not None:
        found = found.where(Job.state.in_(states))
    return [job_of(row) for row in connection.execute(found)]


def params_of_last(connection: Connection, target_id: int) -> dict[str, Any] | None:
    """What the newest download job of a target was told, or None."""
    params: dict[str, Any] | None = connection.scalar(
        select(Job.params)
        .join(JobTarget, JobTarget.job_id == Job.id)
        .where(JobTarget.target_id == target_id, Job.kind == "download")
        .order_by(Job.id.desc())
        .limit(1)
    )
    return params


def unfinished_like(connection: Connection, signature: str) -> JobRow | None:
    """The newest unfinished job that asks for the same: a second start goes on with it.

    Until the transaction ends, nobody else comes to another answer.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        key = func.hashtextextended(signature, 0)
        connection.execute(select(func.pg_advisory_xact_lock(key)))
    row = connection.execute(
        select(*COLUMNS)
        .where(Job.signature == signature, Job.state.in_(UNFINISHED))
        .order_by(Job.id.desc())
        .limit(1)
    ).one_or_none()
    return job_of(row) if row else None


def led_like(connection: Connection, signature: str) -> Sequence[int]:
    """The jobs that ask for the same and that some instance leads now."""
    led = select(Job.id).where(Job.signature == signature, Job.owner.is_not(None))
    return connection.scalars(led).all()


def job_of(row: Any) -> JobRow:
    fields = row._asdict()
    fields["then"] = fields["then"] or []
    fields["reasons"] = fields["reasons"] or []
    return JobRow(**fields)


def take_lead(connection: Connection, job_id: int, owner: str) -> int | None:
    """Lead a job that nobody leads: its new epoch, or None when another instance does.

    None also for a job that was paused or stopped: whoever wants it to run says so by `want`.
    """
    return connection.scalar(
        update(Job)
        .where(Job.id == job_id, Job.owner.is_(None), Job.state.not_in(("paused", "stopped")))
        .values(
            owner=owner,
            epoch=Job.epoch + 1,
            state="running",
            wanted_state="running",
            reasons=None,
            started_at=func.coalesce(Job.started_at, datetime.now(UTC)),
            ended_at=None,
        )
        .returning(Job.epoch)
    )


def is_led_by(connection: Connection, job_id: int, owner: str, epoch: int) -> bool:
    """Whether the lead is still ours; the row is locked until the transaction ends."""
    found = connection.scalar(
        select(Job.id)
        .where(Job.id == job_id, Job.owner == owner, Job.epoch == epoch)
        .with_for_update()
    )
    return found is not None


def hand_back(
    connection: Connection,
    job_id: int,
    owner: str,
    epoch: int,
    state: str,
    reasons: Sequence[dict[str, str]] = (),
) -> bool:
    """End our lead with the job in `state`. False when the lead was lost.

    Who resumed the job while it was stopping gets it back queued.
    """
    has_ended = state in ENDED
    is_resumed = (Job.wanted_state == "running") & (literal(state) == "stopped")
    changed = connection.execute(
        update(Job)
        .where(Job.id == job_id, Job.owner == owner, Job.epoch == epoch)
        .values(
            owner=None,
            state=case((is_resumed, "queued"), else_=state),
            wanted_state=case((is_resumed, "running"), else_=None),
            reasons=list(reasons),
            ended_at=case((is_resumed, None), else_=datetime.now(UTC)) if has_ended else None,
        )
    )
    return changed.rowcount == 1


def show_state(connection: Connection, job_id: int, owner: str, state: str) -> None:
    """Say that a job we lead is paused, or runs again."""
    connection.execute(
        update(Job).where(Job.id == job_id, Job.owner == owner).values(state=state)
    )


def want(connection: Connection, job_id: int, state: str) -> JobRow | None:
    """Ask whoever leads the job to pause, go on or stop; what nobody leads changes at once."""
    row = get(connection, job_id)
    is_over = row is not None and row.state == "completed" and state != "running"
    if row is None or is_over:
        return row
    if state == "running":
        holds.release_for(connection, job_id)  # whoever resumes it wants to try again
    values: dict[str, Any] = {"wanted_state": state}
    if row.owner is None and state in ("paused", "stopped"):
        values["state"] = state
    elif row.owner is None:
        values["state"] = "queued"
    connection.execute(update(Job).where(Job.id == job_id).values(values))
    return get(connection, job_id)


def wanted_states(connection: Connection, job_ids: Sequence[int]) -> dict[int, str | None]:
    """What people want of these jobs."""
    rows = connection.execute(select(Job.id, Job.wanted_state).where(Job.id.in_(job_ids)))
    return {row.id: row.wanted_state for row in rows}


def count(
    connection: Connection,
    job_id: int,
    stage: str,
    outcome: str,
    reason: str = "",
    *,
    amount: int = 0,
    size: int = 0,
) -> None:
    """Add to a job's progress, in the transaction of what is counted."""
    if not amount and not size:
        return
    connection.execute(
        _COUNT[connection.dialect.name],
        {
            "job_id": job_id,
            "stage": stage,
            "outcome": outcome,
            "reason": reason,
            "amount": amount,
            "bytes": size,
        },
    )


def _count_statement(insert_into: Any) -> Any:
    statement = insert_into(JobTally)
    return statement.on_conflict_do_update(
        index_elements=["job_id", "stage", "outcome", "reason"],
        set_={
            "amount": JobTally.amount + statement.excluded.amount,
            "bytes": JobTally.bytes + statement.excluded.bytes,
        },
    )


_COUNT = {
    "sqlite": _count_statement(sqlite.insert),
    "postgresql": _count_statement(postgresql.insert),
}


def forget_tallies(connection: Connection, job_id: int, *, keep: str) -> int:
    """Begin counting anew but for this outcome; how much that is."""
    connection.execute(
        delete(JobTally).where(JobTally.job_id == job_id, JobTally.outcome != keep)
    )
    kept = select(func.coalesce(func.sum(JobTally.amount), 0)).where(JobTally.job_id == job_id)
    return connection.execute(kept).scalar_one()


def tallies(connection: Connection, job_id: int) -> list[Tally]:
    """A job's progress, line by line."""
    rows = connection.execute(
        select(
            JobTally.stage, JobTally.outcome, JobTally.reason, JobTally.amount, JobTally.bytes
        )
        .where(JobTally.job_id == job_id)
        .order_by(JobTally.stage, JobTally.outcome, JobTally.reason)
    )
    return [Tally(*row) for row in rows]
