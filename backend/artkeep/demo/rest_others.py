"""The small REST endpoints: tags, creators, users, me, collections, enums."""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web

from artkeep.demo.context import SITE, api_reply, has_key, json_reply, key_scopes
from artkeep.demo.queries import Refused, integer, path_id
from artkeep.demo.records import ACCOUNT_KEY, Collection
from artkeep.demo.rest_images import next_page

_WINDOW_S = 60
_CALLS_ANONYMOUS, _CALLS_WITH_KEY = 60, 120


async def list_tags(request: web.Request) -> web.Response:
    """Model tags only. Counts are not computed upstream, so there never is a next page."""
    catalogue = request.app[SITE].catalogue
    limit, page = _paging(request)
    names = sorted({tag for model in catalogue.models.values() for tag in model.tags})
    prefix = request.query.get("query", "").casefold()
    names = [name for name in names if name.startswith(prefix)]
    models = f"{request.url.origin()}/api/v1/models"
    shown = names[(page - 1) * limit : page * limit]
    return api_reply(
        {
            "items": [{"name": name, "link": f"{models}?tag={name}"} for name in shown],
            "metadata": {
                "totalItems": 0,
                "currentPage": page,
                "pageSize": limit,
                "totalPages": 1,
            },
        }
    )


async def list_creators(request: web.Request) -> web.Response:
    catalogue = request.app[SITE].catalogue
    limit, page = _paging(request)
    prefix = request.query.get("query", "").casefold()
    rows = [
        creator
        for creator in catalogue.creators.values()
        if not creator.is_deleted and creator.username.casefold().startswith(prefix)
    ]
    items = []
    for creator in rows[(page - 1) * limit : page * limit]:
        count = sum(model.creator_id == creator.id for model in catalogue.models.values())
        link = f"{request.url.origin()}/api/v1/models?username={creator.username}"
        item: dict[str, Any] = {"username": creator.username}
        if count:
            item["modelCount"] = count
        item["link"] = link
        if count:
            picture = f"{ACCOUNT_KEY}/{creator.avatar}/width=96/{creator.username}.jpeg"
            item["image"] = f"{request.url.origin()}/{picture}"
        items.append(item)
    pages = max(1, -(-len(rows) // limit))
    metadata: dict[str, Any] = {"totalItems": len(rows), "currentPage": page, "pageSize": limit}
    metadata["totalPages"] = pages
    if prefix:
        metadata["hasMore"] = page < pages
    if page < pages:
        metadata["nextPage"] = next_page(request, "page", str(page + 1))
    return api_reply({"items": items, "metadata": metadata})


async def search_users(request: web.Request) -> web.Response:
    """By ids, or by the beginning of a name: then five hits at most, compare them yourself."""
    creators = [c for c in request.app[SITE].catalogue.creators.values() if not c.is_deleted]
    if "ids" in request.query:
        wanted = {part for part in request.query["ids"].split(",") if part}
        found = [creator for creator in creators if str(creator.id) in wanted]
    else:
        prefix = request.query.get("query", "").casefold()
        found = [
            creator for creator in creators if creator.username.casefold().startswith(prefix)
        ][:5]
    items = [
        {
            "id": creator.id,
            "username": creator.username,
            "avatarUrl": creator.avatar,
            "avatarNsfw": 1,
            "meta": None,
        }
        for creator in found
    ]
    return api_reply({"items": items})


async def who_am_i(request: web.Request) -> web.Response:
    if not has_key(request):
        return json_reply({"error": "Unauthorized"}, 401)
    catalogue = request.app[SITE].catalogue
    owner = catalogue.creators[catalogue.account.creator_id]
    account = {
        "id": owner.id,
        "username": owner.username,
        "tier": "free",
        "status": "active",
        "isMember": False,
        "subscriptions": [],
        "email": "sample@example.com",
        "emailVerified": True,
        "tokenScope": key_scopes(request),
        "buzzLimit": None,
        "subject": {"type": "apiKey", "id": 123},
    }
    return json_reply(account, headers={"Cache-Control": "max-age=0, private, no-cache"})


async def list_collections(request: web.Request) -> web.Response:
    """Public collections without their items. The only endpoint with a limiter of its own."""
    _count_call(request)
    catalogue = request.app[SITE].catalogue
    limit = integer(request.query, "limit", 1, 100) or 100
    cursor = integer(request.query, "cursor")
    text = request.query.get("query", "").casefold()
    rows = [
        collection
        for collection in sorted(catalogue.collections.values(), key=lambda row: -row.id)
        if collection.is_public
        and text in collection.name.casefold()
        and (cursor is None or collection.id <= cursor)
    ]
    metadata: dict[str, Any] = {}
    if len(rows) > limit:
        following = rows[limit].id
        metadata = {
            "nextCursor": following,
            "nextPage": next_page(request, "cursor", str(following)),
        }
    items = []
    for collection in rows[:limit]:
        cover = catalogue.images[collection.image_ids[0]] if collection.image_ids else None
        item = collection_item(request, collection) | {"itemCount": len(collection.image_ids)}
        if cover is not None:
            picture = f"{ACCOUNT_KEY}/{cover.uuid}/width=450/{cover.uuid}.jpeg"
            item["coverImageUrl"] = f"{request.url.origin()}/{picture}"
        items.append(item)
    return api_reply({"items": items, "metadata": metadata})


async def get_collection(request: web.Request) -> web.Response:
    _count_call(request)
    catalogue = request.app[SITE].catalogue
    collection = catalogue.collections.get(path_id(request.match_info["id"]))
    if collection is None or not collection.is_public:
        raise Refused(404, {"error": "Collection not found"})
    names = {tag.name: tag for tag in catalogue.tags.values()}
    tags = [{"id": names["landscape"].id, "name": "landscape"}]
    return api_reply(collection_item(request, collection) | {"tags": tags})


def collection_item(request: web.Request, collection: Collection) -> dict[str, Any]:
    creator = request.app[SITE].catalogue.creators[collection.creator_id]
    return {
        "id": collection.id,
        "name": collection.name,
        "description": None,
        "type": "Image",
        "nsfwLevel": 1,
        "read": "Public",
        "isPublic": True,
        "coverImageUrl": None,
        "user": {"id": creator.id, "username": creator.username},
    }


async def list_enums(request: web.Request) -> web.Response:
    versions = request.app[SITE].catalogue.versions.values()
    bases = sorted({version.base_model for version in versions} | {"Wan Video 2.2 T2V-A14B"})
    return api_reply(
        {
            "ModelType": ["Checkpoint", "LORA"],
            "ModelFileType": ["Model", "Pruned Model", "VAE", "Config"],
            "ActiveBaseModel": bases,
            "BaseModel": bases,
            "BaseModelType": ["Standard", "Inpainting", "Refiner", "Pix2Pix"],
        }
    )


def refuse_method(request: web.Request) -> web.Response:
    return json_reply({"error": "Method not allowed"}, 405)


def _paging(request: web.Request) -> tuple[int, int]:
    limit = integer(request.query, "limit", 1, 200) or 20
    return limit, integer(request.query, "page", 1) or 1


def _count_call(request: web.Request) -> None:
    """A fixed window of a minute per caller, as upstream has on collections."""
    calls, caller = request.app[SITE].calls_in_window, request.remote or ""
    now = time.monotonic()
    started, count = calls.get(caller, (now, 0))
    if now - started >= _WINDOW_S:
        started, count = now, 0
    calls[caller] = (started, count + 1)
    if count + 1 > (_CALLS_WITH_KEY if has_key(request) else _CALLS_ANONYMOUS):
        body = {"error": "Rate limit exceeded, please retry shortly."}
        raise RateLimited(body, retry_after_s=max(1, round(_WINDOW_S - (now - started))))


class RateLimited(Refused):
    """A 429 that says when to come back."""

    def __init__(self, body: Any, retry_after_s: int) -> None:
        super().__init__(429, body)
        self.retry_after_s = retry_after_s
