"""Artworks as CSV, for people's spreadsheets and scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Text,
    and_,
    cast,
    func,
    select,
)

from artkeep.domain.csv_text import csv_line
from artkeep.domain.query import Query
from artkeep.store.base import Store
from artkeep.store.json_text import WANTED, IsoText, wanted
from artkeep.store.models import Artwork, ArtworkTag, Place, Root, Tag
from artkeep.store.order import Position, Sort, page_of_ids
from artkeep.store.shelf import rating_label
from artkeep.store.shown import shown, shown_id

_LINES_AT_ONCE = 5_000

_tags = (
    select(func.aggregate_strings(Tag.name, ", "))
    .join(ArtworkTag, ArtworkTag.tag_id == Tag.id)
    .where(ArtworkTag.artwork_id == Artwork.id)
    .scalar_subquery()
)


def _number(column: Any) -> Any:
    return cast(column, Text)


# Everything is text already when it is read: that is half the time of an export.
_COLUMNS: Mapping[str, Any] = {
    "site": Artwork.site,
    "site_id": Artwork.site_id,
    "page_url": Artwork.page_url,
    "kind": Artwork.kind,
    "author": Artwork.author,
    "title": Artwork.title,
    "rating": rating_label,
    "posted_at": IsoText(Artwork.posted_at),
    "added_at": IsoText(Artwork.added_at),
    "downloaded_at": IsoText(Artwork.downloaded_at),
    "width": _number(Artwork.width),
    "height": _number(Artwork.height),
    "model": Artwork.model,
    "version": Artwork.version_name,
    "base_model": Artwork.base_model,
    "prompt": Artwork.prompt,
    "negative_prompt": Artwork.negative_prompt,
    "seed": Artwork.seed,
    "tags": _tags,
    "download_status": Artwork.download_status,
    "format": shown.format,
    "size": _number(shown.size),
    "sha256": shown.sha256,
    "path": Root.path + os.sep + func.replace(Place.path, "/", os.sep),
}
_ROWS = {
    dialect: select(Artwork.id, *_COLUMNS.values())
    .select_from(wanted_ids)
    .join(Artwork, Artwork.id == wanted_ids.c.id)
    .outerjoin(shown, shown.id == shown_id)
    .outerjoin(Place, and_(Place.file_id == shown.id, Place.is_primary))
    .outerjoin(Root, Root.id == Place.root_id)
    for dialect, wanted_ids in WANTED.items()
}


def as_csv(store: Store, query: Query, sort: Sort) -> Iterator[str]:
    """The artworks that a query means, in pieces of a few thousand lines, the header first.

    Every piece is read in a transaction of its own: nobody waits for a slow reader (RB-12).
    """
    yield csv_line(_COLUMNS)
    after: Position | None = None
    while True:
        with store.reading() as connection:
            page = page_of_ids(connection, query, sort, after, _LINES_AT_ONCE)
            lines = _lines(connection, page.ids)
        yield "".join(lines)
        if page.next is None:
            return
        after = page.next


def _lines(connection: Connection, artwork_ids: Sequence[int]) -> list[str]:
    statement = _ROWS[connection.dialect.name]
    rows: Sequence[Any] = connection.execute(statement, wanted(artwork_ids)).all()
    lines = {row[0]: csv_line(row[1:]) for row in rows}
    return [lines[artwork_id] for artwork_id in artwork_ids if artwork_id in lines]
