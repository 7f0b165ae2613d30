"""`/api/facets`, `/api/complete`, `/api/statistics`, `/api/timeline`: all of it at a glance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.query import parse_query
from artkeep.domain.query_nodes import Pattern
from artkeep.domain.rating import Rating
from artkeep.errors import BadQuery
from artkeep.store import completion, facets
from artkeep.store.counts import MONTH, TAG
from artkeep.store.order import Position
from artkeep.store.removal import without_removed
from artkeep.web.cursors import write_position
from artkeep.web.schemas.artworks import ArtworkFilters, ArtworkScope
from artkeep.web.schemas.library import (
    AmountOf,
    Completion,
    CompletionParameters,
    Completions,
    Facet,
    Facets,
    FacetValue,
    FormatAmount,
    MonthAmount,
    QueryProblem,
    StageAmounts,
    Statistics,
    Timeline,
)
from artkeep.web.scope import list_name, read_scope, words_left
from artkeep.web.services import services

bp = APIBlueprint("library", __name__)

_MOST_VALUES = 30  # of one facet
_ALL = 10_000
_BIGGEST_ID = 2**62
_FACETS = (
    *("kind", "rating", "stars", "favourite", "site", "base_model", "model", "author"),
    *("download", "examine", "tagging", "embed", "convert"),
)
_STAGES = {  # fields of the query language
    "download": "download",
    "examine": "examine",
    "tagging": "tags",
    "embed": "embed",
    "convert": "convert",
}


@bp.get("/api/facets", responses={200: Facets})
def list_facets(query: ArtworkFilters) -> Facets:
    """What the artworks of a query have in common, with counts."""
    scope = read_scope(query)
    words_left(scope)
    with services().store.reading() as connection:
        sample = facets.sample_of(connection, without_removed(connection, scope))
        found = facets.amounts(connection, sample, _FACETS, _MOST_VALUES + 1)
        found[TAG] = facets.tags(connection, sample, _MOST_VALUES + 1)
    return Facets(
        artworks=sample.artworks,
        is_estimate=sample.is_estimate,
        facets=[_facet(field, found[field]) for field in (*_FACETS, TAG)],
    )


@bp.get("/api/complete", responses={200: Completions})
def complete(query: CompletionParameters) -> Completions:
    """What may stand where the cursor is, and what the query lacks as it stands."""
    at = len(query.q) if query.at is None else min(query.at, len(query.q))
    with services().store.reading() as connection:
        found = completion.complete(connection, query.q, at, query.limit)
    return Completions(
        start=found.start,
        end=found.end,
        items=[
            Completion(text=one.text, label=one.label, kind=one.kind, amount=one.amount)
            for one in found.items
        ],
        problem=_problem(query.q),
    )


@bp.get("/api/timeline", responses={200: Timeline})
def show_timeline(query: ArtworkScope) -> Timeline:
    """How many artworks of a query are of which month, and where the list has them."""
    scope = read_scope(query)
    words_left(scope)
    with services().store.reading() as connection:
        sample = facets.sample_of(connection, without_removed(connection, scope))
        amounts = dict(facets.amounts(connection, sample, (MONTH,), _ALL)[MONTH])
    unknown = amounts.pop("", 0)
    is_rising = query.sort == "oldest"
    return Timeline(
        months=[
            MonthAmount(month=month, amount=amounts[month], cursor=_cursor(query, month))
            for month in sorted(amounts, reverse=not is_rising)
        ],
        unknown=unknown,
        is_estimate=sample.is_estimate,
    )


@bp.get("/api/statistics", responses={200: Statistics})
def show_statistics(query: ArtworkFilters) -> Statistics:
    """The library, or what a query means, in numbers."""
    scope = read_scope(query)
    words_left(scope)
    with services().store.reading() as connection:
        sample = facets.sample_of(connection, without_removed(connection, scope))
        found = facets.amounts(connection, sample, (*_FACETS, MONTH), _ALL)
        tags = facets.tags(connection, sample, _MOST_VALUES)
        formats = facets.formats(connection, sample)

    def amounts(field: str, most: int = _MOST_VALUES) -> list[AmountOf]:
        return _amounts(found[field][:most])

    return Statistics(
        artworks=sample.artworks,
        is_estimate=sample.is_estimate,
        files=sum(one.files for one in formats),
        bytes=sum(one.bytes for one in formats),
        months=_amounts(sorted(found[MONTH])),
        ratings=_amounts(
            (_shown("rating", value), amount)
            for value, amount in sorted(found["rating"], key=lambda pair: int(pair[0] or 0))
        ),
        kinds=amounts("kind"),
        sites=amounts("site"),
        models=amounts("model"),
        base_models=amounts("base_model"),
        authors=amounts("author"),
        tags=_amounts(tags),
        stars=_amounts(sorted(found["stars"])),
        formats=[
            FormatAmount(format=one.format, files=one.files, bytes=one.bytes) for one in formats
        ],
        stages=[
            StageAmounts.model_validate(
                {"stage": stage, **dict.fromkeys(_STATUSES, 0), **dict(found[field])}
            )
            for field, stage in _STAGES.items()
        ],
    )


_STATUSES = ("none", "queued", "done", "failed", "skipped", "gone")


def _facet(field: str, amounts: list[tuple[str, int]]) -> Facet:
    return Facet(
        field=field,
        values=[
            FacetValue(
                value=_shown(field, value), term=_term(field, _shown(field, value)), amount=n
            )
            for value, n in amounts[:_MOST_VALUES]
        ],
        is_more=len(amounts) > _MOST_VALUES,
    )


def _shown(field: str, value: str) -> str:
    """As the query language and the cards say it."""
    if field == "rating" and value:
        return Rating(int(value)).label
    if field == "favourite":
        return "yes" if value == "1" else "no"
    return value


def _term(field: str, value: str) -> str | None:
    if not value:
        return "rating:unrated" if field == "rating" else None
    return f"{field}:{Pattern((value,))}"


def _amounts(pairs: Iterable[tuple[str, int]]) -> list[AmountOf]:
    return [AmountOf(value=value, amount=amount) for value, amount in pairs]


def _problem(text: str) -> QueryProblem | None:
    try:
        parse_query(text)
    except BadQuery as error:
        return QueryProblem(
            message=error.message, advice=error.advice, position=error.position or 0
        )
    return None


def _cursor(query: ArtworkScope, month: str) -> str | None:
    """Behind the last moment after the month, or before it."""
    try:
        begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        return None
    if query.sort == "oldest":
        position = Position(begin - timedelta(microseconds=1), _BIGGEST_ID)
    elif query.sort == "newest":
        after = (begin + timedelta(days=32)).replace(day=1)
        position = Position(after, 0)
    else:
        return None
    return write_position(list_name(query), position)
