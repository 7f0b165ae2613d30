"""`/api/conversions`: what would be converted, trying it, what was, and taking it back."""

from __future__ import annotations

import re
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.artwork import StageName
from artkeep.domain.generation import read_generation
from artkeep.errors import NotFound
from artkeep.jobs import undo as undoing
from artkeep.jobs.advice import advise
from artkeep.jobs.library_job import scope_of
from artkeep.jobs.trials import Trial as Tried
from artkeep.jobs.trials import clear_trials, trials_folder, try_conversions
from artkeep.media.embedded import read_embedded
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.stages._conversion import Conversion, read_conversion
from artkeep.store import conversions, scopes, search
from artkeep.store.conversions import BatchRow
from artkeep.web.cursors import cut, read_id
from artkeep.web.job_json import iso
from artkeep.web.schemas.conversions import (
    BatchPath,
    ConversionBatch,
    ConversionList,
    Conversions,
    ConvertOptions,
    FormatLine,
    Scope,
    ScopeParameters,
    Trial,
    TrialPath,
    Trials,
    TryConversion,
    Undone,
)
from artkeep.web.sending import send_media
from artkeep.web.services import Services, services

bp = APIBlueprint("conversions", __name__)

_TRIAL = re.compile(r"[0-9a-f]{32}\.(webp|avif)")
_OF = "conversions"
_SHOWN_CHARS = 20_000


@bp.get("/api/conversions/scope", responses={200: Scope})
def show_scope(query: ScopeParameters) -> Scope:
    """What a query means to a stage, counted."""
    stage = StageName(query.stage)
    with services().store.reading() as connection:
        meant = scope_of(connection, query.q, stage)
        found = scopes.originals_by_format(connection, meant)
        artworks = search.count_matching(connection, meant)
        done = scopes.done_before(connection, meant, stage)
    return Scope(
        artworks=artworks,
        done=done,
        files=sum(line.files for line in found),
        bytes=sum(line.bytes for line in found),
        formats=[
            FormatLine(format=line.format, files=line.files, bytes=line.bytes) for line in found
        ],
    )


@bp.post("/api/conversions/try", responses={200: Trials})
def try_some(body: TryConversion) -> Trials:
    """Convert a few files to look at; nothing of the library changes."""
    at = services()
    to = read_conversion(body.convert.model_dump(exclude_none=True), at.settings)
    with at.store.reading() as connection:
        meant = scope_of(connection, body.query, StageName.CONVERT)
        ids = scopes.sample(connection, meant, body.samples)
    tried = at.engine.submit(_try(at, ids, to)).result()
    samples = [_trial(one) for one in tried]
    done = [one for one in samples if one.bytes_after is not None]
    return Trials(
        samples=samples,
        bytes_before=sum(one.bytes_before for one in done),
        bytes_after=sum(one.bytes_after or 0 for one in done),
    )


async def _try(at: Services, ids: list[int], to: Conversion) -> list[Tried]:
    context = at.engine.context
    await context.in_thread(clear_trials, at.settings.data_dir)
    return [one async for one in try_conversions(context, ids, to, keep=True)]


def _trial(one: Tried) -> Trial:
    source, made = one.source, one.made
    infotext: str | None = None
    if one.path is not None:
        found = read_generation(read_embedded(one.path))
        infotext = found.raw[:_SHOWN_CHARS] if found else None
    return Trial(
        artwork_id=one.artwork_id,
        name=source.path.rpartition("/")[2] if source else "",
        outcome=one.outcome,
        reason=one.reason,
        title=advise(one.reason).title if one.reason else "",
        format_before=source.format if source else "",
        bytes_before=source.size if source else 0,
        bytes_after=made.size if made else None,
        width=made.width if made else None,
        height=made.height if made else None,
        psnr=made.psnr if made else None,
        metadata=list(made.metadata) if made else [],
        infotext=infotext,
        before_url=f"/media/{source.file_id}" if source else "",
        after_url=f"/trials/{one.path.name}" if one.path else None,
    )


@bp.get("/trials/<name>", doc_ui=False)
def send_trial(path: TrialPath) -> Response:
    """A tried file, until the next trial."""
    match = _TRIAL.fullmatch(path.name)
    if match is None:
        raise NotFound("There is nothing at this address.")
    try:
        file = (trials_folder(services().settings.data_dir) / path.name).open("rb")
    except FileNotFoundError:
        raise NotFound("Something else was tried since.", code="no_trial") from None
    size = file.seek(0, 2)
    file.seek(0)
    return send_media(
        file,
        MEDIA_TYPES[match[1]],
        size=size,
        etag=path.name,
        name=path.name,
        caching="private, max-age=3600",
    )


@bp.get("/api/conversions", responses={200: Conversions})
def list_conversions(query: ConversionList) -> Conversions:
    """What was converted, the newest first."""
    before = read_id(_OF, query.cursor)
    with services().store.reading() as connection:
        rows = conversions.history(connection, before=before, limit=query.limit + 1)
    page, next_cursor = cut(_OF, rows, query.limit)
    return Conversions(batches=[_batch(row) for row in page], next_cursor=next_cursor)


@bp.post("/api/conversions/<batch_id>/undo", responses={200: Undone})
def undo_conversion(path: BatchPath) -> Undone:
    """Take a conversion back."""
    at = services()
    done = undoing.undo(at.store, at.engine.library, path.batch_id)
    at.live.touch()
    with at.store.reading() as connection:
        row = conversions.batch(connection, path.batch_id)
    assert row is not None
    return Undone(files=done.files, stuck=done.stuck, batch=_batch(row))


def _batch(row: BatchRow) -> ConversionBatch:
    return ConversionBatch(
        id=row.id,
        job_id=row.job_id,
        title=row.title,
        options=_options(row.options),
        ended_at=row.ended_at.isoformat(),
        undone_at=iso(row.undone_at),
        files=row.files,
        bytes_before=row.bytes_before,
        bytes_after=row.bytes_after,
        restorable=row.restorable,
    )


def _options(saved: dict[str, Any]) -> ConvertOptions:
    """A stored conversion, as it was asked for."""
    plan = saved.get("plan") or {}
    return ConvertOptions(
        format=plan.get("format"),
        quality=plan.get("quality"),
        lossless=plan.get("is_lossless"),
        may_reduce_depth=plan.get("may_reduce_depth"),
        max_side=plan.get("max_side"),
        originals=saved.get("originals"),
        may_replace_own=saved.get("may_replace_own"),
        folder=saved.get("folder"),
        organise=saved.get("organise"),
    )
