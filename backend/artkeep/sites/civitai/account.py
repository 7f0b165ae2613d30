"""What only the owner of a key can list: likes, followed creators' pictures, collections.

`me` in place of a name means the account of the key; a target is kept under the name, so that
another key does not go on with somebody else's list. Before each page of such a list `/me` is
asked whose the key is now: a key that was withdrawn is answered as if there were none, and then
a filter by account may be ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from artkeep.domain.artwork import Reject
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import AuthRequired, WrongIdentity
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Depth, Listing, Page, Plan
from artkeep.sites.civitai.api import Api
from artkeep.sites.civitai.ask import Ask
from artkeep.sites.civitai.generation import id_text
from artkeep.sites.civitai.keys import Account, Scope, find_account
from artkeep.sites.civitai.listings import (
    COLLECTIONS,
    FOLLOWED_IMAGES,
    LIKED_IMAGES,
    images_of_collection,
    items_before,
    substitutes,
)
from artkeep.sites.civitai.page_calls import ask_for_images, read_images
from artkeep.sites.civitai.replies import items_of, read_end

ME = "me"
_PRIVATE_KINDS = frozenset(
    {
        TargetKind.LIKED,
        TargetKind.FOLLOWED,
        TargetKind.COLLECTIONS,
        TargetKind.GENERATOR,
    }
)
_MOST_COLLECTIONS = 100

# Of `image.getInfinite`.
_WANTED: dict[str, dict[str, Any]] = {
    LIKED_IMAGES: {"reactions": ["Like", "Heart", "Laugh", "Cry"]},
    FOLLOWED_IMAGES: {"followed": True},
}

_NO_NAMES_OF_FOLLOWED = (
    "Civitai lists the pictures of the creators you follow, not the creators: give a creator's "
    "own name to be sure of everything."
)
_NO_FOLLOWED_COLLECTIONS = (
    "Collections of other people that you follow are not listed: paste the link of each."
)


def is_unnamed(target: Target) -> bool:
    """Whether it means the account of the key without naming it."""
    may_be = target.kind is TargetKind.USER or target.kind in _PRIVATE_KINDS
    return may_be and target.value.casefold() == ME


async def name_account(api: Api, target: Target) -> Target:
    """The same target under the account's name. Raises AuthRequired, FetchFailed."""
    return replace(target, value=_name_of(await find_account(api)))


async def plan_account(api: Api, target: Target, mask: str, depth: Depth) -> Plan:
    """Raises AuthRequired, FetchFailed."""
    account = await _require_account(api, target.value)
    name, number = _name_of(account), account.number
    fixed = (("sort", "Oldest"), ("browsingLevel", mask))
    if target.kind is TargetKind.COLLECTIONS:
        if number is None:
            raise FetchFailed("bad_reply", detail="/me does not tell the account's number")
        listing = Listing(COLLECTIONS, f"userId={number}", (("browsingLevel", mask),))
        return Plan(
            (listing,), title=f"collections of {name}", unreachable=(_NO_FOLLOWED_COLLECTIONS,)
        )
    is_liked = target.kind is TargetKind.LIKED
    listing = Listing(LIKED_IMAGES if is_liked else FOLLOWED_IMAGES, f"account={name}", fixed)
    listings = [listing, *(substitutes(listing) if depth is Depth.DEEP else ())]
    notes = () if is_liked else (_NO_NAMES_OF_FOLLOWED,)
    title = f"likes of {name}" if is_liked else f"followed by {name}"
    return Plan(tuple(listings), title=title, unreachable=notes)


