"""Where the artworks of a query are looked for first: what few of them have.

SQLite keeps no statistics, so that it would go through all artworks and ask of each whether it
carries a tag. The counts (`store/counts.py`) say how many do; PostgreSQL decides by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from artkeep.domain.artwork import Kind, Status
from artkeep.domain.query import Query
from artkeep.domain.query_nodes import And, Choices, Node, Not, Or, Spans, Words
from artkeep.store import counts, words
from artkeep.store.models import Artwork, ArtworkTag, Tag
from artkeep.store.patterns import matches
from artkeep.store.search import NAMES, matching

_COUNTED = (
    *("site", "author", "base_model", "kind", "stars", "rating"),
    *("download", "examine", "tagging", "embed", "convert"),
)
_FILTERS = ("download", "kind", "site", "rating", "examine", "tagging", "embed", "convert")
_NARROW = "INDEXED BY ix_artworks_narrow"  # read by id with a sixth of a page for an artwork
_NOT_DELETED = Not(Choices("download", ("skipped",)))


@dataclass(frozen=True, slots=True)
class ByWords:
    """Through the full-text index: all of these words."""

    match: str
    rest: Query


@dataclass(frozen=True, slots=True)
class ByTag:
    """Through the artworks of these tags."""

    tag_ids: tuple[int, ...]
    rest: Query  # with the tag itself where scores are about it


@dataclass(frozen=True, slots=True)
class ByName:
    """Through the artworks of these names, in the columns of these facets."""

    names: tuple[tuple[str, str], ...]
    rest: Query


@dataclass(frozen=True, slots=True)
class ByMark:
    """Through what has stars, or is a favourite."""

    field: str
    rest: Query  # with the mark


@dataclass(frozen=True, slots=True)
class ByFilters:
    """Through the index of what one filters by: it begins with statuses, kinds and sites, of
    which there are few, so that all of them are named."""

    sites: tuple[str, ...]
    rest: Query


Lead = ByWords | ByTag | ByName | ByMark | ByFilters


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known before anything was looked for. `total`: exactly how many artworks."""

    lead: Lead | None
    total: int | None


def look_ahead(connection: Connection, query: Query, most: int) -> Outlook:
    """The best lead, and how many artworks the query means if that is written down somewhere;
    `most` and more words count as `most`."""
    parts = parts_of(query)
    counted = [part for part in parts if part != _NOT_DELETED]  # deleted ones are not
    is_kept = len(counted) < len(parts) or not counts.has_deleted(connection)
    total = _total(connection, counted) if is_kept else None
    if connection.dialect.name != "sqlite":
        return Outlook(None, total)
    found: list[tuple[int, Lead]] = []
    if by_words := _by_words(connection, parts):
        amount = connection.scalar(_CAPPED, {"match": by_words.match, "most": most}) or 0
        found.append((amount, by_words))
        if by_words.rest.root is None:
            total = amount
    scores = any(isinstance(part, Spans) and part.field == "score" for part in parts)
    for part in parts:
        rest = _query_of([other for other in parts if other is not part])
        if _is_plain_tag(part):
            assert isinstance(part, Words)
            tag_ids = _tag_ids(connection, part)
            amount = _amount_of_tags(connection, tag_ids)
            found.append((amount, ByTag(tag_ids, query if scores else rest)))
        elif isinstance(part, Words) and part.field in NAMES and part.field != "version":
            names = _names(connection, part)
            if names is not None:
                amount = _amount_of_names(connection, names)
                found.append((amount, ByName(names, rest)))
                if len(counted) == 1 and is_kept and len({facet for facet, _ in names}) == 1:
                    total = amount
        elif _is_mark(part):
            which = counts.COUNTS.c.value != "0"
            field = "stars" if isinstance(part, Spans) else "favourite"
            found.append((counts.amount_of(connection, field, which), ByMark(field, query)))
    if not found and parts and all(_is_filter(part) for part in parts):
        sites = tuple(name for name, _ in counts.amounts(connection, "site", least=0))
        return Outlook(ByFilters(sites, query), total)
    lead = min(found, key=lambda pair: pair[0])[1] if found else None
    return Outlook(lead, total)


def _is_filter(part: Node) -> bool:
    term = part.part if isinstance(part, Not) else part
    return not isinstance(term, And | Or | Not) and term.field in _FILTERS


