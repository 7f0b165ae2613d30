"""Taking over artworks and files that another program, or a lost database, knew (CR-21).

What the database knows already stays as it is: a second run changes nothing. Nobody's work is
taken away: an artwork that is being downloaded right now keeps its download.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select, update

from artkeep.domain.artwork import Artwork as KnownArtwork
from artkeep.domain.artwork import Group, StageName, Status, Tag
from artkeep.domain.tags import TagMethod
from artkeep.store.adopted_files import Filling, FoundFile, fill
from artkeep.store.artworks import save_artworks
from artkeep.store.bulk import insert_new
from artkeep.store.json_text import WANTED, WANTED_NAMES, wanted, wanted_names
from artkeep.store.models import (
    Artwork,
    ArtworkTag,
    SiteTag,
    TargetArtwork,
    Work,
)
from artkeep.store.models import Tag as TagRow

NOTED = "user"  # the origin of tags that a person or his earlier program gave


@dataclass(frozen=True, slots=True)
class Adoptee:
    """An artwork with what is known of it. Of several files the last one is shown."""

    artwork: KnownArtwork
    files: tuple[FoundFile, ...] = ()
    downloaded_at: datetime | None = None
    tags: tuple[Tag, ...] = ()
    target_ids: tuple[int, ...] = ()
    group: Group | None = None
    voted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of an artwork already."""

    id: int
    download_status: str
    is_busy: bool


@dataclass(slots=True)
class Taken:
    """How many of a batch: new artworks, artworks that got their files, and what was new of
    tags and memberships. `taken_paths` are those that another artwork has."""

    new: int = 0
    with_file: int = 0
    tags: int = 0
    memberships: int = 0
    busy: int = 0
    taken_paths: tuple[str, ...] = ()


_KNOWN = {
    dialect: select(
        Artwork.site_id, Artwork.id, Artwork.download_status, Work.owner.is_not(None)
    )
    .outerjoin(Work, (Work.artwork_id == Artwork.id) & (Work.stage == StageName.DOWNLOAD.value))
    .where(Artwork.site == bindparam("site"), Artwork.site_id.in_(select(names.c.name)))
    for dialect, names in WANTED_NAMES.items()
}
SETTLED = (Status.DONE.value, Status.SKIPPED.value)  # what was deleted on purpose stays deleted


def known(connection: Connection, site: str, site_ids: Collection[str]) -> dict[str, Known]:
    """What is known of artworks of one site, by site id."""
    statement = _KNOWN[connection.dialect.name]
    rows = connection.execute(statement, {"site": site, **wanted_names(list(site_ids))})
    return {
        site_id: Known(row_id, status, bool(busy)) for site_id, row_id, status, busy in rows
    }


def is_empty(connection: Connection) -> bool:
    """Whether no artwork is known at all."""
    return connection.execute(select(Artwork.id).limit(1)).first() is None


def adopt(connection: Connection, site: str, batch: Sequence[Adoptee]) -> Taken:
    """Take over artworks of one site, each once in the batch."""
    taken = Taken()
    before = known(connection, site, [one.artwork.site_id for one in batch])
    fresh = [one for one in batch if one.artwork.site_id not in before]
    groups = {one.group.site_id: one.group for one in fresh if one.group}
    save_artworks(connection, [one.artwork for one in fresh], list(groups.values()))
    taken.new = len(fresh)
    rows = known(connection, site, [one.artwork.site_id for one in batch])
    here = [(rows[one.artwork.site_id], one) for one in batch]
    fresh_ids = {rows[one.artwork.site_id].id for one in fresh}
    taken.memberships = _join(connection, here)
    taken.tags = _note_tags(connection, here)
    _mark_votes(connection, [(row, one) for row, one in here if row.id in fresh_ids])
    open_ones = [(row, one) for row, one in here if row.download_status not in SETTLED]
    taken.busy = sum(row.is_busy and bool(one.files) for row, one in open_ones)
    free = [
        Filling(row.id, one.files, one.downloaded_at)
        for row, one in open_ones
        if one.files and not row.is_busy
    ]
    taken.with_file, taken.taken_paths = fill(connection, free)
    return taken


