"""e621ng: e621.net, e926.net (safe posts only), e6ai.net.

Source: e621ng's `app/controllers/posts_controller.rb`, `app/presenters/post_presenter.rb`, and
the site's API page, read 2026-11.
GET {root}/posts.json?tags=&limit=&page= -> {"posts"}; a limit above 320 is refused.
`page=b<id>` is what lies below an id, `page=N` ends at 750 with 410. A User-Agent with an
account's name is asked for; two requests a second are the most there may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult

from artkeep.domain.artwork import Artwork, Tag, clean_text
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import AuthRequired, TargetNotFound
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import KeyReport, Plan, SiteLimits
from artkeep.sites._booru import Asked, Booru, Posts
from artkeep.sites._booru_account import account_headers, require_login, with_pause
from artkeep.sites._booru_fields import hex_digest, iso_time, kind_of, whole_number

if TYPE_CHECKING:
    from artkeep.net.client import Client

RATINGS = {"s": Rating.PG, "q": Rating.R, "e": Rating.XXX}

_PAUSE_S = 10.0  # after a refusal for asking too fast
_LARGEST_PAGE = 320  # more is refused
_LAST_PAGE = 750
_PAGES_AFTER_TIMEOUT = (320, 160, 80, 40)
_POST = re.compile(r"/posts?/(?:show/)?(\d{1,18})(?:[./].*)?")
_POOL = re.compile(r"/pools?/(?:show/)?(\d{1,18})(?:[./].*)?")


class E621(Booru):
    """One host that e621ng runs."""

    kinds = frozenset(
        {TargetKind.SEARCH, TargetKind.IMAGE, TargetKind.POOL, TargetKind.FAVOURITES}
    )
    limits = SiteLimits(
        requests_per_s=1.0,
        burst=1,
        media_requests_per_s=4.0,
        media_concurrency=3,
        note="Some posts show their files to accounts only.",
    )
    order_words = re.compile(r"(?<=\s)order:\S+", re.IGNORECASE)
    deepest = _LAST_PAGE * _LARGEST_PAGE
    key_help = (
        "Your name, and the API key from Account › Manage API access: what the site hides from "
        "guests is listed, too."
    )

    def match_link(
        self, split: SplitResult, query: Mapping[str, str]
    ) -> tuple[TargetKind, str] | None:
        for pattern, kind in ((_POST, TargetKind.IMAGE), (_POOL, TargetKind.POOL)):
            if match := pattern.fullmatch(split.path):
                return kind, match[1]
        path = split.path.rstrip("/").removesuffix(".json")
        if path == "/favorites" and query.get("user_id"):
            return TargetKind.FAVOURITES, f"!{query['user_id']}"
        if path in ("", "/posts", "/post", "/post/index") and (
            tags := query.get("tags") or (f"md5:{query['md5']}" if query.get("md5") else "")
        ):
            return TargetKind.SEARCH, tags
        return None

    async def plan_special(self, client: Client, target: Target) -> Plan:
        if target.kind is TargetKind.FAVOURITES:
            # `!123` names an account by its number, in a search as well.
            name = target.value.replace(" ", "_")
            return Plan(self.listings_of(f"fav:{name}"), title=target.value)
        try:
            pool = await self._get(client, f"pools/{target.value}.json")
        except FetchFailed as failed:
            if failed.reason in ("not_found", "gone"):
                raise TargetNotFound(f"{self.title} has no pool {target.value}.") from failed
            raise
        told = pool if isinstance(pool, dict) else {}
        title, amount = told.get("name"), told.get("post_count")
        return Plan(
            self.listings_of(f"pool:{target.value}"),
            title=title.replace("_", " ") if isinstance(title, str) else None,
            site_claims=amount if isinstance(amount, int) else None,
            site_claims_what="as the pool says",
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
            reply = await self._get(client, "posts.json", params)
        except FetchFailed as failed:
            if asked.page is not None and failed.http_status == 410:
                return Posts(())  # the walk by id goes on
            raise
        rows = reply.get("posts") if isinstance(reply, dict) else None
        if not isinstance(rows, list):
            raise FetchFailed("unknown_shape", detail="the page has no posts", body=reply)
        return Posts(rows)

    async def fetch_post(self, client: Client, site_id: str) -> Posts:
        try:
            reply = await self._get(client, f"posts/{site_id}.json")
        except FetchFailed as failed:
            if failed.reason in ("not_found", "gone"):
                return Posts(())
            raise
        row = reply.get("post") if isinstance(reply, dict) else None
        if not isinstance(row, dict):
            raise FetchFailed("unknown_shape", detail="no post in the reply", body=reply)
        return Posts((row,))

    async def _get(
        self, client: Client, path: str, params: Mapping[str, str | int] | None = None
    ) -> Any:
        try:
            return await client.get_json(
                f"{self.root}/{path}", params, headers=account_headers(self.site)
            )
        except FetchFailed as failed:
            body = failed.body if isinstance(failed.body, dict) else {}
            said = clean_text(body.get("message") or body.get("reason")) or ""
            if failed.http_status == 500 and "timed out" in said:
                # The host is well: this search is too much for it.
                detail = f"{said} Fewer or rarer tags help"
                raise FetchFailed("bad_reply", host=failed.host, detail=detail) from failed
            raise with_pause(failed, _PAUSE_S) from failed

    def parse(self, row: dict[str, Any], by_tag: Mapping[str, str]) -> Artwork:
        return parse_post(row, self)

    def media_headers(self) -> dict[str, str]:
        return super().media_headers() | account_headers(self.site, with_key=False)

    def sample_of(self, raw: Mapping[str, Any]) -> str | None:
        return self.media_address(_object(raw.get("sample")).get("url"))

    def still_of(self, raw: Mapping[str, Any]) -> str | None:
        return self.media_address(_object(raw.get("preview")).get("url"))

    def withheld(self, artwork: Artwork) -> str | None:
        if _object(artwork.raw.get("file")).get("url"):
            return None
        if _object(artwork.raw.get("flags")).get("deleted"):
            return "The site deleted this post."
        return "The site shows this post only to accounts that have chosen to see such."

    async def check_key(self, client: Client) -> KeyReport:
        user = require_login(self.site, self.title)
        try:
            await self._get(client, "posts.json", {"limit": 1})
        except FetchFailed as failed:
            if failed.reason in ("unauthorized", "not_permitted"):
                raise AuthRequired(f"{self.title} refuses this name and key.") from failed
            raise
        return KeyReport(user=user)


def parse_post(row: Mapping[str, Any], site: Booru) -> Artwork:
    """One post. Raises ValueError without a usable id or tags."""
    number = row.get("id")
    if isinstance(number, bool) or not isinstance(number, int) or number <= 0:
        raise ValueError("no usable id")
    file = _object(row.get("file"))
    tags = parse_tags(row.get("tags"))
    artists = (tag.name for tag in tags if tag.category in ("artist", "director"))
    return Artwork(
        site=site.name,
        site_id=str(number),
        kind=kind_of(str(file.get("ext") or "")),
        page_url=f"{site.page_url}/posts/{number}",
        media_url=site.media_address(file.get("url")),  # null where it is not shown
        author=next((name for name in artists if name not in _NO_ARTISTS), None),
        rating=RATINGS.get(str(row.get("rating"))),
        posted_at=iso_time(row.get("created_at")),
        width=whole_number(file.get("width")),
        height=whole_number(file.get("height")),
        md5=hex_digest(file.get("md5")),
        tags=tags,
        raw=row,
    )


# Tags among the artists that are no names.
_NO_ARTISTS = frozenset(
    {
        "conditional_dnp",
        "sound_warning",
        "unknown_artist",
        "anonymous_artist",
        "epilepsy_warning",
    }
)


def parse_tags(by_category: object) -> tuple[Tag, ...]:
    """An object of lists by category, whatever the categories are called. Raises ValueError."""
    if not isinstance(by_category, dict):
        raise ValueError("tags are no object")
    tags: dict[str, Tag] = {}
    for category, names in by_category.items():
        for name in names if isinstance(names, list) else ():
            text = clean_text(name) if isinstance(name, str) else None
            if text:
                tags.setdefault(text, Tag(text, category))
    return tuple(tags.values())


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
