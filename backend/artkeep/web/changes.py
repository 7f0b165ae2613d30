"""`PATCH /api/artworks/{id}`, `/api/artworks/change`: stars, favourites, tags of one's own."""

from __future__ import annotations

from collections.abc import Sequence

from flask_openapi3.blueprint import APIBlueprint
from sqlalchemy import Connection

from artkeep.domain.query import parse_query
from artkeep.errors import NotFound, UsageError
from artkeep.store import marks, search, shelf
from artkeep.store.base import Store
from artkeep.store.marks import Marks
from artkeep.store.removal import without_removed
from artkeep.web.schemas.artworks import ArtworkCard, ArtworkPath
from artkeep.web.schemas.library import ArtworksChanged, ChangeArtwork, ChangeArtworks
from artkeep.web.scope import words_left
from artkeep.web.services import services

bp = APIBlueprint("changes", __name__)

_MOST = 5_000  # of a query, in one request
_AT_ONCE = 500  # in one transaction


@bp.patch("/api/artworks/<artwork_id>", responses={200: ArtworkCard})
def change_artwork(path: ArtworkPath, body: ChangeArtwork) -> ArtworkCard:
    """Change one artwork; its card."""
    store = services().store
    store.transact(lambda connection: marks.mark(connection, [path.artwork_id], _marks(body)))
    with store.reading() as connection:
        cards = shelf.cards(connection, [path.artwork_id])
    if not cards:
        raise NotFound(f"There is no artwork {path.artwork_id}.", code="no_artwork")
    return ArtworkCard.model_validate(cards[0])


@bp.post("/api/artworks/change", responses={200: ArtworksChanged})
def change_artworks(body: ChangeArtworks) -> ArtworksChanged:
    """Change many: a part of them with every request."""
    store = services().store
    if bool(body.ids) == (body.query is not None):
        raise UsageError("Give ids, or a query.", code="bad_scope")
    if body.query is None:
        ids: Sequence[int] = sorted(set(body.ids))
    else:
        ids = _next_of(store, body.query, body.after)
    wanted = _marks(body)
    changed = 0
    for first in range(0, len(ids), _AT_ONCE):
        changed += _mark(store, ids[first : first + _AT_ONCE], wanted)
    is_more = body.query is not None and len(ids) == _MOST
    return ArtworksChanged(
        changed=changed, looked_at=len(ids), next_after=ids[-1] if is_more else None
    )


def _mark(store: Store, ids: Sequence[int], wanted: Marks) -> int:
    def change(connection: Connection) -> int:
        return marks.mark(connection, ids, wanted)

    return store.transact(change)


def _next_of(store: Store, text: str, after: int | None) -> Sequence[int]:
    """Ids rise, so that an artwork that the change takes out of the query hides no other."""
    query = parse_query(text)
    words_left(query)
    with store.reading() as connection:
        meant = without_removed(connection, query)
        return connection.scalars(search.select_ids(meant, after_id=after, limit=_MOST)).all()


def _marks(body: ChangeArtwork) -> Marks:
    return Marks(
        stars=body.stars,
        is_favourite=body.is_favourite,
        add_tags=tuple(name.strip() for name in body.add_tags if name.strip()),
        remove_tags=tuple(name.strip() for name in body.remove_tags if name.strip()),
    )
