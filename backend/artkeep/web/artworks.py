"""`/api/artworks`: everything tracked, filtered, in pages, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.query import Query, parse_query
from artkeep.domain.query_fields import FIELDS
from artkeep.domain.query_nodes import And, Node
from artkeep.errors import NotFound, UsageError
from artkeep.jobs.advice import advise
from artkeep.logs import hide_known
from artkeep.store import exports, shelf
from artkeep.store.details import Wait, details
from artkeep.store.failures import FailureRow
from artkeep.store.order import MOST_COUNTED, Sort, page_of_ids
from artkeep.store.removal import without_removed
from artkeep.web.cursors import read_position, write_position
from artkeep.web.schemas.artworks import (
    ArtworkDetails,
    ArtworkFailure,
    ArtworkList,
    ArtworkPath,
    Artworks,
    ArtworkScope,
    ArtworkWait,
)
from artkeep.web.services import services

bp = APIBlueprint("artworks", __name__)

# Parameters that are fields of the query language, too.
_FIELDS = {
    "site": "site",
    "kind": "kind",
    "rating": "rating",
    "download_status": "download",
    "examine_status": "examine",
    "tags_status": "tagging",
    "embed_status": "embed",
    "convert_status": "convert",
}


@bp.get("/api/artworks", responses={200: Artworks})
def list_artworks(query: ArtworkList) -> Response:
    """A page of cards, and on the first one how many there are."""
    scope = _read_scope(query)
    of = f"artworks {query.model_dump_json(exclude={'cursor', 'limit'})}"
    after = read_position(of, query.cursor)
    with services().store.reading() as connection:
        seen = without_removed(connection, scope)
        page = page_of_ids(connection, seen, Sort(query.sort), after, query.limit)
        cards = shelf.cards_as_json(connection, page.ids)
    said = {
        "artworks": orjson.Fragment(cards),
        "next_cursor": write_position(of, page.next),
        "total": page.total,
        "total_is_more": page.total == MOST_COUNTED,
    }
    return Response(orjson.dumps(said), mimetype="application/json")


@bp.get("/api/artworks.csv")
def export_artworks(query: ArtworkScope) -> Response:
    """The same artworks as CSV, all of them."""
    scope = _read_scope(query)
    with services().store.reading() as connection:
        seen = without_removed(connection, scope)
    pieces = exports.as_csv(services().store, seen, Sort(query.sort))
    reply = Response(_encoded(pieces), mimetype="text/csv")
    name = f"artkeep-{datetime.now(UTC):%Y-%m-%d}.csv"
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    return (hide_known(piece).encode() for piece in pieces)  # SE-25


@bp.get("/api/artworks/<artwork_id>", responses={200: ArtworkDetails})
def show_artwork(path: ArtworkPath) -> ArtworkDetails:
    """Everything about one artwork."""
    with services().store.reading() as connection:
        found = details(connection, path.artwork_id)
        cards = shelf.cards(connection, [path.artwork_id])
    if found is None:
        raise NotFound(f"There is no artwork {path.artwork_id}.", code="no_artwork")
    return ArtworkDetails.model_validate(
        {
            **found.columns,
            "card": cards[0],
            "tags": found.tags,
            "files": found.files,
            "links": found.links,
            "failures": [_failure(row) for row in found.failures],
            "waits": [_wait(row) for row in found.waits],
            "targets": found.targets,
        }
    )


def _failure(row: FailureRow) -> ArtworkFailure:
    advice = advise(row.reason)
    return ArtworkFailure(
        stage=row.stage,
        reason=row.reason,
        title=advice.title,
        detail=row.detail,
        advice=advice.text,
        at=row.at.isoformat(),
    )


def _wait(row: Wait) -> ArtworkWait:
    return ArtworkWait(
        stage=row.stage,
        reason=row.reason,
        title=advise(row.reason).title,
        detail=row.detail,
        until=row.until.isoformat(),
    )


def _read_scope(asked: ArtworkScope) -> Query:
    """Raises BadQuery, and UsageError for a filter that cannot be."""
    now = datetime.now(UTC).replace(microsecond=0)
    parts: list[Node] = []
    for name, field in _FIELDS.items():
        words = getattr(asked, name)
        if not words:
            continue
        try:
            parts.append(FIELDS[field](field, words, now))
        except ValueError as error:
            sentence = f"{name} cannot be {words[:50]}. {error}"
            raise UsageError(sentence, code="bad_filter") from None
    root = parse_query(asked.q, now=now).root
    if root is not None:
        parts.append(root)
    return Query(parts[0] if len(parts) == 1 else And(tuple(parts)) if parts else None)