def _is_mark(part: Node) -> bool:
    if isinstance(part, Spans) and part.field == "stars":
        return all(span.low is not None and _number(span.low) > 0 for span in part.values)
    return isinstance(part, Choices) and part.field == "favourite" and part.values == ("yes",)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


_MOST_NAMES = 200


def _names(connection: Connection, part: Words) -> tuple[tuple[str, str], ...] | None:
    """Facets and the names that match in them; None when they are too many, or when `*` means
    those without a name, too."""
    if not all(any(pattern.parts) for pattern in part.values):
        return None
    which = or_(*(matches(counts.COUNTS.c.value, pattern) for pattern in part.values))
    found = [
        (facet, name)
        for facet in NAMES[part.field]
        for name in connection.scalars(
            counts.names_like(facet, which).distinct().limit(_MOST_NAMES + 1)
        )
    ]
    return None if len(found) > _MOST_NAMES else tuple(found)


def _amount_of_names(connection: Connection, names: Sequence[tuple[str, str]]) -> int:
    facet, value = counts.COUNTS.c.facet, counts.COUNTS.c.value
    which = [(facet == one) & (value == name) for one, name in names]
    amount = select(func.sum(counts.COUNTS.c.amount)).where(or_(false(), *which))
    return connection.scalar(amount) or 0


def _amount_of_tags(connection: Connection, tag_ids: Sequence[int]) -> int:
    values = [str(tag_id) for tag_id in tag_ids]
    return counts.amount_of(connection, counts.TAG, counts.COUNTS.c.value.in_(values))


def parts_of(query: Query) -> list[Node]:
    """What must hold, all of it."""
    if query.root is None:
        return []
    return list(query.root.parts) if isinstance(query.root, And) else [query.root]


def _query_of(parts: Sequence[Node]) -> Query:
    if not parts:
        return Query()
    return Query(parts[0] if len(parts) == 1 else And(tuple(parts)))


@lru_cache(maxsize=128)
def hits_of(query: Query, lead: Lead | None) -> Select[int]:
    """The ids of the artworks that a query means, in no order, each once."""
    match lead:
        case ByWords():
            return by_words(lead)
        case ByTag():
            tagged = select(ArtworkTag.artwork_id.label("id"))
            tagged = tagged.where(ArtworkTag.tag_id.in_(lead.tag_ids))
            return _among(tagged, lead.rest).distinct()  # a tag may have several origins
        case ByName() | ByMark():
            return _among(ids_of(lead), lead.rest)
        case ByFilters():
            return (
                select(Artwork.id)
                .with_hint(Artwork, "INDEXED BY ix_artworks_filters", "sqlite")
                .where(
                    Artwork.download_status.in_([status.value for status in Status]),
                    Artwork.kind.in_([kind.value for kind in Kind]),
                    Artwork.site.in_(lead.sites),
                    matching(lead.rest),
                )
            )
        case None:
            return select(Artwork.id).where(matching(query))


def ids_of(lead: ByName | ByMark | ByWords) -> Any:
    """The ids that lead, each once."""
    match lead:
        case ByName():
            return _named(lead.names)
        case ByMark(field="stars"):
            return select(_marked.id).where(_marked.stars > _ZERO)
        case ByMark():
            return select(_marked.id).where(_marked.is_favourite)
        case ByWords():
            match_ = words.INDEX.c.artwork_words.op("MATCH")(literal(lead.match))
            return select(words.artwork_id_of_place).where(match_)


_FEW = 60_000  # hits of words that are sooner collected than asked for one by one


def is_rare(connection: Connection, lead: ByWords) -> bool:
    """Whether all hits of words are quickly collected, or one cannot be asked for quickly:
    beginnings of words are looked up anew each time."""
    if words.BEGINNING in lead.match:
        return True
    found = connection.scalar(_CAPPED, {"match": lead.match, "most": _FEW}) or 0
    return bool(found < _FEW)


_marked = aliased(Artwork, name="marked")
_ZERO: Any = literal_column("0")  # as the index of stars says it


