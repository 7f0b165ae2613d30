"""The fields of the search language and how their values are read.

A reader gets the field's name, the raw value (quotes and escapes still in it) and the time that
relative dates count from. It raises ValueError with what to write instead.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial

from artkeep.domain.artwork import Kind, Status
from artkeep.domain.query_nodes import Choices, Pattern, Span, Spans, Term, Words
from artkeep.domain.query_spans import (
    BYTE_UNITS,
    COUNT_UNITS,
    PIXEL_UNITS,
    read_date,
    read_number,
    read_rating,
)

Reader = Callable[[str, str, datetime], Term]

_LONGEST_TEXT = 8_000  # folded, in UTF-8, still within SQLite's longest LIKE (50 000 bytes)
_MOST_WILDCARDS = 10  # more make the database slow, not the search better
_ESCAPE_OR_QUOTE = re.compile(r'\\(.)|"', re.DOTALL)


def read_patterns(raw: str, *, separator: str = ",") -> tuple[Pattern, ...]:
    r"""Alternatives between bare commas; `*` is a wildcard, `\*` and the like are literal."""
    patterns: list[list[str]] = [[""]]
    quoted = escaped = False
    for index, char in enumerate(raw):
        parts = patterns[-1]
        if escaped:
            parts[-1] += char
            escaped = False
        elif char == "\\" and index + 1 < len(raw):
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            patterns.append([""])
        elif char != "*":
            parts[-1] += char
        elif parts[-1] or len(parts) == 1:  # two wildcards in a row are one
            parts.append("")
    for parts in patterns:
        if parts == [""]:
            raise ValueError("There is nothing to look for.")
        if sum(map(len, parts)) > _LONGEST_TEXT:
            raise ValueError(f"At most {_LONGEST_TEXT} characters can be looked for at once.")
        if len(parts) > _MOST_WILDCARDS + 1:
            raise ValueError(f"At most {_MOST_WILDCARDS} wildcards fit into one word.")
    return tuple(Pattern(tuple(parts)) for parts in patterns)


def _plain(raw: str) -> str:
    """The text of values in which wildcards have no use."""
    return _ESCAPE_OR_QUOTE.sub(r"\1", raw)


def _text(field: str, raw: str, now: datetime) -> Term:
    return Words(field, read_patterns(raw))


def _lower_text(field: str, raw: str, now: datetime) -> Term:
    return Words(field, read_patterns(raw.lower()))


def _format(field: str, raw: str, now: datetime) -> Term:
    patterns = read_patterns(raw.lower())
    return Words(field, tuple(_JPEG if pattern == _JPG else pattern for pattern in patterns))


def _tag(field: str, raw: str, now: datetime) -> Term:
    if raw.lower() == "none":  # quoted it is the name of a tag
        return Spans("tags", (Span("0", 0, 1),))
    return Words(field, read_patterns(raw))


def _number(units: Mapping[str, int]) -> Reader:
    def read(field: str, raw: str, now: datetime) -> Term:
        return Spans(field, tuple(read_number(word, units) for word in _plain(raw).split(",")))

    return read


def _rating(field: str, raw: str, now: datetime) -> Term:
    return Spans(field, tuple(read_rating(word) for word in _plain(raw).split(",")))


def _date(field: str, raw: str, now: datetime) -> Term:
    return Spans(field, tuple(read_date(word, now) for word in _plain(raw).split(",")))


def _posted(sign: str, field: str, raw: str, now: datetime) -> Term:
    return Spans("posted", (read_date(sign + _plain(raw), now),))


def _choices(words: Iterable[str]) -> Reader:
    known = tuple(words)

    def read(field: str, raw: str, now: datetime) -> Term:
        chosen = tuple(word.lower() for word in _plain(raw).split(","))
        for word in chosen:
            if word not in known:
                raise ValueError(did_you_mean(word, known) or f"Use {', '.join(known)}.")
        return Choices(field, chosen)

    return read


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the nearest known word, or nothing."""
    near = difflib.get_close_matches(word[:50], tuple(known), n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else ""


_JPG, _JPEG = Pattern(("jpg",)), Pattern(("jpeg",))
_STATUS = _choices(Status)

FIELDS: Mapping[str, Reader] = {
    "text": _text,
    "site": _lower_text,  # names of sites are lower case
    "id": _text,
    "group": _text,
    "target": _text,
    "kind": _choices(Kind),
    "author": _text,
    "title": _text,
    "model": _text,
    "base_model": _text,
    "version": _text,
    "prompt": _text,
    "negative": _text,
    "seed": _text,
    "rating": _rating,
    "tag": _tag,
    "tags": _number(COUNT_UNITS),
    "score": _number(COUNT_UNITS),
    "posted": _date,
    "since": partial(_posted, ">="),
    "until": partial(_posted, "<="),
    "added": _date,
    "downloaded": _date,
    "tagged": _date,
    "stars": _number(COUNT_UNITS),
    "favourite": _choices(("yes", "no")),
    "width": _number(COUNT_UNITS),
    "height": _number(COUNT_UNITS),
    "pixels": _number(PIXEL_UNITS),
    "size": _number(BYTE_UNITS),
    "format": _format,
    "download": _STATUS,
    "examine": _STATUS,
    "tagging": _STATUS,
    "embed": _STATUS,
    "convert": _STATUS,
    "reason": _text,
    "has": _choices(("prompt", "model", "seed", "file", "tags")),
}

ALIASES: Mapping[str, str] = {
    "base": "base_model",
    "date": "posted",
    "fav": "favourite",
    "favorite": "favourite",
    "negative_prompt": "negative",
    "post": "group",
    "tags_status": "tagging",
    "type": "kind",
}
