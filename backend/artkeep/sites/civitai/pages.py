"""One page of a listing: ask, prove, read.

A cursor is handed back as it came. Its absence is the only sign of the end: short and empty
pages occur in the middle, and `nextPage` is never followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artkeep.domain.artwork import Artwork, Group, Reject
from artkeep.domain.target import TargetKind
from artkeep.errors import TargetNotFound, WrongIdentity
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Listing, Page
from artkeep.sites.civitai.account import fetch_account_images, fetch_collections
from artkeep.sites.civitai.api import not_found, says_not_found
from artkeep.sites.civitai.ask import Ask
from artkeep.sites.civitai.generation import id_text
from artkeep.sites.civitai.listings import (
    COLLECTION_IMAGES,
    COLLECTIONS,
    EVERYTHING,
    FOLLOWED_IMAGES,
    LIKED_IMAGES,
    MODELS_BY_TAG,
    POST_IMAGES,
    POSTS,
    images_by,
    images_of_versions,
)
from artkeep.sites.civitai.page_calls import ask_for_images, find_unlisted, read_images
from artkeep.sites.civitai.parse import author_of, parse_images, parse_post, posts_of
from artkeep.sites.civitai.plans import carries_tag, find_post
from artkeep.sites.civitai.posts import fetch_posts
from artkeep.sites.civitai.proofs import say_items, says_echo, version_ids
from artkeep.sites.civitai.replies import items_of, read_end

_MOST_IMAGES = 200
_MOST_MODELS = 100

# The plan has already asked the site for these by number.
_CHECKED_BY_PLAN = frozenset({"modelId", "modelVersionId"})


async def fetch_page(ask: Ask) -> Page:
    """Raises FetchFailed, TargetNotFound, AuthRequired, or WrongIdentity."""
    if ask.listing.path == MODELS_BY_TAG:
        return await _fetch_models(ask)
    if ask.listing.path == POSTS:
        return await fetch_posts(ask)
    if ask.listing.path in (COLLECTION_IMAGES, POST_IMAGES):
        return await _fetch_by_page_call(ask)
    if ask.listing.path in (LIKED_IMAGES, FOLLOWED_IMAGES):
        return await fetch_account_images(ask)
    if ask.listing.path == COLLECTIONS:
        return await fetch_collections(ask)
    return await _fetch_images(ask)


async def _fetch_images(ask: Ask) -> Page:
    asked = ask.parameters(_MOST_IMAGES, "sort", "browsingLevel", "type", "period")
    try:
        reply = await ask.api.get("images", {**asked, "withMeta": "true", "withTags": "true"})
    except FetchFailed as failed:
        if ask.cursor is not None or not says_not_found(failed):
            raise
        if ask.parameter != "imageId":
            raise not_found(ask.target.kind.value, ask.target.value) from failed
        reply = {"items": [], "metadata": {}}
    rows = items_of(reply)
    next_cursor, rejects = read_end(reply.get("metadata"), ask.attempt)
    if not rows and ask.cursor is None and next_cursor is None:
        return await _first_page_empty(ask, rejects)

    is_proven = _prove(ask, rows, reply.get("metadata"))
    rows, foreign = _own_rows(ask, rows)
    artworks, unreadable = parse_images(rows, ask.context(is_own=is_proven is True))
    return Page(
        artworks,
        groups=await _groups(ask, artworks),
        rejects=(*rejects, *foreign, *unreadable),
        next_cursor=next_cursor,
        is_proven=is_proven,
    )


async def _first_page_empty(ask: Ask, rejects: tuple[Reject, ...]) -> Page:
    """Nothing listed: another way to ask, where there is one."""
    if ask.parameter == "imageId":
        artwork = await find_unlisted(ask.api, ask.value, ask.context())
        if artwork is None:
            raise not_found("image", ask.value)
        return Page((artwork,), groups=posts_of([artwork], ask.api.base), rejects=rejects)
    model_id = ask.option("model_id")
    further: tuple[Listing, ...] = ()
    # A model's own plan holds the walk over the whole model anyway.
    is_version = ask.parameter == "modelVersionId" and ask.target.kind is not TargetKind.MODEL
    if is_version and model_id:
        names = {name: ask.option(name) for name in ("model_name", "version_name")}
        further = (
            images_by(
                "modelId",
                model_id,
                ask.option("browsingLevel") or EVERYTHING,
                model_id=model_id,
                only_version=ask.value,
                **names,
            ),
        )
    return Page((), rejects=rejects, listings=further, is_proven=None)


async def _groups(ask: Ask, artworks: tuple[Artwork, ...]) -> tuple[Group, ...]:
    """The posts of a page; the post that is the target itself with its title, once."""
    posts = posts_of(artworks, ask.api.base)
    if ask.target.kind is not TargetKind.POST or ask.cursor is not None:
        return posts
    try:
        post = await find_post(ask.api, ask.value)
    except FetchFailed:
        return posts  # a title is not worth a page
    return (parse_post(post, ask.value, ask.api.base),) if post else posts


async def _fetch_models(ask: Ask) -> Page:
    asked = ask.parameters(_MOST_MODELS, "nsfw", "archived", "sort")
    reply = await ask.api.get("models", asked)
    rows = items_of(reply)
    next_cursor, rejects = read_end(reply.get("metadata"), ask.attempt)
    tagged = [row for row in rows if carries_tag(row, ask.value)]
    if rows and not tagged:
        if ask.cursor is None:
            raise TargetNotFound(
                f"Unknown model tag {ask.value}: Civitai ignored it.",
                advice="Check the spelling; tags of pictures are another kind (image_tag).",
            )
        raise WrongIdentity(f"Civitai listed models without the tag {ask.value}.")
    mask = ask.option("browsingLevel") or EVERYTHING
    listings = [listing for row in tagged for listing in images_of_versions(row, mask)]
    return Page(
        (),
        rejects=rejects,
        listings=tuple(dict.fromkeys(listings)),
        next_cursor=next_cursor,
        is_proven=True if rows else None,
    )


async def _fetch_by_page_call(ask: Ask) -> Page:
    """REST knows no collections, and a post may be listed otherwise there; the page's own
    listing lacks the generation data."""
    what = ask.parameter.removesuffix("Id")
    wanted = {ask.parameter: int(ask.value)}
    reply = await ask_for_images(ask, wanted, f"/{what}s/{ask.value}")
    if reply is None:
        raise not_found(what, ask.value)
    return await read_images(ask, reply)


def _prove(ask: Ask, rows: list[Any], metadata: object) -> bool | None:
    """What `Page.is_proven` says. Raises WrongIdentity."""
    readable = [row for row in rows if isinstance(row, Mapping)]
    said = say_items(ask.parameter, ask.value, ask.author, readable)
    if said is None:
        link = metadata.get("nextPage") if isinstance(metadata, Mapping) else None
        said = says_echo(link, ask.site, ask.parameter, ask.value)
    if said is False:
        raise WrongIdentity(
            f"Civitai answered with artworks that are not of {ask.target.title}.",
            advice="Nothing of it was kept. Try again later.",
        )
    if not rows:
        return None
    return True if ask.parameter in _CHECKED_BY_PLAN else said


def _own_rows(ask: Ask, rows: list[Any]) -> tuple[list[Any], tuple[Reject, ...]]:
    """Without what strayed in: other authors' items, other versions' items."""
    version = ask.option("only_version")
    if version:
        readable = [row for row in rows if isinstance(row, Mapping)]
        return [row for row in readable if version in version_ids(row)], ()
    if ask.author is None:
        return rows, ()
    own: list[Any] = []
    foreign: list[Reject] = []
    for row in rows:
        name = author_of(row) if isinstance(row, Mapping) else None
        if name is None or name.casefold() == ask.author.casefold():
            own.append(row)
        else:
            site_id = id_text(row.get("id"))
            foreign.append(Reject("foreign_author", site_id=site_id, excerpt=name))
    return own, tuple(foreign)
