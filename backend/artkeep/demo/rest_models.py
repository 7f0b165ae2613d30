"""`/api/v1/models`, `/models/:id`, `/model-versions/…`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from artkeep.demo.context import SITE, api_reply, has_key, json_reply
from artkeep.demo.model_items import model_item, version_hashes, version_item
from artkeep.demo.queries import Refused, boolean, integer, path_id, too_many_pages
from artkeep.demo.records import Model
from artkeep.demo.rest_images import next_page

# What each sort compares, best first; the last part is the id, which makes it unique.
_SORT_KEYS: dict[str, Callable[[Model], tuple[int, ...]]] = {
    "Highest Rated": lambda model: (model.thumbs_up, model.downloads, model.id),
    "Most Downloaded": lambda model: (model.downloads, model.thumbs_up, model.id),
    "Most Liked": lambda model: (model.thumbs_up, model.downloads, model.id),
    "Most Discussed": lambda model: (model.thumbs_up % 40, model.thumbs_up, model.id),
    "Most Collected": lambda model: (model.thumbs_up // 3, model.thumbs_up, model.id),
    "Most Images": lambda model: (model.downloads // 5, model.thumbs_up, model.id),
    "Newest": lambda model: (model.versions[0].published_ms, model.id),
    "Oldest": lambda model: (model.versions[0].published_ms, model.id),
}


async def list_models(request: web.Request) -> web.Response:
    params = request.query
    if ("favorites" in params or "hidden" in params) and not has_key(request):
        raise Refused(401, {"error": "Unauthorized"})
    limit = integer(params, "limit", 0, 100)
    limit = 100 if limit is None else limit
    page = integer(params, "page", 1)
    if page is not None and "query" in params:
        text = "Cannot use page param with query search. Use cursor-based pagination."
        raise Refused(400, {"error": text})
    if page is not None and page * limit > 1000:
        raise too_many_pages()
    rows = _matching(request, params)
    sort = params.get("sort", "Highest Rated")
    if sort not in _SORT_KEYS:
        raise Refused(400, {"message": f"Invalid sort: {sort}"})
    rows.sort(key=lambda model: (*_SORT_KEYS[sort](model)[:-1], -model.id), reverse=True)
    if sort == "Oldest":
        rows.reverse()
    cursor = params.get("cursor")
    rows, following = _after(rows, sort, cursor, limit, by_offset="query" in params)
    metadata: dict[str, Any] = {}
    if following is not None:
        metadata = {
            "nextCursor": following,
            "nextPage": next_page(request, "cursor", following),
        }
        if page is not None:
            metadata |= {"currentPage": page, "pageSize": limit}
    mask = 31 if boolean(params, "nsfw") else 1
    items = [model_item(request, model, mask, is_listed=True) for model in rows]
    return api_reply({"items": items, "metadata": metadata})


def _matching(request: web.Request, params: Mapping[str, str]) -> list[Model]:
    """Upstream's filters. An unknown tag name is no filter at all."""
    catalogue = request.app[SITE].catalogue
    rows = list(catalogue.models.values())
    known_tags = {tag.casefold() for model in rows for tag in model.tags}
    tag = (params.get("tag") or params.get("tagname") or "").casefold()
    if tag in known_tags:
        rows = [model for model in rows if tag in map(str.casefold, model.tags)]
    name = params.get("username") or params.get("user")
    if name is not None:
        creator = catalogue.creator_named(name)
        if creator is None:
            raise Refused(404, {"message": "User not found"})
        rows = [model for model in rows if model.creator_id == creator.id]
    if "archived" not in params:  # upstream reads even `archived=false` as true
        rows = [model for model in rows if not model.is_archived]
    if not boolean(params, "nsfw"):
        rows = [model for model in rows if model.level & 1]
    if ids := [int(part) for part in params.get("ids", "").split(",") if part.isdecimal()]:
        rows = [model for model in rows if model.id in ids]
    if "types" in params:
        wanted = set(request.query.getall("types"))
        if unknown := wanted - {"Checkpoint", "LORA"}:
            raise Refused(400, {"message": f"Invalid option: {sorted(unknown)[0]}"})
        rows = [model for model in rows if model.type in wanted]
    if text := params.get("query", "").casefold():
        rows = [model for model in rows if text in model.name.casefold()]
    return rows


def _after(
    rows: list[Model], sort: str, cursor: str | None, limit: int, *, by_offset: bool
) -> tuple[list[Model], str | None]:
    """The page after a cursor, and the next cursor."""
    if by_offset:
        start = int(cursor) if cursor and cursor.isdecimal() else 0
        end = start + limit
        return rows[start:end], str(end) if end < len(rows) else None
    key = _SORT_KEYS[sort]
    start = 0
    if cursor is not None:
        parts = cursor.split("|")
        expected = len(key(rows[0])) if rows else len(parts)
        if len(parts) != expected:
            text = f"expected {expected} value(s) for this sort, received {len(parts)}"
            raise Refused(400, {"message": f"Invalid cursor: {text}"})
        found = [
            place
            for place, model in enumerate(rows)
            if "|".join(map(str, key(model))) == cursor
        ]
        start = found[0] if found else len(rows)
        if sort == "Newest":
            start += 1  # strictly older than the cursor's row: that one is lost, as upstream
    end = start + limit
    following = "|".join(map(str, key(rows[end]))) if end < len(rows) else None
    return rows[start:end], following


async def get_model(request: web.Request) -> web.Response:
    model_id = path_id(request.match_info["id"])
    model = request.app[SITE].catalogue.models.get(model_id)
    if model is None:
        raise Refused(404, {"error": f"No model with id {model_id}"})
    return api_reply(model_item(request, model, 31, is_listed=False))


async def get_version(request: web.Request) -> web.Response:
    version = request.app[SITE].catalogue.versions.get(path_id(request.match_info["id"]))
    return api_reply(version_item(request, version))


async def version_by_hash(request: web.Request) -> web.Response:
    """Any known hash, whatever its case."""
    wanted = request.match_info["hash"].upper()
    versions = request.app[SITE].catalogue.versions.values()
    found = [version for version in versions if wanted in version_hashes(version).values()]
    return api_reply(version_item(request, found[0] if found else None))


async def versions_by_hashes(request: web.Request) -> web.Response:
    """Unknown hashes are left out silently."""
    wanted = await request.json()
    if not isinstance(wanted, list):
        raise Refused(400, {"error": "✖ Invalid input: expected array"})
    by_hash = {
        version.sha256: version for version in request.app[SITE].catalogue.versions.values()
    }
    found = [by_hash[text.upper()] for text in map(str, wanted) if text.upper() in by_hash]
    if not request.path.endswith("/ids"):
        return json_reply([version_item(request, version) for version in found])
    return json_reply(
        [
            {"modelVersionId": version.id, "modelId": version.model_id, "hash": version.sha256}
            for version in found
        ]
    )
