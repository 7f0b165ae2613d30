"""What there is to tell about tags: what waits for them, what a job found, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from artkeep.domain.artwork import Status
from artkeep.domain.query import Query
from artkeep.store import search, shelf
from artkeep.store.models import Artwork, ArtworkTag, JobTag, SiteTag, Tag, TagChange

_MOST_SHOWN = 40  # tags of one artwork


@dataclass(frozen=True, slots=True)
class Standing:
    """Of the artworks that a query means, how many stand where. Times are of the last look."""

    artworks: int
    none: int
    queued: int
    done: int
    failed: int
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag, and how many artworks of a job carry it."""

    id: int
    name: str
    category: str
    amount: int


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag of an artwork with its votes."""

    name: str
    display: str
    category: str
    level: int | None
    score: int | None
    up: int | None
    down: int | None
    automated: bool | None


@dataclass(frozen=True, slots=True)
class TaggedArtwork:
    """An artwork that a job has asked for, as its card. `amount` counts all its tags."""

    card: dict[str, Any]
    tagged_at: datetime
    method: str | None
    amount: int
    tags: tuple[ShownTag, ...]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What a later look found to be different."""

    id: int
    artwork_id: int
    site: str
    site_id: str
    job_id: int | None
    at: datetime
    method: str
    added: list[Any]
    removed: list[Any]
    voted: list[Any]


def standing(connection: Connection, query: Query) -> Standing:
    """Count the artworks that a query means by how far their tags are."""
    rows = connection.execute(
        select(
            Artwork.tags_status,
            func.count(),
            func.min(Artwork.tagged_at),
            func.max(Artwork.tagged_at),
        )
        .where(search.matching(query))
        .group_by(Artwork.tags_status)
    ).all()
    amounts = {status: amount for status, amount, _, _ in rows}
    oldest = [one for _, _, one, _ in rows if one is not None]
    newest = [one for _, _, _, one in rows if one is not None]
    return Standing(
        artworks=sum(amounts.values()),
        none=amounts.get(Status.NONE.value, 0),
        queued=amounts.get(Status.QUEUED.value, 0),
        done=amounts.get(Status.DONE.value, 0),
        failed=amounts.get(Status.FAILED.value, 0),
        oldest=min(oldest, default=None),
        newest=max(newest, default=None),
    )


def top_tags(connection: Connection, job_id: int, limit: int) -> list[TagCount]:
    """What a job's artworks carry most often."""
    rows = connection.execute(
        select(Tag.id, Tag.name, Tag.category, JobTag.amount)
        .join(Tag, Tag.id == JobTag.tag_id)
        .where(JobTag.job_id == job_id)
        .order_by(JobTag.amount.desc(), Tag.name, Tag.id)
        .limit(limit)
    )
    return [TagCount(*row) for row in rows]


def tagged_by(connection: Connection, job_id: int, limit: int) -> list[TaggedArtwork]:
    """The artworks that a job has asked for last, the newest first."""
    rows = connection.execute(
        select(Artwork.id, Artwork.tagged_at)
        .where(Artwork.tagged_by == job_id, Artwork.tagged_at.is_not(None))
        .order_by(Artwork.tagged_at.desc(), Artwork.id.desc())
        .limit(limit)
    ).all()
    ids = [row.id for row in rows]
    tags = _tags_of(connection, ids)
    cards = {card["id"]: card for card in shelf.cards(connection, ids)} if ids else {}
    found = []
    for artwork_id, tagged_at in rows:
        methods, shown = tags.get(artwork_id, ([], []))
        method = methods[0] if methods else None
        assert tagged_at is not None
        most = tuple(shown[:_MOST_SHOWN])
        found.append(TaggedArtwork(cards[artwork_id], tagged_at, method, len(shown), most))
    return found


def changes(
    connection: Connection,
    *,
    job_id: int | None = None,
    artwork_id: int | None = None,
    query: Query | None = None,
    before: int | None = None,
    limit: int,
) -> list[ChangeRow]:
    """What later looks found to be different, the newest first."""
    found = (
        select(
            TagChange.id,
            TagChange.artwork_id,
            Artwork.site,
            Artwork.site_id,
            TagChange.job_id,
            TagChange.at,
            TagChange.method,
            TagChange.added,
            TagChange.removed,
            TagChange.voted,
        )
        .join(Artwork, Artwork.id == TagChange.artwork_id)
        .order_by(TagChange.id.desc())
        .limit(limit)
    )
    if job_id is not None:
        found = found.where(TagChange.job_id == job_id)
    if artwork_id is not None:
        found = found.where(TagChange.artwork_id == artwork_id)
    if query is not None:
        found = found.where(search.matching(query))
    if before is not None:
        found = found.where(TagChange.id < before)
    return [
        ChangeRow(*row[:7], *(part or [] for part in row[7:]))
        for row in connection.execute(found)
    ]


def _tags_of(
    connection: Connection, artwork_ids: Sequence[int]
) -> dict[int, tuple[list[str | None], list[ShownTag]]]:
    rows = connection.execute(
        select(
            ArtworkTag.artwork_id,
            ArtworkTag.method,
            Tag.name,
            func.coalesce(SiteTag.display, Tag.name),
            Tag.category,
            SiteTag.level,
            ArtworkTag.score,
            ArtworkTag.up,
            ArtworkTag.down,
            ArtworkTag.automated,
        )
        .join(Tag, Tag.id == ArtworkTag.tag_id)
        .outerjoin(
            SiteTag,
            and_(
                SiteTag.site == ArtworkTag.site,
                SiteTag.site_tag_id == ArtworkTag.site_tag_id,
            ),
        )
        .where(ArtworkTag.artwork_id.in_(artwork_ids), ArtworkTag.origin == "votes")
        .order_by(ArtworkTag.artwork_id, ArtworkTag.score.desc().nulls_last(), Tag.name)
    )
    found: dict[int, tuple[list[str | None], list[ShownTag]]] = {}
    for artwork_id, method, *tag in rows:
        methods, tags = found.setdefault(artwork_id, ([], []))
        methods.append(method)
        tags.append(ShownTag(*tag))
    return found
