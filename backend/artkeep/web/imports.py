"""`/api/imports`: captures of generator services, looked at first and then imported.

A capture is the whole body of the request. It is read while it comes, and written nowhere.
"""

from __future__ import annotations

import io
import threading
from collections import Counter
from datetime import UTC, datetime

from flask import request
from flask_openapi3.blueprint import APIBlueprint
from werkzeug.exceptions import RequestEntityTooLarge

from artkeep.domain.artwork import Artwork, Kind
from artkeep.errors import NotFound, RetryLater, UsageError
from artkeep.jobs.capture_inbox import CaptureInbox
from artkeep.jobs.captures import CaptureReader, Recognised
from artkeep.jobs.copied import send_copied
from artkeep.jobs.imports import ImportOptions, Standing, standing_of, start_import
from artkeep.net.retry import FetchFailed
from artkeep.sites.captures._capture import (
    OBJECT_REASONS,
    OUTPUT_REASONS,
    Creation,
    OutputKind,
)
from artkeep.sites.captures._services import BY_NAME
from artkeep.store import jobs
from artkeep.web.job_json import iso, job_json
from artkeep.web.schemas.imports import (
    CommitImport,
    ImportCreation,
    ImportDropped,
    ImportParameters,
    ImportPath,
    ImportPreview,
    ImportReject,
    ImportRequest,
    ImportService,
)
from artkeep.web.schemas.jobs import Job
from artkeep.web.services import Services, services
from artkeep.web.site_errors import site_problem

bp = APIBlueprint("imports", __name__)
bp.register_error_handler(FetchFailed, site_problem)

LONGEST_CAPTURE = 2**30
LONGEST_ARCHIVE = 64 * 2**20  # it is held in memory: its index stands at its end
_ZIP = b"PK\x03\x04"
_MOST_SHOWN = 500
_LONGEST_PROMPT = 500
_AT_A_TIME = threading.BoundedSemaphore(2)  # each may need 200 MiB for a moment
_OLDEST = datetime.min.replace(tzinfo=UTC)
_WORDS = {**OUTPUT_REASONS, **OBJECT_REASONS}


@bp.post("/api/imports", responses={201: ImportPreview})
def read_capture(query: ImportParameters) -> tuple[ImportPreview, int]:
    """Read a capture (`.json`, `.har`, `.txt` or `.zip`): what is in it, for half an hour."""
    at = services()
    request.max_content_length = LONGEST_CAPTURE
    if not _AT_A_TIME.acquire(blocking=False):
        raise RetryLater("Other captures are being read.", after_s=5, code="busy")
    try:
        reader = CaptureReader()
        beginning = request.stream.read(len(_ZIP))
        if beginning == _ZIP:
            content = beginning + request.stream.read(LONGEST_ARCHIVE)
            if len(content) > LONGEST_ARCHIVE:
                raise RequestEntityTooLarge("Archives of captures may have 64 MiB.")
            reader.add_file(io.BytesIO(content), query.name)
        else:
            reader.add_file(_Body(beginning), query.name)
        found = reader.recognised()
    finally:
        _AT_A_TIME.release()
    return _told(at, at.imports.keep(reader), found), 201


@bp.get("/api/imports/<token>", responses={200: ImportPreview})
def show_preview(path: ImportPath) -> ImportPreview:
    """The same, as things stand now."""
    at = services()
    upto = at.imports.chosen(path.token, None).upto
    return _told(at, path.token, at.imports.get(path.token).recognised(), upto)


@bp.post("/api/imports/<token>/send", responses={200: ImportPreview})
def send_requests(path: ImportPath) -> ImportPreview:
    """Send the copied requests to their services, once, with the login they hold."""
    at = services()
    reader = at.imports.get(path.token)
    requests = [one for one in reader.recognised().requests if one.service is not None]
    if not requests or isinstance(reader, CaptureInbox):
        raise UsageError(
            "There is no copied request of a known service.", code="nothing_to_send"
        )

    async def send_all() -> None:
        context, scale = at.engine.context, at.settings.net.time_scale
        for one in requests:
            async for document in send_copied(at.engine.client, context.adapters, one, scale):
                reader.add_document(document)

    at.engine.submit(send_all()).result()
    reader.forget_requests()
    return _told(at, path.token, reader.recognised())


