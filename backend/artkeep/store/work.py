"""Asking for stages, finishing them, and putting them off.

Finishing a stage and counting it happen in one transaction (CR-2); claims that are not held any
more change nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from artkeep.domain.artwork import StageName, Status
from artkeep.store.claims import Claim, still_held
from artkeep.store.jobs import count
from artkeep.store.models import Artwork, Failure, Job, Work, table_of

ACTIVE_STATES = ("queued", "running", "paused")
_MOST_AT_ONCE = 5_000  # drivers take a limited number of parameters in one statement


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
    return ask_each(connection, dict.fromkeys(sorted(set(artwork_ids)), spec), stage, job_id)


def ask_each(
    connection: Connection,
    specs: Mapping[int, dict[str, Any] | None],
    stage: StageName,
    job_id: int | None,
) -> Asked:
    """The same with a spec for each artwork, to be done in this order."""
    ids = list(specs)
    parts = [
        _ask_some(connection, ids[first : first + _MOST_AT_ONCE], stage, job_id, specs)
        for first in range(0, len(ids), _MOST_AT_ONCE)
    ]
    return Asked(
        sum(part.new for part in parts),
        sum(part.mine for part in parts),
        sum(part.elsewhere for part in parts),
    )


def _ask_some(
    connection: Connection,
    ids: Sequence[int],
    stage: StageName,
    job_id: int | None,
    specs: Mapping[int, dict[str, Any] | None],
) -> Asked:
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
        values: dict[str, Any] = {"job_id": job_id}
        if stage is StageName.MOVE:
            values["spec"] = specs[ids[0]]  # two jobs seldom mean the same names
        connection.execute(update(Work).where(Work.id.in_(adopt)).values(values))
    missing = [artwork_id for artwork_id in ids if artwork_id not in there]
    inserted = _insert_work(connection, missing, stage, job_id, specs) if missing else []
    if inserted and stage.has_status:
        connection.execute(_SHOW[stage], {"ids": inserted, "now": Status.QUEUED.value})
    mine = sum(row.job_id == job_id for row in there.values()) + len(adopt)
    if job_id is not None:
        count(connection, job_id, stage, "asked", amount=len(inserted) + len(adopt))
    return Asked(len(inserted), mine, len(ids) - len(inserted) - mine)


def _insert_work(
    connection: Connection,
    artwork_ids: Sequence[int],
    stage: StageName,
    job_id: int | None,
    specs: Mapping[int, dict[str, Any] | None],
) -> list[int]:
    """The artworks for which it was not asked yet."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    now = datetime.now(UTC)
    rows = [
        {
            "artwork_id": id_,
            "stage": stage,
            "job_id": job_id,
            "spec": specs[id_],
            "asked_at": now,
        }
        for id_ in artwork_ids
    ]
    # Another instance may have asked since we looked: its request stays.
    statement = dialect.insert(Work).on_conflict_do_nothing().returning(Work.artwork_id)
    return list(connection.scalars(statement, rows))


def end(connection: Connection, owner: str, endings: Sequence[Ending]) -> set[int]:
    """Finish claims: status, failure, count and the row's removal in one go.

    Returns the ids of the claims that were still held; the others changed nothing.
    """
    held = still_held(connection, owner, (ending.claim for ending in endings))
    end_held(connection, [ending for ending in endings if ending.claim.id in held])
    return held


def end_held(connection: Connection, endings: Sequence[Ending]) -> None:
    """The same for claims that this transaction has found to be held."""
    if not endings:
        return
    connection.execute(_REMOVE, {"ids": [ending.claim.id for ending in endings]})
    for (stage, status), group in _grouped(endings).items():
        ids = [ending.claim.artwork_id for ending in group]
        if stage.has_status:
            for shown in {_shown(ending) for ending in group}:
                these = [one.claim.artwork_id for one in group if _shown(one) is shown]
                connection.execute(_SHOW[stage], {"ids": these, "now": shown.value})
        connection.execute(_FORGET, {"ids": ids, "of_stage": stage})
        if status in (Status.FAILED, Status.GONE):
            connection.execute(insert(Failure), [_failure(ending) for ending in group])
        _count_endings(connection, stage, status, group)
    _ask_next(connection, endings)


_IDS: Any = bindparam("ids", expanding=True)
_REMOVE = delete(table_of(Work)).where(Work.id.in_(_IDS))
_SHOW = {
    stage: update(table_of(Artwork))
    .where(Artwork.id.in_(_IDS))
    .values({f"{stage}_status": bindparam("now")})
    for stage in StageName
    if stage.has_status
}
_FORGET = delete(table_of(Failure)).where(
    Failure.artwork_id.in_(_IDS), Failure.stage == bindparam("of_stage")
)


def _ask_next(connection: Connection, endings: Sequence[Ending]) -> None:
    """`then`: finishing one stage of a chain asks for the next."""
    wanted: dict[tuple[int | None, tuple[str, ...]], list[Ending]] = {}
    for ending in endings:
        then = tuple(ending.claim.spec.get("then", ()))
        if then and ending.status is Status.DONE:
            wanted.setdefault((ending.claim.job_id, then), []).append(ending)
    for (job_id, (stage, *rest)), group in wanted.items():
        ids = [ending.claim.artwork_id for ending in group]
        # All of one job are told the same about how each stage is to be done.
        stages = group[0].claim.spec.get("stages")
        spec = ({"then": rest} if rest else {}) | ({"stages": stages} if stages else {})
        ask(connection, ids, StageName(stage), job_id, spec or None)


def _grouped(endings: Iterable[Ending]) -> dict[tuple[StageName, Status], list[Ending]]:
    groups: dict[tuple[StageName, Status], list[Ending]] = {}
    for ending in endings:
        groups.setdefault((ending.claim.stage, ending.status), []).append(ending)
    return groups


def _shown(ending: Ending) -> Status:
    """What was to replace a file and did not come leaves that file there."""
    is_failed = ending.status in (Status.FAILED, Status.GONE)
    return Status.DONE if is_failed and ending.claim.spec.get("replace") else ending.status


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
