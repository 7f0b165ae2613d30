"""Storing what a page lists, and loading artworks again.

A page is stored in one transaction with the cursor that follows it: after a crash the walk goes
on exactly behind what is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from artkeep.domain.artwork import Artwork, Group
from artkeep.store import models, records
from artkeep.store.models import ArtworkLink, ArtworkTag, TargetArtwork, table_of

# What a site may tell anew at any time. Statuses, added_at … are ours.
FROM_SITE = (
    "kind",
    "position",
    "page_url",
    "media_url",
    "author",
    "author_id",
    "title",
    "rating",
    "posted_at",
    "width",
    "height",
    "model",
    "base_model",
    "version_id",
    "version_name",
    "prompt",
    "negative_prompt",
    "seed",
    "generation",
    "blurhash",
    "md5",
    "sha1",
    "sha256",
    "sha512",
)


@dataclass(frozen=True, slots=True)
class SavedArtwork:
    """An artwork of a page with its row id and what was known before."""

    id: int
    artwork: Artwork
    is_new: bool
    download_status: str


def save_artworks(
    connection: Connection, artworks: Sequence[Artwork], groups: Sequence[Group]
) -> list[SavedArtwork]:
    """Insert or refresh artworks of one site with groups, tags, links and raw replies."""
    if not artworks:
        return []
    site = artworks[0].site
    group_ids = _save_groups(connection, site, artworks, groups)
    before = _known(connection, site, [artwork.site_id for artwork in artworks])
    fresh = [artwork for artwork in artworks if artwork.site_id not in before]
    now = datetime.now(UTC)
    if fresh:
        rows = [
            {
                "site": site,
                "site_id": artwork.site_id,
                "group_id": group_ids.get(artwork.group_id or ""),
                "added_at": now,
                **_columns(artwork),
            }
            for artwork in sorted(fresh, key=lambda artwork: artwork.site_id)
        ]
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(models.Artwork).on_conflict_do_nothing(), rows)
    known = _known(connection, site, [artwork.site_id for artwork in artworks])
    rows_of = [(known[artwork.site_id][0], artwork) for artwork in artworks]
    differing = records.keep_of_artworks(connection, [(at, one.raw) for at, one in rows_of])
    changed = [(at, one) for at, one in rows_of if at in differing]
    _refresh(connection, artworks, before, {one.site_id for _, one in changed}, group_ids)
    _save_tags(connection, changed)
    _save_links(connection, changed)
    return [
        SavedArtwork(
            known[artwork.site_id][0],
            artwork,
            artwork.site_id not in before,
            known[artwork.site_id][1],
        )
        for artwork in artworks
    ]


def statuses(connection: Connection, site: str, site_ids: Sequence[str]) -> dict[str, str]:
    """The download status of artworks that are known, by site id."""
    known = _known(connection, site, site_ids)
    return {site_id: status for site_id, (_, status) in known.items()}


def _known(
    connection: Connection, site: str, site_ids: Sequence[str]
) -> dict[str, tuple[int, str]]:
    rows = connection.execute(
        select(models.Artwork.site_id, models.Artwork.id, models.Artwork.download_status).where(
            models.Artwork.site == site, models.Artwork.site_id.in_(site_ids)
        )
    )
    return {site_id: (row_id, status) for site_id, row_id, status in rows}


def _columns(artwork: Artwork) -> dict[str, Any]:
    values = {name: getattr(artwork, name) for name in FROM_SITE}
    values["kind"] = artwork.kind.value
    values["rating"] = int(artwork.rating) if artwork.rating is not None else None
    values["generation"] = dict(artwork.generation) if artwork.generation is not None else None
    return values


def _save_groups(
    connection: Connection, site: str, artworks: Sequence[Artwork], groups: Sequence[Group]
) -> dict[str, int]:
    told = {group.site_id: group for group in groups}
    wanted = sorted({*told, *(a.group_id for a in artworks if a.group_id)})
    if not wanted:
        return {}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = []
    for site_id in wanted:
        group = told.get(site_id) or Group(site, site_id)
        rows.append(
            {
                "site": site,
                "site_id": site_id,
                "title": group.title,
                "page_url": group.page_url,
                "author": group.author,
                "posted_at": group.posted_at,
                "expected_count": group.expected_count,
            }
        )
    connection.execute(dialect.insert(models.Group).on_conflict_do_nothing(), rows)
    found = connection.execute(
        select(models.Group.site_id, models.Group.id).where(
            models.Group.site == site, models.Group.site_id.in_(wanted)
        )
    )
    ids: dict[str, int] = {site_id: row_id for site_id, row_id in found}
    for group in groups:
        told_now = {
            name: value
            for name in ("title", "page_url", "author", "posted_at", "expected_count")
            if (value := getattr(group, name)) is not None
        }
        if told_now:
            connection.execute(
                update(models.Group)
                .where(models.Group.id == ids[group.site_id])
                .values(told_now)
            )
    records.keep_of_groups(connection, [(ids[group.site_id], group.raw) for group in groups])
    return ids


def _refresh(
    connection: Connection,
    artworks: Sequence[Artwork],
    before: Mapping[str, tuple[int, str]],
    changed: Collection[str],
    group_ids: Mapping[str, int],
) -> None:
    """Known artworks take over what the site says now, but nothing known becomes unknown."""
    for artwork in artworks:
        if artwork.site_id not in before or artwork.site_id not in changed:
            continue
        values = {name: value for name, value in _columns(artwork).items() if value is not None}
        if artwork.group_id:
            values["group_id"] = group_ids[artwork.group_id]
        connection.execute(
            update(models.Artwork)
            .where(models.Artwork.id == before[artwork.site_id][0])
            .values(values)
        )


def _save_tags(connection: Connection, tagged: Sequence[tuple[int, Artwork]]) -> None:
    """The site's own tag list of an artwork; votes are fetched by the tag stage."""
    names = sorted({(tag.name, tag.category) for _, artwork in tagged for tag in artwork.tags})
    if not names:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(models.Tag).on_conflict_do_nothing(),
        [{"name": name, "category": category} for name, category in names],
    )
    found = connection.execute(
        select(models.Tag.name, models.Tag.category, models.Tag.id).where(
            models.Tag.name.in_([name for name, _ in names])
        )
    )
    ids = {(name, category): row_id for name, category, row_id in found}
    now = datetime.now(UTC)
    rows = {
        (row_id, ids[tag.name, tag.category]): {
            "artwork_id": row_id,
            "tag_id": ids[tag.name, tag.category],
            "origin": "site",
            "site": artwork.site,
            "site_tag_id": tag.site_tag_id,
            "score": tag.score,
            "up": tag.up,
            "down": tag.down,
            "automated": tag.automated,
            "fetched_at": now,
        }
        for row_id, artwork in tagged
        for tag in artwork.tags
    }
    connection.execute(
        delete(ArtworkTag).where(
            ArtworkTag.artwork_id.in_([row_id for row_id, artwork in tagged if artwork.tags]),
            ArtworkTag.origin == "site",
        )
    )
    connection.execute(insert(ArtworkTag), list(rows.values()))


