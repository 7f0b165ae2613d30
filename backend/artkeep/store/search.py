"""Queries as conditions on the artworks table, the same on SQLite and PostgreSQL.

What a query means is written in `domain/query.py`. An unknown value (NULL) never matches, so
under `-` it always does. Words are looked for in the full-text index (`store/words.py`); what
it cannot tell, such as `*ist`, and what waits to be indexed, is looked through with LIKE. Names
are looked up in the counts (`store/counts.py`), and then by index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Exists,
    Select,
    and_,
    case,
    cast,
    distinct,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from artkeep.domain.query import Query
from artkeep.domain.query_nodes import (
    And,
    Choices,
    Node,
    Not,
    Or,
    Pattern,
    Span,
    Spans,
    Term,
    Words,
)
from artkeep.store import counts, words
from artkeep.store.models import (
    Artwork,
    ArtworkFile,
    ArtworkTag,
    Failure,
    File,
    Group,
    Tag,
    Target,
    TargetArtwork,
)
from artkeep.store.patterns import matches

Condition = ColumnElement[bool]

_MODEL = (Artwork.model, Artwork.version_name, Artwork.base_model)
NAMES: Mapping[str, Mapping[str, Any]] = {  # by field: facets of the counts, and their columns
    "author": {"author": Artwork.author},
    "model": {
        "model": Artwork.model,
        "version": Artwork.version_name,
        "base_model": Artwork.base_model,
    },
    "base_model": {"base_model": Artwork.base_model},
    "version": {"version": Artwork.version_name},
}
_EXACT: Mapping[str, ColumnElement[Any]] = {
    "site": Artwork.site.expression,
    "id": Artwork.site_id.expression,
    "seed": Artwork.seed.expression,
}
_CONTAINED: Mapping[str, Sequence[Any]] = {
    "title": (Artwork.title,),
    "prompt": (Artwork.prompt,),
    "negative": (Artwork.negative_prompt,),
    "text": (Artwork.prompt, Artwork.title, Artwork.author, *_MODEL),
}
_ORDERED: Mapping[str, Any] = {
    "rating": Artwork.rating,
    "posted": Artwork.posted_at,
    "added": Artwork.added_at,
    "downloaded": Artwork.downloaded_at,
    "tagged": Artwork.tagged_at,
    "width": Artwork.width,
    "height": Artwork.height,
    "stars": Artwork.stars,
    "pixels": cast(Artwork.width, Double) * Artwork.height,  # hostile sizes overflow integers
}
_CHOSEN: Mapping[str, Any] = {
    "kind": Artwork.kind,
    "download": Artwork.download_status,
    "examine": Artwork.examine_status,
    "tagging": Artwork.tags_status,
    "embed": Artwork.embed_status,
    "convert": Artwork.convert_status,
}


_FAVOURITE: Mapping[str, Condition] = {
    "yes": Artwork.is_favourite.expression,
    "no": ~Artwork.is_favourite,
}


def matching(query: Query) -> Condition:
    """Holds for the rows of `artworks` that the query means; for a WHERE on that table."""
    return true() if query.root is None else _condition(query.root)


def select_ids(query: Query, *, after_id: int | None, limit: int) -> Select[int]:
    """The next ids in ascending order, after the last one of the page before."""
    ids = select(Artwork.id).where(matching(query)).order_by(Artwork.id).limit(limit)
    return ids if after_id is None else ids.where(Artwork.id > after_id)


def count_matching(connection: Connection, query: Query) -> int:
    """How many artworks the query means."""
    counted = select(func.count()).select_from(Artwork).where(matching(query))
    return connection.execute(counted).scalar_one()


def _condition(node: Node) -> Condition:
    match node:
        case And():
            return _all_hold(node.parts)
        case Or():
            return or_(*map(_condition, node.parts))
        case Not():
            condition = _condition(node.part)
            known = isinstance(condition, Exists)  # never NULL, and planned better with NOT
            return ~condition if known else condition.is_not(true())
        case _:
            return _all_hold((node,))


def _all_hold(parts: Sequence[Node]) -> Condition:
    """Scores belong to the tags that stand beside them."""
    scores = [part for part in parts if isinstance(part, Spans) and part.field == "score"]
    tags = [part for part in parts if isinstance(part, Words) and part.field == "tag"]
    conditions: list[Condition] = [_is_tagged(tag.values, scores) for tag in tags]
    if scores and not tags:
        conditions.append(_is_tagged(None, scores))
    for part in parts:
        if isinstance(part, And | Or | Not):
            conditions.append(_condition(part))
        elif part not in tags and part not in scores:
            conditions.append(_term(part))
    return and_(*conditions)


def _term(term: Term) -> Condition:
    match term:
        case Choices(field="has"):
            return or_(*map(_has, term.values))
        case Choices(field="favourite"):
            return or_(*(_FAVOURITE[value] for value in term.values))
        case Choices():
            return _CHOSEN[term.field].in_(term.values)  # type: ignore[no-any-return]
        case Spans(field="size"):
            return _has_file(_within(File.size, term.values))
        case Spans(field="tags"):
            return _within(_tag_count(), term.values)
        case Spans():
            return _within(_ORDERED[term.field], term.values)
        case _:
            return _words(term)


def _words(term: Words) -> Condition:
    patterns = term.values
    match term.field:
        case "text" | "prompt" | "negative" if words.can_match(patterns):
            indexed = words.holds(term.field, patterns)
            return case((words.is_waiting, _contains(term)), else_=indexed)
        case "text" | "title" | "prompt" | "negative":
            return _contains(term)
        case "site" | "id" | "seed":
            return _is_one_of(_EXACT[term.field], patterns)
        case "group":
            return _exists(
                Group.id == Artwork.group_id, _is_one_of(Group.site_id.expression, patterns)
            )
        case "target":
            return _exists(
                TargetArtwork.artwork_id == Artwork.id,
                TargetArtwork.skipped.is_(None),
                Target.id == TargetArtwork.target_id,
                _any_matches((Target.value,), patterns),
            )
        case "format":
            return _has_file(_any_matches((File.format,), patterns))
        case "reason":
            return _exists(
                Failure.artwork_id == Artwork.id, _any_matches((Failure.reason,), patterns)
            )
        case "version":
            by_id = _any_matches((Artwork.version_id,), patterns)
            return _one_of((_is_named("version", patterns), by_id))
        case field:
            return _is_named(field, patterns)


def _contains(term: Words) -> Condition:
    """The text as it stands is somewhere in there."""
    columns = _CONTAINED[term.field]
    if term.field != "text":
        return _any_matches(columns, term.values, anywhere=True)
    return or_(
        *(
            _one_of(
                [
                    *(matches(column, pattern, anywhere=True) for column in columns),
                    _is_tagged((pattern,), (), anywhere=True),
                ]
            )
            for pattern in term.values
        )
    )


def _is_named(field: str, patterns: Sequence[Pattern]) -> Condition:
    """One of a field's columns is one of the names that match."""
    wanted = _any_matches((counts.COUNTS.c.value,), patterns)
    is_empty_wanted = any(not any(pattern.parts) for pattern in patterns)  # `*`
    conditions: list[Condition] = []
    for facet, column in NAMES[field].items():
        conditions.append(column.in_(counts.names_like(facet, wanted).correlate(None)))
        if is_empty_wanted:
            conditions.append(column == "")
    return or_(*conditions)


