"""Danbooru 2: danbooru.donmai.us, and AIBooru's fork of it.

Source: Danbooru's `app/controllers/posts_controller.rb`, `app/models/post.rb` and
`app/logical/pagination_extension.rb`, AIBooru's `ai_metadata`, read 2026-11.
GET {root}/posts.json?tags=&limit=&page= -> a list; `page=b<id>` is what lies below an id, as
deep as one likes; `page=N` ends at 1000 with 410. A guest's search has two tags at most (422).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.target import Target, TargetKind
from artkeep.domain.ugoira import Frame, read_frames
from artkeep.errors import AuthRequired
from artkeep.net.retry import FetchFailed
from artkeep.sites import _tag_limit as tag_limit
from artkeep.sites._adapter import (
    Depth,
    KeyReport,
    Listing,
    MediaSource,
    Page,
    Plan,
    SiteLimits,
)
from artkeep.sites._booru import ONE, ORDERED, Asked, Booru, Posts
from artkeep.sites._booru_account import account_headers, require_login
from artkeep.sites._danbooru_api import Api
from artkeep.sites._danbooru_post import SITES_OF_RATING, parse_post, tags_in
from artkeep.sites._danbooru_post import withheld as why_withheld

if TYPE_CHECKING:
    from artkeep.net.client import Client

_LARGEST_PAGE = 200  # more is cut
_LAST_PAGE = 1000
_PAGES_AFTER_TIMEOUT = (200, 100, 50, 20)  # a search that timed out may do with fewer posts
_TRIES_WITH_PROMPTS = 4
_FEWEST = 2  # tags that everybody may search for
_MOST_COUNTED = 10
_ORDERED_KINDS = re.compile(r"(?<!\S)ord(fav|pool|favgroup):", re.IGNORECASE)
_SENT = "sent"  # of a listing's options: the part of the query that the site is asked for
_POST = re.compile(r"/posts?/(?:show/)?(\d{1,18})(?:[./].*)?")
_POOL = re.compile(r"/pools?/(?:show/)?(\d{1,18})(?:[./].*)?")
_GROUP = re.compile(r"/favorite_groups/(\d{1,18})(?:[./].*)?")


class Danbooru(Booru):
    """One host that Danbooru runs."""

    kinds = frozenset(
        {TargetKind.SEARCH, TargetKind.IMAGE, TargetKind.POOL, TargetKind.FAVOURITES}
    )
    limits = SiteLimits(
        requests_per_s=1.0,
        burst=2,
        media_requests_per_s=6.0,
        media_concurrency=4,
        note="With an account a search may have more tags, and favourites of your own show.",
    )
    order_words = re.compile(r"(?<=\s)order:\S+", re.IGNORECASE)
    deepest = _LAST_PAGE * _LARGEST_PAGE
    key_help = "Your name, and the API key from your profile page: it allows more tags at once."

    # Links

    def is_own_page(self, split: SplitResult) -> bool:
        if super().is_own_page(split):
            return True
        host = split.hostname or ""
        return host in SITES_OF_RATING and f".{host.partition('.')[2]}" in self.hosts

    def match_link(
        self, split: SplitResult, query: Mapping[str, str]
    ) -> tuple[TargetKind, str] | None:
        for pattern, kind in ((_POST, TargetKind.IMAGE), (_POOL, TargetKind.POOL)):
            if match := pattern.fullmatch(split.path):
                return kind, match[1]
        if match := _GROUP.fullmatch(split.path):
            return TargetKind.SEARCH, f"favgroup:{match[1]}"
        path = split.path.rstrip("/").removesuffix(".json")
        if path == "/favorites":
            if user := query.get("user_id") or query.get("search[user_id]"):
                return TargetKind.FAVOURITES, f"!{user}"
        elif path in ("", "/posts", "/post", "/post/index"):
            tags = query.get("tags") or (f"md5:{query['md5']}" if query.get("md5") else "")
            rating = SITES_OF_RATING.get(split.hostname or "")
            if tags and rating and "rating:" not in tags:
                tags = f"{tags} {rating}"
            return (TargetKind.SEARCH, tags) if tags else None
        return None

    @classmethod
    def looks_like(cls, split: SplitResult, query: Mapping[str, str]) -> bool:
        return bool(_POST.fullmatch(split.path)) and split.path.startswith("/posts/")

    # Listing

    def listings_of(self, tags: str, depth: Depth = Depth.WHOLE) -> tuple[Listing, ...]:
        # `ordfav:` and the like say both what is wanted and in which order.
        by_id = _ORDERED_KINDS.sub(r"\1:", tags)
        walks = super().listings_of(by_id, depth)
        if by_id == tags:
            return walks
        ordered = Listing(ORDERED, tags)
        return (ordered,) if depth is Depth.LOOK else (ordered, walks[-1])

    async def plan(self, client: Client, target: Target, depth: Depth = Depth.WHOLE) -> Plan:
        plan = await super().plan(client, target, depth)
        if target.kind is TargetKind.IMAGE:
            return plan
        listings, compared = await self._within_limit(client, plan.listings)
        if not compared:
            return plan
        sent = dict(listings[-1].options)[_SENT]
        words = f"for {sent}, as much as it takes at once; compared here: {' '.join(compared)}"
        return Plan(listings, plan.title, await self.count_posts(client, sent), words)

    async def plan_special(self, client: Client, target: Target) -> Plan:
        api = self._api(client)
        if target.kind is TargetKind.FAVOURITES:
            is_number = re.fullmatch(r"!\d{1,18}", target.value)
            name = await api.user_name(target.value[1:]) if is_number else target.value
            return Plan(self.listings_of(f"fav:{name.replace(' ', '_')}"), title=name)
        pool = await api.pool(target.value)
        return Plan(
            self.listings_of(f"pool:{target.value}"),
            title=pool.title,
            site_claims=pool.amount,
            site_claims_what="as the pool says",
        )

    async def count_posts(self, client: Client, tags: str) -> int | None:
        return await self._api(client).count(tags)

    async def _within_limit(
        self, client: Client, listings: Sequence[Listing]
    ) -> tuple[tuple[Listing, ...], list[str]]:
        """The walks as the site takes them, and what of the query is compared here."""
        query = listings[-1].value
        if len(tag_limit.counted(query)) <= _FEWEST:
            return tuple(listings), []
        most = await self._api(client).tag_limit(query)
        if most is None:
            return tuple(listings), []
        asked: list[Listing] = []
        compared: dict[str, None] = {}
        amounts = {
            tag: amount
            for tag in tag_limit.plain_tags(query)[:_MOST_COUNTED]
            if (amount := await self.count_posts(client, tag)) is not None
        }
        for listing in listings:
            parts = tag_limit.split(listing.value, most, amounts)
            if parts is None:
                raise FetchFailed(
                    "request_refused",
                    detail=f"{self.title} takes {most} tags at a time here, and the others "
                    "cannot be compared without it; with a key it takes more",
                )
            options = ((_SENT, " ".join(parts.sent)),) if parts.compared else ()
            asked.append(
                Listing(listing.path, listing.value, options, proves_end=listing.proves_end)
            )
            compared |= dict.fromkeys(parts.compared)
        return tuple(asked), list(compared)

    async def fetch_page(
        self, client: Client, target: Target, listing: Listing, cursor: str | None, attempt: int
    ) -> Page:
        sent = dict(listing.options).get(_SENT)
        if sent is None or listing.path == ONE:
            return await super().fetch_page(client, target, listing, cursor, attempt)
        page = await super().fetch_page(
            client, target, Listing(listing.path, sent), cursor, attempt
        )
        compared = [t for t in tag_limit.counted(listing.value) if t not in sent.split()]
        meant = [one for one in page.artworks if tag_limit.means(compared, tags_in(one.raw))]
        return Page(
            tuple(meant),
            rejects=page.rejects,
            passed_over=len(page.artworks) - len(meant),
            next_cursor=page.next_cursor,
        )

    async def fetch_posts(self, client: Client, asked: Asked) -> Posts:
        if asked.page is not None and asked.page > _LAST_PAGE:
            return Posts(())
        step = min(asked.attempt, len(_PAGES_AFTER_TIMEOUT) - 1)
        # A smaller page would move those that follow it; what lies below an id is not counted.
        limit = _PAGES_AFTER_TIMEOUT[step] if asked.page is None else _LARGEST_PAGE
        params: dict[str, str | int] = {"tags": asked.tags, "limit": limit}
        if asked.below is not None:
            params["page"] = f"b{asked.below}"
        elif asked.page is not None:
            params["page"] = asked.page
        try:
            rows = await self._api(client).get("posts.json", params)
        except FetchFailed as failed:
            if asked.page is not None and failed.http_status == 410:
                return Posts(())  # the last page comes sooner for some; the walk by id goes on
            raise
        if not isinstance(rows, list):
            raise FetchFailed("unknown_shape", detail="the page is no list", body=rows)
        return await self._with_prompts(client, rows, asked.attempt)

    async def fetch_post(self, client: Client, site_id: str) -> Posts:
        try:
            row = await self._api(client).get(f"posts/{site_id}.json")
        except FetchFailed as failed:
            if failed.reason in ("not_found", "gone"):
                return Posts(())
            raise
        return await self._with_prompts(client, [row], 0)

    async def _with_prompts(self, client: Client, rows: list[Any], attempt: int) -> Posts:
        """Posts with how they were made, where the site has such a call; without that when it
        fails again and again."""
        made = [
            row
            for row in rows
            if isinstance(row, dict)
            and self.id_of(row) is not None
            and "tag_string_model" in row
        ]
        try:
            if made:
                await self._api(client).add_prompts(made)
        except FetchFailed:
            if attempt < _TRIES_WITH_PROMPTS:
                raise
        return Posts(rows)

    def _api(self, client: Client) -> Api:
        return Api(client, self.root, self.title, self.site)

    # Posts and files

    def parse(self, row: dict[str, Any], by_tag: Mapping[str, str]) -> Artwork:
        return parse_post(row, self.name, self.page_url, self.media_address)

    def media(self, artwork: Artwork, quality: str) -> Sequence[MediaSource]:
        own = super().media(artwork, quality)
        moving = self.media_address(artwork.raw.get("large_file_url"))
        if artwork.kind is not Kind.UGOIRA or moving is None:
            return own
        return (*own, self.source(moving, Kind.VIDEO, "reduced"))

    async def frames(self, client: Client, artwork: Artwork) -> tuple[Frame, ...]:
        return read_frames(await self._api(client).frame_delays(artwork.site_id))

    def media_headers(self) -> dict[str, str]:
        return super().media_headers() | account_headers(self.site, with_key=False)

    def sample_of(self, raw: Mapping[str, Any]) -> str | None:
        return self.media_address(raw.get("large_file_url"))

    def still_of(self, raw: Mapping[str, Any]) -> str | None:
        return self.media_address(raw.get("preview_file_url"))

    def withheld(self, artwork: Artwork) -> str | None:
        return why_withheld(artwork.raw)

    async def check_key(self, client: Client) -> KeyReport:
        user = require_login(self.site, self.title)
        try:
            told = await self._api(client).get("profile.json")
        except FetchFailed as failed:
            if failed.reason in ("unauthorized", "not_permitted"):
                raise AuthRequired(f"{self.title} refuses this name and key.") from failed
            raise
        told = told if isinstance(told, dict) else {}
        level = told.get("level_string")
        note = f"{level} account" if isinstance(level, str) else ""
        return KeyReport(user=user, note=note)
