"""Whose a key is and what it lets one see.

`/me` tells the user and, as a bit mask, what the key was made for. No call tells the rating
levels; but the page's own lists are cut to what the caller may see, and show that instead when
nothing of it was asked for: so asking for the upper levels alone tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from artkeep.domain.rating import ALL_RATINGS, SAFE_RATINGS, Rating, mask_of
from artkeep.errors import AuthRequired
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import KeyReport
from artkeep.sites.civitai.api import Api, is_refusal
from artkeep.sites.civitai.generation import id_text
from artkeep.sites.civitai.parse import author_of

_UPPER = ALL_RATINGS - SAFE_RATINGS
_LOOKED_AT = 20
_SET_IT = "Set it in Settings › Sites & keys, or as ARTKEEP_SITES__CIVITAI__API_KEY."


class Scope(IntFlag):
    """What a key may be made for; one without the bit is answered with 403."""

    USER_READ = 1
    MEDIA_READ = 32
    COLLECTIONS_READ = 131_072

    @property
    def title(self) -> str:
        """As the site calls it."""
        return {1: "UserRead", 32: "MediaRead", 131_072: "CollectionsRead"}[self]

    @property
    def opens(self) -> str:
        """What it lets one do."""
        return {1: "read the account", 32: "read media", 131_072: "read your collections"}[self]

    @property
    def lack(self) -> str:
        """The sentence about a key without it."""
        return f"It may not {self.opens}: that takes a key with the scope {self.title}."


@dataclass(frozen=True, slots=True)
class Account:
    """Whose a key is. `scopes`: None when the site does not tell."""

    name: str | None
    number: str | None
    scopes: int | None = None

    def lacks(self, scope: Scope) -> bool:
        """Whether the key is known not to have it."""
        return self.scopes is not None and not self.scopes & scope


async def find_account(api: Api) -> Account:
    """Raises AuthRequired when there is no key or it is refused, FetchFailed."""
    if not api.has_key:
        raise AuthRequired("This needs your Civitai key.", advice=_SET_IT)
    try:
        told = await api.get("me", {})
    except FetchFailed as failed:
        if failed.reason == "unauthorized":
            raise AuthRequired(
                "Civitai does not accept this key.",
                advice="Copy it again from your account settings at Civitai.",
            ) from failed
        if failed.reason == "not_permitted":
            raise AuthRequired(
                f"Civitai does not accept this key. {Scope.USER_READ.lack}",
                advice="Make one with this scope in your account settings at Civitai.",
            ) from failed
        raise
    scopes = told.get("tokenScope")
    is_told = isinstance(scopes, int) and not isinstance(scopes, bool)
    return Account(author_of(told), id_text(told.get("id")), scopes if is_told else None)


async def check_key(api: Api) -> KeyReport:
    """Raises AuthRequired when there is no key or it is refused, FetchFailed."""
    if not api.has_key:
        raise AuthRequired("There is no Civitai key to check.", advice="Enter one.")
    account = await find_account(api)
    notes = [scope.lack for scope in (Scope.COLLECTIONS_READ,) if account.lacks(scope)]
    asked = {"limit": _LOOKED_AT, "browsingLevel": mask_of(_UPPER), "sort": "Newest"}
    try:
        listed = await api.query("image.getInfinite", asked)
    except FetchFailed as failed:
        if failed.reason == "not_permitted":
            notes.insert(0, Scope.MEDIA_READ.lack)
        elif not is_refusal(failed):
            notes = []  # it did not answer: then it is not the time to judge the key
        return KeyReport(account.name, note=" ".join(notes))
    seen = _levels(listed or {})
    labels = tuple(rating.label for rating in sorted(seen))
    return KeyReport(account.name, labels, " ".join(notes))


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
