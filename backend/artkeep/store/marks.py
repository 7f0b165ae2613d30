"""What the user says of artworks: stars, favourites, and tags of one's own (origin `user`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select, update

from artkeep.store.bulk import insert_new
from artkeep.store.models import Artwork, ArtworkTag, Tag

USER = "user"


@dataclass(frozen=True, slots=True)
class Marks:
    """What is to change; None and no tags: nothing."""

    stars: int | None = None
    is_favourite: bool | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()


def mark(connection: Connection, artwork_ids: Sequence[int], marks: Marks) -> int:
    """Change artworks; how many are different now."""
    known = connection.scalars(
        select(Artwork.id).where(Artwork.id.in_(artwork_ids)).order_by(Artwork.id)
    ).all()
    changed: set[int] = set()
    if marks.stars is not None:
        changed |= set(
            connection.scalars(
                update(Artwork)
                .where(Artwork.id.in_(known), Artwork.stars != marks.stars)
                .values(stars=marks.stars)
                .returning(Artwork.id)
            )
        )
    if marks.is_favourite is not None:
        changed |= set(
            connection.scalars(
                update(Artwork)
                .where(Artwork.id.in_(known), Artwork.is_favourite.is_not(marks.is_favourite))
                .values(is_favourite=marks.is_favourite)
                .returning(Artwork.id)
            )
        )
    if marks.remove_tags:
        named = select(Tag.id).where(Tag.name.in_(marks.remove_tags))
        changed |= set(
            connection.scalars(
                delete(ArtworkTag)
                .where(
                    ArtworkTag.artwork_id.in_(known),
                    ArtworkTag.origin == USER,
                    ArtworkTag.tag_id.in_(named),
                )
                .returning(ArtworkTag.artwork_id)
            )
        )
    if marks.add_tags:
        changed |= _add_tags(connection, known, marks.add_tags)
    return len(changed)


def _add_tags(
    connection: Connection, artwork_ids: Sequence[int], names: Sequence[str]
) -> set[int]:
    """A name that is known already in one category only is that tag."""
    wanted = list(dict.fromkeys(names))
    found: dict[str, list[tuple[str, int]]] = {}
    rows = select(Tag.name, Tag.category, Tag.id).where(Tag.name.in_(wanted))
    for name, category, tag_id in connection.execute(rows.order_by(Tag.category)):
        found.setdefault(name, []).append((category, tag_id))
    missing = [(name, "") for name in wanted if name not in found]
    if missing:
        insert_new(connection, Tag, ("name", "category"), missing)
        new = select(Tag.name, Tag.id).where(Tag.name.in_([name for name, _ in missing]))
        for name, tag_id in connection.execute(new):
            found[name] = [("", tag_id)]
    tag_ids = {found[name][0][1] for name in wanted}
    has = {
        (artwork_id, tag_id)
        for artwork_id, tag_id in connection.execute(
            select(ArtworkTag.artwork_id, ArtworkTag.tag_id).where(
                ArtworkTag.artwork_id.in_(artwork_ids),
                ArtworkTag.tag_id.in_(tag_ids),
                ArtworkTag.origin == USER,
            )
        )
    }
    now = datetime.now(UTC)
    rows_to_add = [
        (artwork_id, tag_id, USER, now)
        for artwork_id in artwork_ids
        for tag_id in sorted(tag_ids)
        if (artwork_id, tag_id) not in has
    ]
    insert_new(
        connection, ArtworkTag, ("artwork_id", "tag_id", "origin", "fetched_at"), rows_to_add
    )
    return {row[0] for row in rows_to_add}