def _join(connection: Connection, here: Sequence[tuple[Known, Adoptee]]) -> int:
    now = datetime.now(UTC)
    names = ("target_id", "artwork_id", "added_at")
    rows = sorted({(target_id, row.id) for row, one in here for target_id in one.target_ids})
    if not rows:
        return 0
    ids = sorted({artwork_id for _, artwork_id in rows})
    statement = _MEMBERS[connection.dialect.name]
    there = {(a, b) for a, b in connection.execute(statement, wanted(ids))}
    new = [
        (target_id, artwork_id, now)
        for target_id, artwork_id in rows
        if (target_id, artwork_id) not in there
    ]
    insert_new(connection, TargetArtwork, names, new)
    return len(new)


_MEMBERS = {
    dialect: select(TargetArtwork.target_id, TargetArtwork.artwork_id).where(
        TargetArtwork.artwork_id.in_(select(ids.c.id))
    )
    for dialect, ids in WANTED.items()
}
_NOTED = {
    dialect: select(ArtworkTag.artwork_id, ArtworkTag.tag_id).where(
        ArtworkTag.artwork_id.in_(select(ids.c.id)), ArtworkTag.origin == NOTED
    )
    for dialect, ids in WANTED.items()
}


def _note_tags(connection: Connection, here: Sequence[tuple[Known, Adoptee]]) -> int:
    """Tags that were noted stay what they are when the site's own list comes."""
    noted = [(row.id, tag) for row, one in here for tag in one.tags]
    if not noted:
        return 0
    ids = _tag_ids(connection, {(tag.name, tag.category) for _, tag in noted})
    artwork_ids = sorted({artwork_id for artwork_id, _ in noted})
    there = {
        (a, b)
        for a, b in connection.execute(_NOTED[connection.dialect.name], wanted(artwork_ids))
    }
    wanted_rows = {(id_, ids[tag.name, tag.category]) for id_, tag in noted} - there
    now = datetime.now(UTC)
    rows = [(artwork_id, tag_id, NOTED, now) for artwork_id, tag_id in sorted(wanted_rows)]
    names = ("artwork_id", "tag_id", "origin", "fetched_at")
    insert_new(connection, ArtworkTag, names, rows)
    return len(rows)


def _tag_ids(
    connection: Connection, names: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    insert_new(connection, TagRow, ("name", "category"), sorted(names))
    statement = _TAGS[connection.dialect.name]
    rows = connection.execute(statement, wanted_names(sorted({name for name, _ in names})))
    return {(name, category): row_id for name, category, row_id in rows}


_TAGS = {
    dialect: select(TagRow.name, TagRow.category, TagRow.id).where(
        TagRow.name.in_(select(names.c.name))
    )
    for dialect, names in WANTED_NAMES.items()
}


def _mark_votes(connection: Connection, here: Sequence[tuple[Known, Adoptee]]) -> None:
    """Tags of a sidecar that were fetched with their votes count as that again."""
    voted = [(row.id, one) for row, one in here if one.voted_at is not None]
    if not voted:
        return
    ids = [row_id for row_id, _ in voted]
    site = voted[0][1].artwork.site
    connection.execute(
        update(ArtworkTag)
        .where(ArtworkTag.artwork_id.in_(ids), ArtworkTag.origin == "site")
        .values(origin="votes", method=TagMethod.KEY.value)
    )
    for row_id, one in voted:
        connection.execute(
            update(Artwork)
            .where(Artwork.id == row_id)
            .values(tags_status=Status.DONE.value, tagged_at=one.voted_at)
        )
    named = {tag.site_tag_id: tag for _, one in voted for tag in one.artwork.tags}
    named.pop(None, None)
    if not named:
        return
    tag_ids = _tag_ids(connection, {(tag.name, tag.category) for tag in named.values()})
    rows = [
        (site, site_tag_id, tag_ids[tag.name, tag.category], tag.display or tag.name, tag.level)
        for site_tag_id, tag in sorted(named.items(), key=str)
    ]
    names = ("site", "site_tag_id", "tag_id", "display", "level")
    insert_new(connection, SiteTag, names, rows)
