"""tRPC procedures that answer with lists: images, model galleries, posts."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from artkeep.demo.arguments import Arguments, Fault, limit_of, mask_of, number
from artkeep.demo.context import SITE, Site, is_logged_in, may_read
from artkeep.demo.listings import database_page, feed_rows, keyset_page
from artkeep.demo.queries import ImageQuery, Refused
from artkeep.demo.records import Account, Post, SiteImage, moment
from artkeep.demo.serialise import UNDEFINED, iso_text
from artkeep.demo.trpc_items import database_image, feed_image, post_item, user_item

_IMAGES_PER_POST = 8
_MINUTE_MS = 60_000


async def image_list(request: web.Request, arguments: Arguments) -> Any:
    """The database answers for posts, collections and bare models, the index for the rest."""
    site, mask, limit = request.app[SITE], mask_of(request, arguments), limit_of(arguments)
    cursor = arguments.get("cursor")
    text = None if cursor is None else str(cursor)
    post_ids = arguments.get("postIds") or [arguments.get("postId")]
    collection_id = number(arguments, "collectionId")
    query = _query(arguments, mask, limit, text)
    try:
        if any(isinstance(post_id, int) for post_id in post_ids):
            ids = {
                i
                for p in post_ids
                if (post := site.catalogue.posts.get(p))
                for i in post.image_ids
            }
            rows = [site.catalogue.images[image_id] for image_id in sorted(ids)]
            rows = [image for image in rows if image.level & mask]
            cut = keyset_page(rows, "Oldest", text, limit)
        elif collection_id is not None:
            collection = site.catalogue.collections.get(collection_id)
            is_readable = collection is not None and may_read(request, collection)
            readable = collection.image_ids if collection and is_readable else ()
            rows = [site.catalogue.images[image_id] for image_id in readable]
            rows = [image for image in rows if image.level & mask]
            cut = keyset_page(rows, query.sort, text, limit)
        elif arguments.get("reactions"):
            rows = [site.catalogue.images[image_id] for image_id in _account(request).liked]
            rows = [image for image in rows if image.level & mask and _is_of(query, image)]
            cut = keyset_page(rows, query.sort, text, limit)
        elif arguments.get("followed") is True:
            return _index_page(site, query, _account(request).follows)
        elif query.uses_database:
            cut = database_page(site.catalogue, query)
        else:
            return _index_page(site, query)
    except Refused as refused:
        raise Fault(400, str(refused.body.get("error"))) from refused
    following = UNDEFINED if cut.next_cursor is None else int(cut.next_cursor)
    return {
        "nextCursor": following,
        "items": [database_image(site, image) for image in cut.images],
    }


def _account(request: web.Request) -> Account:
    """Whose likes and follows are asked for."""
    if not is_logged_in(request):
        raise Fault(401, "You must be logged in to perform this action")
    return request.app[SITE].catalogue.account


def _is_of(query: ImageQuery, image: SiteImage) -> bool:
    return query.type is None or image.type == query.type


def _index_page(
    site: Site, query: ImageQuery, creators: frozenset[int] | None = None
) -> dict[str, Any]:
    """Offset into the search index.

    With `Newest`, from the second page on there are only rows no newer than the first row's
    time rounded down to the minute, while the offset counts all: rows are lost, as upstream.
    """
    rows = feed_rows(site.catalogue, query)
    if creators is not None:
        rows = [image for image in rows if image.creator_id in creators]
    head, _, stamp_text = (query.cursor or "").partition("|")
    offset = int(head) if head.isdecimal() else 0
    stamp = int(stamp_text) if stamp_text.isdecimal() else 0
    if offset and stamp and query.sort == "Newest":
        rows = [image for image in rows if image.sort_ms <= stamp]
    elif rows:
        stamp = rows[0].sort_ms // _MINUTE_MS * _MINUTE_MS
    page = [image for image in rows[offset : offset + query.limit] if not image.is_hidden]
    end = offset + query.limit
    following = f"{end}|{stamp}" if end < min(len(rows), site.feed_cap) else UNDEFINED
    return {"nextCursor": following, "items": [feed_image(site, image) for image in page]}


def _query(arguments: Arguments, mask: int, limit: int, cursor: str | None) -> ImageQuery:
    types = arguments.get("types") or []
    name = arguments.get("username")
    return ImageQuery(
        limit=limit,
        cursor=cursor,
        page=None,
        username=name if isinstance(name, str) else None,
        user_id=number(arguments, "userId"),
        post_id=None,
        model_id=number(arguments, "modelId"),
        version_id=number(arguments, "modelVersionId"),
        image_id=number(arguments, "imageId"),
        tags=tuple(tag for tag in arguments.get("tags") or [] if isinstance(tag, int)),
        type=str(types[0]) if len(types) == 1 else None,
        base_models=tuple(map(str, arguments.get("baseModels") or [])),
        sort=str(arguments.get("sort") or "Most Reactions"),
        period=str(arguments.get("period") or "AllTime"),
        mask=mask,
        with_meta=False,
        with_tags=False,
        flat_meta=None,
    )


async def images_as_posts(request: web.Request, arguments: Arguments) -> Any:
    """A model's gallery, post by post; it finds versions that the index does not know."""
    site, mask, limit = request.app[SITE], mask_of(request, arguments), limit_of(arguments)
    version_id = number(arguments, "modelVersionId")
    model = site.catalogue.models.get(number(arguments, "modelId") or 0)
    wanted = {version_id} if version_id else {v.id for v in model.versions} if model else set()
    by_post: dict[int, list[SiteImage]] = {}
    for image in site.catalogue.images.values():
        if (
            image.level & mask
            and not image.is_hidden
            and wanted.intersection(image.version_ids)
        ):
            by_post.setdefault(image.post_id, []).append(image)
    posts = [post for post in site.catalogue.posts_newest_first if post.id in by_post]
    start = number(arguments, "cursor") or 0
    items = [
        {
            "postId": post.id,
            "pinned": False,
            "createdAt": moment(post.published_ms),
            "user": user_item(site.catalogue.creators[post.creator_id]),
            "images": [database_image(site, image) for image in by_post[post.id]],
            "review": UNDEFINED,
        }
        for post in posts[start : start + limit]
    ]
    end = start + limit
    return {"nextCursor": end if end < len(posts) else UNDEFINED, "items": items}


