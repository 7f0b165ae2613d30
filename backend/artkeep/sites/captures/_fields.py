"""Values of a capture, whatever their type: one that is odd is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from artkeep.domain.artwork import clean_text
from artkeep.domain.generated import real_number, short_text, whole_number, whole_text
from artkeep.domain.parameters import Pair

_LONGEST_ID: Final = 128
_LONGEST_LINE: Final = 2_000
_MOST_BITS: Final = 256
_LARGEST_SIDE: Final = 1_000_000
_MOST_ITEMS: Final = 1_000  # of one creation
# Nobody counts milliseconds since 1970 that lie in 1973, nor seconds that lie in 5138.
_FIRST_MILLISECONDS: Final = 10**11
_NO_ID: Final = re.compile(r"[\x00-\x20/\\\x7f]")
# What stands before it is what every reader knows, what follows is the service's own.
SERVICE_KEY: Final = "Service"
_FINE_SECONDS: Final = re.compile(r"(\.\d{6})\d+")


def id_in(value: object) -> str:
    """An id as text. Raises ValueError for what cannot be one."""
    text = short_text(whole(value) if isinstance(value, float | int) else value)
    if text is None or len(text) > _LONGEST_ID or _NO_ID.search(text):
        raise ValueError("no usable id")
    cleaned = clean_text(text)
    if cleaned != text:
        raise ValueError("no usable id")
    return text


def line(value: object) -> str | None:
    """A name or a short text."""
    text = clean_text(short_text(value))
    return text if text and len(text) <= _LONGEST_LINE else None


def prompt_in(value: object) -> str | None:
    """A text of any length, as somebody wrote it; an empty one is none."""
    return clean_text(whole_text(value)) if isinstance(value, str) else None


def whole(value: object) -> int | None:
    """An exact integer of no absurd size, from a number or its text."""
    number = whole_number(value)
    return number if number is not None and number.bit_length() <= _MOST_BITS else None


def seed_in(value: object) -> str | None:
    """A seed as text; -1 asks for any, and says nothing."""
    number = whole(value)
    return None if number is None or number == -1 else str(number)


def side(value: object) -> int | None:
    """A length in pixels."""
    number = whole(value)
    return number if number is not None and 0 < number < _LARGEST_SIDE else None


def size_of(width: object, height: object) -> str | None:
    """`1024x768`, when both are known."""
    both = side(width), side(height)
    return f"{both[0]}x{both[1]}" if all(both) else None


def number_text(value: object) -> str | None:
    """A real number as people write it: 7, 3.5."""
    number = real_number(value)
    return None if number is None else f"{number:.12g}"


def ratio(part: object, whole_part: object) -> str | None:
    """`2` for 2048 of 1024; nothing where it is not larger."""
    larger, smaller = side(part), side(whole_part)
    if larger is None or smaller is None or larger <= smaller:
        return None
    return f"{larger / smaller:.4g}"


def object_in(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def objects_in(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; more than anybody makes at once are not looked at."""
    rows = value if isinstance(value, list) else []
    return (row for row in rows[:_MOST_ITEMS] if isinstance(row, Mapping))


def list_in(value: object) -> list[Any]:
    """The list, or an empty one."""
    return value[:_MOST_ITEMS] if isinstance(value, list) else []


def time_in(value: object) -> datetime | None:
    """UTC, from ISO text, a Firestore timestamp, or seconds or milliseconds since 1970."""
    if isinstance(value, Mapping):
        return _moment(real_number(value.get("_seconds", value.get("seconds"))))
    if isinstance(value, str) and not value.strip().lstrip("-").isdigit():
        try:
            time = datetime.fromisoformat(_FINE_SECONDS.sub(r"\1", value.strip()[:64]))
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
    number = real_number(value)
    if number is None:
        return None
    return _moment(number / 1000 if abs(number) >= _FIRST_MILLISECONDS else number)


def _moment(seconds: float | None) -> datetime | None:
    if seconds is None or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def pairs(*told: tuple[str, object]) -> tuple[Pair, ...]:
    """Those that have a value, in this order, each name once."""
    found: dict[str, str] = {}
    for name, value in told:
        text = str(value) if isinstance(value, bool) else line(value)
        if text is not None:
            found.setdefault(name, text)
    return tuple(found.items())


def usual_pairs(
    service: str,
    created_at: datetime | None,
    *told: tuple[str, object],
    more: Iterable[tuple[str, object]] = (),
) -> tuple[Pair, ...]:
    """The pairs that every reader likes, the service's name and its own pairs, the date."""
    created = created_at and created_at.isoformat(timespec="milliseconds")
    date = created.replace("+00:00", "Z") if created else None
    return pairs(*told, (SERVICE_KEY, service), *more, ("Created Date", date))


def hidden_note(is_hidden: bool) -> tuple[str, str | None]:
    """A pair that says so: the title stands where the prompt would."""
    return "Note", "prompt hidden by its author" if is_hidden else None
