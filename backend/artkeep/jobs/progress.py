"""How far a job is, counted from commits: for the progress bar, the page and `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName
from artkeep.jobs.coverage import Coverage
from artkeep.store import backlog, failures, jobs, ledger, scopes, skipped, walks
from artkeep.store.failures import FailureGroup
from artkeep.store.jobs import JobRow
from artkeep.store.walks import ListingRow

_MOST_SINGLE_GROUPS = 50


@dataclass(frozen=True, slots=True)
class TargetProgress:
    """The ledger line of one target, for this job. `waiting` is listed and not fetched yet."""

    id: int
    site: str
    kind: str
    value: str
    filters: dict[str, Any]
    target: str
    site_claims: int | None
    site_claims_what: str
    listed: int
    stored: int
    skipped: int
    skipped_by: dict[str, int]
    failed: int
    gone: int
    waiting: int
    gaps: int
    hidden: int
    is_proven: bool
    walks: int  # of which `listings` holds those that say something
    listings: tuple[dict[str, Any], ...]
    unreachable: tuple[str, ...]
    is_listed: bool
    checked_at: str | None
    is_watched: bool
    check_every_s: int | None
    next_check_at: str | None
    watch_note: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """`total` is what the job will do as far as it knows; final once everything is listed."""

    job: JobRow
    total: int
    done: int
    have: int
    skipped: int
    skipped_by: dict[str, int]
    failed: int
    gone: int
    deferred: int
    deferred_until: datetime | None
    waiting: int
    bytes: int
    is_listed: bool
    failures: tuple[FailureGroup, ...]
    targets: tuple[TargetProgress, ...]
    stages: dict[str, dict[str, int]]

    @property
    def finished(self) -> int:
        """How many artworks nothing more is done about. Downloads are never skipped by the
        stage: what is left out of them was not asked for."""
        done = self.done + self.failed + self.gone
        return done if self.job.query is None else done + self.skipped

    @property
    def seconds(self) -> float:
        """From the start to the end, or until now."""
        if self.job.started_at is None:
            return 0.0
        until = self.job.ended_at or datetime.now(self.job.started_at.tzinfo)
        return max(0.0, (until - self.job.started_at).total_seconds())

    def to_json(self) -> dict[str, Any]:
        """One JSON object; times are ISO 8601 UTC."""
        job = self.job
        return {
            "job": job.id,
            "kind": job.kind,
            "title": job.title,
            "state": job.state,
            "created_at": job.created_at.isoformat(),
            "started_at": job.started_at.isoformat() if job.started_at else None,
            "ended_at": job.ended_at.isoformat() if job.ended_at else None,
            "seconds": round(self.seconds, 3),
            "total": self.total if self.is_listed else None,
            "done": self.done,
            "have": self.have,
            "skipped": self.skipped,
            "failed": self.failed,
            "gone": self.gone,
            "deferred": self.deferred,
            "waiting": self.waiting,
            "bytes": self.bytes,
            "reasons": [
                {"code": reason.get("code"), "text": reason.get("text")}
                for reason in job.reasons
            ],
            "failures": [asdict(group) for group in self.failures],
            "stages": self.stages,
            "targets": [asdict(target) for target in self.targets],
        }


def job_progress(connection: Connection, job_id: int) -> Progress | None:
    """Everything there is to tell about a job, or None when there is none of this id."""
    job = jobs.get(connection, job_id)
    if job is None:
        return None
    return progress_of(connection, job, targets_progress(connection, job_id))


def targets_progress(connection: Connection, job_id: int) -> tuple[TargetProgress, ...]:
    """The ledger lines of a job, counted over its artworks: dear for many thousands."""
    return tuple(
        _target(connection, row, job_id) for row in ledger.targets_of_job(connection, job_id)
    )


def progress_of(
    connection: Connection, job: JobRow, targets: tuple[TargetProgress, ...]
) -> Progress:
    """The rest of it, which costs little."""
    is_by_itself = job.kind in jobs.WITHOUT_STAGE
    is_named = is_by_itself or job.kind in list(StageName)
    main = job.kind if is_named else StageName.DOWNLOAD.value
    sums: dict[tuple[str, str], int] = {}
    stages: dict[str, dict[str, int]] = {}
    skipped_by: dict[str, int] = {}
    fetched = 0
    for tally in jobs.tallies(connection, job.id):
        if tally.outcome in (jobs.FETCHED, jobs.OVER):
            continue
        key = (tally.stage, tally.outcome)
        sums[key] = sums.get(key, 0) + tally.amount
        stage = stages.setdefault(tally.stage, {})
        stage[tally.outcome] = stage.get(tally.outcome, 0) + tally.amount
        fetched += tally.bytes if tally.stage == main else 0
        if key == (main, "skipped"):
            skipped_by[tally.reason] = tally.amount
    groups = tuple(failures.groups(connection, job.id))
    waiting, deferred, deferred_until = backlog.waiting(connection, job.id)
    asked = sums.get((main, "asked"), 0)
    if is_by_itself:  # which has no work
        over = ("done", "known", "elsewhere", "no_file", "skipped", "failed")
        waiting = asked - sum(sums.get((main, outcome), 0) for outcome in over)
    is_asked = job.query is None or bool(job.params.get(scopes.IS_ASKED))
    return Progress(
        job=job,
        total=asked if is_asked else max(asked, int(job.params.get(scopes.AMOUNT) or 0)),
        done=sums.get((main, "done"), 0),
        have=sums.get((main, "known"), 0) + sums.get((main, "elsewhere"), 0),
        skipped=sums.get((main, "skipped"), 0),
        skipped_by=skipped_by,
        failed=sum(group.amount for group in groups if not group.is_gone)
        + sums.get((main, "failed"), 0),
        gone=sum(group.amount for group in groups if group.is_gone),
        deferred=deferred,
        deferred_until=deferred_until,
        waiting=waiting - deferred,
        bytes=fetched,
        is_listed=all(target.is_listed for target in targets)
        and (not is_by_itself or (main, "asked") in sums or job.state == "completed"),
        failures=groups,
        targets=targets,
        stages=stages,
    )


def _target(
    connection: Connection, row: ledger.TargetRow, job_id: int | None
) -> TargetProgress:
    counts = ledger.counts(connection, row.id)
    listings = walks.listings_of(connection, row.id, job_id)
    coverage = Coverage(listings)
    return TargetProgress(
        id=row.id,
        site=row.asked.site,
        kind=row.asked.kind.value,
        value=row.asked.value,
        filters=row.asked.filters.to_json(),
        target=row.title,
        site_claims=row.site_claims,
        site_claims_what=row.site_claims_what,
        listed=counts.listed,
        stored=counts.stored,
        skipped=counts.skipped,
        skipped_by=skipped.reasons_of(connection, row.id) if counts.skipped else {},
        failed=counts.failed,
        gone=counts.gone,
        waiting=counts.waiting,
        gaps=sum(one.ended is not None for one in coverage.gaps),
        hidden=coverage.hidden,
        is_proven=coverage.is_proven,
        walks=len(listings),
        listings=tuple(
            {
                "path": one.path,
                "value": one.value,
                "options": dict(one.options),
                "pages": one.pages,
                "seen": one.seen,
                "new": one.new,
                "repeated": one.repeated,
                "rejected": one.rejected,
                "cursor": one.cursor,
                "ended": one.ended,
                "reason": one.reason,
                "detail": one.detail,
                "before": one.before,
                "claims": one.claims,
                "is_covered": one.ended is not None and coverage.covers(one),
            }
            for one in _worth_showing(listings, coverage)
        ),
        unreachable=row.unreachable,
        is_listed=row.is_picked
        or (bool(listings) and all(one.ended is not None for one in listings)),
        checked_at=row.checked_at.isoformat() if row.checked_at else None,
        is_watched=row.is_watched,
        check_every_s=row.check_every_s,
        next_check_at=row.next_check_at.isoformat() if row.next_check_at else None,
        watch_note=row.watch_note,
    )


def _worth_showing(rows: Sequence[ListingRow], coverage: Coverage) -> list[ListingRow]:
    """Without the clean walks over single groups, of which there may be thousands."""
    gaps = {row.id for row in coverage.gaps}
    plain = [row for row in rows if row.claims is not None and row.id not in gaps]
    left_out = {row.id for row in plain[_MOST_SINGLE_GROUPS:]}
    return [row for row in rows if row.id not in left_out]


def target_progress(connection: Connection, row: ledger.TargetRow) -> TargetProgress:
    """The ledger line of a target with every walk that was ever made for it."""
    return _target(connection, row, None)
