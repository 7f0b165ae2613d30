"""Shimmie2: boorus that people run themselves.

Source: shimmie2 `ext/danbooru_api`, `ext/ouroboros_api`, `ext/index`, and a running server of
2023, read 2026-11. A host has up to three doors: XML and JSON by add-ons, and its pages, which
are always there. They are tried in this order, and the one that answered is tried first from
then on. All is asked through `index.php?q=`, which works whether or not a host has short links.
No result is a 404, and a search that names one post leads to its page.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote

from artkeep.domain.artwork import Artwork, Tag, clean_text
from artkeep.domain.rating import Rating
from artkeep.domain.target import TargetKind
from artkeep.net.replies import decode_json
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite
from artkeep.sites._adapter import SiteLimits
from artkeep.sites._booru import Asked, Booru, Posts
from artkeep.sites._booru_fields import (
    ending_of,
    hex_digest,
    kind_of,
    whole_number,
    words_of,
)
from artkeep.sites._shimmie_pages import escaped, read_page, read_xml

if TYPE_CHECKING:
    from artkeep.net.client import Client

_PER_PAGE = 100
_LAST_SECOND = 2**35  # beyond any date that systems agree on
# "q" stands for unknown as well.
_RATINGS = {"s": Rating.PG, "e": Rating.XXX}
_NOT_THERE = frozenset({"not_found", "gone"})
_NO_DOOR = _NOT_THERE | {"not_permitted", "request_refused"}
_Door = Callable[["Client", Asked], Awaitable[Posts | None]]


class Shimmie2(Booru):
    """One host that Shimmie2 runs. Holds which of its doors answered, besides its settings."""

    limits = SiteLimits(
        requests_per_s=2.0, burst=4, media_requests_per_s=8.0, media_concurrency=4
    )
    order_words = re.compile(r"(?<=\s)order[=:]\S+", re.IGNORECASE)

    def __init__(self, name: str, site: BooruSite) -> None:
        super().__init__(name, site)
        self._doors: tuple[_Door, ...] = (self._ask_xml, self._ask_json, self._ask_page)

    def match_link(
        self, split: SplitResult, query: Mapping[str, str]
    ) -> tuple[TargetKind, str] | None:
        path = query.get("q") or split.path.partition("index.php")[2] or split.path
        segments = [unquote(part) for part in path.split("/") if part]
        match segments:
            case ["post", "view", number, *_] if number.isdigit():
                return TargetKind.IMAGE, number
            case ["post", "list", page] if page.isdigit():
                return TargetKind.SEARCH, "*"
            case ["post", "list"]:
                return TargetKind.SEARCH, query.get("search") or "*"
            case ["post", "list", tags, *_]:
                return TargetKind.SEARCH, _unescaped(tags)
        return None

    @classmethod
    def looks_like(cls, split: SplitResult, query: Mapping[str, str]) -> bool:
        return bool(re.match(r"/?post/(?:view/\d+|list/)", query.get("q") or split.path))

    async def fetch_posts(self, client: Client, asked: Asked) -> Posts:
        for number, door in enumerate(self._doors):
            found = await door(client, asked)
            if found is None:
                continue
            if found.rows and number:
                self._doors = (door, *(one for one in self._doors if one != door))
            return found
        raise FetchFailed("unknown_shape", detail="neither posts nor a list of them")

    async def fetch_post(self, client: Client, site_id: str) -> Posts:
        return await self.fetch_posts(client, Asked(f"id={site_id}"))

    async def _ask_xml(self, client: Client, asked: Asked) -> Posts | None:
        text = await self._get(client, "api/danbooru/find_posts", _wanted(asked))
        found = read_xml(text) if text is not None else None
        if found is None:
            return None
        rows, count = found
        return Posts(rows, count if asked.below is None and rows else None)

    async def _ask_json(self, client: Client, asked: Asked) -> Posts | None:
        text = await self._get(client, "post/index.json", _wanted(asked))
        try:
            rows = decode_json(text.encode()) if text else None
        except ValueError:
            return None
        return Posts(rows) if isinstance(rows, list) else None

    async def _ask_page(self, client: Client, asked: Asked) -> Posts | None:
        tags = _query(asked)
        path = f"post/list/{escaped(tags)}/" if tags else "post/list/"
        try:
            text = await self._text(client, f"{path}{asked.page or 1}", {})
        except FetchFailed as failed:
            if failed.reason not in _NOT_THERE:
                raise
            if asked.below is None:  # is there a booru at all?
                await self._text(client, "post/list/1", {})
            return Posts(())
        rows = read_page(text)
        return None if rows is None else Posts(rows)

    async def _get(
        self, client: Client, path: str, wanted: Mapping[str, str | int]
    ) -> str | None:
        """None where the add-on is not there, or not for us."""
        try:
            return await self._text(client, path, wanted)
        except FetchFailed as failed:
            if failed.reason in _NO_DOOR:
                return None
            raise

    async def _text(self, client: Client, path: str, wanted: Mapping[str, str | int]) -> str:
        return await client.get_text(f"{self.root}/index.php", {"q": path, **wanted})

    def parse(self, row: dict[str, Any], by_tag: Mapping[str, str]) -> Artwork:
        url = self.media_address(row["file_url"])
        name = row.get("file_name") or row.get("file_ext") or ""
        ending = str(name).rpartition(".")[2].lower() or ending_of(url)
        return Artwork(
            site=self.name,
            site_id=str(row["id"]),
            kind=kind_of(ending),
            page_url=f"{self.root}/index.php?q=post/view/{row['id']}",
            media_url=url,
            author=clean_text(row.get("author")),
            rating=_RATINGS.get(str(row.get("rating"))),
            posted_at=_moment(row.get("created_at") or row.get("date")),
            width=whole_number(row.get("width")),
            height=whole_number(row.get("height")),
            md5=hex_digest(row.get("md5")),
            tags=tuple(Tag(word) for word in words_of(row["tags"])),
            raw=row,
        )

    def sample_of(self, raw: Mapping[str, Any]) -> str | None:
        return None  # where there is one, it is the file itself


def _wanted(asked: Asked) -> dict[str, str | int]:
    return {"tags": _query(asked), "limit": _PER_PAGE, "page": asked.page or 1}


def _query(asked: Asked) -> str:
    bound = f"id<{asked.below}" if asked.below is not None else ""
    tags = "" if asked.tags == "*" else asked.tags
    return " ".join(filter(None, (tags, bound)))


def _unescaped(tags: str) -> str:
    signs = {"^": "^", "s": "/", "b": "\\", "q": "?", "a": "&", "d": "."}
    return re.sub(r"\^(.)", lambda found: signs.get(found[1], found[0]), tags)


def _moment(told: object) -> datetime | None:
    """Unix seconds in an object, or a date without a zone: the server's own, taken as UTC."""
    if isinstance(told, dict):
        seconds = told.get("s")
        if isinstance(seconds, int) and 0 < seconds < _LAST_SECOND:
            return datetime.fromtimestamp(seconds, UTC)
        return None
    if not isinstance(told, str) or not told:
        return None
    found = datetime.fromisoformat(told)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
