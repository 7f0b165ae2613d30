"""What every page of a listing has: its items, and how it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artkeep.domain.artwork import Reject
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import UNREADABLE_END


def items_of(reply: Mapping[str, Any]) -> list[Any]:
    """Its rows. Raises FetchFailed."""
    rows = reply.get("items")
    if not isinstance(rows, list):
        raise FetchFailed("unknown_shape", detail="the page has no list of items", body=reply)
    return rows


def read_end(metadata: object, attempt: int) -> tuple[str | None, tuple[Reject, ...]]:
    """The next cursor, None at the end.

    When it cannot be told, the page is asked for once more; then its items are kept, and the
    unreadable end is counted as something missing.
    """
    if isinstance(metadata, Mapping):
        cursor = metadata.get("nextCursor")
        if cursor is None or isinstance(cursor, str):
            return cursor or None, ()
        if isinstance(cursor, int) and not isinstance(cursor, bool):
            return str(cursor), ()
    if attempt == 0:
        raise FetchFailed("bad_reply", detail="the page does not tell how it goes on")
    excerpt = "the page does not tell how it goes on; what follows it is missing"
    return None, (Reject(UNREADABLE_END, excerpt=excerpt),)
