"""What groups say to hold, and how many of their artworks are known."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select

from artkeep.domain import artwork
from artkeep.store.json_text import WANTED_NAMES, wanted_names
from artkeep.store.models import Artwork, Group, TargetArtwork

_EXPECTED = {
    dialect: select(Group.site_id, Group.expected_count).where(
        Group.site == bindparam("site"), Group.site_id.in_(select(names.c.name))
    )
    for dialect, names in WANTED_NAMES.items()
}


def expected(
    connection: Connection, site: str, groups: Sequence[artwork.Group]
) -> dict[str, int | None]:
    """How many artworks each of these groups was last said to hold; unknown ones are absent."""
    if not groups:
        return {}
    rows = connection.execute(
        _EXPECTED[connection.dialect.name],
        {"site": site, **wanted_names([group.site_id for group in groups])},
    )
    return {row.site_id: row.expected_count for row in rows}


def known_artworks(
    connection: Connection, target_id: int, site: str, groups: Sequence[artwork.Group]
) -> dict[str, int]:
    """How many artworks of each of these groups belong to a target, left out or not."""
    rows = connection.execute(
        select(Group.site_id, func.count())
        .join(Artwork, Artwork.group_id == Group.id)
        .join(TargetArtwork, TargetArtwork.artwork_id == Artwork.id)
        .where(
            Group.site == site,
            Group.site_id.in_([group.site_id for group in groups]),
            TargetArtwork.target_id == target_id,
        )
        .group_by(Group.site_id)
    )
    return {site_id: amount for site_id, amount in rows}


def claimed_by_site(connection: Connection, target_id: int) -> tuple[int, int]:
    """The groups that a target's artworks belong to, and how many artworks they say to hold."""
    ids = (
        select(Artwork.group_id)
        .join(TargetArtwork, TargetArtwork.artwork_id == Artwork.id)
        .where(TargetArtwork.target_id == target_id)
        .distinct()
    )
    amount, claimed = connection.execute(
        select(func.count(), func.coalesce(func.sum(Group.expected_count), 0)).where(
            Group.id.in_(ids), Group.expected_count.is_not(None)
        )
    ).one()
    return amount, claimed or 0
