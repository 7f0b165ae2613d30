"""Cursors: where the next page of a list begins, as text that means nothing to anybody else.

A cursor belongs to one list, with its filters and its order; it carries a digest of both. One
that was changed, or that comes from another list, is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import orjson

from artkeep.errors import UsageError
from artkeep.store.order import Position

_DIGEST = 8  # bytes
_BIGGEST_ID = 2**63 - 1


class BadCursor(UsageError):
    """A cursor that is none of this list's."""

    code = "bad_cursor"

    def __init__(self) -> None:
        super().__init__("This cursor is none of this list.", advice="Begin at the first page.")


class HasId(Protocol):
    """A row of a list that is ordered by ids."""

    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=HasId)


def cut(of: str, rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:
    """A page of rows, of which one more than that was read, and the cursor behind it.

    `of` tells the list, as in `read_id`.
    """
    page = rows[:limit]
    return page, _write(of, page[-1].id) if len(rows) > limit else None


def read_id(of: str, cursor: str | None) -> int | None:
    """The id that the page begins behind; None for the first page. Raises BadCursor."""
    if cursor is None:
        return None
    (last_id,) = _read(of, cursor, 1)
    return _id(last_id)


def write_position(of: str, position: Position | None) -> str | None:
    """For lists of artworks."""
    if position is None:
        return None
    key = position.key
    said = key.isoformat() if isinstance(key, datetime) else key
    return _write(of, said, position.id, *([True] if position.is_walked else []))


def read_position(of: str, cursor: str | None) -> Position | None:
    """Raises BadCursor."""
    if cursor is None:
        return None
    key, artwork_id, *walked = _read(of, cursor, 2, 3)
    if isinstance(key, str):
        try:
            return Position(datetime.fromisoformat(key), _id(artwork_id), bool(walked))
        except ValueError:
            raise BadCursor from None
    return Position(None if key is None else _id(key), _id(artwork_id), bool(walked))


def _write(of: str, *values: Any) -> str:
    said = orjson.dumps(values)
    return base64.urlsafe_b64encode(_digest(of, said) + said).rstrip(b"=").decode()


def _read(of: str, cursor: str, *amounts: int) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        whole = base64.b64decode(padded, altchars="-_", validate=True)
    except (ValueError, binascii.Error):
        raise BadCursor from None
    digest, said = whole[:_DIGEST], whole[_DIGEST:]
    if digest != _digest(of, said):
        raise BadCursor
    try:
        values: Any = orjson.loads(said)
    except orjson.JSONDecodeError:
        raise BadCursor from None
    if not isinstance(values, list) or len(values) not in amounts:
        raise BadCursor
    return values


def _digest(of: str, said: bytes) -> bytes:
    list_key = hashlib.blake2b(of.encode("utf-8", "replace")).digest()
    return hashlib.blake2b(said, digest_size=_DIGEST, key=list_key).digest()


def _id(value: Any) -> int:
    """A sort value may be 0 or less where a site says so, but it fits a column."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _BIGGEST_ID:
        raise BadCursor
    return value
