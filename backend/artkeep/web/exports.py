"""`/api/artworks.csv`, `.jsonl`, `.txt` and `.zip`: any query, streamed.

And what a training set would hold, before a job makes one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.caption_rules import CaptionRules
from artkeep.domain.query import Query
from artkeep.domain.training import TrainerFormat, TrainingOptions
from artkeep.errors import RetryLater
from artkeep.jobs.training_plan import plan
from artkeep.logs import hide_known
from artkeep.media.archive import zipped
from artkeep.store import exports
from artkeep.store.exports import FileLine
from artkeep.store.order import Sort
from artkeep.store.removal import without_removed
from artkeep.web.schemas.artworks import ArtworkScope, CsvScope
from artkeep.web.schemas.exports import ExportPreview, TrainingExport, TrainingOutlook
from artkeep.web.scope import read_scope, words_left
from artkeep.web.services import services

bp = APIBlueprint("exports", __name__)

_ONE_AT_A_TIME = threading.Lock()  # each holds what it finds in memory
_PATIENCE_S = 20  # for the one before, which nobody may want to see any more


@bp.get("/api/artworks.csv")
def export_csv(query: CsvScope) -> Response:
    """The artworks as CSV, all of them, safe for spreadsheets (SE-15)."""
    scope = _scope(query)
    store = services().store
    pieces = exports.as_csv(store, scope, Sort(query.sort), with_tags=query.tags)
    return _attached(_encoded(pieces), "text/csv", "csv")


@bp.get("/api/artworks.jsonl")
def export_json_lines(query: ArtworkScope) -> Response:
    """The artworks as one JSON object a line, with what the generator was told."""
    pieces = exports.as_json_lines(services().store, _scope(query), Sort(query.sort))
    return _attached(_encoded(pieces), "application/x-ndjson", "jsonl")


@bp.get("/api/artworks.txt")
def export_paths(query: ArtworkScope) -> Response:
    """Whole paths of the files on this machine, one a line."""
    pieces = exports.as_paths(services().store, _scope(query), Sort(query.sort))
    return _attached(_encoded(pieces), "text/plain", "txt")


@bp.get("/api/artworks.zip")
def export_files(query: ArtworkScope) -> Response:
    """The files themselves, named as in the library."""
    pages = exports.files_of(services().store, _scope(query), Sort(query.sort))
    return _attached(zipped(_files(pages)), "application/zip", "zip")


@bp.post("/api/exports/preview", responses={200: TrainingOutlook})
def preview_training(body: ExportPreview) -> TrainingOutlook:
    """What a training set would hold, counted; nothing is written."""
    if not _ONE_AT_A_TIME.acquire(timeout=_PATIENCE_S):
        raise RetryLater("Another training set is being counted.", after_s=5, code="busy")
    try:
        planned = plan(services().store, body.query, training_options(body.export))
        return TrainingOutlook.model_validate(planned.to_json())
    finally:
        _ONE_AT_A_TIME.release()


def training_options(asked: TrainingExport) -> TrainingOptions:
    """As the job understands them."""
    return TrainingOptions(
        TrainerFormat(asked.format),
        concept=asked.concept,
        repeats=asked.repeats,
        size=asked.size,
        resize=asked.resize,
        near=asked.near,
        min_side=asked.min_side,
        rules=CaptionRules(trigger=asked.trigger),
    )


def _files(pages: Iterator[list[FileLine]]) -> Iterator[tuple[Path, str]]:
    return ((Path(line.root), line.path) for page in pages for line in page)


def _scope(query: ArtworkScope) -> Query:
    scope = read_scope(query)
    words_left(scope)
    with services().store.reading() as connection:
        return without_removed(connection, scope)


def _attached(pieces: Iterator[bytes], kind: str, extension: str) -> Response:
    reply = Response(pieces, mimetype=kind)
    name = f"artkeep-{datetime.now(UTC):%Y-%m-%d}.{extension}"
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    return (hide_known(piece).encode() for piece in pieces)  # SE-25
