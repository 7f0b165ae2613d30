"""Claiming work and holding it. One UPDATE decides who works on what.

Everything that changes claimed work quotes owner and epoch; what is not held any more is left
alone (CR-1, MI-6).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, any_, bindparam, case, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from artkeep.domain.artwork import StageName
from artkeep.store.models import Work, table_of


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of work that is ours until its epoch changes."""

    id: int
    epoch: int
    artwork_id: int
    stage: StageName
    job_id: int | None
    state: str
    attempts: int
    visits: int
    crashes: int
    spec: dict[str, Any] = field(default_factory=dict)
    scratch: dict[str, Any] = field(default_factory=dict)


def claim_batch(
    connection: Connection, *, job_id: int | None, stage: StageName, owner: str, limit: int
) -> list[Claim]:
    """Take up to `limit` pieces of a job's work. Safe with many processes: one UPDATE decides.

    SKIP LOCKED applies on PostgreSQL; SQLite leaves it out and serialises writers itself.
    Raises IntegrityError when another stage of a chosen artwork was claimed at the same moment
    (PostgreSQL only): claim again in a new transaction.
    """
    values = {
        "of_job": job_id,
        "of_stage": stage,
        "new_owner": owner,
        "now": datetime.now(UTC),
    }
    claims: list[Claim] = []
    for when in ("due", "fresh"):
        if len(claims) == limit:
            break
        statement = _CLAIMS[connection.dialect.name, job_id is None, when]
        rows = connection.execute(statement, {**values, "most": limit - len(claims)}).all()
        claims += [_claim(stage, job_id, *row) for row in sorted(rows, key=itemgetter(0))]
    return claims


def _claim_statement(dialect: str, is_of_the_house: bool, when: str) -> Any:
    """What was put off and is due now is looked for apart from what is fresh: each is one range
    of ix_work_free, however much lies there that may not be claimed yet."""
    waiting = aliased(Work)
    busy = aliased(Work)
    of_job: Any = bindparam("of_job")
    # Counted, because PostgreSQL would turn NOT EXISTS into a join with all running work.
    running = (
        select(func.count())
        .where(busy.artwork_id == waiting.artwork_id, busy.owner.is_not(None))
        .scalar_subquery()
    )
    # Every column of the index: PostgreSQL does not see that IS NULL leaves one value.
    index: tuple[Any, ...] = (
        *(waiting.job_id, waiting.stage),
        *(waiting.not_before, waiting.id),
    )
    if is_of_the_house:  # what came last is what somebody waits for, or looks at
        index = tuple(column.desc() for column in index)
    chosen = (
        select(waiting.id)
        .where(
            waiting.job_id.is_(None) if is_of_the_house else waiting.job_id == of_job,
            waiting.stage == bindparam("of_stage"),
            waiting.owner.is_(None),
            waiting.not_before.is_(None)
            if when == "fresh"
            else waiting.not_before <= bindparam("now"),
            running < 1,
        )
        .order_by(*index)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=waiting)
        .scalar_subquery()
    )
    # PostgreSQL might plan IN as a join, and then evaluate the limit for every row.
    is_chosen = (
        Work.id == any_(func.array(chosen)) if dialect == "postgresql" else Work.id.in_(chosen)
    )
    return (
        update(table_of(Work))
        .where(is_chosen)
        .values(
            owner=bindparam("new_owner"),
            epoch=Work.epoch + 1,
            # A verified file waits for its rename: who claims it must see that.
            state=func.replace(Work.state, "queued", "claimed"),
        )
        .returning(*_CLAIMED)
    )


def _claim(
    stage: StageName,
    job_id: int | None,
    work_id: int,
    epoch: int,
    artwork_id: int,
    state: str,
    attempts: int,
    visits: int,
    crashes: int,
    spec: dict[str, Any] | None,
    scratch: dict[str, Any] | None,
) -> Claim:
    """`_CLAIMED` as a claim."""
    return Claim(
        id=work_id,
        epoch=epoch,
        artwork_id=artwork_id,
        stage=stage,
        job_id=job_id,
        state=state,
        attempts=attempts,
        visits=visits,
        crashes=crashes,
        spec=spec or {},
        scratch=scratch or {},
    )


_CLAIMED = (
    Work.id,
    Work.epoch,
    Work.artwork_id,
    Work.state,
    Work.attempts,
    Work.visits,
    Work.crashes,
    Work.spec,
    Work.scratch,
)
_CLAIMS = {
    (dialect, is_of_the_house, when): _claim_statement(dialect, is_of_the_house, when)
    for dialect in ("sqlite", "postgresql")
    for is_of_the_house in (False, True)
    for when in ("due", "fresh")
}


def is_claim_race(error: IntegrityError) -> bool:
    """Two claimers chose two stages of one artwork at once: the index let only one through."""
    words = str(error.orig)
    return "uq_work_running" in words or "work.artwork_id" in words


_IDS: Any = bindparam("ids", expanding=True)
_HELD = (
    select(Work.id, Work.epoch)
    .where(Work.id.in_(_IDS), Work.owner == bindparam("by"))
    .order_by(Work.id)
    .with_for_update()
)


def still_held(connection: Connection, owner: str, claims: Iterable[Claim]) -> set[int]:
    """The ids of those claims that are still ours, locked until the transaction ends."""
    epochs = {claim.id: claim.epoch for claim in claims}
    if not epochs:
        return set()
    rows = connection.execute(_HELD, {"by": owner, "ids": list(epochs)}).all()
    return {work_id for work_id, epoch in rows if epochs[work_id] == epoch}


def save_scratch(
    connection: Connection,
    owner: str,
    notes: Sequence[tuple[Claim, dict[str, Any]]],
    *,
    state: str,
) -> set[int]:
    """Write what a later owner needs to go on; returns the ids of the claims still held."""
    held = still_held(connection, owner, (claim for claim, _ in notes))
    write_scratch(connection, [note for note in notes if note[0].id in held], state=state)
    return held


def write_scratch(
    connection: Connection, notes: Sequence[tuple[Claim, dict[str, Any]]], *, state: str
) -> None:
    """The same for claims that this transaction has found to be held."""
    rows = [{"key": claim.id, "to": scratch, "is": state} for claim, scratch in notes]
    if rows:
        connection.execute(_WRITE_SCRATCH, rows)


_WRITE_SCRATCH = (
    update(table_of(Work))
    .where(Work.id == bindparam("key"))
    .values(scratch=bindparam("to", type_=Work.scratch.type), state=bindparam("is"))
)


def scratches(
    connection: Connection, work_ids: Collection[int]
) -> dict[int, tuple[str | None, int, str, dict[str, Any] | None]]:
    """Owner, epoch, state and scratch of unfinished work, by id."""
    rows = connection.execute(
        select(Work.id, Work.owner, Work.epoch, Work.state, Work.scratch).where(
            Work.id.in_(list(work_ids))
        )
    )
    return {row.id: (row.owner, row.epoch, row.state, row.scratch) for row in rows}


def release(connection: Connection, owner: str, claims: Sequence[Claim]) -> None:
    """Give claims back untouched; a verified file stays verified."""
    held = still_held(connection, owner, claims)
    if held:
        connection.execute(
            update(Work)
            .where(Work.id.in_(held))
            .values(
                owner=None, state=case((Work.state == "verified", "verified"), else_="queued")
            )
        )
