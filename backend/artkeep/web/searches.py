"""`/api/searches`: queries that the user has named."""

from __future__ import annotations

from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.query import parse_query
from artkeep.errors import NotFound
from artkeep.store import searches
from artkeep.store.searches import SearchRow
from artkeep.web.schemas.library import SavedSearch, SavedSearches, SaveSearch, SearchPath
from artkeep.web.services import services

bp = APIBlueprint("searches", __name__)


@bp.get("/api/searches", responses={200: SavedSearches})
def list_searches() -> SavedSearches:
    """All of them, by name."""
    return _all()


@bp.post("/api/searches", responses={200: SavedSearch})
def save_search(body: SaveSearch) -> SavedSearch:
    """Keep a search under a name. Raises BadQuery."""
    parse_query(body.query)
    return _wire(
        services().store.transact(
            lambda connection: searches.save(connection, body.name, body.query, body.sort)
        )
    )


@bp.delete("/api/searches/<search_id>", responses={200: SavedSearches})
def forget_search(path: SearchPath) -> SavedSearches:
    """Forget one; those that are left."""
    if not services().store.transact(
        lambda connection: searches.forget(connection, path.search_id)
    ):
        raise NotFound(f"There is no saved search {path.search_id}.", code="no_search")
    return _all()


def _all() -> SavedSearches:
    with services().store.reading() as connection:
        return SavedSearches(searches=[_wire(row) for row in searches.saved(connection)])


def _wire(row: SearchRow) -> SavedSearch:
    return SavedSearch.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "query": row.query,
            "sort": row.sort,
            "created_at": row.created_at.isoformat(),
        }
    )
