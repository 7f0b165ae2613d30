"""How many artworks have a value, for the whole library: triggers count with every write.

Deleted artworks are not counted. Values that were ever seen stay, with 0, so that names can be
looked up here instead of among the artworks. Triggers: migration 0006.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, Text, cast, column, func, select, table
from sqlalchemy import text as sql

from artkeep.store.models import Artwork, Tag

COUNTS = table(
    "library_counts", column("facet", Text), column("value", Text), column("amount", BigInteger)
)
TAG, MONTH = "tag", "month"
_MOST_ROWS = 20_000  # on PostgreSQL, where every change adds some

_amount = func.sum(COUNTS.c.amount)


def amounts(
    connection: Connection, facet: str, limit: int | None = None, *, least: int = 1
) -> list[tuple[str, int]]:
    """Values with their amounts, the most frequent first; with `least` 0 also those that only
    deleted artworks have."""
    counted = (
        select(COUNTS.c.value, _amount)
        .where(COUNTS.c.facet == facet)
        .group_by(COUNTS.c.value)
        .having(_amount >= least)
        .order_by(_amount.desc(), COUNTS.c.value)
        .limit(limit)
    )
    return [(value, int(amount)) for value, amount in connection.execute(counted)]


def tag_names(connection: Connection, tag_ids: Sequence[int]) -> Mapping[int, str]:
    """What tags are called."""
    found = connection.execute(select(Tag.id, Tag.name).where(Tag.id.in_(tag_ids)))
    return {tag_id: name for tag_id, name in found}


def top_tags(connection: Connection, limit: int) -> list[tuple[str, int]]:
    """The tags that most artworks carry; those of the same name are put together."""
    found = amounts(connection, TAG, limit)
    names = tag_names(connection, [int(value) for value, _ in found])
    merged: dict[str, int] = {}
    for value, amount in found:
        if (name := names.get(int(value))) is not None:
            merged[name] = max(merged.get(name, 0), amount)
    return sorted(merged.items(), key=lambda pair: -pair[1])


def all_artworks(connection: Connection) -> int:
    """Without those that were deleted."""
    return amount_of(connection, "kind", COUNTS.c.value.is_not(None))


def has_deleted(connection: Connection) -> bool:
    """Whether anything was deleted: what is counted here is then less than there is."""
    deleted = select(Artwork.id).where(Artwork.download_status == "skipped").limit(1)
    return connection.scalar(deleted) is not None


def amount_of(connection: Connection, facet: str, which: Any) -> int:
    """How many artworks have one of the values for which a condition on `COUNTS.c.value`
    holds."""
    counted = select(_amount).where(COUNTS.c.facet == facet, which)
    return int(connection.scalar(counted) or 0)


def names_like(facet: str, which: Any) -> Select[str]:
    """The values of a facet for which a condition on `COUNTS.c.value` holds; also of deleted
    artworks."""
    return select(COUNTS.c.value).where(COUNTS.c.facet == facet, COUNTS.c.value != "", which)


def tag_value(tag_id: Any) -> Any:
    """A tag's id as its value here."""
    return cast(tag_id, Text)


def tidy(connection: Connection) -> None:
    """Put together what belongs together on PostgreSQL, once there is much of it."""
    if connection.dialect.name == "sqlite":
        return
    some = select(COUNTS.c.facet).limit(_MOST_ROWS).subquery()
    if connection.execute(select(func.count()).select_from(some)).scalar_one() < _MOST_ROWS:
        return
    connection.execute(_TOGETHER)


_TOGETHER = sql(
    "WITH gone AS (DELETE FROM library_counts RETURNING facet, value, amount) "
    "INSERT INTO library_counts (facet, value, amount) "
    "SELECT facet, value, sum(amount) FROM gone GROUP BY facet, value"
)
