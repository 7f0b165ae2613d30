"""Images, users and posts as tRPC procedures write them."""

from __future__ import annotations

from typing import Any

from artkeep.demo.blurhash import blurhash_of
from artkeep.demo.context import Site
from artkeep.demo.files import FRAMES, FRAMES_PER_S
from artkeep.demo.listings import indexed_version_ids
from artkeep.demo.metas import meta_of
from artkeep.demo.records import Creator, Post, SiteImage, moment
from artkeep.demo.serialise import UNDEFINED

_MIME_TYPES = {
    "png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif",
    "animated_webp": "image/webp", "webm": "video/webm",
}  # fmt: skip
_TOOL = {
    "id": 84,
    "name": "A1111",
    "icon": None,
    "domain": "https://github.com/AUTOMATIC1111/stable-diffusion-webui",
    "priority": None,
    "notes": None,
}


def user_item(creator: Creator) -> dict[str, Any]:
    return {
        "id": creator.id,
        "username": creator.username,
        "image": None,
        "deletedAt": None,
        "cosmetics": [],
        "profilePicture": None,
    }


def stats_item(image: SiteImage) -> dict[str, Any]:
    return {
        "likeCountAllTime": image.likes,
        "laughCountAllTime": image.likes // 12,
        "heartCountAllTime": image.likes // 3,
        "cryCountAllTime": 0,
        "commentCountAllTime": image.comments,
        "collectedCountAllTime": image.likes // 10,
        "tippedAmountCountAllTime": 0,
        "dislikeCountAllTime": 0,
        "viewCountAllTime": 0,
    }


def file_name(image: SiteImage) -> str:
    """The name at upload: for people, with any case and extension."""
    if image.is_video:
        return f"clip_{image.id % 10_000:04}.WebM"
    ending = {"jpeg": "jpg", "animated_webp": "webp"}.get(image.encoding, image.encoding)
    return f"{image.index:05}-{image.seed}.{ending}"


def file_facts(site: Site, image: SiteImage, size: int | None = None) -> dict[str, Any]:
    """`metadata`: pixels, and the bytes of the upload where they are known."""
    facts: dict[str, Any] = {"hash": blurhash_of(image.style, image.palette)}
    size = site.media.known_size(image) if size is None else size
    if size is not None:
        facts["size"] = size
    facts |= {"width": image.width, "height": image.height}
    if image.is_video:
        facts |= {"audio": False, "duration": FRAMES / FRAMES_PER_S}
    return facts


def full_image(site: Site, image: SiteImage, size: int) -> dict[str, Any]:
    """`image.get`: the true type and size, but neither meta nor tags."""
    meta = meta_of(site.catalogue, image)
    return {
        "id": image.id,
        "name": file_name(image),
        "url": image.uuid,
        "height": image.height,
        "width": image.width,
        "index": image.index,
        "hash": blurhash_of(image.style, image.palette),
        "hideMeta": image.meta_shape == "hidden",
        "createdAt": moment(image.created_ms),
        "mimeType": _MIME_TYPES[image.encoding],
        "scannedAt": moment(image.created_ms + 7_341),
        "needsReview": None,
        "postId": image.post_id,
        "ingestion": "Scanned",
        "blockedFor": None,
        "type": image.type,
        "metadata": file_facts(site, image, size),
        "nsfwLevel": image.level,
        "minor": False,
        "poi": False,
        "acceptableMinor": False,
        "hasMeta": bool(meta),
        "hasPositivePrompt": bool(meta and meta.get("prompt")),
        "onSite": image.meta_shape == "onsite",
        "remixOfId": None,
        "profilePictureId": None,
        "availability": "Public",
        "publishedAt": moment(site.catalogue.posts[image.post_id].published_ms),
        "model3dId": None,
        "cosmetic": None,
        "user": user_item(site.catalogue.creators[image.creator_id]),
        "stats": stats_item(image),
        "reactions": [],
    }


def feed_image(site: Site, image: SiteImage) -> dict[str, Any]:
    """`image.getInfinite` from the search index: `createdAt` is the sort time."""
    catalogue = site.catalogue
    has_meta, detected = bool(meta_of(catalogue, image)), indexed_version_ids(catalogue, image)
    facts = file_facts(site, image)
    facts.pop("hash")
    post = catalogue.posts[image.post_id]
    return {
        "id": image.id,
        "index": image.index,
        "postId": image.post_id,
        "url": image.uuid,
        "nsfwLevel": image.level,
        "aiNsfwLevel": image.level,
        "combinedNsfwLevel": image.level,
        "width": image.width,
        "height": image.height,
        "hash": blurhash_of(image.style, image.palette),
        "sortAt": moment(image.sort_ms),
        "type": image.type,
        "userId": image.creator_id,
        "needsReview": None,
        "blockedFor": None,
        "minor": False,
        "poi": False,
        "availability": "Public",
        "hasMeta": has_meta,
        "hasPositivePrompt": has_meta,
        "onSite": image.meta_shape == "onsite",
        "postedToId": post.version_id,
        "remixOfId": None,
        "baseModel": image.base_model,
        "modelVersionIds": detected[:1],
        "modelVersionIdsManual": detected[1:],
        "toolIds": [84],
        "techniqueIds": [1],
        "publishedAt": moment(post.published_ms),
        "existedAtUnix": image.sort_ms + 97_040_000,
        "sortAtUnix": image.sort_ms,
        "tagIds": list(image.tag_ids),
        "reactionCount": image.likes + image.likes // 3,
        "commentCount": image.comments,
        "collectedCount": image.likes // 10,
        "stats": stats_item(image),
        "model3dId": None,
        "modelVersionId": post.version_id,
        "createdAt": moment(image.sort_ms),
        "metadata": facts,
        "user": user_item(catalogue.creators[image.creator_id]),
        "reactions": [],
        "cosmetic": None,
        "tags": [],
        "name": None,
        "ingestion": "Scanned",
        "meta": None,
        "thumbnailUrl": UNDEFINED,
    }


