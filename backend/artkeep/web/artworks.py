"""`/api/artworks`: everything tracked, filtered, in pages, and as CSV."""

from __future__ import annotations

import orjson
from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from artkeep.errors import NotFound
from artkeep.jobs.advice import advise
from artkeep.store import shelf
from artkeep.store.details import Wait, details
from artkeep.store.failures import FailureRow
from artkeep.store.leap import page_behind
from artkeep.store.order import MOST_COUNTED, Sort
from artkeep.store.removal import without_removed
from artkeep.web.cursors import read_position, write_position
from artkeep.web.schemas.artworks import (
    ArtworkDetails,
    ArtworkFailure,
    ArtworkList,
    ArtworkPath,
    Artworks,
    ArtworkWait,
)
from artkeep.web.scope import list_name, read_scope, words_left
from artkeep.web.services import services

bp = APIBlueprint("artworks", __name__)


@bp.get("/api/artworks", responses={200: Artworks})
def list_artworks(query: ArtworkList) -> Response:
    """A page of cards, and on the first one how many there are."""
    scope = read_scope(query)
    of = list_name(query)
    after = read_position(of, query.cursor)
    unindexed = words_left(scope)
    with services().store.reading() as connection:
        seen = without_removed(connection, scope)
        page = page_behind(connection, seen, Sort(query.sort), after, query.skip, query.limit)
        cards = shelf.cards_as_json(connection, page.ids)
    said = {
        "artworks": orjson.Fragment(cards),
        "next_cursor": write_position(of, page.next),
        "total": page.total,
        "total_is_more": page.total == MOST_COUNTED,
        "unindexed": unindexed,
    }
    return Response(orjson.dumps(said), mimetype="application/json")


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
