"""The walks there are over Civitai, and what stands in for one that broke off.

Listings over REST `/images` are `images <parameter>=<value>`; `sort=Oldest` because `Newest`
loses rows at page ends on two of the site's three back ends, `browsingLevel` because PG only is
the default. What a listing knows about all its items stands in its options, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from artkeep.domain.artwork import clean_text
from artkeep.sites._adapter import Listing
from artkeep.sites.civitai.generation import id_text

IMAGES = "images"
MODELS_BY_TAG = "models_by_tag"
COLLECTION_IMAGES = "collection_images"
POSTS = "posts"
POST_IMAGES = "post_images"
LIKED_IMAGES = "liked_images"
FOLLOWED_IMAGES = "followed_images"
COLLECTIONS = "collections"

EVERYTHING = "31"  # the mask of all rating levels

_LONGEST_NAME = 200
_CAP = 50_000  # the search engine's; the walk ends there without a word
_SMALLEST_PAGE = 20
_COUNTING_CURSOR = re.compile(r"(\d{1,9})(\|.*)", re.DOTALL)
# Neither runs into the cap: the database answers them, and a post is small.
_UNCAPPED = ("imageId=", "postId=", "modelId=")
_FEEDS = frozenset({IMAGES, FOLLOWED_IMAGES})
_NARROWER = {"AllTime": "Year", "Year": "Month", "Month": "Week", "Week": "Day"}
_SPLITTABLE = _FEEDS | {COLLECTION_IMAGES, LIKED_IMAGES}


def images_by(parameter: str, value: str, mask: str = EVERYTHING, **known: object) -> Listing:
    """A walk over `/images`; `known` holds what it says of its items: `version_name="v2"`."""
    options = [("sort", "Oldest"), ("browsingLevel", mask)]
    options += [(name, text) for name, value in known.items() if (text := short_name(value))]
    return Listing(IMAGES, f"{parameter}={value}", tuple(options))


def images_of_versions(model: Mapping[str, Any], mask: str = EVERYTHING) -> tuple[Listing, ...]:
    """One walk per version of a model."""
    versions = model.get("modelVersions")
    return tuple(
        images_by(
            "modelVersionId",
            version_id,
            mask,
            model_id=id_text(model.get("id")),
            model_name=model.get("name"),
            version_name=version.get("name"),
        )
        for version in (versions if isinstance(versions, list) else ())
        if isinstance(version, Mapping) and (version_id := id_text(version.get("id")))
    )


def images_of_post(post_id: str, author: str, claims: int | None) -> Listing:
    """All pictures of a creator's post."""
    return replace(images_by("postId", post_id, author=author), claims=claims)


def posts_of_user(name: str, *, has_key: bool, each: bool) -> Listing:
    """A creator's posts, with how many pictures each has: a walk that loses nothing and has no
    cap. Without a key it shows only posts with PG pictures. `each`: every post is listed by
    itself, also when all its pictures are known.
    """
    options = [("sort", "Newest"), ("browsingLevel", EVERYTHING)]
    return Listing(
        POSTS,
        f"username={name}",
        tuple([*options, ("each", "1")] if each else options),
        proves_end=has_key,
        is_optional=True,
    )


def images_of_collection(number: str, mask: str = EVERYTHING) -> Listing:
    """All pictures of a collection."""
    return Listing(
        COLLECTION_IMAGES,
        f"collectionId={number}",
        (("sort", "Oldest"), ("browsingLevel", mask)),
    )


def otherwise(listing: Listing, **changes: str) -> Listing:
    """The same walk with other options."""
    options = dict(listing.options)
    kept = {"sort", "browsingLevel", "type", "period"}
    ordered = {name: to for name, to in options.items() if name in kept} | changes
    rest = {name: to for name, to in options.items() if name not in kept}
    return replace(
        listing,
        options=tuple((ordered | rest).items()),
        proves_end=False,
        is_optional=False,
        claims=None,
    )


def substitutes(listing: Listing) -> tuple[Listing, ...]:
    """Narrower walks, each with a cap of its own; then the same one from the other end, and
    from where the last year, month, week and day begin.
    """
    if listing.path == IMAGES and listing.value.startswith("postId="):
        return (replace(listing, path=POST_IMAGES, claims=None),)
    if listing.path not in _SPLITTABLE or listing.value.startswith("imageId="):
        return ()
    options = dict(listing.options)
    mask = int(options.get("browsingLevel", EVERYTHING))
    levels = [bit for bit in (1, 2, 4, 8, 16) if mask & bit]
    if len(levels) > 1:
        return tuple(otherwise(listing, browsingLevel=str(level)) for level in levels)
    if listing.path in _FEEDS and "type" not in options:
        return tuple(otherwise(listing, type=kind) for kind in ("image", "video"))
    if listing.path in _FEEDS and options.get("sort") == "Oldest" and not is_window(listing):
        return (otherwise(listing, sort="Newest"),)
    if whole := _of_whole_model(listing, options):
        return whole
    narrower = _NARROWER.get(options.get("period", "AllTime"))
    if listing.path == IMAGES and narrower and not listing.value.startswith(_UNCAPPED):
        return (otherwise(listing, sort="Oldest", period=narrower),)
    return ()


def _of_whole_model(listing: Listing, options: Mapping[str, str]) -> tuple[Listing, ...]:
    """A version's pictures among those of its model, whose list the database answers."""
    version, model_id = listing.value.removeprefix("modelVersionId="), options.get("model_id")
    if version == listing.value or model_id is None:
        return ()
    known = {name: to for name, to in options.items() if name in ("model_name", "version_name")}
    whole = images_by("modelId", model_id, options.get("browsingLevel", EVERYTHING), **known)
    others = {"type": options["type"]} if "type" in options else {}
    return (otherwise(whole, model_id=model_id, only_version=version, **others),)


def is_window(listing: Listing) -> bool:
    """Whether it begins so long ago as its period says."""
    return any(name == "period" for name, _ in listing.options)


def most_items(listing: Listing) -> int | None:
    """Where the site ends a walk silently."""
    if listing.path in _FEEDS and not listing.value.startswith(_UNCAPPED):
        return _CAP
    return None


def is_feed(listing: Listing) -> bool:
    """Whether the search engine may answer it, whose cursors count."""
    return listing.path in _FEEDS


def items_before(cursor: str) -> int | None:
    """The search engine's cursors count: `400|1785024000000`."""
    counting = _COUNTING_CURSOR.fullmatch(cursor)
    return int(counting[1]) if counting else None


def step_over(cursor: str) -> str | None:
    """The cursor behind the smallest page at this one."""
    counting = _COUNTING_CURSOR.fullmatch(cursor)
    return f"{int(counting[1]) + _SMALLEST_PAGE}{counting[2]}" if counting else None


def short_name(value: object) -> str | None:
    """A name as the site gives it, fit to be stored beside a listing."""
    return (clean_text(value) or "")[:_LONGEST_NAME] or None if isinstance(value, str) else None
