"""Asking for stages, claiming them, and finishing them. One UPDATE decides who works on what.

Everything that changes claimed work quotes owner and epoch; what is not held any more is left
alone (CR-1, MI-6). Finishing a stage and counting it happen in one transaction (CR-2).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from artkeep.domain.artwork import StageName, Status
from artkeep.store.jobs import count
from artkeep.store.models import Artwork, Failure, Job, Work, table_of

ACTIVE_STATES = ("queued", "running", "paused")


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


@dataclass(frozen=True, slots=True)
class Ending:
    """How a claim ended. `status` is what the artwork's status column shows from now on."""

    claim: Claim
    status: Status
    reason: str = ""
    detail: str | None = None
    host: str | None = None
    http_status: int | None = None
    attempts: int = 1
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Deferral:
    """A claim given back for a later visit (NF-1)."""

    claim: Claim
    not_before: datetime
    reason: str
    detail: str | None = None
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a request: newly queued, already with this job, or with another one."""

    new: int
    mine: int
    elsewhere: int


def ask(
    connection: Connection,
    artwork_ids: Collection[int],
    stage: StageName,
    job_id: int | None,
    spec: dict[str, Any] | None = None,
) -> Asked:
    """Queue a stage for artworks. What is asked for already keeps the first request.

    Unfinished work of a job that runs no more changes over to the new job.
    """
    if not artwork_ids:
        return Asked(0, 0, 0)
    ids = sorted(set(artwork_ids))
    there = {
        row.artwork_id: row
        for row in connection.execute(
            select(Work.artwork_id, Work.id, Work.job_id, Job.state.label("job_state"))
            .outerjoin(Job, Job.id == Work.job_id)
            .where(Work.artwork_id.in_(ids), Work.stage == stage)
        )
    }
    adopt = [
        row.id
        for row in there.values()
        if row.job_id != job_id and job_id is not None and row.job_state not in ACTIVE_STATES
    ]
    if adopt:
        connection.execute(update(Work).where(Work.id.in_(adopt)).values(job_id=job_id))
    missing = [artwork_id for artwork_id in ids if artwork_id not in there]
    inserted = _insert_work(connection, missing, stage, job_id, spec) if missing else 0
    if inserted:
        connection.execute(
            update(Artwork)
            .where(Artwork.id.in_(missing))
            .values({f"{stage}_status": Status.QUEUED.value})
        )
    mine = sum(row.job_id == job_id for row in there.values()) + len(adopt)
    if job_id is not None:
        count(connection, job_id, stage, "asked", amount=inserted + len(adopt))
    return Asked(inserted, mine, len(ids) - inserted - mine)


def _insert_work(
    connection: Connection,
    artwork_ids: Sequence[int],
    stage: StageName,
    job_id: int | None,
    spec: dict[str, Any] | None,
) -> int:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    now = datetime.now(UTC)
    rows = [
        {"artwork_id": id_, "stage": stage, "job_id": job_id, "spec": spec, "asked_at": now}
        for id_ in artwork_ids
    ]
    # Another instance may have asked since we looked: its request stays.
    statement = dialect.insert(Work).on_conflict_do_nothing().returning(Work.id)
    return len(connection.scalars(statement, rows).all())


def claim_batch(
    connection: Connection, *, job_id: int | None, stage: StageName, owner: str, limit: int
) -> list[Claim]:
    """Take up to `limit` pieces of a job's work. Safe with many processes: one UPDATE decides.

    SKIP LOCKED applies on PostgreSQL; SQLite leaves it out and serialises writers itself.
    Raises IntegrityError when another stage of a chosen artwork was claimed at the same moment
    (PostgreSQL only): claim again in a new transaction.
    """
    values = {
        "of_stage": stage,
        "new_owner": owner,
        "most": limit,
        "now": datetime.now(UTC),
    }
    if job_id is None:
        claimed = connection.execute(_CLAIM_OF_THE_HOUSE, values)
    else:
        claimed = connection.execute(_CLAIM, {**values, "of_job": job_id})
    claims = [
        Claim(
            id=row.id,
            epoch=row.epoch,
            artwork_id=row.artwork_id,
            stage=StageName(row.stage),
            job_id=row.job_id,
            state=row.state,
            attempts=row.attempts,
            visits=row.visits,
            crashes=row.crashes,
            spec=row.spec or {},
            scratch=row.scratch or {},
        )
        for row in claimed
    ]
    claims.sort(key=lambda claim: claim.id)  # RETURNING has no order
    return claims


def _claim_statement(*, is_of_the_house: bool) -> Any:
    waiting = aliased(Work)
    busy = aliased(Work)
    chosen = (
        select(waiting.id)
        .where(
            waiting.job_id.is_(None) if is_of_the_house else waiting.job_id == bindparam("of_job"),
            waiting.stage == bindparam("of_stage"),
            waiting.owner.is_(None),
            or_(waiting.not_before.is_(None), waiting.not_before <= bindparam("now")),
            ~exists().where(busy.artwork_id == waiting.artwork_id, busy.owner.is_not(None)),
        )
        .order_by(waiting.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=waiting)
    )
    return (
        update(Work)
        .where(Work.id.in_(chosen.scalar_subquery()))
        .values(
            owner=bindparam("new_owner"),
            epoch=Work.epoch + 1,
            # A verified file waits for its rename: who claims it must see that.
            state=func.replace(Work.state, "queued", "claimed"),
        )
        .returning(*Work.__table__.c)
        .execution_options(synchronize_session=False)
    )


_CLAIM = _claim_statement(is_of_the_house=False)
_CLAIM_OF_THE_HOUSE = _claim_statement(is_of_the_house=True)


def is_claim_race(error: IntegrityError) -> bool:
    """Two claimers chose two stages of one artwork at once: the index let only one through."""
    words = str(error.orig)
    return "uq_work_running" in words or "work.artwork_id" in words


def still_held(connection: Connection, owner: str, claims: Iterable[Claim]) -> set[int]:
    """The ids of those claims that are still ours, locked until the transaction ends."""
    keys = [(claim.id, claim.epoch) for claim in claims]
    if not keys:
        return set()
    statement = (
        select(Work.id)
        .where(Work.owner == owner, tuple_(Work.id, Work.epoch).in_(keys))
        .with_for_update()
    )
    return set(connection.scalars(statement))


def save_scratch(
    connection: Connection,
    owner: str,
    notes: Sequence[tuple[Claim, dict[str, Any]]],
    *,
    state: str,
) -> set[int]:
    """Write what a later owner needs to go on; returns the ids of the claims still held."""
    held = still_held(connection, owner, (claim for claim, _ in notes))
    rows = [{"key": claim.id, "to": scratch} for claim, scratch in notes if claim.id in held]
    if rows:
        connection.execute(
            update(table_of(Work))
            .where(Work.id == bindparam("key"))
            .values(scratch=bindparam("to", type_=Work.scratch.type), state=state),
            rows,
        )
    return held


def end(connection: Connection, owner: str, endings: Sequence[Ending]) -> set[int]:
    """Finish claims: status, failure, count and the row's removal in one go.

    Returns the ids of the claims that were still held; the others changed nothing.
    """
    held = still_held(connection, owner, (ending.claim for ending in endings))
    mine = [ending for ending in endings if ending.claim.id in held]
    if not mine:
        return held
    connection.execute(delete(Work).where(Work.id.in_(held)))
    for (stage, status), group in _grouped(mine).items():
        ids = [ending.claim.artwork_id for ending in group]
        connection.execute(
            update(Artwork).where(Artwork.id.in_(ids)).values({f"{stage}_status": status.value})
        )
        connection.execute(
            delete(Failure).where(Failure.artwork_id.in_(ids), Failure.stage == stage)
        )
        if status in (Status.FAILED, Status.GONE):
            connection.execute(insert(Failure), [_failure(ending) for ending in group])
        _count_endings(connection, stage, status, group)
    _ask_next(connection, mine)
    return held


def _ask_next(connection: Connection, endings: Sequence[Ending]) -> None:
    """`then`: finishing one stage of a chain asks for the next."""
    wanted: dict[tuple[int | None, tuple[str, ...]], list[Ending]] = {}
    for ending in endings:
        then = tuple(ending.claim.spec.get("then", ()))
        if then and ending.status is Status.DONE:
            wanted.setdefault((ending.claim.job_id, then), []).append(ending)
    for (job_id, (stage, *rest)), group in wanted.items():
        ids = [ending.claim.artwork_id for ending in group]
        ask(connection, ids, StageName(stage), job_id, {"then": rest} if rest else None)


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


def _grouped(endings: Iterable[Ending]) -> dict[tuple[StageName, Status], list[Ending]]:
    groups: dict[tuple[StageName, Status], list[Ending]] = {}
    for ending in endings:
        groups.setdefault((ending.claim.stage, ending.status), []).append(ending)
    return groups


def _failure(ending: Ending) -> dict[str, Any]:
    return {
        "artwork_id": ending.claim.artwork_id,
        "stage": ending.claim.stage,
        "job_id": _job_of(ending.claim),
        "reason": ending.reason or "failed",
        "detail": ending.detail,
        "host": ending.host,
        "http_status": ending.http_status,
        "attempts": ending.claim.attempts + ending.attempts,
        "at": datetime.now(UTC),
    }


def _job_of(claim: Claim) -> int | None:
    """House work tells for which job it is done, so that failures show up there."""
    return claim.job_id if claim.job_id is not None else claim.spec.get("for_job")


def _count_endings(
    connection: Connection, stage: StageName, status: Status, endings: Sequence[Ending]
) -> None:
    if status in (Status.FAILED, Status.GONE):
        return  # counted from the failures table, where a retry takes them out again
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for ending in endings:
        if ending.claim.job_id is None:
            continue
        key = (ending.claim.job_id, ending.reason)
        amount, size = sums.get(key, (0, 0))
        sums[key] = (amount + 1, size + ending.bytes)
    for (job_id, reason), (amount, size) in sums.items():
        count(connection, job_id, stage, status.value, reason, amount=amount, size=size)


def defer(connection: Connection, owner: str, deferrals: Sequence[Deferral]) -> set[int]:
    """Give claims back for a later visit."""
    held = still_held(connection, owner, (deferral.claim for deferral in deferrals))
    for deferral in deferrals:
        if deferral.claim.id in held:
            connection.execute(
                update(Work)
                .where(Work.id == deferral.claim.id)
                .values(
                    owner=None,
                    state="queued",
                    not_before=deferral.not_before,
                    reason=deferral.reason,
                    detail=deferral.detail,
                    attempts=Work.attempts + deferral.attempts,
                    visits=Work.visits + 1,
                )
            )
    return held


def release(connection: Connection, owner: str, claims: Sequence[Claim]) -> None:
    """Give claims back untouched; a verified file stays verified."""
    held = still_held(connection, owner, claims)
    if held:
        connection.execute(
            update(Work)
            .where(Work.id.in_(held))
            .values(owner=None, state=func.replace(Work.state, "claimed", "queued"))
        )
