"""`/api/jobs`: starting jobs, steering them, and what there is to tell about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask_openapi3.blueprint import APIBlueprint
from sqlalchemy import Connection

from artkeep.jobs import steer
from artkeep.jobs.steer import Steered
from artkeep.net.retry import FetchFailed
from artkeep.store import failures, job_events, jobs
from artkeep.store.failures import FailureRow
from artkeep.store.job_events import EventRow
from artkeep.web.cursors import cut, read_id
from artkeep.web.job_json import failure_group, job_json
from artkeep.web.new_job import start
from artkeep.web.schemas.common import PageParameters
from artkeep.web.schemas.jobs import (
    Failure,
    FailureList,
    Job,
    JobEvent,
    JobEvents,
    JobFailures,
    JobList,
    JobPath,
    Jobs,
    Level,
    NewJob,
    RetryJob,
)
from artkeep.web.services import Services, services
from artkeep.web.site_errors import site_problem

bp = APIBlueprint("jobs", __name__)
bp.register_error_handler(FetchFailed, site_problem)

_ACTIVE = ("queued", "running", "paused", "interrupted")
_STATES = {"active": _ACTIVE, "ended": jobs.ENDED, None: None}


@bp.post("/api/jobs", responses={200: Job, 201: Job})
def start_job(body: NewJob) -> tuple[Job, int]:
    """Start a job: 201, or 200 when an unfinished one that asks for the same goes on."""
    at = services()
    started = start(at, body)
    at.engine.begin(started.job_id)
    return _told(at, started.job_id), 201 if started.is_new else 200


@bp.get("/api/jobs", responses={200: Jobs})
def list_jobs(query: JobList) -> Jobs:
    """A page of jobs, the newest first."""
    at = services()
    of = f"jobs {query.state}"
    before = read_id(of, query.cursor)
    with at.store.reading() as connection:
        rows = jobs.newest(
            connection, query.limit + 1, before=before, states=_STATES[query.state]
        )
        page, next_cursor = cut(of, rows, query.limit)
        told = [job_json(connection, row, at) for row in page]
    return Jobs(jobs=told, next_cursor=next_cursor)


@bp.get("/api/jobs/<job_id>", responses={200: Job})
def show_job(path: JobPath) -> Job:
    """One job and how far it is."""
    at = services()
    with at.store.reading() as connection:
        return job_json(connection, steer.require(connection, path.job_id), at)


@bp.get("/api/jobs/<job_id>/events", responses={200: JobEvents})
def list_events(path: JobPath, query: PageParameters) -> JobEvents:
    """A page of its log, the newest line first."""
    of = f"events {path.job_id}"
    before = read_id(of, query.cursor)
    with services().store.reading() as connection:
        steer.require(connection, path.job_id)
        rows = job_events.newest(connection, path.job_id, before=before, limit=query.limit + 1)
    page, next_cursor = cut(of, rows, query.limit)
    return JobEvents(events=[_event(row) for row in page], next_cursor=next_cursor)


@bp.get("/api/jobs/<job_id>/failures", responses={200: JobFailures})
def list_failures(path: JobPath, query: FailureList) -> JobFailures:
    """Its failures by reason, and a page of the single ones, the newest first."""
    of = f"failures {path.job_id} {query.reason}"
    before = read_id(of, query.cursor)
    with services().store.reading() as connection:
        steer.require(connection, path.job_id)
        groups = failures.groups(connection, path.job_id)
        rows = failures.of_job(
            connection,
            path.job_id,
            reason=query.reason,
            before=before,
            limit=query.limit + 1,
        )
    page, next_cursor = cut(of, rows, query.limit)
    return JobFailures(
        groups=[failure_group(group) for group in groups],
        failures=[_failure(row) for row in page],
        next_cursor=next_cursor,
    )


@bp.post("/api/jobs/<job_id>/pause", responses={200: Job})
def pause_job(path: JobPath) -> Job:
    """Finish what runs and begin nothing more."""
    return _steered(path.job_id, steer.pause)


@bp.post("/api/jobs/<job_id>/stop", responses={200: Job})
def stop_job(path: JobPath) -> Job:
    """Give everything back; resume goes on from there."""
    return _steered(path.job_id, steer.stop)


@bp.post("/api/jobs/<job_id>/resume", responses={200: Job})
def resume_job(path: JobPath) -> Job:
    """Go on with a job that was paused, stopped or interrupted, or is incomplete."""
    return _steered(path.job_id, steer.resume)


@bp.post("/api/jobs/<job_id>/retry", responses={200: Job})
def retry_job(path: JobPath, body: RetryJob) -> Job:
    """Ask for failures again, and go on."""
    return _steered(
        path.job_id,
        lambda connection, job_id: steer.retry(
            connection, job_id, body.reason, body.artwork_id
        ),
    )


def _steered(job_id: int, deed: Callable[[Connection, int], Steered]) -> Job:
    at = services()
    steered = at.store.transact(lambda connection: deed(connection, job_id))
    if steered.needs_leader:
        at.engine.begin(job_id)
    return _told(at, job_id)


def _told(at: Services, job_id: int) -> Job:
    at.live.touch()
    with at.store.reading() as connection:
        return job_json(connection, steer.require(connection, job_id), at)


def _event(row: EventRow) -> JobEvent:
    return JobEvent(
        id=row.id,
        at=row.at.isoformat(),
        level=cast(Level, row.level),
        code=row.code,
        message=row.message,
    )


def _failure(row: FailureRow) -> Failure:
    return Failure(
        artwork_id=row.artwork_id,
        site=row.site,
        site_id=row.site_id,
        page_url=row.page_url,
        stage=row.stage,
        reason=row.reason,
        detail=row.detail,
        host=row.host,
        http_status=row.http_status,
        attempts=row.attempts,
        at=row.at.isoformat(),
    )
