"""The full-text index: which artworks hold which words.

Triggers note in `words_due` what changed; `index_some` reads those artworks and writes their
words anew. What is due is looked through without the index, so that a search never misses what
was committed; the page's searches index first (`catch_up`), because that is faster.

On SQLite the rows of the index stand in the order of the day an artwork was posted: its row id
is that second, then the artwork. So the newest hits of a frequent word come first and at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    bindparam,
    column,
    delete,
    distinct,
    func,
    literal,
    select,
    table,
)
from sqlalchemy import text as sql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean

from artkeep.domain.query_nodes import Pattern
from artkeep.domain.words import phrase_of, words_of
from artkeep.store.base import Store
from artkeep.store.engines import ID_BITS, word_place
from artkeep.store.json_text import WANTED, wanted
from artkeep.store.models import Artwork, ArtworkTag, Tag, WordsDue

INDEX = table("artwork_words", column("rowid", BigInteger), column("artwork_words", Text))

# Which parts of an artwork a field of the query language looks into.
PARTS: Mapping[str, tuple[str, ...]] = {
    "text": ("prompt", "about", "tags"),
    "prompt": ("prompt",),
    "negative": ("negative",),
}
_WEIGHTS = {"prompt": "A", "negative": "B", "about": "C", "tags": "D"}

BEGINNING = " *"  # behind a phrase whose last word is only a beginning
_AT_ONCE = 500
_PATIENCE_S = 0.5  # of a search, before it tells that something is left
_BETWEEN = "\ue000"  # a word that no text has: phrases end where a title or a tag does
_GAP = 10  # words, the same for PostgreSQL
_LAST_POSITION = 16_383  # PostgreSQL counts no further

_ID_MASK = (1 << ID_BITS) - 1


def place_of(posted_at: datetime | None, artwork_id: int) -> int:
    """The row of an artwork in the index of SQLite."""
    stored = None if posted_at is None else posted_at.astimezone(UTC).isoformat()
    return word_place(stored, artwork_id)


artwork_id_of_place: Any = INDEX.c.rowid.op("&")(_ID_MASK)
FIRST_DATED = 1 << ID_BITS  # rows before have no date


class _Place(FunctionElement[int]):
    """`place_of` of an artwork's columns, on SQLite."""

    name = "place"
    type = BigInteger()
    inherit_cache = True


@compiles(_Place)
def _place(element: _Place, compiler: SQLCompiler, **options: Any) -> str:
    # A function of ours: written out it is too deep where brackets are deep already.
    return f"word_place({compiler.process(element.clauses, **options)})"


class HoldsWords(FunctionElement[bool]):
    """An artwork's words match: (artwork id, match of SQLite, match of PostgreSQL).

    All hits are collected once: asking the index about one artwork takes long.
    """

    name = "holds_words"
    type = Boolean()
    inherit_cache = True


@compiles(HoldsWords, "sqlite")
def _holds_on_sqlite(element: HoldsWords, compiler: SQLCompiler, **options: Any) -> str:
    artwork_id, match, _ = (compiler.process(one, **options) for one in element.clauses)
    return (
        f"({artwork_id} IN (SELECT artwork_words.rowid & {_ID_MASK} FROM artwork_words "
        f"WHERE artwork_words.artwork_words MATCH {match}))"
    )


@compiles(HoldsWords)
def _holds(element: HoldsWords, compiler: SQLCompiler, **options: Any) -> str:
    artwork_id, _, match = (compiler.process(one, **options) for one in element.clauses)
    return (
        f"EXISTS (SELECT 1 FROM artwork_words WHERE artwork_words.artwork_id = {artwork_id} "
        f"AND artwork_words.words @@ CAST({match} AS tsquery))"
    )


class _AskedOne(FunctionElement[bool]):
    """The same on SQLite for one artwork after the other: (place, match)."""

    name = "asked_one"
    type = Boolean()
    inherit_cache = True


@compiles(_AskedOne)
def _asked_one(element: _AskedOne, compiler: SQLCompiler, **options: Any) -> str:
    place, match = (compiler.process(one, **options) for one in element.clauses)
    return (
        f"EXISTS (SELECT 1 FROM artwork_words WHERE artwork_words.rowid = {place} "
        f"AND artwork_words.artwork_words MATCH {match})"
    )


def asked_one(match: str) -> Any:
    """For walks that soon find enough, because the words are in every few artworks."""
    return _AskedOne(_Place(Artwork.posted_at, Artwork.id), literal(match))


is_waiting: Any = Artwork.id.in_(select(WordsDue.artwork_id))  # what the index says is old


def can_match(patterns: Sequence[Pattern]) -> bool:
    """Whether the index can answer: whole words, or beginnings of words (`lena*`)."""
    return all(_phrase(pattern) is not None for pattern in patterns)


def holds(field: str, patterns: Sequence[Pattern]) -> Any:
    """A condition on `artworks`: one of the patterns is found in the parts of a field."""
    match = literal(match_of(field, patterns))
    return HoldsWords(Artwork.id, match, literal(_tsquery(field, patterns)))


def match_of(field: str, patterns: Sequence[Pattern]) -> str:
    """What SQLite's MATCH takes; such texts may be put together by AND and OR."""
    phrases = []
    for words, is_beginning in filter(None, map(_phrase, patterns)):
        phrases.append(f'"{" ".join(words)}"' + (BEGINNING if is_beginning else ""))
    return f"{{{' '.join(PARTS[field])}}} : ({' OR '.join(phrases)})"


