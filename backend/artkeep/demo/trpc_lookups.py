"""tRPC procedures that look one thing up, and the short lists of tags and collections."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from artkeep.demo.arguments import Arguments, Fault, number, required
from artkeep.demo.context import SITE, Site, may_read
from artkeep.demo.records import Collection, Creator, SiteImage, SiteTag, moment
from artkeep.demo.renderer import UPLOAD
from artkeep.demo.serialise import UNDEFINED
from artkeep.demo.trpc_items import full_image, generation_item, user_item
from artkeep.demo.trpc_lists import visible_images
from artkeep.demo.votes import voted_tags


def _image(site: Site, image_id: int) -> SiteImage:
    image = site.catalogue.images.get(image_id)
    if image is None or image.is_gone or image.is_hidden:
        raise Fault(404, f"No image with id {image_id}")
    return image


async def votable_tags(request: web.Request, arguments: Arguments) -> Any:
    """An unknown image has an empty list, not an error. No rating gate."""
    site, image_id = request.app[SITE], required(arguments, "id")
    image = site.catalogue.images.get(image_id)
    if (
        image is None
        or image.is_hidden
        or image.is_gone
        or arguments.get("type", "image") != "image"
    ):
        return []
    return [
        {
            "score": vote.score,
            "upVotes": vote.up,
            "downVotes": vote.down,
            "automated": vote.automated,
            "needsReview": False,
            "concrete": True,
            "lastUpvote": vote.last_upvote,
            "id": vote.tag.id,
            "type": vote.tag.type,
            "nsfwLevel": vote.tag.level,
            "name": vote.tag.name,
        }
        for vote in voted_tags(site.catalogue, image)[: number(arguments, "take") or 100]
    ]


async def get_image(request: web.Request, arguments: Arguments) -> Any:
    site = request.app[SITE]
    image = _image(site, required(arguments, "id"))
    return full_image(site, image, size=len(await site.media.load(image, UPLOAD)))


async def get_generation(request: web.Request, arguments: Arguments) -> Any:
    site = request.app[SITE]
    return generation_item(site, _image(site, required(arguments, "id")))


async def get_post(request: web.Request, arguments: Arguments) -> Any:
    site, post_id = request.app[SITE], required(arguments, "id")
    post = site.catalogue.posts.get(post_id)
    if post is None:
        raise Fault(404, f"No post with id {post_id}")
    level = 0
    for image in visible_images(site, post, 31):
        level |= image.level
    return {
        "id": post.id,
        "nsfw": level > 3,
        "nsfwLevel": level,
        "title": post.title,
        "detail": "<p>Made for the sample site.</p>",
        "modelVersionId": post.version_id,
        "modelVersion": {"id": post.version_id} if post.version_id else None,
        "user": user_item(site.catalogue.creators[post.creator_id]),
        "publishedAt": moment(post.published_ms),
        "availability": "Public",
        "tags": [],
        "collectionId": None,
    }


async def get_collection(request: web.Request, arguments: Arguments) -> Any:
    """A collection the caller may not read is null, with status 200."""
    site, collection_id = request.app[SITE], required(arguments, "id")
    collection = site.catalogue.collections.get(collection_id)
    is_readable = collection is not None and may_read(request, collection)
    return {
        "collection": _collection(site, collection) if collection and is_readable else None,
        "permissions": {
            "collectionId": collection_id,
            "read": is_readable,
            "write": False,
            "writeReview": False,
            "manage": False,
            "follow": is_readable,
            "isContributor": False,
            "isOwner": False,
            "followPermissions": ["VIEW"] if is_readable else [],
            "publicCollection": is_readable,
            "collectionType": "Image",
            "collectionMode": None,
        },
    }


def _collection(site: Site, collection: Collection) -> dict[str, Any]:
    return {
        "id": collection.id,
        "name": collection.name,
        "description": None,
        "nsfw": False,
        "nsfwLevel": 1,
        "image": None,
        "type": "Image",
        "read": "Public" if collection.is_public else "Private",
        "write": "Private",
        "mode": None,
        "availability": "Public" if collection.is_public else "Private",
        "userId": collection.creator_id,
        "metadata": {},
        "tags": [],
        "user": user_item(site.catalogue.creators[collection.creator_id]),
    }


async def collection_list(request: web.Request, arguments: Arguments) -> Any:
    site, user_id = request.app[SITE], number(arguments, "userId")
    items = [
        _collection(site, collection)
        for collection in site.catalogue.collections.values()
        if may_read(request, collection) and user_id in (None, collection.creator_id)
    ]
    return {"items": items, "nextCursor": UNDEFINED}


async def get_creator(request: web.Request, arguments: Arguments) -> Any:
    """404 for the unknown and the deleted alike; its counts include what nobody can list."""
    catalogue, name = request.app[SITE].catalogue, arguments.get("username")
    creator: Creator | None = catalogue.creators.get(number(arguments, "id") or 0)
    if isinstance(name, str):
        creator = catalogue.creator_named(name)
    if creator is None or creator.is_deleted:
        raise Fault(404, "Could not find user")
    models = [model for model in catalogue.models.values() if model.creator_id == creator.id]
    return {
        "id": creator.id,
        "image": None,
        "username": creator.username,
        "muted": False,
        "bannedAt": None,
        "deletedAt": None,
        "createdAt": moment(creator.joined_ms),
        "publicSettings": {},
        "excludeFromLeaderboards": False,
        "links": [],
        "stats": {
            "downloadCountAllTime": sum(model.downloads for model in models),
            "thumbsUpCountAllTime": sum(model.thumbs_up for model in models),
            "followerCountAllTime": creator.followers,
            "reactionCountAllTime": creator.followers * 29,
            "uploadCountAllTime": len(models),
            "generationCountAllTime": 0,
        },
        "rank": None,
        "cosmetics": [],
        "profilePicture": None,
        "_count": {"models": len(models)},
    }


async def tag_list(request: web.Request, arguments: Arguments) -> Any:
    """By the beginning of the name, shortest first: how a name becomes an id."""
    prefix = str(arguments.get("query") or "").casefold()
    limit, page = number(arguments, "limit") or 20, number(arguments, "page") or 1
    found = [
        tag for tag in request.app[SITE].catalogue.tags.values() if tag.name.startswith(prefix)
    ]
    found.sort(key=lambda tag: (len(tag.name), tag.name))
    return {
        "items": [_tag(tag) for tag in found[(page - 1) * limit : page * limit]],
        "totalItems": 0,
        "currentPage": page,
        "pageSize": limit,
        "totalPages": 1,
    }


async def get_tag(request: web.Request, arguments: Arguments) -> Any:
    tag_id = required(arguments, "id")
    tag = request.app[SITE].catalogue.tags.get(tag_id)
    if tag is None:
        raise Fault(404, f"No tag with id {tag_id}")
    return _tag(tag)


def _tag(tag: SiteTag) -> dict[str, Any]:
    return {"id": tag.id, "name": tag.name, "isCategory": False}


async def get_model(request: web.Request, arguments: Arguments) -> Any:
    site, model_id = request.app[SITE], required(arguments, "id")
    model = site.catalogue.models.get(model_id)
    if model is None:
        raise Fault(404, f"No model with id {model_id}")
    return {
        "id": model.id,
        "name": model.name,
        "type": model.type,
        "nsfwLevel": model.level,
        "mode": "Archived" if model.is_archived else None,
        "modelVersions": [
            {"id": version.id, "name": version.name, "baseModel": version.base_model}
            for version in model.versions
        ],
    }
