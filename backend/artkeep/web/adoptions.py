"""`/api/adoptions`: what an earlier program left in a folder, looked at and then taken over.

Only the page itself and programs of this machine get here (SE-2, SE-3).
"""

from __future__ import annotations

import threading

from flask_openapi3.blueprint import APIBlueprint

from artkeep.errors import RetryLater
from artkeep.jobs import steer
from artkeep.jobs.adopt_job import look, start_adoption
from artkeep.jobs.adopt_report import REASONS, by_reason
from artkeep.media.folders import parse_folder
from artkeep.sites._registry import adapters
from artkeep.web.job_json import job_json
from artkeep.web.schemas.adoptions import AdoptFolder, AdoptionOutlook, AdoptionReason
from artkeep.web.schemas.jobs import Job
from artkeep.web.services import services

bp = APIBlueprint("adoptions", __name__)

_ONE_AT_A_TIME = threading.Lock()  # each holds what it finds in memory


@bp.post("/api/adoptions", responses={200: AdoptionOutlook})
def look_at_folder(body: AdoptFolder) -> AdoptionOutlook:
    """What would be taken over. Nothing is changed, and no picture is opened."""
    at = services()
    folder = parse_folder(body.path)
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        raise RetryLater("Another folder is being looked at.", after_s=5, code="busy")
    try:
        found = look(at.store, adapters(at.settings), folder)
    finally:
        _ONE_AT_A_TIME.release()
    return AdoptionOutlook(
        path=str(folder),
        entries=found.collected.entries,
        artworks=len(found.collected.artworks),
        with_file=found.with_file,
        without_file=found.without_file,
        known=found.known,
        left_out=[
            AdoptionReason(
                reason=reason,
                text=REASONS.get(reason, reason),
                count=one["count"],
                examples=one["examples"],
            )
            for reason, one in by_reason(found.collected.rejects).items()
        ],
    )


@bp.post("/api/adoptions/start", responses={200: Job, 201: Job})
def start(body: AdoptFolder) -> tuple[Job, int]:
    """Take it over: a job as any other. 200 when the same is not finished yet."""
    at = services()
    folder = parse_folder(body.path)
    started = at.store.transact(lambda connection: start_adoption(connection, folder))
    at.engine.begin(started.job_id)
    at.live.touch()
    with at.store.reading() as connection:
        job = job_json(connection, steer.require(connection, started.job_id), at)
    return job, 201 if started.is_new else 200
