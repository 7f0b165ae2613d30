"""Storing what a page lists, and loading artworks again.

A page is stored in one transaction with the cursor that follows it: after a crash the walk goes
on exactly behind what is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from artkeep.domain.artwork import Artwork, Group
from artkeep.store import models, records
from artkeep.store.bulk import insert_new
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
        if groups:
            _save_groups(connection, groups[0].site, artworks, groups)
        return []
    site = artworks[0].site
    group_ids = _save_groups(connection, site, artworks, groups)
    before = _known(connection, site, [artwork.site_id for artwork in artworks])
    fresh = [artwork for artwork in artworks if artwork.site_id not in before]
    now = datetime.now(UTC)
    if fresh:
        rows = [
            (
                site,
                artwork.site_id,
                group_ids.get(artwork.group_id or ""),
                now,
                *_columns(artwork).values(),
            )
            for artwork in sorted(fresh, key=lambda artwork: artwork.site_id)
        ]
        names = ("site", "site_id", "group_id", "added_at", *FROM_SITE)
        insert_new(connection, models.Artwork, names, rows)
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


def count_by_model(
    connection: Connection,
    target_id: int,
    names: Iterable[str | None],
    without: Collection[int],
) -> Counter[str]:
    """How many artworks of each of these models a target has, those ids not counted."""
    rows = connection.execute(
        select(models.Artwork.model, func.count())
        .join(TargetArtwork, TargetArtwork.artwork_id == models.Artwork.id)
        .where(
            TargetArtwork.target_id == target_id,
            TargetArtwork.skipped.is_(None),
            models.Artwork.model.in_({name for name in names if name}),
            models.Artwork.id.not_in(without),
        )
        .group_by(models.Artwork.model)
    )
    return Counter({name: amount for name, amount in rows if name is not None})


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


# What a site tells of a group.
_TOLD = ("title", "page_url", "author", "posted_at", "expected_count")


def _save_groups(
    connection: Connection, site: str, artworks: Sequence[Artwork], groups: Sequence[Group]
) -> dict[str, int]:
    told = {group.site_id: group for group in groups}
    wanted = sorted({*told, *(a.group_id for a in artworks if a.group_id)})
    if not wanted:
        return {}
    rows = []
    for site_id in wanted:
        group = told.get(site_id) or Group(site, site_id)
        rows.append((site, site_id, *(getattr(group, name) for name in _TOLD)))
    insert_new(connection, models.Group, ("site", "site_id", *_TOLD), rows)
    found = {
        row.site_id: row
        for row in connection.execute(
            select(
                models.Group.site_id,
                models.Group.id,
                *(getattr(models.Group, name) for name in _TOLD),
            ).where(models.Group.site == site, models.Group.site_id.in_(wanted))
        )
    }
    for group in groups:
        row = found[group.site_id]
        told_now = {
            name: value
            for name in _TOLD
            if (value := getattr(group, name)) is not None and value != getattr(row, name)
        }
        if told_now:
            connection.execute(
                update(models.Group).where(models.Group.id == row.id).values(told_now)
            )
    ids = {site_id: row.id for site_id, row in found.items()}
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


_TAG_COLUMNS = (
    *("artwork_id", "tag_id", "origin", "site", "site_tag_id"),
    *("score", "up", "down", "automated", "fetched_at"),
)


def _save_tags(connection: Connection, tagged: Sequence[tuple[int, Artwork]]) -> None:
    """The site's own tag list of an artwork; votes are fetched by the tag stage."""
    names = sorted({(tag.name, tag.category) for _, artwork in tagged for tag in artwork.tags})
    if not names:
        return
    insert_new(connection, models.Tag, ("name", "category"), names)
    found = connection.execute(
        select(models.Tag.name, models.Tag.category, models.Tag.id).where(
            models.Tag.name.in_([name for name, _ in names])
        )
    )
    ids = {(name, category): row_id for name, category, row_id in found}
    now = datetime.now(UTC)
    rows: dict[tuple[int, int], tuple[Any, ...]] = {}
    for row_id, artwork in tagged:
        for tag in artwork.tags:
            tag_id = ids[tag.name, tag.category]
            scores = (tag.score, tag.up, tag.down, tag.automated)
            which = (artwork.site, tag.site_tag_id)
            rows[row_id, tag_id] = (row_id, tag_id, "site", *which, *scores, now)
    connection.execute(
        delete(ArtworkTag).where(
            ArtworkTag.artwork_id.in_([row_id for row_id, artwork in tagged if artwork.tags]),
            ArtworkTag.origin == "site",
        )
    )
    insert_new(connection, ArtworkTag, _TAG_COLUMNS, list(rows.values()))


def _save_links(connection: Connection, linked: Sequence[tuple[int, Artwork]]) -> None:
    rows = [
        (row_id, link.relation, artwork.site, link.site_id)
        for row_id, artwork in linked
        for link in artwork.links
    ]
    names = ("artwork_id", "relation", "site", "site_id")
    insert_new(connection, ArtworkLink, names, rows)


@dataclass(frozen=True, slots=True)
class Joined:
    """Artworks of a page, by row id: how many the target did not have, and which of them the
    job had not come across yet."""

    new: int
    first_seen: frozenset[int]


def add_to_target(
    connection: Connection, target_id: int, job_id: int, rows: Iterable[tuple[int, str | None]]
) -> Joined:
    """Note (artwork id, why skipped or None) as belonging to a target, listed by a job."""
    now = datetime.now(UTC)
    values = dict(rows)
    if not values:
        return Joined(0, frozenset())
    known = {
        row.artwork_id: row
        for row in connection.execute(
            select(
                TargetArtwork.artwork_id, TargetArtwork.skipped, TargetArtwork.seen_by
            ).where(TargetArtwork.target_id == target_id, TargetArtwork.artwork_id.in_(values))
        )
    }
    new = [
        (target_id, artwork_id, skipped, now, job_id)
        for artwork_id, skipped in sorted(values.items())
        if artwork_id not in known
    ]
    names = ("target_id", "artwork_id", "skipped", "added_at", "seen_by")
    insert_new(connection, TargetArtwork, names, new)
    changed = [
        {"which": id_, "why": values[id_]}
        for id_, row in sorted(known.items())
        if (row.skipped, row.seen_by) != (values[id_], job_id)
    ]
    if changed:
        connection.execute(
            update(table_of(TargetArtwork))
            .where(
                TargetArtwork.target_id == target_id,
                TargetArtwork.artwork_id == bindparam("which"),
            )
            .values(skipped=bindparam("why"), seen_by=job_id),
            changed,
        )
    seen = {id_ for id_, row in known.items() if row.seen_by == job_id}
    return Joined(len(new), frozenset(values.keys() - seen))
