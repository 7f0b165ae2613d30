"""Queries that somebody has named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select, update

from artkeep.store.models import SavedSearch


@dataclass(frozen=True, slots=True)
class SearchRow:
    """A saved search."""

    id: int
    name: str
    query: str
    sort: str
    created_at: datetime


_COLUMNS = (
    SavedSearch.id,
    SavedSearch.name,
    SavedSearch.query,
    SavedSearch.sort,
    SavedSearch.created_at,
)


def saved(connection: Connection) -> Sequence[SearchRow]:
    """All of them, by name."""
    rows = connection.execute(select(*_COLUMNS).order_by(SavedSearch.name))
    return [SearchRow(*row) for row in rows]


def save(connection: Connection, name: str, query: str, sort: str) -> SearchRow:
    """Keep a search; one of the same name is replaced."""
    values = {"query": query, "sort": sort, "created_at": datetime.now(UTC)}
    changed = update(SavedSearch).where(SavedSearch.name == name).values(values)
    if not connection.execute(changed).rowcount:
        connection.execute(insert(SavedSearch).values(name=name, **values))
    row = connection.execute(select(*_COLUMNS).where(SavedSearch.name == name)).one()
    return SearchRow(*row)


def forget(connection: Connection, search_id: int) -> bool:
    """Whether there was one."""
    gone = connection.execute(delete(SavedSearch).where(SavedSearch.id == search_id))
    return bool(gone.rowcount)
