"""Which artworks a request is about: a query with filters beside it, the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime

from artkeep.domain.query import Query, parse_query
from artkeep.domain.query_fields import FIELDS
from artkeep.domain.query_nodes import And, Node, fields_of
from artkeep.errors import UsageError
from artkeep.store import words
from artkeep.web.schemas.artworks import ArtworkFilters, ArtworkScope
from artkeep.web.services import services

# Parameters that are fields of the query language, too.
_FIELDS = {
    "site": "site",
    "kind": "kind",
    "rating": "rating",
    "download_status": "download",
    "examine_status": "examine",
    "tags_status": "tagging",
    "embed_status": "embed",
    "convert_status": "convert",
}


def list_name(asked: ArtworkScope) -> str:
    """A list with its filters and its order, as its cursors know it."""
    return f"artworks {asked.model_dump_json(include=set(ArtworkScope.model_fields))}"


def words_left(query: Query) -> int:
    """Index what a query is about to look for, within moments; how many artworks are left,
    which it looks through without the index."""
    if not fields_of(query.root) & words.PARTS.keys():
        return 0
    return words.catch_up(services().store)


def read_scope(asked: ArtworkFilters) -> Query:
    """Raises BadQuery, and UsageError for a filter that cannot be."""
    now = datetime.now(UTC).replace(microsecond=0)
    parts: list[Node] = []
    for name, field in _FIELDS.items():
        words = getattr(asked, name)
        if not words:
            continue
        try:
            parts.append(FIELDS[field](field, words, now))
        except ValueError as error:
            sentence = f"{name} cannot be {words[:50]}. {error}"
            raise UsageError(sentence, code="bad_filter") from None
    root = parse_query(asked.q, now=now).root
    if root is not None:
        parts.append(root)
    return Query(parts[0] if len(parts) == 1 else And(tuple(parts)) if parts else None)
