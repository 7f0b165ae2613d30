"""The tags that a site lists with an artwork, without scores or votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from artkeep.domain.artwork import Artwork
from artkeep.store.bulk import insert_new
from artkeep.store.json_text import WANTED, WANTED_NAMES, wanted, wanted_names
from artkeep.store.models import ArtworkTag, SiteTag, Tag, table_of

_COLUMNS = (
    *("artwork_id", "tag_id", "origin", "site", "site_tag_id"),
    *("score", "up", "down", "automated", "fetched_at"),
)
_TAGS = {
    dialect: select(Tag.name, Tag.category, Tag.id).where(Tag.name.in_(select(names.c.name)))
    for dialect, names in WANTED_NAMES.items()
}
_VOTED = {
    dialect: select(ArtworkTag.artwork_id)
    .where(ArtworkTag.artwork_id.in_(select(ids.c.id)), ArtworkTag.origin == "votes")
    .distinct()
    for dialect, ids in WANTED.items()
}
_FORGET = {
    dialect: delete(table_of(ArtworkTag)).where(
        ArtworkTag.artwork_id.in_(select(ids.c.id)), ArtworkTag.origin.in_(("site", "booru"))
    )
    for dialect, ids in WANTED.items()
}


def save_site_tags(connection: Connection, tagged: Sequence[tuple[int, Artwork]]) -> None:
    """Keep the site's own tag lists; where an artwork's votes are known, they say more."""
    listed = [row_id for row_id, artwork in tagged if artwork.tags]
    if not listed:
        return
    voted = set(connection.scalars(_VOTED[connection.dialect.name], wanted(listed)))
    tagged = [(row_id, artwork) for row_id, artwork in tagged if row_id not in voted]
    names = sorted({(tag.name, tag.category) for _, artwork in tagged for tag in artwork.tags})
    if not names:
        return
    ids = _tag_ids(connection, names)
    missing = [name for name in names if name not in ids]
    if missing:
        insert_new(connection, Tag, ("name", "category"), missing)
        ids |= _tag_ids(connection, missing)
    now = datetime.now(UTC)
    rows: dict[tuple[int, int], tuple[Any, ...]] = {}
    for row_id, artwork in tagged:
        for tag in artwork.tags:
            tag_id = ids[tag.name, tag.category]
            scores = (tag.score, tag.up, tag.down, tag.automated)
            which = (artwork.site, tag.site_tag_id)
            rows[row_id, tag_id] = (row_id, tag_id, artwork.tags_origin, *which, *scores, now)
    connection.execute(
        _FORGET[connection.dialect.name],
        wanted([row_id for row_id, artwork in tagged if artwork.tags]),
    )
    insert_new(connection, ArtworkTag, _COLUMNS, list(rows.values()))
    _keep_displays(connection, tagged, ids)


def _keep_displays(
    connection: Connection,
    tagged: Sequence[tuple[int, Artwork]],
    ids: Mapping[tuple[str, str], int],
) -> None:
    """What the site's page shows in place of a tag's name: pixiv's translations."""
    told = {
        (artwork.site, tag.site_tag_id): (ids[tag.name, tag.category], tag.display, tag.level)
        for _, artwork in tagged
        for tag in artwork.tags
        if tag.site_tag_id and tag.display
    }
    names = ("site", "site_tag_id", "tag_id", "display", "level")
    if told:
        rows = [(*which, *what) for which, what in sorted(told.items())]
        insert_new(connection, SiteTag, names, rows)


def _tag_ids(
    connection: Connection, names: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Of those there are among (name, category)."""
    found = connection.execute(
        _TAGS[connection.dialect.name], wanted_names([name for name, _ in names])
    )
    return {(name, category): row_id for name, category, row_id in found}
