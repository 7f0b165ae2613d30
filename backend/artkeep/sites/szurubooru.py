"""Szurubooru: boorus that people run themselves.

Source: szurubooru `doc/API.md` and a running server, 2026-11. GET {root}/api/posts/?query=
&offset=&limit= -> {"total", "results"}, newest first; nothing is answered without an Accept for
JSON. `id:..N` takes N itself along. The address of a file is relative to the site, not to the
API, and cannot be guessed. Names of categories and ranks are the owner's own.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote

from artkeep.domain.artwork import Artwork, Kind, Tag, clean_text
from artkeep.domain.target import Target, TargetKind
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite
from artkeep.sites._adapter import Listing, Plan, SiteLimits
from artkeep.sites._booru import POSTS, Asked, Booru, Posts
from artkeep.sites._booru_fields import RATING_WORDS, hex_digest, whole_number

if TYPE_CHECKING:
    from artkeep.net.client import Client

_PER_PAGE = 100  # one more is refused
_TOKEN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KINDS = {"image": Kind.IMAGE, "animation": Kind.IMAGE}


class Szurubooru(Booru):
    """One host that Szurubooru runs."""

    kinds = frozenset(
        {TargetKind.SEARCH, TargetKind.IMAGE, TargetKind.POOL, TargetKind.FAVOURITES}
    )
    limits = SiteLimits(
        requests_per_s=2.0, burst=4, media_requests_per_s=8.0, media_concurrency=4
    )
    order_words = re.compile(r"(?<=\s)-?(?:sort|order):\S+", re.IGNORECASE)
    key_help = (
        "Needed where the owner shows posts to members only: your name as the user, and as the "
        "key a login token from your account's page, or your password."
    )

    def __init__(self, name: str, site: BooruSite) -> None:
        super().__init__(name, site)
        self.root = self.root.removesuffix("/api")

    def match_link(
        self, split: SplitResult, query: Mapping[str, str]
    ) -> tuple[TargetKind, str] | None:
        segments = [unquote(part) for part in split.path.split("/") if part]
        match segments[1:] if segments[:1] == ["api"] else segments:
            case ["post", number, *_]:
                return TargetKind.IMAGE, number
            case ["pool", number, *_]:
                return TargetKind.POOL, number
            case ["posts", told, *_]:  # query=…;offset=…
                fields = dict(part.partition("=")[::2] for part in told.split(";"))
                return TargetKind.SEARCH, fields.get("query") or "*"
            case ["posts"]:
                return TargetKind.SEARCH, query.get("query") or "*"
        return None

    @classmethod
    def looks_like(cls, split: SplitResult, query: Mapping[str, str]) -> bool:
        return bool(re.match(r"/(?:post/\d+|posts/query=)", split.path))

    async def plan_special(self, client: Client, target: Target) -> Plan:
        word = "pool" if target.kind is TargetKind.POOL else "fav"
        query = f"{word}:{target.value}"
        claims = await self.count_posts(client, query)
        listing = Listing(POSTS, query, proves_end=True)
        return Plan((listing,), title=target.value, site_claims=claims)

    async def count_posts(self, client: Client, tags: str) -> int | None:
        found = await self._ask(client, {"query": tags, "offset": 0, "limit": 1})
        return found.total

    async def fetch_posts(self, client: Client, asked: Asked) -> Posts:
        if asked.below is not None and asked.below <= 1:
            return Posts(())
        offset = ((asked.page or 1) - 1) * _PER_PAGE
        query = "" if asked.tags == "*" else asked.tags
        if asked.page is None:
            bound = f"id:..{asked.below - 1}" if asked.below is not None else ""
            query = " ".join(filter(None, (query, bound, "sort:id")))
        found = await self._ask(client, {"query": query, "offset": offset, "limit": _PER_PAGE})
        is_all = asked.below is None
        return found if is_all else Posts(found.rows)

    async def fetch_post(self, client: Client, site_id: str) -> Posts:
        try:
            row = await self._get(client, f"post/{site_id}", {})
        except FetchFailed as failed:
            if failed.reason in ("not_found", "gone"):
                return Posts(())
            raise
        return Posts((row,))

    async def _ask(self, client: Client, wanted: Mapping[str, str | int]) -> Posts:
        reply = await self._get(client, "posts/", wanted)
        rows = reply.get("results")
        if not isinstance(rows, list):
            raise FetchFailed("unknown_shape", detail="no results")
        total = reply.get("total")
        return Posts(rows, total if isinstance(total, int) else None)

    async def _get(
        self, client: Client, path: str, wanted: Mapping[str, str | int]
    ) -> dict[str, Any]:
        headers = {"Accept": "application/json", **self._login()}
        reply = await client.get_json(f"{self.root}/api/{path}", wanted, headers=headers)
        if not isinstance(reply, dict):
            raise FetchFailed("unknown_shape", detail="no object")
        return reply

    def _login(self) -> dict[str, str]:
        """Tokens have the form of a UUID; anything else is a password."""
        user, key = self.site.login
        if not user or not key:
            return {}
        told = base64.b64encode(f"{user}:{key}".encode()).decode()
        return {"Authorization": f"{'Token' if _TOKEN.fullmatch(key) else 'Basic'} {told}"}

    def parse(self, row: dict[str, Any], by_tag: Mapping[str, str]) -> Artwork:
        posted_at = row.get("creationTime")
        user = row.get("user")
        return Artwork(
            site=self.name,
            site_id=str(row["id"]),
            kind=_KINDS.get(str(row["type"]), Kind.VIDEO),
            page_url=f"{self.root}/post/{row['id']}",
            media_url=self.media_address(row["contentUrl"]),
            author=clean_text(user.get("name")) if isinstance(user, dict) else None,
            rating=RATING_WORDS.get(str(row.get("safety"))),
            posted_at=datetime.fromisoformat(posted_at) if posted_at else None,
            width=whole_number(row.get("canvasWidth")),
            height=whole_number(row.get("canvasHeight")),
            md5=hex_digest(row.get("checksumMD5")),
            sha1=hex_digest(row.get("checksum"), 40),
            tags=tuple(_tag(tag) for tag in row["tags"]),
            raw=row,
        )

    def still_of(self, raw: Mapping[str, Any]) -> str | None:
        return self.media_address(raw.get("thumbnailUrl"))


def _tag(told: dict[str, Any]) -> Tag:
    """The first name is the tag's own, the others are its aliases."""
    name, *_ = told["names"]
    category = clean_text(told.get("category")) or "general"
    return Tag(str(clean_text(name)), "general" if category == "default" else category)
