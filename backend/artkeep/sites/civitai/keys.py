"""Whose a key is and what it lets one see.

`/me` tells the user. No call tells the rating levels; but the page's own lists are cut to what
the caller may see, and show that instead when nothing of it was asked for: so asking for the
upper levels alone tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artkeep.domain.rating import ALL_RATINGS, SAFE_RATINGS, Rating, mask_of
from artkeep.errors import AuthRequired
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import KeyReport
from artkeep.sites.civitai.api import Api, is_refusal
from artkeep.sites.civitai.parse import author_of

_UPPER = ALL_RATINGS - SAFE_RATINGS
_LOOKED_AT = 20
_NEEDS = "It may not read pictures: make one with the right to read media at Civitai."


async def check_key(api: Api) -> KeyReport:
    """Raises AuthRequired when there is no key or it is refused, FetchFailed."""
    if not api.has_key:
        raise AuthRequired("There is no Civitai key to check.", advice="Enter one.")
    try:
        account = await api.get("me", {})
    except FetchFailed as failed:
        if failed.reason in ("unauthorized", "not_permitted"):
            raise AuthRequired(
                "Civitai does not accept this key.",
                advice="Copy it again from your account settings at Civitai.",
            ) from failed
        raise
    user = author_of(account)
    asked = {"limit": _LOOKED_AT, "browsingLevel": mask_of(_UPPER), "sort": "Newest"}
    try:
        listed = await api.query("image.getInfinite", asked)
    except FetchFailed as failed:
        if not is_refusal(failed):
            return KeyReport(user)
        return KeyReport(user, note=_NEEDS if failed.reason == "not_permitted" else "")
    seen = _levels(listed or {})
    return KeyReport(user, tuple(rating.label for rating in sorted(seen)))


def _levels(listed: Mapping[str, Any]) -> frozenset[Rating]:
    """The rating levels that the caller may see, by what a list of the upper ones held."""
    items = listed.get("items")
    held = 0
    for item in items if isinstance(items, list) else ():
        level = item.get("nsfwLevel") if isinstance(item, Mapping) else None
        held |= level if isinstance(level, int) else 0
    if held & mask_of(_UPPER):
        return ALL_RATINGS
    if held & Rating.PG13:
        return SAFE_RATINGS
    return frozenset({Rating.PG}) if held & Rating.PG else frozenset()