def _has(what: str) -> Condition:
    match what:
        case "file":
            return _has_file()
        case "tags":
            return _is_tagged(None, ())
        case "model":
            return Artwork.model != ""
        case "seed":
            return Artwork.seed != ""
        case _:
            return Artwork.prompt != ""


def _exists(*conditions: Condition) -> Exists:
    # Never correlated with more than the artworks: the caller may have tags in its FROM, too.
    return exists().where(*conditions).correlate(Artwork)


def _has_file(*conditions: Condition) -> Exists:
    return _exists(
        ArtworkFile.artwork_id == Artwork.id,
        File.id == ArtworkFile.file_id,
        File.state == "present",
        *conditions,
    )


def _is_tagged(
    names: Sequence[Pattern] | None, scores: Iterable[Spans], *, anywhere: bool = False
) -> Exists:
    """Carries one of these tags (or any), with a score in all of these."""
    conditions = [_within(ArtworkTag.score, score.values) for score in scores]
    if names is not None:
        # Apart from the artwork, so that the names are compared once and not per artwork.
        named = select(Tag.id).where(_any_matches((Tag.name,), names, anywhere=anywhere))
        few = not anywhere and all(pattern.is_plain for pattern in names)
        # Many names at once: the sum keeps SQLite from trying each of them on every artwork.
        tag_id = ArtworkTag.tag_id if few else ArtworkTag.tag_id + 0
        conditions.append(tag_id.in_(named.correlate(None)))
    return _exists(ArtworkTag.artwork_id == Artwork.id, *conditions)


def _tag_count() -> ColumnElement[int]:
    counted = select(func.count(distinct(ArtworkTag.tag_id)))
    return (
        counted.where(ArtworkTag.artwork_id == Artwork.id).correlate(Artwork).scalar_subquery()
    )


def _within(column: Any, spans: Sequence[Span]) -> Condition:
    conditions: list[Condition] = []
    for span in spans:
        ends = []
        if span.low is not None:
            ends.append(column >= span.low)
        if span.high is not None:
            ends.append(column < span.high)
        conditions.append(and_(*ends))
        if span.or_missing:
            conditions.append(column.is_(None))
    return or_(*conditions)


def _is_one_of(column: ColumnElement[Any], patterns: Sequence[Pattern]) -> Condition:
    """For ids: compared as they are, so that indexes help; wildcards fold case as elsewhere."""
    return or_(
        *(
            column == pattern.parts[0] if pattern.is_plain else matches(column, pattern)
            for pattern in patterns
        )
    )


def _any_matches(
    columns: Sequence[Any], patterns: Sequence[Pattern], *, anywhere: bool = False
) -> Condition:
    """One of the columns matches one of the patterns."""
    return or_(
        *(
            _one_of(matches(column, pattern, anywhere=anywhere) for column in columns)
            for pattern in patterns
        )
    )


def _one_of(conditions: Iterable[Condition]) -> Condition:
    """OR that stays a unit: a long flat chain of them is too deep for SQLite (1000)."""
    first, *others = conditions
    return func.coalesce(or_(first, *others), false()) if others else first
