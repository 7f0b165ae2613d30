"""`GET /api/v1/images`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aiohttp import web

from artkeep.demo.blurhash import blurhash_of
from artkeep.demo.context import SITE, api_reply, media_url
from artkeep.demo.listings import database_page, feed_page, indexed_version_ids
from artkeep.demo.metas import meta_of
from artkeep.demo.queries import ImageQuery, parse_image_query
from artkeep.demo.records import SiteImage, moment
from artkeep.demo.votes import listed_tags

_LEGACY_LEVELS = {1: "None", 2: "Soft", 4: "Mature", 8: "X", 16: "X"}


async def list_images(request: web.Request) -> web.Response:
    site = request.app[SITE]
    query = parse_image_query(request.query)
    cut = (
        database_page(site.catalogue, query)
        if query.uses_database
        else feed_page(site.catalogue, query, site.feed_cap)
    )
    items = [image_item(request, image, query) for image in cut.images]
    metadata: dict[str, Any] = {}
    if cut.next_cursor is not None:
        metadata["nextCursor"] = cut.next_cursor
        if query.page is not None and query.cursor is None:
            metadata |= {"currentPage": query.page, "pageSize": query.limit}
            metadata["nextPage"] = next_page(request, "page", str(query.page + 1))
        else:
            metadata["nextPage"] = next_page(request, "cursor", cut.next_cursor)
    return api_reply({"items": items, "metadata": metadata})


def next_page(request: web.Request, name: str, value: str) -> str:
    """The request's own URL with one parameter changed; unknown ones are echoed too."""
    kept = [(key, text) for key, text in request.query.items() if key != name]
    pairs = [*kept, (name, value)]
    query = "&".join(f"{quote(key, safe='')}={quote(text, safe='')}" for key, text in pairs)
    return f"{request.url.origin()}{request.path}?{query}"


def iso(at_ms: int) -> str:
    """`2026-07-30T09:15:27.341Z`"""
    return moment(at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def image_item(request: web.Request, image: SiteImage, query: ImageQuery) -> dict[str, Any]:
    """One element of `items`. The two back ends differ in time, versions and form of `meta`."""
    catalogue = request.app[SITE].catalogue
    from_database = query.uses_database
    is_bare = image.meta_shape == "odd" and not image.is_video and image.id % 2 == 0
    item: dict[str, Any] = {
        "id": image.id,
        "url": media_url(request, image),
        "hash": None if is_bare else blurhash_of(image.style, image.palette),
        "width": None if is_bare else image.width,
        "height": None if is_bare else image.height,
        "nsfwLevel": _LEGACY_LEVELS[image.level],
        "type": image.type,
        "nsfw": image.level != 1,
        "browsingLevel": image.level,
        "createdAt": iso(image.created_ms if from_database else image.sort_ms),
        "postId": image.post_id,
        "stats": {
            "cryCount": 0,
            "laughCount": image.likes // 12,
            "likeCount": image.likes,
            "dislikeCount": 0,
            "heartCount": image.likes // 3,
            "commentCount": image.comments,
        },
        "meta": _meta(request, image, query),
        "username": catalogue.creators[image.creator_id].username,
        "baseModel": image.base_model,
        "modelVersionIds": list(image.version_ids)
        if from_database
        else indexed_version_ids(catalogue, image),
    }
    if query.with_tags:
        item["tags"] = [
            {"id": tag.id, "name": tag.name} for tag in listed_tags(catalogue, image)
        ]
    return item


def _meta(request: web.Request, image: SiteImage, query: ImageQuery) -> dict[str, Any] | None:
    if not query.with_meta:
        return None
    meta = meta_of(request.app[SITE].catalogue, image)
    is_flat = query.flat_meta if query.flat_meta is not None else not query.uses_database
    return meta if is_flat else {"id": image.id, "meta": meta}
