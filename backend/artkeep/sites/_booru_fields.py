"""What posts of boorus are made of, read with patience. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from artkeep.domain.artwork import Kind, clean_text
from artkeep.domain.rating import Rating

RATING_WORDS: Mapping[str, Rating] = {
    "general": Rating.PG,
    "safe": Rating.PG,
    "sensitive": Rating.PG13,
    "suggestive": Rating.PG13,
    "questionable": Rating.R,
    "sketchy": Rating.R,
    "explicit": Rating.XXX,
    "unsafe": Rating.XXX,
}
# Flash is no video that could be looked at, but no picture either.
_VIDEOS = frozenset({"mp4", "webm", "m4v", "mov", "mkv", "avi", "flv", "swf"})


def kind_of(extension: str) -> Kind:
    """By a file's ending, without the dot; animated pictures are pictures."""
    return Kind.VIDEO if extension.lower() in _VIDEOS else Kind.IMAGE


def ending_of(url: str | None) -> str:
    """The ending of a file's address, in lower case without the dot; may be empty."""
    name = urlsplit(url or "").path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def whole_number(value: object) -> int | None:
    """A count of pixels or the like, also as text; None for anything odd."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and isinstance(value, int) and value > 0 else None


def hex_digest(value: object, digits: int = 32) -> str | None:
    """An md5 (or another digest) in lower case; None for anything else."""
    text = value.strip().lower() if isinstance(value, str) else ""
    return text if re.fullmatch(rf"[0-9a-f]{{{digits}}}", text) else None


def words_of(value: object) -> list[str]:
    """The tags of a text, in their order, none twice. Raises ValueError for no text."""
    if not isinstance(value, str):
        raise ValueError("tags are no text")
    return list(dict.fromkeys(filter(None, (clean_text(word) for word in value.split()))))


def iso_time(value: object) -> datetime | None:
    """Of ISO text; without a zone it is UTC. None for anything odd."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        if time is None:
            return None
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def unix_time(value: object) -> datetime | None:
    """Of seconds since 1970; None for anything odd."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
