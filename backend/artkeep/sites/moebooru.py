"""Moebooru: yande.re, konachan.com.

Source: moebooru's `app/controllers/post_controller.rb`, `app/models/post/api.rb`, read 2026-11.
GET {root}/post.json?tags=&limit=&api_version=2&include_tags=1 -> {"posts", "tags"}: the
categories of all tags come along. Depth ends at the site's own page; `id:<N` has none. Deleted
posts show only when asked for by id, and have no file then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult

from artkeep.domain.artwork import Artwork, Tag, clean_text
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Plan, SiteLimits
from artkeep.sites._booru import Asked, Booru, Posts
from artkeep.sites._booru_account import with_pause
from artkeep.sites._booru_fields import (
    ending_of,
    hex_digest,
    kind_of,
    unix_time,
    whole_number,
    words_of,
)

if TYPE_CHECKING:
    from artkeep.net.client import Client

RATINGS = {"s": Rating.PG, "q": Rating.R, "e": Rating.XXX}

_PAUSE_S = 10.0  # after a refusal for asking too fast
_LARGEST_PAGE = 100  # up to 1000 are given; large answers are slow there
_DEEPEST_PAGE = 5000  # of yande.re
# Odd codes: 421 is "throttled", as is 503 of older hosts; 420 to 424 are answers, no outages.
_THROTTLED = frozenset({421, 503})
_POST = re.compile(r"/post/(?:show|view)/(\d{1,18})(?:[./].*)?")
_POOL = re.compile(r"/pool/show/(\d{1,18})(?:[./].*)?")


class Moebooru(Booru):
    """One host that Moebooru runs."""

    kinds = frozenset(
        {TargetKind.SEARCH, TargetKind.IMAGE, TargetKind.POOL, TargetKind.FAVOURITES}
    )
    limits = SiteLimits(
        requests_per_s=1.0, burst=2, media_requests_per_s=4.0, media_concurrency=3
    )
    order_words = re.compile(r"(?<=\s)order:\S+", re.IGNORECASE)
    deepest = _DEEPEST_PAGE * _LARGEST_PAGE

    def is_own_page(self, split: SplitResult) -> bool:
        host = (split.hostname or "").removeprefix("www.")
        further = self.known.hosts if self.known else ()  # konachan.net shows the same
        return super().is_own_page(split) or host in further

    def match_link(
        self, split: SplitResult, query: Mapping[str, str]
    ) -> tuple[TargetKind, str] | None:
        for pattern, kind in ((_POST, TargetKind.IMAGE), (_POOL, TargetKind.POOL)):
            if match := pattern.fullmatch(split.path):
                return kind, match[1]
        path = re.sub(r"\.(?:json|xml)$", "", split.path.rstrip("/"))
        if path in ("", "/post", "/post/index") and query.get("tags"):
            return TargetKind.SEARCH, query["tags"]
        return None

    @classmethod
    def looks_like(cls, split: SplitResult, query: Mapping[str, str]) -> bool:
        return bool(_POST.fullmatch(split.path)) or (
            split.path.rstrip("/") == "/post" and "tags" in query
        )

    async def plan_special(self, client: Client, target: Target) -> Plan:
        if target.kind is TargetKind.POOL:
            return Plan(self.listings_of(f"pool:{target.value}"), title=f"pool {target.value}")
        # A favourite is a vote of three there.
        name = target.value.replace(" ", "_")
        return Plan(self.listings_of(f"vote:3:{name}"), title=target.value)

    async def fetch_posts(self, client: Client, asked: Asked) -> Posts:
        tags = asked.tags if asked.below is None else f"{asked.tags} id:<{asked.below}".strip()
        params: dict[str, str | int] = {"tags": tags, "limit": _LARGEST_PAGE}
        if asked.page is not None:
            params["page"] = asked.page
        return await self._ask(client, params)

    async def fetch_post(self, client: Client, site_id: str) -> Posts:
        return await self._ask(client, {"tags": f"id:{site_id}", "limit": 1})

    async def _ask(self, client: Client, params: Mapping[str, str | int]) -> Posts:
        wanted = {**params, "api_version": 2, "include_tags": 1}
        try:
            reply = await client.get_json(f"{self.root}/post.json", wanted)
        except FetchFailed as failed:
            raise _as_meant(failed) from failed
        if isinstance(reply, list):  # of hosts that do not know the second version
            return Posts(reply)
        told = reply if isinstance(reply, dict) else {}
        rows, by_tag = told.get("posts"), told.get("tags")
        if told.get("success") is False:
            said = clean_text(told.get("reason")) or ""
            if "requested page" in said:
                return Posts(())
            raise FetchFailed("bad_reply", detail=said, body=reply)
        if not isinstance(rows, list):
            raise FetchFailed("unknown_shape", detail="the page has no posts", body=reply)
        names = by_tag if isinstance(by_tag, dict) else {}
        return Posts(rows, by_tag={str(tag): str(kind) for tag, kind in names.items()})

    def parse(self, row: dict[str, Any], by_tag: Mapping[str, str]) -> Artwork:
        return parse_post(row, by_tag, self)

    def sample_of(self, raw: Mapping[str, Any]) -> str | None:
        return self.media_address(raw.get("sample_url"))

    def withheld(self, artwork: Artwork) -> str | None:
        if artwork.raw.get("file_url"):
            return None
        if artwork.raw.get("status") == "deleted":
            return "The site deleted this post."
        return "The site lists this post without its file."


def parse_post(row: Mapping[str, Any], by_tag: Mapping[str, str], site: Booru) -> Artwork:
    """One element of `posts`, with the categories that came beside them.

    Raises ValueError without a usable id or tags.
    """
    number = row.get("id")
    if isinstance(number, bool) or not isinstance(number, int) or number <= 0:
        raise ValueError("no usable id")
    tags = tuple(Tag(name, by_tag.get(name, "")) for name in words_of(row.get("tags")))
    url = site.media_address(row.get("file_url"))
    return Artwork(
        site=site.name,
        site_id=str(number),
        kind=kind_of(str(row.get("file_ext") or "") or ending_of(url)),
        page_url=f"{site.page_url}/post/show/{number}",
        media_url=url,  # absent from deleted posts
        author=next((tag.name for tag in tags if tag.category == "artist"), None),
        rating=RATINGS.get(str(row.get("rating"))),
        posted_at=unix_time(row.get("created_at")),
        width=whole_number(row.get("width")),
        height=whole_number(row.get("height")),
        md5=hex_digest(row.get("md5")),
        tags=tags,
        raw=row,
    )


def _as_meant(failed: FetchFailed) -> FetchFailed:
    """Moebooru's own codes for what other hosts call 429."""
    said = failed.body.get("reason") if isinstance(failed.body, dict) else None
    detail = failed.detail or (clean_text(said) or "")[:200]
    if failed.http_status in _THROTTLED:
        limited = FetchFailed(
            "rate_limited",
            host=failed.host,
            http_status=failed.http_status,
            detail=detail,
            retry_after_s=failed.retry_after_s,
        )
        return with_pause(limited, _PAUSE_S)
    if "requested page" in detail:
        return FetchFailed("paging_cap", host=failed.host, detail=detail, body=failed.body)
    return with_pause(failed, _PAUSE_S)
