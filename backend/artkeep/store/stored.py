"""Loading artworks as completely as the stages need them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, select

from artkeep.domain.artwork import Artwork, Kind, Link, Tag
from artkeep.domain.rating import Rating
from artkeep.store import models
from artkeep.store.artworks import FROM_SITE
from artkeep.store.models import ArtworkLink, ArtworkTag, Record, SiteTag


@dataclass(frozen=True, slots=True)
class StoredArtwork:
    """An artwork from the database: with its row id, the title of its group and its tags."""

    id: int
    artwork: Artwork
    group_title: str | None


def load(connection: Connection, artwork_ids: Collection[int]) -> dict[int, StoredArtwork]:
    """Artworks by row id, as complete as the stages need them."""
    table = models.Artwork.__table__
    ids = list(artwork_ids)
    rows = connection.execute(
        select(
            *table.c,
            models.Group.site_id.label("group_site_id"),
            models.Group.title.label("group_title"),
            Record.body,
        )
        .select_from(table)
        .outerjoin(models.Group, models.Group.id == table.c.group_id)
        .outerjoin(Record, Record.artwork_id == table.c.id)
        .where(table.c.id.in_(ids))
    ).all()
    tags: dict[int, list[Tag]] = {}
    for tag in connection.execute(
        select(
            ArtworkTag.artwork_id,
            models.Tag.name,
            models.Tag.category,
            ArtworkTag.site_tag_id,
            ArtworkTag.score,
            ArtworkTag.up,
            ArtworkTag.down,
            ArtworkTag.automated,
            SiteTag.level,
            func.nullif(SiteTag.display, models.Tag.name),
        )
        .join(models.Tag, models.Tag.id == ArtworkTag.tag_id)
        .outerjoin(
            SiteTag,
            and_(
                SiteTag.site == ArtworkTag.site,
                SiteTag.site_tag_id == ArtworkTag.site_tag_id,
            ),
        )
        .where(ArtworkTag.artwork_id.in_(ids))
        .order_by(ArtworkTag.artwork_id, ArtworkTag.score.desc().nulls_last(), models.Tag.name)
    ):
        tags.setdefault(tag.artwork_id, []).append(Tag(*tag[1:]))
    links: dict[int, list[Link]] = {}
    for artwork_id, relation, site_id in connection.execute(
        select(ArtworkLink.artwork_id, ArtworkLink.relation, ArtworkLink.site_id).where(
            ArtworkLink.artwork_id.in_(ids)
        )
    ):
        links.setdefault(artwork_id, []).append(Link(relation, site_id))
    return {
        row.id: StoredArtwork(
            row.id,
            _artwork(row, tuple(tags.get(row.id, ())), tuple(links.get(row.id, ()))),
            row.group_title,
        )
        for row in rows
    }


def _artwork(row: Any, tags: tuple[Tag, ...], links: tuple[Link, ...]) -> Artwork:
    values = {name: getattr(row, name) for name in FROM_SITE}
    values["kind"] = Kind(row.kind)
    values["rating"] = Rating(row.rating) if row.rating is not None else None
    return Artwork(
        site=row.site,
        site_id=row.site_id,
        group_id=row.group_site_id,
        tags=tags,
        links=links,
        raw=unpack(row.body) if row.body is not None else {},
        **values,
    )


def unpack(body: bytes) -> dict[str, Any]:
    """A raw reply as it came."""
    raw: dict[str, Any] = json.loads(zlib.decompress(body))
    return raw