def _tsquery(field: str, patterns: Sequence[Pattern]) -> str:
    weights = "".join(_WEIGHTS[part] for part in PARTS[field])
    phrases = []
    for words, is_beginning in filter(None, map(_phrase, patterns)):
        marks = [f":{weights}"] * len(words)
        marks[-1] = f":*{weights}" if is_beginning else marks[-1]
        phrases.append(
            " <-> ".join(f"'{word}'{mark}" for word, mark in zip(words, marks, strict=True))
        )
    return " | ".join(f"({phrase})" for phrase in phrases)


def _phrase(pattern: Pattern) -> tuple[list[str], bool] | None:
    """The words of a pattern, and whether the last one is only a beginning; None when it cannot
    be told in words."""
    is_beginning = len(pattern.parts) == 2 and pattern.parts[1] == ""
    if not (pattern.is_plain or is_beginning):
        return None
    words = phrase_of(pattern.parts[0])
    if not words or (is_beginning and not pattern.parts[0][-1].isalnum()):
        return None
    return words, is_beginning


# --- keeping it up ------------------------------------------------------------------------


def due(connection: Connection) -> int:
    """How many artworks wait to be indexed."""
    return connection.execute(select(func.count(distinct(WordsDue.artwork_id)))).scalar_one()


def is_due(connection: Connection) -> bool:
    """Whether any does."""
    return connection.scalar(select(WordsDue.id).limit(1)) is not None


def catch_up(store: Store, patience_s: float | None = _PATIENCE_S) -> int:
    """Index what is due, for as long as a search may wait (None: all of it); what is left."""
    began = time.monotonic()
    while True:
        with store.reading() as connection:
            if not is_due(connection):
                return 0
            if patience_s is not None and time.monotonic() - began > patience_s:
                return due(connection)
        if not store.transact(index_some):  # others are at it
            time.sleep(0.01)


def index_some(connection: Connection, most: int = _AT_ONCE) -> int:
    """Index some of the artworks that are due; how many."""
    some = select(WordsDue.id, WordsDue.artwork_id).order_by(WordsDue.id).limit(most)
    rows = connection.execute(some.with_for_update(skip_locked=True)).all()
    ids = sorted({row.artwork_id for row in rows})
    if ids:
        _index(connection, ids)
        connection.execute(delete(WordsDue).where(WordsDue.id.in_([row.id for row in rows])))
    return len(ids)


def _index(connection: Connection, artwork_ids: Sequence[int]) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    mine = WANTED[connection.dialect.name]
    rows = connection.execute(
        select(
            Artwork.id,
            Artwork.posted_at,
            Artwork.prompt,
            Artwork.negative_prompt,
            Artwork.title,
            Artwork.author,
            Artwork.model,
            Artwork.version_name,
            Artwork.base_model,
        ).join(mine, mine.c.id == Artwork.id),
        wanted(artwork_ids),
    ).all()
    tags: dict[int, list[str]] = {}
    for artwork_id, name in connection.execute(
        select(ArtworkTag.artwork_id, Tag.name)
        .join(mine, mine.c.id == ArtworkTag.artwork_id)
        .join(Tag, Tag.id == ArtworkTag.tag_id)
        .distinct(),
        wanted(artwork_ids),
    ):
        tags.setdefault(artwork_id, []).append(name)
    entries = []
    for artwork_id, posted_at, prompt, negative, *about in rows:
        parts = [
            _in_words((prompt,)),
            _in_words((negative,)),
            _in_words(about),
            _in_words(tags.get(artwork_id, ())),
        ]
        if is_sqlite:
            said = [f" {_BETWEEN} ".join(map(" ".join, part)) for part in parts]
            entries.append((place_of(posted_at, artwork_id), *said))
        else:
            entries.append((artwork_id, _tsvector(parts)))
    if is_sqlite:
        places = [(entry[0],) for entry in entries]
        if places:
            connection.exec_driver_sql("DELETE FROM artwork_words WHERE rowid = ?", places)
            connection.exec_driver_sql(_INSERT, entries)
    elif entries:
        connection.execute(_UPSERT, [{"id": one[0], "words": one[1]} for one in entries])


def _in_words(texts: Iterable[str | None]) -> list[list[str]]:
    return [words_of(text) for text in dict.fromkeys(texts) if text]


_INSERT = (
    "INSERT INTO artwork_words (rowid, prompt, negative, about, tags) VALUES (?, ?, ?, ?, ?)"
)
_UPSERT = sql(
    "INSERT INTO artwork_words (artwork_id, words) VALUES (:id, CAST(:words AS tsvector)) "
    "ON CONFLICT (artwork_id) DO UPDATE SET words = excluded.words"
).bindparams(bindparam("id", type_=BigInteger), bindparam("words", type_=Text))


def _tsvector(parts: Sequence[list[list[str]]]) -> str:
    """The words with their places, written out, so that no parser of PostgreSQL cuts them."""
    said = []
    position = 1
    for weight, texts in zip(_WEIGHTS.values(), parts, strict=True):
        for words in texts:
            for word in words:
                said.append(f"'{word}':{min(position, _LAST_POSITION)}{weight}")
                position += 1
            position += _GAP
    return " ".join(said)