@bp.post("/api/imports/<token>/commit", responses={200: Job, 201: Job})
def commit_import(path: ImportPath, body: CommitImport) -> tuple[Job, int]:
    """Import it: a job as any other. 200 when the same import is not finished yet."""
    at = services()
    without = set(body.without)
    found = at.imports.chosen(path.token, body.upto)
    wanted = [one for one in found.creations if _key(one) not in without]
    started = start_import(
        at.store, at.engine.library, wanted, ImportOptions(origins=found.origins)
    )
    at.imports.done(path.token, found.creations)
    at.extensions.changed()
    at.engine.begin(started.job_id)
    with at.store.reading() as connection:
        row = jobs.get(connection, started.job_id)
        if row is None:
            raise NotFound(f"There is no job {started.job_id}.")
        return job_json(connection, row, at), 201 if started.is_new else 200


@bp.delete("/api/imports/<token>", responses={200: ImportDropped})
def drop_preview(path: ImportPath) -> ImportDropped:
    """Forget it, also when it is over already."""
    at = services()
    at.imports.drop(path.token)
    at.extensions.changed()
    at.live.touch()
    return ImportDropped(token=path.token)


class _Body:
    """The request's body from its beginning."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning = beginning

    def read(self, amount: int = -1, /) -> bytes:
        told, self._beginning = self._beginning, b""
        return told or request.stream.read(amount)


def _told(at: Services, token: str, found: Recognised, upto: int = 0) -> ImportPreview:
    standing = standing_of(at.store, found.creations)
    newest = sorted(found.creations, key=lambda one: one.created_at or _OLDEST, reverse=True)
    return ImportPreview(
        token=token,
        upto=upto,
        total=len(found.creations),
        services=_services(found, standing),
        creations=[_creation(at, one, standing[one.key]) for one in newest[:_MOST_SHOWN]],
        rejects=_rejects(found),
        requests=[
            ImportRequest(
                method=one.method, host=one.host, service=one.service and one.service.name
            )
            for one in found.requests
        ],
        unrecognised=found.unrecognised,
        samples=list(found.samples),
        secrets=found.secrets,
        problems=list(found.problems),
    )


def _services(
    found: Recognised, standing: dict[tuple[str, str], Standing]
) -> list[ImportService]:
    amounts = Counter(one.service for one in found.creations)
    told = []
    for name, amount in amounts.items():
        mine = [one for (site, _), one in standing.items() if site == name]
        told.append(
            ImportService(
                name=name,
                title=BY_NAME[name].title,
                creations=amount,
                new=sum(one.new for one in mine),
                here=sum(one.here for one in mine),
                deleted=sum(one.deleted for one in mine),
            )
        )
    return told


def _rejects(found: Recognised) -> list[ImportReject]:
    amounts = Counter(one.reason for one in found.rejects)
    amounts.update(one.reason for creation in found.creations for one in creation.rejects)
    return [
        ImportReject(reason=reason, text=_WORDS.get(reason, reason), count=amount)
        for reason, amount in amounts.items()
    ]


def _creation(at: Services, one: Creation, stands: Standing) -> ImportCreation:
    return ImportCreation(
        key=_key(one),
        service=one.service,
        title=one.title,
        prompt=one.prompt[:_LONGEST_PROMPT] if one.prompt else None,
        is_prompt_hidden=one.is_prompt_hidden,
        model=one.model,
        created_at=iso(one.created_at),
        expires_at=iso(one.soonest_expiry),
        outputs=len(one.outputs),
        new=stands.new,
        here=stands.here,
        deleted=stands.deleted,
        thumbnail=_thumbnail(at, one),
    )


def _key(creation: Creation) -> str:
    return f"{creation.service}/{creation.id}"


def _thumbnail(at: Services, creation: Creation) -> str | None:
    """Our address for a small form of its first picture; nothing is fetched by telling it."""
    site = at.engine.context.adapters[creation.service]
    first = next((one for one in creation.outputs if one.kind is OutputKind.IMAGE), None)
    if first is None:
        return None
    small = first.thumbnail or first.urls[-1].url
    shown = Artwork(creation.service, first.id, Kind.IMAGE, "", media_url=small)
    return at.previewed.url(tuple(site.media(shown, "sd")))
