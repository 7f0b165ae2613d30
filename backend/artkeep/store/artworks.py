"""Storing what a page lists, and loading artworks again.

A page is stored in one transaction with the cursor that follows it: after a crash the walk goes
on exactly behind what is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from artkeep.domain.artwork import Artwork, Group, Status
from artkeep.store import models, records
from artkeep.store.bulk import insert_new
from artkeep.store.json_text import WANTED, WANTED_NAMES, wanted, wanted_names
from artkeep.store.models import ArtworkLink, TargetArtwork, table_of
from artkeep.store.site_tags import save_site_tags

NOTHING_PACKED: Mapping[str, records.Packed] = {}

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
    connection: Connection,
    artworks: Sequence[Artwork],
    groups: Sequence[Group],
    packed: Mapping[str, records.Packed] = NOTHING_PACKED,
) -> list[SavedArtwork]:
    """Insert or refresh artworks of one site with groups, tags, links and raw replies, those
    packed that were."""
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
                *_values(artwork),
            )
            for artwork in sorted(fresh, key=lambda artwork: artwork.site_id)
        ]
        names = ("site", "site_id", "group_id", "added_at", *FROM_SITE)
        insert_new(connection, models.Artwork, names, rows)
    _come_back(connection, artworks, before)
    known = _known(connection, site, [artwork.site_id for artwork in artworks])
    rows_of = [(known[artwork.site_id][0], artwork) for artwork in artworks]
    differing = records.keep_of_artworks(connection, rows_of, packed)
    changed = [(at, one) for at, one in rows_of if at in differing]
    _refresh(connection, artworks, before, {one.site_id for _, one in changed}, group_ids)
    save_site_tags(connection, changed)
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


_KNOWN = {
    dialect: select(
        models.Artwork.site_id, models.Artwork.id, models.Artwork.download_status
    ).where(
        models.Artwork.site == bindparam("site"),
        models.Artwork.site_id.in_(select(names.c.name)),
    )
    for dialect, names in WANTED_NAMES.items()
}


def _known(
    connection: Connection, site: str, site_ids: Sequence[str]
) -> dict[str, tuple[int, str]]:
    rows = connection.execute(
        _KNOWN[connection.dialect.name], {"site": site, **wanted_names(site_ids)}
    )
    return {site_id: (row_id, status) for site_id, row_id, status in rows}


_read_columns = attrgetter(*FROM_SITE)
_KIND, _RATING, _GENERATION = map(FROM_SITE.index, ("kind", "rating", "generation"))


def _values(artwork: Artwork) -> list[Any]:
    """Of `FROM_SITE`, as the database takes them."""
    values = list(_read_columns(artwork))
    values[_KIND] = artwork.kind.value
    if artwork.rating is not None:
        values[_RATING] = int(artwork.rating)
    if artwork.generation is not None:
        values[_GENERATION] = dict(artwork.generation)
    return values


# What a site tells of a group.
_TOLD = ("title", "page_url", "author", "posted_at", "expected_count")
_GROUPS = {
    dialect: select(
        models.Group.site_id,
        models.Group.id,
        *(getattr(models.Group, name) for name in _TOLD),
    ).where(
        models.Group.site == bindparam("site"),
        models.Group.site_id.in_(select(names.c.name)),
    )
    for dialect, names in WANTED_NAMES.items()
}


def _save_groups(
    connection: Connection, site: str, artworks: Sequence[Artwork], groups: Sequence[Group]
) -> dict[str, int]:
    told = {group.site_id: group for group in groups}
    site_ids = sorted({*told, *(a.group_id for a in artworks if a.group_id)})
    if not site_ids:
        return {}
    rows = []
    for site_id in site_ids:
        group = told.get(site_id) or Group(site, site_id)
        rows.append((site, site_id, *(getattr(group, name) for name in _TOLD)))
    insert_new(connection, models.Group, ("site", "site_id", *_TOLD), rows)
    statement, asked = _GROUPS[connection.dialect.name], wanted_names(site_ids)
    found = {row.site_id: row for row in connection.execute(statement, {"site": site, **asked})}
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


def _come_back(
    connection: Connection, artworks: Sequence[Artwork], before: Mapping[str, tuple[int, str]]
) -> None:
    """Artworks that were listed without a file, and come with one now, are to be had."""
    ids = [
        before[artwork.site_id][0]
        for artwork in artworks
        if artwork.media_url and before.get(artwork.site_id, (0, ""))[1] == Status.GONE
    ]
    if ids:
        connection.execute(
            update(models.Artwork)
            .where(models.Artwork.id.in_(ids), models.Artwork.media_url.is_(None))
            .values(download_status=Status.NONE.value)
        )


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
        told = zip(FROM_SITE, _values(artwork), strict=True)
        values = {name: value for name, value in told if value is not None}
        if artwork.group_id:
            values["group_id"] = group_ids[artwork.group_id]
        connection.execute(
            update(models.Artwork)
            .where(models.Artwork.id == before[artwork.site_id][0])
            .values(values)
        )


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
    """Artworks of a page, by row id: how many the target did not have, which of them the job
    had not come across yet, and which it had left out before and takes now."""

    new: int
    first_seen: frozenset[int]
    taken_after_all: frozenset[int] = frozenset()


_MEMBERS = {
    dialect: select(
        TargetArtwork.artwork_id, TargetArtwork.skipped, TargetArtwork.seen_by
    ).where(
        TargetArtwork.target_id == bindparam("target_id"),
        TargetArtwork.artwork_id.in_(select(ids.c.id)),
    )
    for dialect, ids in WANTED.items()
}


def add_to_target(
    connection: Connection, target_id: int, job_id: int, rows: Iterable[tuple[int, str | None]]
) -> Joined:
    """Note (artwork id, why skipped or None) as belonging to a target, listed by a job."""
    now = datetime.now(UTC)
    values = dict(rows)
    if not values:
        return Joined(0, frozenset())
    members = connection.execute(
        _MEMBERS[connection.dialect.name], {"target_id": target_id, **wanted(list(values))}
    )
    known = {row.artwork_id: row for row in members}
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
    taken = {id_ for id_ in seen if known[id_].skipped is not None and values[id_] is None}
    return Joined(len(new), frozenset(values.keys() - seen), frozenset(taken))
