"""What to walk for a target, and whether the site knows the target at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from artkeep.domain.rating import SAFE_RATINGS, mask_of
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import AuthRequired, TargetNotFound
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Depth, Listing, Plan
from artkeep.sites.civitai.account import is_unnamed, name_account, plan_account
from artkeep.sites.civitai.api import Api, error_text, is_refusal, not_found, says_not_found
from artkeep.sites.civitai.generation import id_text
from artkeep.sites.civitai.listings import (
    EVERYTHING,
    MODELS_BY_TAG,
    images_by,
    images_of_collection,
    images_of_versions,
    otherwise,
    posts_of_user,
    short_name,
    substitutes,
)
from artkeep.sites.civitai.users import find_user

_TAG_PAGES = 5
_TAGS_PER_PAGE = 200

_NO_KEY = "Without a key Civitai may leave out artworks above PG; how many it does not say."
_NO_KEY_COLLECTION = "Without a key Civitai shows only PG pictures of a collection."


async def plan_target(api: Api, target: Target, depth: Depth) -> Plan:
    """Raises TargetNotFound, AuthRequired, or FetchFailed.

    A job lists everything and leaves out by its filters, so that it can say what it left out;
    who only looks is shown what is wanted.
    """
    mask = str(mask_of(target.filters.ratings)) if depth is Depth.LOOK else EVERYTHING
    if is_unnamed(target):
        target = await name_account(api, target)
    match target.kind:
        case TargetKind.USER:
            return await _plan_user(api, target, mask, depth)
        case TargetKind.MODEL:
            return await _plan_model(api, target, mask)
        case TargetKind.VERSION:
            return await _plan_version(api, target, mask)
        case TargetKind.MODEL_TAG:
            return await _plan_model_tag(api, target, mask)
        case TargetKind.IMAGE_TAG:
            return await _plan_image_tag(api, target, mask)
        case TargetKind.POST:
            return await _plan_post(api, target, mask)
        case TargetKind.COLLECTION:
            return await _plan_collection(api, target, mask)
        case TargetKind.LIKED | TargetKind.FOLLOWED | TargetKind.COLLECTIONS:
            return await plan_account(api, target, mask, depth)
        case TargetKind.IMAGE:
            return _plan(api, target, images_by("imageId", target.value))
    raise TargetNotFound(f"Civitai has no targets of the kind {target.kind.value}.")


def _plan(
    api: Api,
    target: Target,
    *listings: Listing,
    title: object = None,
    notes: tuple[str, ...] = (),
) -> Plan:
    is_limited = not api.has_key and not SAFE_RATINGS.issuperset(target.filters.ratings)
    return Plan(
        listings,
        title=short_name(title) or target.value,
        unreachable=((_NO_KEY,) if is_limited else ()) + notes,
    )


async def _plan_user(api: Api, target: Target, mask: str, depth: Depth) -> Plan:
    """The pictures, the oldest first; then the posts, to count whether any is missing."""
    user = await find_user(api, target.value)
    if user.has_plain_name:
        pictures = images_by("username", user.name, mask)
    elif user.number:
        pictures = images_by("userId", user.number, mask, author=user.name)
    else:
        raise TargetNotFound(f"Civitai does not tell the number of the user {user.name}.")
    listings = [pictures]
    if depth is Depth.DEEP:
        by_level = substitutes(pictures)
        listings += [*by_level, otherwise(pictures, sort="Newest")]
    if depth is not Depth.LOOK:
        is_deep = depth is Depth.DEEP
        listings.append(posts_of_user(user.name, has_key=api.has_key, each=is_deep))
    return _plan(api, target, *listings, title=user.name, notes=user.notes)


async def _plan_model(api: Api, target: Target, mask: str) -> Plan:
    try:
        model = await api.get(f"models/{target.value}", {})
    except FetchFailed as failed:
        if says_not_found(failed):
            raise not_found("model", target.value) from failed
        raise
    name = model.get("name")
    # The version filter misses fresh versions for days; the walk over the whole model has them.
    whole = images_by("modelId", target.value, mask, model_id=target.value, model_name=name)
    whole = replace(whole, proves_end=True)
    return _plan(api, target, *images_of_versions(model, mask), whole, title=name)


async def _plan_version(api: Api, target: Target, mask: str) -> Plan:
    try:
        version = await api.get(f"model-versions/{target.value}", {})
    except FetchFailed as failed:
        if "model file" in error_text(failed.body):
            version = {}  # "Missing model file": its pictures may well be there
        elif says_not_found(failed):
            raise not_found("version", target.value) from failed
        else:
            raise
    described = version.get("model")
    model = described if isinstance(described, Mapping) else {}
    listing = images_by(
        "modelVersionId",
        target.value,
        mask,
        model_id=id_text(version.get("modelId")),
        model_name=model.get("name"),
        version_name=version.get("name"),
    )
    names = [name for part in (model, version) if (name := short_name(part.get("name")))]
    return _plan(api, target, listing, title=" ".join(names))


async def _plan_model_tag(api: Api, target: Target, mask: str) -> Plan:
    """Both halves of the catalogue: the flag `nsfw` shows PG models or, nearly, all others."""
    listings = [
        Listing(
            MODELS_BY_TAG,
            f"tag={tag}",
            (
                ("nsfw", nsfw),
                ("archived", "true"),
                ("sort", "Highest Rated"),
                ("browsingLevel", mask),
            ),
        )
        for tag in await _spellings(api, target.value)
        for nsfw in ("false", "true")
    ]
    return _plan(api, target, *listings)


async def _spellings(api: Api, tag: str) -> list[str]:
    """`sci_fi` may mean `sci fi` or itself: those that a model carries."""
    if "_" not in tag:
        return [tag]
    found = []
    for spelling in (tag.replace("_", " "), tag):
        reply = await api.get("models", {"tag": spelling, "nsfw": "true", "archived": "true"})
        rows = reply.get("items")
        if any(carries_tag(row, spelling) for row in (rows if isinstance(rows, list) else ())):
            found.append(spelling)
    return found or [tag]


def carries_tag(model: object, tag: str) -> bool:
    """Whether a row of `/models` has the tag; case does not count."""
    names = model.get("tags") if isinstance(model, Mapping) else None
    return isinstance(names, list) and any(
        isinstance(name, str) and name.casefold() == tag.casefold() for name in names
    )


async def _plan_image_tag(api: Api, target: Target, mask: str) -> Plan:
    number = target.value
    if not number.isdigit():
        number = await _find_tag(api, target.value)
    return _plan(api, target, images_by("tags", number, mask))


async def _find_tag(api: Api, name: str) -> str:
    """The number of the tag with exactly this name; the site searches by its beginning."""
    near: list[str] = []
    for page in range(1, _TAG_PAGES + 1):
        asked = {"query": name, "entityType": ["Image"], "limit": _TAGS_PER_PAGE, "page": page}
        rows = (await api.query("tag.getAll", asked) or {}).get("items")
        for row in rows if isinstance(rows, list) else ():
            found = row.get("name") if isinstance(row, Mapping) else None
            if isinstance(found, str):
                number = id_text(row.get("id"))
                if found.casefold() == name.casefold() and number:
                    return number
                near.append(found)
        if not isinstance(rows, list) or len(rows) < _TAGS_PER_PAGE:
            break
    raise not_found("tag", name, near)


async def _plan_post(api: Api, target: Target, mask: str) -> Plan:
    post = await find_post(api, target.value)
    if post is None:
        raise not_found("post", target.value)
    return _plan(api, target, images_by("postId", target.value, mask), title=post.get("title"))


async def find_post(api: Api, number: str) -> dict[str, Any] | None:
    """What the site tells of a post: nothing when the call is refused, None without a post."""
    try:
        return await api.query("post.get", {"id": int(number)})
    except FetchFailed as failed:
        if not is_refusal(failed):
            raise
        return {}


async def _plan_collection(api: Api, target: Target, mask: str) -> Plan:
    reply = await api.query("collection.getById", {"id": int(target.value)})
    collection = (reply or {}).get("collection")
    if not isinstance(collection, Mapping):
        message = f"The collection {target.value} is private or gone."
        if api.has_key:
            raise TargetNotFound(message)
        raise AuthRequired(
            message, advice="If it is yours, set your Civitai key and try again."
        )
    holds = collection.get("type")
    if isinstance(holds, str) and holds != "Image":
        raise TargetNotFound(
            f"The collection {target.value} holds {holds.lower()}s, not pictures."
        )
    listing = images_of_collection(target.value, mask)
    notes = () if api.has_key else (_NO_KEY_COLLECTION,)
    title = short_name(collection.get("name")) or target.value
    return Plan((listing,), title=title, unreachable=notes)
