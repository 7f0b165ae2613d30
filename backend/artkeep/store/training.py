"""What a training set is made from: pictures of a query, with what their sites say of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, select

from artkeep.domain.query import Query
from artkeep.store import stored
from artkeep.store.base import Store
from artkeep.store.json_text import WANTED, wanted
from artkeep.store.models import Artwork, Place, Root
from artkeep.store.places import whole_path
from artkeep.store.search import select_ids
from artkeep.store.shown import is_there, shown, shown_id
from artkeep.store.stored import StoredArtwork

_PAGE = 500


@dataclass(frozen=True, slots=True)
class PictureFile:
    """The file of an artwork that is shown. `is_proven`: a decoder has seen all of it."""

    path: str
    format: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    frames: int | None
    is_proven: bool
    perceptual_hash: str | None


def candidates(
    store: Store, query: Query
) -> Iterator[tuple[StoredArtwork, PictureFile | None]]:
    """Artworks of a query by id, with their file where one is there."""
    after_id: int | None = None
    while True:
        with store.reading() as connection:
            ids = list(connection.scalars(select_ids(query, after_id=after_id, limit=_PAGE)))
            loaded = stored.load(connection, ids)
            files = _files_of(connection, ids)
        for artwork_id in ids:
            yield loaded[artwork_id], files.get(artwork_id)
        if len(ids) < _PAGE:
            return
        after_id = ids[-1]


def _files_of(connection: Connection, ids: list[int]) -> dict[int, PictureFile]:
    chosen = WANTED[connection.dialect.name]
    rows: Any = connection.execute(
        select(
            *(Artwork.id, Root.path, Place.path, shown.format, shown.size, shown.sha256),
            *(shown.width, shown.height, shown.frames, shown.picture_hash.is_not(None)),
            shown.perceptual_hash,
        )
        .select_from(chosen)
        .join(Artwork, Artwork.id == chosen.c.id)
        .join(shown, shown.id == shown_id)
        .join(Place, and_(Place.file_id == shown.id, Place.is_primary))
        .join(Root, Root.id == Place.root_id)
        .where(is_there),
        wanted(ids),
    )
    return {row[0]: PictureFile(whole_path(row[1], row[2]), *row[3:]) for row in rows}
