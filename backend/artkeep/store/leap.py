"""A page of a list far from any page that is known: so many artworks behind a place.

For somebody who drags a scroll bar. Only ids are read on the way, a piece at a time.
"""

from __future__ import annotations

from sqlalchemy import Connection

from artkeep.domain.query import Query
from artkeep.store.order import IdPage, Position, Sort, page_of_ids

_STRIDE = 50_000  # ids


def page_behind(
    connection: Connection,
    query: Query,
    sort: Sort,
    after: Position | None,
    skip: int,
    limit: int,
) -> IdPage:
    """As `page_of_ids`, `skip` artworks further, and without a total. Empty behind the end."""
    while skip > 0:
        passed = page_of_ids(connection, query, sort, after, min(skip, _STRIDE))
        if passed.next is None:
            return IdPage(ids=[], next=None, total=None)
        skip -= len(passed.ids)
        after = passed.next
    return page_of_ids(connection, query, sort, after, limit)