def database_image(site: Site, image: SiteImage) -> dict[str, Any]:
    """`image.getInfinite` from the database: the name and the real creation time."""
    catalogue, has_meta = site.catalogue, bool(meta_of(site.catalogue, image))
    post = catalogue.posts[image.post_id]
    return {
        "id": image.id,
        "name": file_name(image),
        "url": image.uuid,
        "nsfwLevel": image.level,
        "width": image.width,
        "height": image.height,
        "hash": blurhash_of(image.style, image.palette),
        "hasMeta": has_meta,
        "hasPositivePrompt": has_meta,
        "onSite": image.meta_shape == "onsite",
        "remixOfId": None,
        "createdAt": moment(image.created_ms),
        "sortAt": moment(image.sort_ms),
        "type": image.type,
        "metadata": file_facts(site, image),
        "ingestion": "Scanned",
        "blockedFor": None,
        "needsReview": None,
        "postId": image.post_id,
        "index": image.index,
        "publishedAt": moment(post.published_ms),
        "modelVersionId": post.version_id,
        "model3dId": None,
        "availability": "Public",
        "minor": False,
        "poi": False,
        "meta": None,
        "modelVersionIds": [],
        "modelVersionIdsManual": [],
        "user": user_item(catalogue.creators[image.creator_id]),
        "stats": stats_item(image),
        "reactions": [],
        "tagIds": list(image.tag_ids),
        "cosmetic": None,
        "judgeScore": None,
    }


def post_image(site: Site, image: SiteImage) -> dict[str, Any]:
    """One of the first images of a post in `post.getInfinite`."""
    return {
        "id": image.id,
        "userId": image.creator_id,
        "name": file_name(image),
        "url": image.uuid,
        "nsfwLevel": image.level,
        "width": image.width,
        "height": image.height,
        "hash": blurhash_of(image.style, image.palette),
        "type": image.type,
        "metadata": file_facts(site, image),
        "postId": image.post_id,
        "onSite": image.meta_shape == "onsite",
        "remixOfId": None,
        "minor": False,
        "poi": False,
        "tagIds": list(image.tag_ids),
    }


def generation_item(site: Site, image: SiteImage) -> dict[str, Any]:
    """`image.getGenerationData`: `meta` is undefined when hidden, resources may remain."""
    meta = meta_of(site.catalogue, image)
    resources = []
    for version_id in image.version_ids:
        version, model = (
            site.catalogue.versions[version_id],
            site.catalogue.model_of(version_id),
        )
        resources.append(
            {
                "imageId": image.id,
                "modelVersionId": version.id,
                "strength": 0.8 if model.type == "LORA" else UNDEFINED,
                "modelId": model.id,
                "modelName": model.name,
                "modelType": model.type,
                "versionId": version.id,
                "versionName": version.name,
                "baseModel": version.base_model,
            }
        )
    is_shown = meta is not None
    return {
        "type": image.type,
        "onSite": image.meta_shape == "onsite",
        "process": "txt2img" if is_shown and not image.is_video else UNDEFINED,
        "meta": meta if is_shown else UNDEFINED,
        "displayKeys": UNDEFINED,
        "resources": resources,
        "tools": [_TOOL] if image.meta_shape == "a1111" else [],
        "techniques": [{"id": 1, "name": "txt2img", "notes": None}] if is_shown else [],
        "external": (meta or {}).get("external", UNDEFINED),
        "canRemix": bool(meta),
        "remixOfId": UNDEFINED,
    }


def post_item(site: Site, post: Post, images: list[SiteImage], shown: int) -> dict[str, Any]:
    """`imageCount` is true for what this caller may see, `images` only the first few."""
    level = 0
    for image in images:
        level |= image.level
    return {
        "id": post.id,
        "nsfwLevel": level,
        "title": post.title,
        "publishedAt": moment(post.published_ms),
        "modelVersionId": post.version_id,
        "collectionId": None,
        "imageCount": len(images),
        "user": user_item(site.catalogue.creators[post.creator_id]),
        "stats": {
            "commentCount": sum(image.comments for image in images),
            "likeCount": sum(image.likes for image in images),
            "heartCount": sum(image.likes // 3 for image in images),
            "laughCount": 0,
            "cryCount": 0,
            "dislikeCount": 0,
        },
        "images": [post_image(site, image) for image in images[:shown]],
        "cosmetic": None,
    }