def _named(names: Sequence[tuple[str, str]]) -> Any:
    """Ids by the indexes of these columns, each once."""
    by_facet: dict[str, list[str]] = {}
    for facet, name in names:
        by_facet.setdefault(facet, []).append(name)
    parts = [
        select(_marked.id.label("id")).where(getattr(_marked, _COLUMNS[facet].key).in_(some))
        for facet, some in by_facet.items()
    ]
    if not parts:
        return select(_marked.id.label("id")).where(false())
    return parts[0] if len(parts) == 1 else union(*parts)


def _among(ids: Any, rest: Query) -> Select[int]:
    some = ids.subquery("some")
    return (
        select(Artwork.id)
        .select_from(some)
        .join(Artwork, Artwork.id == some.c.id)
        .with_hint(Artwork, _NARROW, "sqlite")
        .where(matching(rest))
    )


def is_named(facet: str, name: str) -> ColumnElement[bool]:
    """A condition on the column of a facet of names."""
    return _COLUMNS[facet] == name  # type: ignore[no-any-return]


_COLUMNS = {facet: column for columns in NAMES.values() for facet, column in columns.items()}


def by_words(lead: ByWords) -> Select[int]:
    """The same through the index of words, which may be ordered by its row ids."""
    return (
        select(Artwork.id)
        .select_from(words.INDEX)
        .join(Artwork, Artwork.id == words.artwork_id_of_place)
        .with_hint(Artwork, _NARROW, "sqlite")
        .where(words.INDEX.c.artwork_words.op("MATCH")(literal(lead.match)))
        .where(matching(lead.rest))
    )


_SOME_HITS = (
    select(words.INDEX.c.rowid)
    .where(words.INDEX.c.artwork_words.op("MATCH")(bindparam("match")))
    .limit(bindparam("most", type_=BigInteger))
    .subquery()
)
_CAPPED: Any = select(func.count()).select_from(_SOME_HITS)


def _by_words(connection: Connection, parts: Sequence[Node]) -> ByWords | None:
    sought = [part for part in parts if _is_in_index(part)]
    if not sought or words.is_due(connection):
        return None
    match = " AND ".join(
        f"({words.match_of(part.field, part.values)})"
        for part in sought
        if isinstance(part, Words)
    )
    return ByWords(match, _query_of([part for part in parts if part not in sought]))


def _is_in_index(part: Node) -> bool:
    return (
        isinstance(part, Words) and part.field in words.PARTS and words.can_match(part.values)
    )


def _is_plain_tag(part: Node) -> bool:
    return (
        isinstance(part, Words)
        and part.field == "tag"
        and all(pattern.is_plain for pattern in part.values)
    )


def _tag_ids(connection: Connection, part: Words) -> tuple[int, ...]:
    named = or_(*(matches(Tag.name, pattern) for pattern in part.values))
    return tuple(connection.scalars(select(Tag.id).where(named).order_by(Tag.id)))


def _total(connection: Connection, parts: Sequence[Node]) -> int | None:
    """Where one term says it all."""
    if not parts:
        return counts.all_artworks(connection)
    if len(parts) > 1:
        return None
    (term,) = parts
    if isinstance(term, Not) and not isinstance(term.part, Not):
        others = _total(connection, [term.part])
        return None if others is None else counts.all_artworks(connection) - others
    value = counts.COUNTS.c.value
    if isinstance(term, Choices) and term.field in _COUNTED:
        return counts.amount_of(connection, term.field, value.in_(term.values))
    if isinstance(term, Spans) and term.field in _COUNTED:
        known = counts.amounts(connection, term.field)
        return sum(amount for value, amount in known if _lies_in(value, term))
    if isinstance(term, Words) and term.field in _COUNTED:
        if term.field == "site" and not all(pattern.is_plain for pattern in term.values):
            return None
        if not all(any(pattern.parts) for pattern in term.values):
            return None
        which = or_(*(matches(value, pattern) for pattern in term.values))
        return counts.amount_of(connection, term.field, which)
    if _is_plain_tag(term):
        assert isinstance(term, Words)
        tag_ids = _tag_ids(connection, term)
        if len(tag_ids) == 1:
            return counts.amount_of(connection, counts.TAG, value == str(tag_ids[0]))
    return None


def _lies_in(value: str, term: Spans) -> bool:
    if not value:
        return any(span.or_missing for span in term.values)
    number = int(value)
    return any(
        (span.low is None or number >= _number(span.low))
        and (span.high is None or number < _number(span.high))
        for span in term.values
    )
