"""Telling what was done in batches, the newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from artkeep.cli.output import print_json
from artkeep.store.base import Store

_PAGE = 100


class _Batch(Protocol):
    @property
    def id(self) -> int: ...

    @property
    def undone_at(self) -> datetime | None: ...


RowT = TypeVar("RowT", bound=_Batch)


def show_history(
    store: Store,
    read: Callable[..., Sequence[RowT]],
    to_json: Callable[[RowT], dict[str, Any]],
    to_text: Callable[[RowT], str],
    *,
    as_json: bool,
) -> int:
    """Print all of them; `read` takes a connection, `before` and `limit`. The exit code."""
    before: int | None = None
    while True:
        with store.reading() as connection:
            rows = read(connection, before=before, limit=_PAGE)
        for row in rows:
            print_json(to_json(row)) if as_json else print(to_text(row))
        if len(rows) < _PAGE:
            return 0
        before = rows[-1].id


def newest_standing(store: Store, read: Callable[..., Sequence[RowT]]) -> int:
    """The number of the last one that was not taken back; 0 without one."""
    with store.reading() as connection:
        rows = read(connection, limit=_PAGE)
    return next((row.id for row in rows if row.undone_at is None), 0)
