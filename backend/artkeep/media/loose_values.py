"""Values of somebody else's JSON: of the type that is expected, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from artkeep.domain.artwork import clean_text
from artkeep.domain.legacy import Stated

_HASH = re.compile(r"[0-9a-f]{64}")
_LENGTHS = {"sha512": 128, "sha256": 64, "sha1": 40, "md5": 32}
_BIGGEST_SIDE = 1_000_000


def as_object(value: Any) -> dict[str, Any]:
    """An object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str | None:
    """A text or whole number as storable text, else None."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return clean_text(value)


def as_https(value: Any) -> str | None:
    """An address with https, else None."""
    text = as_text(value)
    return text if text and text.startswith("https://") else None


def as_hash(value: Any) -> str | None:
    """A SHA-256 in lower case, else None."""
    return value if isinstance(value, str) and _HASH.fullmatch(value) else None


def as_stated(told: Mapping[str, Any], *, size: Any) -> Stated | None:
    """The best hash among these values, with the size in bytes; None without both."""
    is_size = isinstance(size, int | str) and re.fullmatch(r"[0-9]{1,15}", str(size))
    for algorithm, length in _LENGTHS.items() if is_size else ():
        digest = told.get(algorithm)
        if isinstance(digest, str) and re.fullmatch(f"[0-9a-fA-F]{{{length}}}", digest):
            return Stated(int(size), algorithm, digest.lower())
    return None


def as_side(value: Any) -> int | None:
    """A number of pixels or a position, else None."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= _BIGGEST_SIDE else None


def as_moment(value: Any) -> datetime | None:
    """A date of ISO 8601 in UTC, else None."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