def _save_links(connection: Connection, linked: Sequence[tuple[int, Artwork]]) -> None:
    rows = [
        {
            "artwork_id": row_id,
            "relation": link.relation,
            "site": artwork.site,
            "site_id": link.site_id,
        }
        for row_id, artwork in linked
        for link in artwork.links
    ]
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(ArtworkLink).on_conflict_do_nothing(), rows)


def add_to_target(
    connection: Connection, target_id: int, rows: Iterable[tuple[int, str | None]]
) -> int:
    """Note (artwork id, why skipped or None) as belonging to a target; how many are new."""
    now = datetime.now(UTC)
    values = {
        artwork_id: {
            "target_id": target_id,
            "artwork_id": artwork_id,
            "skipped": skipped,
            "added_at": now,
        }
        for artwork_id, skipped in rows
    }
    if not values:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    known = set(
        connection.scalars(
            select(TargetArtwork.artwork_id).where(
                TargetArtwork.target_id == target_id, TargetArtwork.artwork_id.in_(values)
            )
        )
    )
    new = [row for artwork_id, row in sorted(values.items()) if artwork_id not in known]
    if new:
        connection.execute(dialect.insert(TargetArtwork).on_conflict_do_nothing(), new)
    if known:
        connection.execute(
            update(table_of(TargetArtwork))
            .where(
                TargetArtwork.target_id == target_id,
                TargetArtwork.artwork_id == bindparam("which"),
            )
            .values(skipped=bindparam("why")),
            [{"which": id_, "why": values[id_]["skipped"]} for id_ in sorted(known)],
        )
    return len(new)
