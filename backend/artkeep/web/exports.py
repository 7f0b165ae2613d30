"""`/api/artworks.csv`, `.jsonl`, `.txt` and `.zip`: any query, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.query import Query
from artkeep.logs import hide_known
from artkeep.media.archive import zipped
from artkeep.store import exports
from artkeep.store.exports import FileLine
from artkeep.store.order import Sort
from artkeep.store.removal import without_removed
from artkeep.web.schemas.artworks import ArtworkScope, CsvScope
from artkeep.web.scope import read_scope, words_left
from artkeep.web.services import services

bp = APIBlueprint("exports", __name__)


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