async def post_list(request: web.Request, arguments: Arguments) -> Any:
    """Newest first by a keyset cursor `time|id` that includes its own row: nothing is lost."""
    site, mask, limit = request.app[SITE], mask_of(request, arguments), limit_of(arguments)
    name = arguments.get("username")
    creator = site.catalogue.creator_named(name) if isinstance(name, str) else None
    rows = site.catalogue.posts_newest_first
    if isinstance(name, str):
        rows = [post for post in rows if creator and post.creator_id == creator.id]
    if (version_id := number(arguments, "modelVersionId")) is not None:
        rows = [post for post in rows if post.version_id == version_id]
    if (cursor := arguments.get("cursor")) is not None:
        stamp, _, tail = str(cursor).partition("|")
        if not tail.isdecimal():
            raise Fault(400, f"Invalid cursor: {cursor}")
        at = (stamp, int(tail))
        rows = [post for post in rows if _post_key(post) <= at]
    items = []
    for post in rows[:limit]:
        images = visible_images(site, post, mask)
        if images:  # posts with nothing to see are dropped after the cut, so pages shrink
            items.append(post_item(site, post, images, _IMAGES_PER_POST))
    following: Any = UNDEFINED
    if len(rows) > limit:
        following = "|".join(map(str, _post_key(rows[limit])))
    return {"nextCursor": following, "items": items}


def _post_key(post: Post) -> tuple[str, int]:
    return iso_text(moment(post.published_ms)), post.id


def visible_images(site: Site, post: Post, mask: int) -> list[SiteImage]:
    images = (site.catalogue.images[image_id] for image_id in post.image_ids)
    return [image for image in images if image.level & mask and not image.is_hidden]
