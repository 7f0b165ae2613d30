"""What a query may go on with at the cursor: fields, values and tags, with how many artworks.

A name is proposed where it begins with what is written, or one of its words does; the most
frequent first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from artkeep.domain.artwork import Kind, Status
from artkeep.domain.query_fields import ALIASES, FIELDS
from artkeep.domain.query_nodes import FIELD_PREFIX, Pattern
from artkeep.domain.rating import Rating
from artkeep.store import counts
from artkeep.store.models import Tag
from artkeep.store.patterns import matches

FIELD, VALUE, TAG = "field", "value", "tag"

_NAMED = ("author", "model", "base_model", "version", "site")
_STATUSES = tuple(Status)
_CHOICES = {
    "kind": tuple(Kind),
    "rating": (*(rating.label for rating in Rating), "sfw", "nsfw", "unrated"),
    "favourite": ("yes", "no"),
    "has": ("prompt", "model", "seed", "file", "tags"),
    "stars": ("1", "2", "3", "4", "5", ">=1", ">=4"),
    **dict.fromkeys(("download", "examine", "tagging", "embed", "convert"), _STATUSES),
}
_DATES = ("today", "yesterday", "7d", "1m", "1y")
_DATED = ("posted", "since", "until", "added", "downloaded", "tagged")


@dataclass(frozen=True, slots=True)
class Proposal:
    """`text` is to stand in the query."""

    text: str
    label: str
    kind: str
    amount: int | None


@dataclass(frozen=True, slots=True)
class Proposals:
    """They take the place of the query's characters from `start` to `end`."""

    start: int
    end: int
    items: list[Proposal]


def complete(connection: Connection, text: str, at: int, limit: int) -> Proposals:
    """What may stand where the cursor is."""
    start, end = _word_at(text, at)
    dash = "-" if text[start:end].startswith("-") else ""
    written = text[start + len(dash) : at]
    prefix = FIELD_PREFIX.match(written)
    if prefix is None:
        items = _fields(written) + _tags(connection, written, limit, with_field=True)
    else:
        field = ALIASES.get(prefix[1].lower(), prefix[1].lower())
        before, _, value = written[prefix.end() :].rpartition(",")
        begin = f"{prefix[0]}{before}," if before else prefix[0]
        items = [
            Proposal(f"{begin}{item.text}", item.label, item.kind, item.amount)
            for item in _values(connection, field, value, limit)
        ]
    done = [Proposal(dash + one.text, one.label, one.kind, one.amount) for one in items]
    return Proposals(start, end, done[:limit])


def _word_at(text: str, at: int) -> tuple[int, int]:
    """From where to where the word reaches that the cursor is in or behind; quotes hold it
    together."""
    start = 0
    in_quotes = False
    for index, char in enumerate(text[:at]):
        if char == '"':
            in_quotes = not in_quotes
        elif not in_quotes and (char.isspace() or (char == "(" and index == start)):
            start = index + 1
    end = at
    while end < len(text) and (in_quotes or not (text[end].isspace() or text[end] == ")")):
        if text[end] == '"':
            in_quotes = not in_quotes
        end += 1
    return start, end


def _fields(written: str) -> list[Proposal]:
    if not re.fullmatch("[A-Za-z_]*", written):
        return []
    word = written.lower()
    found = [name for name in FIELDS if name != "text" and name.startswith(word)]
    return [Proposal(f"{name}:", f"{name}:", FIELD, None) for name in found]


def _values(connection: Connection, field: str, value: str, limit: int) -> list[Proposal]:
    written = value.replace('"', "").lstrip("<>=").lower()
    if field == "tag":
        return _tags(connection, written, limit, with_field=False)
    if field in _NAMED:
        which = _begins(counts.COUNTS.c.value, written)
        found = _most(connection, field, which, limit)
        return [Proposal(str(Pattern((name,))), name, VALUE, n) for name, n in found]
    if field in _CHOICES:
        known = dict(counts.amounts(connection, field)) if field != "has" else {}
        if field == "rating":
            known = {_rating_label(number): amount for number, amount in known.items()}
        if field == "favourite":
            known = {"yes": known.get("1", 0), "no": known.get("0", 0)}
        return [
            Proposal(choice, choice, VALUE, known.get(choice))
            for choice in _CHOICES[field]
            if choice.lower().startswith(written)
        ]
    if field in _DATED:
        return [Proposal(d, d, VALUE, None) for d in _DATES if d.startswith(written)]
    return []


def _rating_label(number: str) -> str:
    return Rating(int(number)).label if number else "unrated"


def _begins(
    column: SQLCoreOperations[str] | ColumnElement[str], written: str
) -> ColumnElement[bool]:
    """The name, or one of its words, begins with what is written."""
    begins = [matches(column, Pattern((written, "")))]
    if written:
        for between in (" ", "_", "-", "("):
            begins.append(matches(column, Pattern(("", between + written, ""))))
    return or_(*begins)


def _most(
    connection: Connection, facet: str, which: ColumnElement[bool], limit: int
) -> list[tuple[str, int]]:
    amount = func.sum(counts.COUNTS.c.amount)
    rows = connection.execute(
        select(counts.COUNTS.c.value, amount)
        .where(counts.COUNTS.c.facet == facet, counts.COUNTS.c.value != "", which)
        .group_by(counts.COUNTS.c.value)
        .having(amount > 0)
        .order_by(amount.desc(), counts.COUNTS.c.value)
        .limit(limit)
    )
    return [(name, int(found)) for name, found in rows]


def _tags(
    connection: Connection, written: str, limit: int, *, with_field: bool
) -> list[Proposal]:
    if with_field and len(written) < 2:  # a letter says too little
        return []
    amount = func.sum(counts.COUNTS.c.amount)
    rows = connection.execute(
        select(Tag.name, amount)
        .join(counts.COUNTS, counts.COUNTS.c.value == counts.tag_value(Tag.id))
        .where(counts.COUNTS.c.facet == counts.TAG, _begins(Tag.name, written.lower()))
        .group_by(Tag.name)
        .having(amount > 0)
        .order_by(amount.desc(), Tag.name)
        .limit(limit)
    )
    field = "tag:" if with_field else ""
    return [
        Proposal(f"{field}{Pattern((name,))}", name, TAG, int(found)) for name, found in rows
    ]
