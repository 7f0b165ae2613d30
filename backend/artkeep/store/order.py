"""The orders in which artworks are listed, and pages of ids in them (RB-8).

Few matches are gathered and sorted, so that nothing far behind has to be looked for: through
what few artworks have (`store/leads.py`), or the index `ix_artworks_filters`, which holds every
column that one filters by. Many are walked in the order of an index, and a page of them is
near; the index of words has an order of its own. What has no value in an order comes last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    func,
    literal,
    literal_column,
    or_,
    select,
)

from artkeep.domain.query import Query
from artkeep.domain.query_nodes import fields_of
from artkeep.store import words
from artkeep.store.leads import (
    ByMark,
    ByName,
    ByWords,
    Lead,
    by_words,
    hits_of,
    ids_of,
    is_named,
    is_rare,
    look_ahead,
)
from artkeep.store.models import Artwork
from artkeep.store.search import matching

MOST_COUNTED = 10_001


class Sort(StrEnum):
    """What comes first. The same on both databases, and on every page."""

    NEWEST = "newest"  # by the day it was posted
    OLDEST = "oldest"
    ADDED = "added"  # last
    LARGEST = "largest"  # file
    ID = "id"  # as they were added
    SMALLEST = "smallest"  # file
    RATING = "rating"  # XXX first
    MILDEST = "mildest"  # PG first
    STARS = "stars"  # five first


_RISING = (Sort.OLDEST, Sort.ID, Sort.SMALLEST, Sort.MILDEST)
_BY_ID = (Sort.ADDED, Sort.ID)
_BY_DAY = (Sort.NEWEST, Sort.OLDEST)
_BY_SIZE = (Sort.LARGEST, Sort.SMALLEST)
_BY_RATING = (Sort.RATING, Sort.MILDEST)


@dataclass(frozen=True, slots=True)
class Position:
    """A page begins behind the artwork `id`, whose value in the order is `key` (None: none).

    `is_walked`: there were many matches when the list began, so that nobody counts them again.
    """

    key: datetime | int | None
    id: int
    is_walked: bool = False


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
    lead, total, is_walked = None, None, after is not None and after.is_walked
    if not is_walked or fields_of(query.root) & _LEADING:
        outlook = look_ahead(connection, query, MOST_COUNTED)
        lead, total = outlook.lead, outlook.total
        is_walked = is_walked or (total is not None and total >= MOST_COUNTED)
    ids: list[int] = []
    if isinstance(lead, ByWords) and sort in _BY_DAY:
        if total is None and after is None:
            total = _counted(connection, query, lead)
        is_walked = False
        ids = _along_words(connection, lead, sort, after, limit + 1)
    elif query.root is None:
        is_walked = True
        if total is None and after is None:
            total = _count_all(connection)
    elif not is_walked:
        total, ids = _gather(connection, query, lead, sort, after, limit + 1)
        is_walked = total == MOST_COUNTED
    if is_walked:
        ids = _walk(connection, query, lead, sort, after, limit + 1)
    has_more = len(ids) > limit
    return IdPage(
        ids=ids[:limit],
        next=_position(connection, sort, ids[limit - 1], is_walked) if has_more else None,
        total=None if after is not None else min(total or 0, MOST_COUNTED),
    )


_LEADING = {*words.PARTS, "author", "model", "base_model", "stars", "favourite"}


def _position(connection: Connection, sort: Sort, artwork_id: int, is_walked: bool) -> Position:
    if sort in _BY_ID:
        return Position(artwork_id, artwork_id, is_walked)
    statement = select(_key(sort)).where(Artwork.id == artwork_id)
    return Position(connection.scalar(statement), artwork_id, is_walked)


def _counted(connection: Connection, query: Query, lead: Lead) -> int:
    """How many match, up to MOST_COUNTED."""
    hits = hits_of(query, lead).limit(MOST_COUNTED).subquery()
    return connection.execute(select(func.count()).select_from(hits)).scalar_one()


def _along_words(
    connection: Connection, lead: ByWords, sort: Sort, after: Position | None, limit: int
) -> list[int]:
    """A page in the order of the index of words, which is that of the days."""
    place = words.INDEX.c.rowid
    begin = None if after is None else words.place_of(_day(after.key), after.id)
    known, unknown = place >= words.FIRST_DATED, place < words.FIRST_DATED
    walks = [known, unknown]
    if begin is not None and begin < words.FIRST_DATED:
        walks = [unknown & _further(sort, place, begin)]
    elif begin is not None:
        walks = [known & _further(sort, place, begin), unknown]
    ids: list[int] = []
    for walk in walks:
        page = by_words(lead).where(walk).order_by(_in_order(sort, place))
        ids += connection.scalars(page.limit(limit - len(ids)))
        if len(ids) == limit:
            break
    return ids


def _day(key: datetime | int | None) -> datetime | None:
    return key if isinstance(key, datetime) else None


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
    connection: Connection,
    query: Query,
    lead: Lead | None,
    sort: Sort,
    after: Position | None,
    limit: int,
) -> tuple[int, list[int]]:
    """How many match, and the page if they are fewer than MOST_COUNTED."""
    statement = _gathering(query, lead, sort, _part(after))
    rows = connection.execute(statement, _parameters(after, limit)).all()
    total = rows[0].total if rows else 0  # nothing behind what there was: few
    return total, [row.id for row in rows if row.id is not None]


@lru_cache(maxsize=64)
def _gathering(query: Query, lead: Lead | None, sort: Sort, part: _Part) -> Select[int, int]:
    matches = hits_of(query, lead).add_columns(_key(sort).label("key")).limit(MOST_COUNTED)
    hits = matches.cte("hits")
    counted = select(func.count().label("total")).select_from(hits).subquery("counted")
    # The count comes with the page; joined like this, it also comes when there is no page.
    tables = counted.outerjoin(hits, counted.c.total < MOST_COUNTED)
    key: ColumnElement[Any] = hits.c.key
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
    connection: Connection,
    query: Query,
    lead: Lead | None,
    sort: Sort,
    after: Position | None,
    limit: int,
) -> list[int]:
    ids: list[int] = []
    is_frequent = isinstance(lead, ByWords) and not is_rare(connection, lead)
    for statement in _walks(query, lead, is_frequent, sort, _part(after)):
        ids += connection.scalars(statement, _parameters(after, limit - len(ids)))
        if len(ids) == limit:
            break
    return ids


@lru_cache(maxsize=64)
def _walks(
    query: Query, lead: Lead | None, is_frequent: bool, sort: Sort, part: _Part
) -> Sequence[Select[int]]:
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
    meant, index = matching(query), _INDEX_OF.get(sort)
    if isinstance(lead, ByName) and len(lead.names) == 1 and sort in _BY_DAY:
        ((facet, value),) = lead.names  # whose index is in the order of the days, too
        meant = and_(is_named(facet, value), matching(lead.rest))
        column = "version_name" if facet == "version" else facet
        index = f"INDEXED BY ix_artworks_{column}"
    elif isinstance(lead, ByWords) and is_frequent:  # each few artworks, one is found
        meant = and_(words.asked_one(lead.match), matching(lead.rest))
    elif isinstance(lead, ByName | ByMark | ByWords):
        meant = and_(Artwork.id.in_(ids_of(lead)), matching(lead.rest))
    if index is not None:
        walks = [walk.with_hint(Artwork, index, "sqlite") for walk in walks]
    return [walk.where(meant).limit(_MOST) for walk in walks]


_INDEX_OF: Mapping[Sort, str] = {
    **dict.fromkeys(_BY_DAY, "INDEXED BY ix_artworks_posted_at"),
    **dict.fromkeys(_BY_RATING, "INDEXED BY ix_artworks_rating"),
    **dict.fromkeys(_BY_SIZE, "INDEXED BY ix_artworks_shown_size"),
    **dict.fromkeys(_BY_ID, "NOT INDEXED"),
}


def _with_value(sort: Sort) -> tuple[Select[int], Any]:
    """The artworks that have a value in this order, and the value."""
    if sort in _BY_ID:
        return select(Artwork.id), Artwork.id
    if sort is Sort.STARS:
        return select(Artwork.id).where(_HAS_STARS), Artwork.stars
    key = _key(sort)
    return select(Artwork.id).where(key.is_not(None)), key


def _without_value(sort: Sort) -> Select[int]:
    if sort is Sort.STARS:
        return select(Artwork.id).where(~_HAS_STARS)
    # By both columns of the index: PostgreSQL does not see that NULL is one value.
    unknown = select(Artwork.id).where(_key(sort).is_(None))
    return unknown.order_by(_in_order(sort, _key(sort)))


_HAS_STARS = Artwork.stars > literal_column("0")  # as the index says it


def _key(sort: Sort) -> Any:
    """What an order goes by."""
    if sort in _BY_RATING:
        return Artwork.rating
    if sort is Sort.STARS:
        return func.nullif(Artwork.stars, 0)
    if sort in _BY_SIZE:
        return Artwork.shown_size
    return Artwork.posted_at if sort in _BY_DAY else Artwork.id


def _after_key(key: Any) -> Any:
    return bindparam("after_key", type_=key.type)


def _further(sort: Sort, column: Any, value: Any) -> ColumnElement[bool]:
    further: ColumnElement[bool] = column > value if sort in _RISING else column < value
    return further


def _in_order(sort: Sort, column: Any) -> ColumnElement[Any]:
    ordered: ColumnElement[Any] = column.asc() if sort in _RISING else column.desc()
    return ordered
