"""What a query is made of once it is read, and how it is written down again.

The nodes are plain values: equal queries mean the same, and `to_text` gives text that
`parse_query` reads back into an equal one. The language itself is described in `query.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

# Looks like `field:…` when it stands at the beginning of a word.
FIELD_PREFIX = re.compile(r"([A-Za-z][A-Za-z_]*):")
# Words that mean something by themselves unless they are quoted.
_RESERVED = frozenset({"or", "and", "not", "none"})
_SYNTAX = frozenset('"\\*,()')


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text to compare with, cut at its wildcards: `lena*` is ("lena", "")."""

    parts: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """No wildcard in it."""
        return len(self.parts) == 1

    def __str__(self) -> str:
        whole = "".join(self.parts)
        bare = "*".join(self.parts)
        if (
            bare.casefold() not in _RESERVED
            and not bare.startswith("-")
            and not FIELD_PREFIX.match(bare)
            and not any(char in _SYNTAX or char.isspace() for char in whole)
        ):
            return bare
        return '"' + "*".join(re.sub(r'(["\\*])', r"\\\1", part) for part in self.parts) + '"'


@dataclass(frozen=True, slots=True)
class Span:
    """low ≤ x < high, None being open. `word` is how it was written: `>2MB`, `2026-05`.

    `or_missing` also takes what has no value at all.
    """

    word: str
    low: int | datetime | None
    high: int | datetime | None
    or_missing: bool = False

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True, slots=True)
class Words:
    """A field of text matches one of the patterns."""

    field: str
    values: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Spans:
    """A field with an order (number, date, rating) lies in one of the spans."""

    field: str
    values: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """A field with a few known values has one of these."""

    field: str
    values: tuple[str, ...]


Term: TypeAlias = Words | Spans | Choices


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; so also where nothing is known."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold: two or more, none of them an And."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds: two or more, none of them an Or."""

    parts: tuple[Node, ...]


Node: TypeAlias = And | Or | Not | Words | Spans | Choices


@dataclass(frozen=True, slots=True)
class Query:
    """A scope of artworks; without a root it is everything."""

    root: Node | None = None

    def __str__(self) -> str:
        return to_text(self)


def fields_of(node: Node | None) -> frozenset[str]:
    """The fields that a query speaks of."""
    match node:
        case None:
            return frozenset()
        case And() | Or():
            return frozenset[str]().union(*map(fields_of, node.parts))
        case Not():
            return fields_of(node.part)
        case _:
            return frozenset({node.field})


def to_text(query: Query) -> str:
    """Canonical text, to be edited by people; `parse_query` gives the same query back."""
    return "" if query.root is None else _node_text(query.root)


def _node_text(node: Node) -> str:
    match node:
        case Or():
            return " OR ".join(_node_text(part) for part in node.parts)
        case And():
            return " ".join(
                f"({_node_text(part)})" if isinstance(part, Or) else _node_text(part)
                for part in node.parts
            )
        case Not(part=And() | Or() | Not()):
            return f"-({_node_text(node.part)})"
        case Not():
            return f"-{_node_text(node.part)}"
        case _:
            return _term_text(node)


def _term_text(term: Term) -> str:
    values = [str(value) for value in term.values]
    if term.field == "text" and len(values) == 1:
        return values[0]
    if term.field == "posted" and len(values) == 1:
        for sign, field in ((">=", "since"), ("<=", "until")):
            if values[0].startswith(sign):
                return f"{field}:{values[0].removeprefix(sign)}"
    return f"{term.field}:{','.join(values)}"
