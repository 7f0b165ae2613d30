"""A creator's posts: what each says to hold, against which the pictures we know are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from artkeep.domain.artwork import Group, Reject
from artkeep.errors import WrongIdentity
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Page, parse_each
from artkeep.sites.civitai.ask import Ask
from artkeep.sites.civitai.generation import id_text
from artkeep.sites.civitai.listings import images_of_post
from artkeep.sites.civitai.parse import author_of, parse_post
from artkeep.sites.civitai.replies import items_of, read_end

_MOST_POSTS = 100
_MOST_PICTURES = 100_000


async def fetch_posts(ask: Ask) -> Page:
    """A page of posts; no artworks, a post's list shows its first eight only.

    Raises FetchFailed or WrongIdentity.
    """
    asked: dict[str, Any] = {
        "username": ask.value,
        "browsingLevel": int(ask.option("browsingLevel") or 1),
        "period": "AllTime",
        "periodMode": "published",
        "sort": "Newest",
        "limit": ask.limit(_MOST_POSTS),
    }
    if ask.cursor is not None:
        asked["cursor"] = ask.cursor
    page = f"/user/{ask.value}/posts"
    reply = await ask.api.query("post.getInfinite", asked, page=page, attempt=ask.retry)
    if reply is None:
        raise FetchFailed("not_found", detail="post.getInfinite")
    rows = items_of(reply)
    next_cursor, rejects = read_end(reply, ask.attempt)
    own, foreign = _own_posts(ask, rows)
    groups, unreadable = parse_each(own, lambda row: _read_post(row, ask))
    listings = {
        group.site_id: images_of_post(group.site_id, ask.value, group.expected_count)
        for group in groups
    }
    return Page(
        (),
        groups=groups,
        rejects=(*rejects, *foreign, *unreadable),
        listings=tuple(listings.values()) if ask.option("each") else (),
        group_listings=listings,
        next_cursor=next_cursor,
        is_proven=True if groups else None,
    )


def _read_post(row: Mapping[str, Any], ask: Ask) -> Group:
    post_id = id_text(row.get("id"))
    if not post_id:
        raise ValueError("no usable id")
    count = row.get("imageCount")
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        shown = row.get("images")  # at least these
        count = len(shown) if isinstance(shown, list) else None
    # Its first pictures come with their own listing; here they would only be stored twice.
    told = {name: value for name, value in row.items() if name != "images"}
    group = parse_post(told, post_id, ask.api.base)
    return replace(group, expected_count=None if count is None else min(count, _MOST_PICTURES))


def _own_posts(ask: Ask, rows: list[Any]) -> tuple[list[Any], tuple[Reject, ...]]:
    """Without other people's posts. Raises WrongIdentity when there are only such."""
    own: list[Any] = []
    foreign: list[Reject] = []
    for row in rows:
        name = author_of(row) if isinstance(row, Mapping) else None
        if name is None or name.casefold() == ask.value.casefold():
            own.append(row)
        else:
            foreign.append(Reject("foreign_author", id_text(row.get("id")), name))
    if foreign and not own:
        raise WrongIdentity(
            f"Civitai answered with posts that are not of {ask.target.title}.",
            advice="Nothing of it was kept. Try again later.",
        )
    return own, tuple(foreign)
