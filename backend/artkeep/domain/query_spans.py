"""Values of queries that have an order: numbers with units, dates and ratings.

Each is read as a span low ≤ x < high, so that `2026-05` is the whole month and `>2026-05`
starts in June. A value that cannot be read raises ValueError with what to write instead.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TypeVar

from artkeep.domain.query_nodes import Span
from artkeep.domain.rating import Rating, parse_rating

COUNT_UNITS = {"": 1}
PIXEL_UNITS = {"": 1, "k": 10**3, "m": 10**6, "mp": 10**6}
BYTE_UNITS = {"": 1, "b": 1} | {
    prefix + unit: size**power
    for power, prefix in enumerate("kmgt", start=1)
    for unit, size in (("", 1000), ("b", 1000), ("ib", 1024))
}

_BIGGEST = 10**15  # far below what a database column holds
_SIGNS = (">=", "<=", ">", "<", "=")  # longer ones first
_NUMBER = re.compile(r"(-?\d{1,15}(\.\d{1,6})?)([a-z]*)", re.ASCII | re.IGNORECASE)
_DATE = re.compile(
    r"([12]\d{3})(?:-(\d\d)(?:-(\d\d)(?:t(\d\d):(\d\d)(?::(\d\d))?z?)?)?)?", re.ASCII
)
_AGO = re.compile(r"(\d{1,4})([hdwmy])", re.ASCII)
_DATE_ADVICE = "Write 2026, 2026-05, 2026-05-01, 2026-05-01T18:30, today, 7d, 3m or 1y (UTC)."
_SFW = Span("sfw", Rating.PG, Rating.PG13 + 1)
_NSFW = Span("nsfw", Rating.R, None, or_missing=True)
_UNRATED = Span("unrated", 0, 0, or_missing=True)

T = TypeVar("T", int, datetime)
Bounds = tuple[str, T, T]  # canonical word, low, high


def read_number(word: str, units: Mapping[str, int]) -> Span:
    """`3`, `>=3`, `1..5`, `>2MB` where the units allow it."""
    return _read_span(word, lambda value: _number(value, units))


def read_rating(word: str) -> Span:
    """A level, a comparison or range of levels, `sfw`, `nsfw` or `unrated`."""
    for span in (_SFW, _NSFW, _UNRATED):
        if word.lower() == span.word:
            return span
    return _read_span(word, _rating)


def read_date(word: str, now: datetime) -> Span:
    """A year, month, day or minute, a comparison or range of them; `7d` is the last 7 days."""
    word = word.lower()
    if _AGO.fullmatch(word):
        word = f">={word}"
    span = _read_span(word, lambda value: _date(value, now))
    is_moment = _AGO.fullmatch(span.word) is not None  # without a sign it means the time since
    return replace(span, word=f"={span.word}") if is_moment else span


def _read_span(word: str, read: Callable[[str], Bounds[T]]) -> Span:
    sign = next((sign for sign in _SIGNS if word.startswith(sign)), "")
    if not sign and ".." in word:
        return _read_range(word, read)
    value, low, high = read(word.removeprefix(sign))
    match sign:
        case ">=":
            return Span(f">={value}", low, None)
        case ">":
            return Span(f">{value}", high, None)
        case "<=":
            return Span(f"<={value}", None, high)
        case "<":
            return Span(f"<{value}", None, low)
        case _:
            return Span(value, low, high)


def _read_range(word: str, read: Callable[[str], Bounds[T]]) -> Span:
    first, _, last = word.partition("..")
    if not first and not last:
        raise ValueError("Write at least one end of the range: 3.. or ..5.")
    if not last:
        value, low, _ = read(first)
        return Span(f"{value}..", low, None)
    if not first:
        value, _, high = read(last)
        return Span(f"..{value}", None, high)
    first, low, _ = read(first)
    last, _, high = read(last)
    if not low < high:
        raise ValueError("Write the smaller or earlier end of the range first.")
    return Span(f"{first}..{last}", low, high)


def _number(word: str, units: Mapping[str, int]) -> Bounds[int]:
    match = _NUMBER.fullmatch(word)
    unit = units.get(match[3].lower()) if match else None
    if match is None or unit is None or (match[2] and unit == 1):
        more = ", or with a unit 500k or 1.5M" if "m" in units else ""
        raise ValueError(f"Write a whole number such as 3, >=3 or 1..5{more}.")
    number = int(Fraction(match[1]) * unit)
    if abs(number) > _BIGGEST:
        raise ValueError("That number is too large.")
    return word, number, number + 1


def _rating(word: str) -> Bounds[int]:
    try:
        rating = parse_rating(word)
    except KeyError:
        levels = ", ".join(rating.label for rating in Rating)
        raise ValueError(f"Use {levels}, sfw, nsfw or unrated.") from None
    return rating.label, int(rating), rating + 1


def _date(word: str, now: datetime) -> Bounds[datetime]:
    try:
        return word, *_period(word, now)
    except (ValueError, OverflowError):
        raise ValueError(_DATE_ADVICE) from None


def _period(word: str, now: datetime) -> tuple[datetime, datetime]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    if word == "today":
        return midnight, midnight + day
    if word == "yesterday":
        return midnight - day, midnight
    if ago := _AGO.fullmatch(word):
        moment = _back(now, int(ago[1]), ago[2])
        return moment, moment + timedelta(microseconds=1)
    match = _DATE.fullmatch(word)
    if match is None:
        raise ValueError(word)
    given = [int(part) for part in match.groups() if part is not None]
    year, month, day_of_month, hour, minute, second = given + [1, 1, 1, 0, 0, 0][len(given) :]
    start = datetime(year, month, day_of_month, hour, minute, second, tzinfo=UTC)
    match len(given):
        case 1:
            return start, start.replace(year=start.year + 1)
        case 2:
            return start, start + monthrange(start.year, start.month)[1] * day
        case 3:
            return start, start + day
        case 5:
            return start, start + timedelta(minutes=1)
        case _:
            return start, start + timedelta(seconds=1)


def _back(now: datetime, count: int, unit: str) -> datetime:
    """That many hours, days, weeks, calendar months or years before now."""
    if unit in "hdw":
        return (
            now
            - count
            * {
                "h": timedelta(hours=1),
                "d": timedelta(days=1),
                "w": timedelta(weeks=1),
            }[unit]
        )
    months = now.year * 12 + now.month - 1 - count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    if year < 1:
        raise OverflowError(year)
    last_day = monthrange(year, month + 1)[1]
    return now.replace(year=year, month=month + 1, day=min(now.day, last_day))
