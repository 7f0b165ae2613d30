"""A job and a target as the wire has them: one place for REST and for the event socket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection

from artkeep.jobs.advice import advise
from artkeep.jobs.progress import (
    Progress,
    TargetProgress,
    progress_of,
    target_progress,
    targets_progress,
)
from artkeep.jobs.verdict import verdict_of
from artkeep.jobs.watch import Note
from artkeep.store import failures, instances
from artkeep.store.jobs import JobRow
from artkeep.store.ledger import TargetRow
from artkeep.web.schemas.jobs import FailureGroup, Job, JobState, Listing, Reason, TargetLine

if TYPE_CHECKING:
    from artkeep.web.services import Services


def job_json(
    connection: Connection,
    job: JobRow,
    at: Services,
    *,
    targets: tuple[TargetProgress, ...] | None = None,
) -> Job:
    """The whole of a job. `targets` spares counting them anew."""
    if targets is None:
        targets = targets_progress(connection, job.id)
    progress = progress_of(connection, job, targets)
    is_running = job.state == "running"
    items_per_s, bytes_per_s = 0.0, 0.0
    if is_running:
        finished = progress.finished
        items_per_s, bytes_per_s = at.rates.note(job.id, finished, progress.bytes)
    else:
        at.rates.forget(job.id)
    return Job(
        id=job.id,
        kind=job.kind,
        title=job.title,
        state=cast(JobState, job.state),
        wanted_state=job.wanted_state,
        owner_port=_port_of(connection, job.owner, at),
        is_here=job.owner is not None and job.owner == at.engine.owner,
        created_at=job.created_at.isoformat(),
        started_at=iso(job.started_at),
        ended_at=iso(job.ended_at),
        then=job.then,
        options=job.params,
        total=progress.total if progress.is_listed else None,
        asked=progress.total,
        done=progress.done,
        have=progress.have,
        skipped=progress.skipped,
        skipped_by=progress.skipped_by,
        failed=progress.failed,
        gone=progress.gone,
        deferred=progress.deferred,
        deferred_until=iso(progress.deferred_until),
        waiting=progress.waiting,
        bytes=progress.bytes,
        items_per_s=round(items_per_s, 2),
        bytes_per_s=round(bytes_per_s, 1),
        eta_s=_eta_s(progress, items_per_s),
        stages=progress.stages,
        reasons=[Reason(code=one["code"], text=one["text"]) for one in job.reasons],
        failures=[failure_group(group) for group in progress.failures],
        targets=[target_line(target) for target in targets],
    )


def failure_group(group: failures.FailureGroup) -> FailureGroup:
    """Failures of one reason, in words."""
    advice = advise(group.reason)
    return FailureGroup(
        stage=group.stage,
        reason=group.reason,
        title=advice.title,
        amount=group.amount,
        example=group.example,
        advice=advice.text,
        is_gone=group.is_gone,
        can_retry=advice.can_retry,
    )


def target_line(target: TargetProgress, *, with_listings: bool = True) -> TargetLine:
    """The ledger line of a target."""
    listings: Sequence[Listing] = ()
    if with_listings:
        listings = [
            Listing(**{**one, "options": [list(pair) for pair in one["options"].items()]})
            for one in target.listings
        ]
    return TargetLine(
        id=target.id,
        key=f"{target.site}:{target.kind}:{target.value}",
        site=target.site,
        kind=target.kind,
        value=target.value,
        filters=target.filters,
        title=target.target,
        site_claims=target.site_claims,
        site_claims_what=target.site_claims_what,
        listed=target.listed,
        have=target.stored,
        new=target.waiting,
        skipped=target.skipped,
        skipped_by=target.skipped_by,
        failed=target.failed,
        gone=target.gone,
        gaps=target.gaps,
        hidden=target.hidden,
        verdict=verdict_of(target),
        walks=target.walks,
        is_listed=target.is_listed,
        unreachable=list(target.unreachable),
        checked_at=target.checked_at,
        is_watched=target.is_watched,
        check_every_s=target.check_every_s,
        next_check_at=target.next_check_at,
        watch_note=cast(Note | None, target.watch_note),
        listings=list(listings),
    )


def target_json(connection: Connection, row: TargetRow, *, with_listings: bool) -> TargetLine:
    """The ledger line of a target over every job that asked for it."""
    return target_line(target_progress(connection, row), with_listings=with_listings)


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return moment.isoformat() if moment else None


def _port_of(connection: Connection, owner: str | None, at: Services) -> int | None:
    if owner is None:
        return None
    if owner == at.engine.owner:
        return at.port
    return next((row.port for row in instances.living(connection) if row.id == owner), None)


def _eta_s(progress: Progress, items_per_s: float) -> float | None:
    """Known once everything is listed and something moves."""
    if not progress.is_listed or items_per_s <= 0:
        return None
    return round(progress.waiting / items_per_s, 1)
