"""Finds a user: whether the site knows the name, how it spells it, and the number behind it.

The profile call of the web page tells an unknown user from one without pictures, which the
picture listing does not. When it refuses us, the user search and the listing stand in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from artkeep.net.retry import FetchFailed
from artkeep.sites.civitai.api import Api, is_refusal, not_found, says_not_found
from artkeep.sites.civitai.generation import id_text
from artkeep.sites.civitai.parse import author_of, parse_time

# The REST parameter `username` takes nothing else; other names go by their number.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class User:
    """A user as the site spells the name. `notes` are plain sentences about the account."""

    name: str
    number: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def has_plain_name(self) -> bool:
        """Whether listings can be asked by name."""
        return _PLAIN_NAME.fullmatch(self.name) is not None


async def find_user(api: Api, name: str) -> User:
    """Raises TargetNotFound with the names that are near, or FetchFailed."""
    try:
        profile = await api.query("user.getCreator", {"username": name})
        if profile is not None and not _is_called(profile, name):
            raise FetchFailed("bad_reply", detail="user.getCreator answered with another user")
    except FetchFailed as failed:
        if not is_refusal(failed):
            raise
        return await _find_by_search(api, name, failed)
    if profile is None:
        raise not_found("user", name, await _near_names(api, name))
    return _read_user(profile, name)


async def _find_by_search(api: Api, name: str, refused: FetchFailed) -> User:
    try:
        users = await _search(api, name)
    except FetchFailed as failed:
        if not is_refusal(failed):
            raise
        if _PLAIN_NAME.fullmatch(name):
            return User(name)  # the pages will have to prove whose they are
        raise refused from None
    for user in users:
        if _is_called(user, name):
            return _read_user(user, name)
    if _PLAIN_NAME.fullmatch(name) and await _has_pictures(api, name):
        return User(name)
    raise not_found("user", name, _names(users))


async def _has_pictures(api: Api, name: str) -> bool:
    """The search gives five hits and lags behind: the listing itself has the last word."""
    try:
        reply = await api.get("images", {"username": name, "limit": 1, "browsingLevel": 31})
    except FetchFailed as failed:
        if says_not_found(failed):
            return False
        raise
    rows = reply.get("items")
    return isinstance(rows, list) and any(
        isinstance(row, Mapping) and _is_called(row, name) for row in rows
    )


async def _near_names(api: Api, name: str) -> list[str]:
    try:
        return _names(await _search(api, name))
    except FetchFailed:
        return []  # a courtesy: that the user is unknown is certain without it


async def _search(api: Api, name: str) -> list[Mapping[str, Any]]:
    """Up to five users whose names are near, by the site's text search."""
    users = (await api.get("users", {"query": name})).get("items")
    if not isinstance(users, list):
        raise FetchFailed("bad_reply", detail="/users: no items")
    return [user for user in users if isinstance(user, Mapping)]


def _read_user(user: Mapping[str, Any], name: str) -> User:
    notes = [
        f"Civitai says that this account was {what}; its artworks may be hidden."
        for key, what in (("deletedAt", "deleted"), ("bannedAt", "banned"))
        if parse_time(user.get(key))
    ]
    return User(author_of(user) or name, id_text(user.get("id")), tuple(notes))


def _names(users: list[Mapping[str, Any]]) -> list[str]:
    return [name for user in users if (name := author_of(user))]


def _is_called(user: Mapping[str, Any], name: str) -> bool:
    return (author_of(user) or "").casefold() == name.casefold()
