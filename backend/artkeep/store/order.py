"""The orders in which artworks are listed, and pages of ids in them (RB-8).

Few matches are gathered and sorted, so that nothing far behind has to be looked for: the index
`ix_artworks_filters` holds every column that one filters by. Many are walked in the order of
an index, and a page of them is near. What has no value in an order comes last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
)

from artkeep.domain.query import Query
from artkeep.store.models import Artwork, ArtworkFile, File
from artkeep.store.search import matching
from artkeep.store.shown import has_shown, shown, shown_id, shown_id_of

MOST_COUNTED = 10_001


class Sort(StrEnum):
    """What comes first. The same on both databases, and on every page."""

    NEWEST = "newest"  # by the day it was posted
    OLDEST = "oldest"
    ADDED = "added"  # last
    LARGEST = "largest"  # file
    ID = "id"  # as they were added


_RISING = (Sort.OLDEST, Sort.ID)
_BY_ID = (Sort.ADDED, Sort.ID)


@dataclass(frozen=True, slots=True)
class Position:
    """A page begins behind the artwork `id`, whose value in the order is `key` (None: none)."""

    key: datetime | int | None
    id: int


@dataclass(frozen=True, slots=True)
class IdPage:
    """`total` counts all matches, up to MOST_COUNTED; only on the first page."""

    ids: list[int]
    next: Position | None
    total: int | None


def page_of_ids(
    connection: Connection, query: Query, sort: Sort, after: Position | None, limit: int
) -> IdPage:
    """The ids of the artworks that a query means, `limit` of them behind a position."""
    ids: list[int] = []
    total = MOST_COUNTED
    if query.root is not None:
        total, ids = _gather(connection, query, sort, after, limit + 1)
    elif after is None:
        total = _count_all(connection)
    if query.root is None or total == MOST_COUNTED:
        ids = _walk(connection, query, sort, after, limit + 1)
    return IdPage(
        ids=ids[:limit],
        next=_position(connection, sort, ids[limit - 1]) if len(ids) > limit else None,
        total=total if after is None else None,
    )


def _position(connection: Connection, sort: Sort, artwork_id: int) -> Position:
    if sort in _BY_ID:
        return Position(artwork_id, artwork_id)
    statement = _SIZE_OF if sort is Sort.LARGEST else _DAY_OF
    return Position(connection.scalar(statement, {"id": artwork_id}), artwork_id)


_ONE_ID: Any = bindparam("id", type_=BigInteger)
_DAY_OF = select(Artwork.posted_at).where(Artwork.id == _ONE_ID)
_SIZE_OF = select(shown.size).where(shown.id == shown_id_of(_ONE_ID))


def _count_all(connection: Connection) -> int:
    if connection.scalar(_THE_LAST_COUNTED) is not None:
        return MOST_COUNTED
    return connection.execute(_COUNT).scalar_one()


_THE_LAST_COUNTED = select(literal(1)).select_from(Artwork).limit(1).offset(MOST_COUNTED - 1)
_COUNT = select(func.count()).select_from(Artwork)

# Statements are kept, because making one takes longer than running it. Their parameters:
_MOST: Any = bindparam("most", type_=BigInteger)
_AFTER_ID: Any = bindparam("after_id", type_=BigInteger)


def _parameters(after: Position | None, limit: int) -> dict[str, Any]:
    if after is None:
        return {"most": limit}
    return {"most": limit, "after_id": after.id, "after_key": after.key}


class _Part(StrEnum):
    """Where a page begins: at the beginning, behind a value, or among what has none."""

    START = "start"
    KNOWN = "known"
    UNKNOWN = "unknown"


def _part(after: Position | None) -> _Part:
    if after is None:
        return _Part.START
    return _Part.UNKNOWN if after.key is None else _Part.KNOWN


def _gather(
    connection: Connection, query: Query, sort: Sort, after: Position | None, limit: int
) -> tuple[int, list[int]]:
    """How many match, and the page if they are fewer than MOST_COUNTED."""
    statement = _gathering(query, sort, _part(after))
    rows = connection.execute(statement, _parameters(after, limit)).all()
    total = rows[0].total if rows else 0  # nothing behind what there was: few
    return total, [row.id for row in rows if row.id is not None]


@lru_cache(maxsize=64)
def _gathering(query: Query, sort: Sort, part: _Part) -> Select[int, int]:
    matches = select(Artwork.id, Artwork.posted_at).where(matching(query)).limit(MOST_COUNTED)
    hits = matches.cte("hits")
    counted = select(func.count().label("total")).select_from(hits).subquery("counted")
    # The count comes with the page; joined like this, it also comes when there is no page.
    tables = counted.outerjoin(hits, counted.c.total < MOST_COUNTED)
    key: ColumnElement[Any] = hits.c.posted_at
    if sort is Sort.LARGEST:
        tables = tables.outerjoin(shown, shown.id == shown_id_of(hits.c.id))
        key = shown.size.expression
    elif sort in _BY_ID:
        key = hits.c.id
    page = (
        select(counted.c.total, hits.c.id)
        .select_from(tables)
        .order_by(key.is_(None), _in_order(sort, key), _in_order(sort, hits.c.id))
        .limit(_MOST)
    )
    further_id = _further(sort, hits.c.id, _AFTER_ID)
    if part is _Part.KNOWN:
        after_key = _after_key(key)
        behind = (
            _further(sort, key, after_key),
            and_(key == after_key, further_id),
            key.is_(None),
        )
        return page.where(or_(hits.c.id.is_(None), *behind))
    if part is _Part.UNKNOWN:
        return page.where(or_(hits.c.id.is_(None), and_(key.is_(None), further_id)))
    return page


def _walk(
    connection: Connection, query: Query, sort: Sort, after: Position | None, limit: int
) -> list[int]:
    ids: list[int] = []
    for statement in _walks(query, sort, _part(after)):
        ids += connection.scalars(statement, _parameters(after, limit - len(ids)))
        if len(ids) == limit:
            break
    return ids


@lru_cache(maxsize=64)
def _walks(query: Query, sort: Sort, part: _Part) -> Sequence[Select[int]]:
    """The walks that go through everything: what has a value, then what has none.

    Two, because the databases do not agree on where NULL stands in an index.
    """
    walks: list[Select[int]] = []
    if part is not _Part.UNKNOWN:
        known, key = _with_value(sort)
        known = known.order_by(_in_order(sort, key), _in_order(sort, Artwork.id))
        if part is _Part.KNOWN:
            after_key = _after_key(key)
            known = known.where(
                key >= after_key if sort in _RISING else key <= after_key,  # for the index
                or_(_further(sort, key, after_key), _further(sort, Artwork.id, _AFTER_ID)),
            )
        walks.append(known)
    if sort not in _BY_ID:
        unknown = _without_value(sort).order_by(_in_order(sort, Artwork.id))
        if part is _Part.UNKNOWN:
            unknown = unknown.where(_further(sort, Artwork.id, _AFTER_ID))
        walks.append(unknown)
    return [walk.where(matching(query)).limit(_MOST) for walk in walks]


def _with_value(sort: Sort) -> tuple[Select[int], Any]:
    """The artworks that have a value in this order, and the value."""
    if sort in _BY_ID:
        return select(Artwork.id), Artwork.id
    if sort is not Sort.LARGEST:
        day = Artwork.posted_at
        return select(Artwork.id).where(day.is_not(None)), day
    # Both databases shall begin at the files, in the order of their size: the sums leave SQLite
    # nothing else, and what is coalesced lets PostgreSQL expect that it holds for many.
    walk = (
        select(Artwork.id)
        .select_from(File)
        .join(ArtworkFile, ArtworkFile.file_id == File.id + 0)
        .join(Artwork, Artwork.id == ArtworkFile.artwork_id + 0)
        .where(func.coalesce(File.id == shown_id, false()))
    )
    return walk, File.size


def _without_value(sort: Sort) -> Select[int]:
    if sort is Sort.LARGEST:
        return select(Artwork.id).where(~has_shown)
    # By both columns of the index: PostgreSQL does not see that NULL is one value.
    unknown = select(Artwork.id).where(Artwork.posted_at.is_(None))
    return unknown.order_by(_in_order(sort, Artwork.posted_at))


def _after_key(key: Any) -> Any:
    return bindparam("after_key", type_=key.type)


def _further(sort: Sort, column: Any, value: Any) -> ColumnElement[bool]:
    further: ColumnElement[bool] = column > value if sort in _RISING else column < value
    return further


def _in_order(sort: Sort, column: Any) -> ColumnElement[Any]:
    ordered: ColumnElement[Any] = column.asc() if sort in _RISING else column.desc()
    return ordered
