"""Artworks as cards: a row of the table, a tile of the grid.

A page of a hundred is asked for hundreds of times a second, so the database writes the JSON; a
test holds it to the schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Select, Subquery, Text, case, cast, func, literal, select

from artkeep.domain.rating import Rating
from artkeep.store.json_text import WANTED, IsoText, JsonFlag, JsonText, wanted
from artkeep.store.models import Artwork
from artkeep.store.shown import badge, is_there, shown, shown_id

_PROMPT_SHOWN = 200  # characters
_BETWEEN = "\x1e"  # a control character, which JSON text never holds as it is

rating_label = case({int(rating): rating.label for rating in Rating}, value=Artwork.rating)


def _address(folder: str, row_id: Any) -> Any:
    return literal(folder) + cast(row_id, Text)


# Only what was examined has a thumbnail: pictures, and videos whose site shows a still (the
# perceptual hash is of it). The file's id in the address lets it be cached for long: other
# bytes are another file.
_has_thumb = (
    is_there
    & (Artwork.examine_status == "done")
    & ((Artwork.kind == "image") | shown.perceptual_hash.is_not(None))
)
_thumb_url = _address("/thumbs/", Artwork.id) + _address("?v=", shown.id)

_CARD: Mapping[str, Any] = {
    "id": Artwork.id,
    "site": Artwork.site,
    "site_id": Artwork.site_id,
    "kind": Artwork.kind,
    "page_url": Artwork.page_url,
    "author": Artwork.author,
    "title": Artwork.title,
    "rating": rating_label,
    "posted_at": IsoText(Artwork.posted_at),
    "added_at": IsoText(Artwork.added_at),
    "downloaded_at": IsoText(Artwork.downloaded_at),
    "width": Artwork.width,
    "height": Artwork.height,
    "model": Artwork.model,
    "base_model": Artwork.base_model,
    "prompt": func.substr(Artwork.prompt, 1, _PROMPT_SHOWN),
    "blurhash": Artwork.blurhash,
    "size": shown.size,
    "format": shown.format,
    "download_status": Artwork.download_status,
    "examine_status": Artwork.examine_status,
    "tags_status": Artwork.tags_status,
    "embed_status": Artwork.embed_status,
    "convert_status": Artwork.convert_status,
    "badge": badge,
    "stars": Artwork.stars,
    "is_favourite": JsonFlag(Artwork.is_favourite),
    "thumb_url": case((_has_thumb, _thumb_url)),
    # An archive of pictures is nothing to look at until it is rendered.
    "media_url": case((is_there & (shown.format != "ugoira"), _address("/media/", shown.id))),
}


def _page(wanted_ids: Subquery) -> Select[str, str]:
    found = (
        select(Artwork.id, JsonText(_CARD).label("card"))
        .join_from(wanted_ids, Artwork, Artwork.id == wanted_ids.c.id)
        .outerjoin(shown, shown.id == shown_id)
        .subquery()
    )
    # Ids and cards side by side, because nothing tells in which order they are put together.
    return select(
        func.aggregate_strings(cast(found.c.id, Text), _BETWEEN),
        func.aggregate_strings(found.c.card, _BETWEEN),
    )


_PAGES = {dialect: _page(wanted_ids) for dialect, wanted_ids in WANTED.items()}


def cards_as_json(connection: Connection, artwork_ids: Sequence[int]) -> str:
    """A list of the cards of these artworks, in this order; unknown ids are left out."""
    statement = _PAGES[connection.dialect.name]
    ids, cards = connection.execute(statement, wanted(artwork_ids)).one()
    if ids is None:
        return "[]"
    found = dict(zip(map(int, ids.split(_BETWEEN)), cards.split(_BETWEEN), strict=True))
    return f"[{','.join(found[one] for one in artwork_ids if one in found)}]"


def cards(connection: Connection, artwork_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The same as objects, for messages with a few of them."""
    found: list[dict[str, Any]] = orjson.loads(cards_as_json(connection, artwork_ids))
    return found
