"""What captions are made of, and what was written as captions before."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, select

from artkeep.domain.artwork import Artwork, Kind, Tag
from artkeep.domain.query import Query
from artkeep.domain.rating import Rating
from artkeep.store import models
from artkeep.store.bulk import insert_new
from artkeep.store.embedded import THERE
from artkeep.store.json_text import WANTED, wanted
from artkeep.store.models import ArtworkFile, ArtworkTag, Caption, File, Place, TargetArtwork
from artkeep.store.search import matching

SHOWN_ROLES = ("original", "converted", "rendered")
_BY_NAME = attrgetter("name")
_PROMPT = "prompt"  # the origin of tags that were read out of prompts


@dataclass(frozen=True, slots=True)
class Captioned:
    """An artwork as far as its caption needs it, but for its tags. `paths` are those of its
    files below a root, `ours` the digests of what we wrote beside them before."""

    id: int
    artwork: Artwork
    paths: tuple[str, ...]
    ours: frozenset[str]


class CaptionPages:
    """Artworks of a query in the order of their ids, page by page; each tag is read once.

    `root_id` is the output folder whose files are meant. With `target_id`, only what that
    target has.
    """

    def __init__(self, query: Query, root_id: int, target_id: int | None = None) -> None:
        self._conditions = [matching(query)]
        if target_id is not None:
            members = select(TargetArtwork.artwork_id).where(
                TargetArtwork.target_id == target_id, TargetArtwork.skipped.is_(None)
            )
            self._conditions.append(models.Artwork.id.in_(members))
        self._root_id = root_id
        self._tags: dict[int, Tag] = {}

    def page(self, connection: Connection, after_id: int | None, limit: int) -> list[Captioned]:
        """The next ones after that id; an empty page is the end."""
        table = models.Artwork
        statement = (
            select(
                *(table.id, table.site, table.site_id, table.kind, table.page_url),
                *(table.title, table.rating, table.model, table.prompt),
            )
            .where(*self._conditions)
            .order_by(table.id)
            .limit(limit)
        )
        if after_id is not None:
            statement = statement.where(table.id > after_id)
        rows = connection.execute(statement).all()
        ids = [row.id for row in rows]
        paths = _paths_of(connection, ids, self._root_id)
        ours = _digests_of(connection, ids)
        return [
            Captioned(
                row.id,
                Artwork(
                    *(row.site, row.site_id, Kind(row.kind), row.page_url),
                    title=row.title,
                    rating=Rating(row.rating) if row.rating is not None else None,
                    model=row.model,
                    prompt=row.prompt,
                ),
                tuple(paths.get(row.id, ())),
                frozenset(ours.get(row.id, ())),
            )
            for row in rows
        ]

    def tags_of(
        self, connection: Connection, ids: Sequence[int]
    ) -> Mapping[int, tuple[Tag, ...]]:
        """Tags by artwork, those with the most votes first, then by name."""
        chosen = WANTED[connection.dialect.name]
        rows = connection.execute(
            select(ArtworkTag.artwork_id, ArtworkTag.tag_id, ArtworkTag.score)
            .join(chosen, chosen.c.id == ArtworkTag.artwork_id)
            .where(ArtworkTag.origin != _PROMPT),
            wanted(ids),
        ).all()
        self._learn(connection, {row[1] for row in rows})
        found: dict[int, dict[int, int | None]] = {}
        for artwork_id, tag_id, score in rows:
            of_artwork = found.setdefault(artwork_id, {})
            if score is not None or tag_id not in of_artwork:  # of several origins
                of_artwork[tag_id] = score
        return {artwork_id: self._in_order(scores) for artwork_id, scores in found.items()}

    def _in_order(self, scores: Mapping[int, int | None]) -> tuple[Tag, ...]:
        plain = [self._tags[one] for one, score in scores.items() if score is None]
        voted = [
            replace(self._tags[one], score=score)
            for one, score in scores.items()
            if score is not None
        ]
        voted.sort(key=lambda tag: (-(tag.score or 0), tag.name))
        plain.sort(key=_BY_NAME)
        return (*voted, *plain)

    def _learn(self, connection: Connection, tag_ids: Collection[int]) -> None:
        unknown = [tag_id for tag_id in tag_ids if tag_id not in self._tags]
        if not unknown:
            return
        chosen = WANTED[connection.dialect.name]
        tag = models.Tag
        rows = connection.execute(
            select(tag.id, tag.name, tag.category).join(chosen, chosen.c.id == tag.id),
            wanted(unknown),
        )
        self._tags.update((tag_id, Tag(name, category)) for tag_id, name, category in rows)


def digest_of(content: bytes) -> str:
    """Of the bytes of a caption."""
    return hashlib.sha256(content).hexdigest()[:32]


def remember(
    connection: Connection, written: Sequence[tuple[int, str]], rules_digest: str
) -> None:
    """Note that texts (artwork, digest) are ours, before they lie anywhere: what a death leaves
    is never taken for somebody's own work."""
    now = datetime.now(UTC)
    rows: list[tuple[Any, ...]] = [
        (artwork_id, digest, rules_digest, now) for artwork_id, digest in dict.fromkeys(written)
    ]
    insert_new(connection, Caption, ("artwork_id", "digest", "rules", "written_at"), rows)


def _paths_of(connection: Connection, ids: Sequence[int], root_id: int) -> dict[int, list[str]]:
    chosen = WANTED[connection.dialect.name]
    rows = connection.execute(
        select(ArtworkFile.artwork_id, Place.path)
        .join(File, File.id == ArtworkFile.file_id)
        .join(Place, Place.file_id == File.id)
        .where(
            ArtworkFile.artwork_id.in_(select(chosen.c.id)),
            File.state.in_(THERE),
            File.role.in_(SHOWN_ROLES),
            # the sum keeps SQLite from looking at every place of the root for each artwork
            Place.root_id + 0 == root_id,
        )
        .order_by(ArtworkFile.artwork_id, File.id, Place.id),
        wanted(ids),
    )
    found: dict[int, list[str]] = {}
    for artwork_id, path in rows:
        found.setdefault(artwork_id, []).append(path)
    return found


def _digests_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    chosen = WANTED[connection.dialect.name]
    rows = connection.execute(
        select(Caption.artwork_id, Caption.digest).join(
            chosen, chosen.c.id == Caption.artwork_id
        ),
        wanted(ids),
    )
    found: dict[int, list[str]] = {}
    for artwork_id, digest in rows:
        found.setdefault(artwork_id, []).append(digest)
    return found