async def fetch_account_images(ask: Ask) -> Page:
    """A page of likes, or of followed creators' pictures.

    Likes come from the database, whose cursors do not count: a counting one shows that the
    search engine answered, which does not know them. Raises FetchFailed, AuthRequired,
    WrongIdentity.
    """
    await _require_account(ask.api, ask.value)
    is_liked = ask.listing.path == LIKED_IMAGES
    try:
        reply = await ask_for_images(ask, _WANTED[ask.listing.path], "/images")
    except FetchFailed as failed:
        raise of_key(failed, Scope.MEDIA_READ.lack) from failed
    if reply is None:
        raise FetchFailed("not_found", detail="image.getInfinite")
    cursor, _ = read_end(reply, ask.attempt)
    if is_liked and cursor is not None and items_before(cursor) is not None:
        raise WrongIdentity(
            f"Civitai answered with artworks that are not what {ask.value} liked.",
            advice="Nothing of it was kept. Try again later.",
        )
    page = await read_images(ask, reply)
    return replace(page, is_proven=True if is_liked and cursor is not None else None)


async def fetch_collections(ask: Ask) -> Page:
    """A page of the account's collections: a walk over each that can hold pictures.

    Raises FetchFailed, AuthRequired, WrongIdentity.
    """
    asked: dict[str, Any] = {
        "userId": int(ask.value),
        "limit": ask.limit(_MOST_COLLECTIONS),
    }
    if ask.cursor is not None:
        asked["cursor"] = int(ask.cursor) if ask.cursor.isdigit() else ask.cursor
    try:
        reply = await ask.api.query(
            "collection.getInfinite", asked, page="/collections", attempt=ask.retry
        )
    except FetchFailed as failed:
        raise of_key(failed, Scope.COLLECTIONS_READ.lack) from failed
    if reply is None:
        raise FetchFailed("not_found", detail="collection.getInfinite")
    rows = items_of(reply)
    next_cursor, rejects = read_end(reply, ask.attempt)
    own = [row for row in rows if not isinstance(row, Mapping) or _owner(row) == ask.value]
    if rows and not own:
        raise WrongIdentity(
            f"Civitai answered with collections that are not of {ask.target.title}.",
            advice="Nothing of it was kept. Try again later.",
        )
    found, unreadable = _read_collections(own, ask.option("browsingLevel") or "1")
    return Page(
        (),
        rejects=(*rejects, *unreadable),
        listings=found,
        next_cursor=next_cursor,
        is_proven=True if own else None,
    )


def _read_collections(
    rows: list[Any], mask: str
) -> tuple[tuple[Listing, ...], tuple[Reject, ...]]:
    """Those of models, posts and articles hold no pictures to list."""
    listings, rejects = [], []
    for row in rows:
        number = id_text(row.get("id")) if isinstance(row, Mapping) else None
        if number is None:
            rejects.append(Reject("unreadable_item", excerpt="a collection", row=row))
        elif row.get("type") in (None, "Image"):
            listings.append(images_of_collection(number, mask))
    return tuple(listings), tuple(rejects)


def _owner(row: Mapping[str, Any]) -> str | None:
    user = row.get("user")
    inner = user.get("id") if isinstance(user, Mapping) else None
    return id_text(row.get("userId")) or id_text(inner)


async def require_account(api: Api, name: str) -> str:
    """The account's name as the site spells it. Raises AuthRequired without a key of this
    account, FetchFailed."""
    return _name_of(await _require_account(api, name))


async def _require_account(api: Api, name: str) -> Account:
    account = await find_account(api)
    if name.casefold() != _name_of(account).casefold():
        raise AuthRequired(
            f"Civitai shows this only to {name}, and the key is {account.name}'s.",
            advice=f"Set the key of {name} in Settings › Sites & keys, or ask for `me`.",
        )
    return account


def _name_of(account: Account) -> str:
    if account.name is None:
        raise FetchFailed("bad_reply", detail="/me does not tell the account's name")
    return account.name


def of_key(failed: FetchFailed, lack: str) -> FetchFailed | AuthRequired:
    """What a refusal means to whoever has a key that `/me` has just accepted. `lack` is the
    sentence about a key that was not made for it."""
    if failed.reason == "not_permitted":
        return AuthRequired(
            f"Civitai refuses this key. {lack}",
            advice="Make one with this scope in your account settings at Civitai.",
        )
    if failed.reason == "unauthorized":
        return AuthRequired(
            "Civitai does not show this with the key that is set.",
            advice="Check it in Settings › Sites & keys.",
        )
    return failed
