"""Philomena: Derpibooru, Furbooru, Ponybooru.

Source: philomena `ImageJSON`, its search fields and rate limits, read 2026-11.
GET {root}/api/v1/json/search/images?q=&page=&per_page=&sf=&sd= -> {"images", "total"}. In a
query a comma is AND and `||` is OR. Visitors are given a filter that hides much; without a key
the filter that shows everything is named. There is no md5: sha512, which some old files do not
have any more. Of an SVG the site's own PNG rendering is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote_plus

from artkeep.domain.artwork import Artwork, Kind, Link, Tag, clean_text
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Listing, MediaSource, Plan, SiteLimits
from artkeep.sites._booru import POSTS, Asked, Booru, Posts
from artkeep.sites._booru_fields import ending_of, hex_digest, kind_of, whole_number

if TYPE_CHECKING:
    from artkeep.net.client import Client

_PER_PAGE = 50
_EVERYTHING = "*"
# The filters that hide nothing, by site.
_FILTERS = {"derpibooru": 56027, "furbooru": 2, "ponybooru": 3}
_RATINGS: Mapping[str, Rating] = {
    "safe": Rating.PG,
    "suggestive": Rating.PG13,
    "semi-grimdark": Rating.PG13,
    "questionable": Rating.R,
    "grimdark": Rating.R,
    "grotesque": Rating.X,
    "explicit": Rating.XXX,
}
_CATEGORIES: Mapping[str, str] = {
    "artist": "artist",
    "photographer": "artist",
    "colorist": "artist",
    "editor": "artist",
    "prompter": "artist",
    "oc": "character",
    "series": "copyright",
    "comic": "copyright",
    "fanfic": "copyright",
    "generator": "model",
    "spoiler": "meta",
}
# How the address of a tag's page spells signs.
_SLUG = {
    "-dash-": "-",
    "-fwslash-": "/",
    "-bwslash-": "\\",
    "-colon-": ":",
    "-dot-": ".",
    "-plus-": "+",
}


class Philomena(Booru):
    """One host that Philomena runs."""

    kinds = frozenset(
        {TargetKind.SEARCH, TargetKind.IMAGE, TargetKind.POOL, TargetKind.FAVOURITES}
    )
    limits = SiteLimits(  # 30 in 5 s are allowed; whoever is over waits for long
        requests_per_s=3.0, burst=3, media_requests_per_s=8.0, media_concurrency=4
    )
    # `sort:score` is ours: the site has it beside the query.
    order_words = re.compile(r"(?:,\s*|(?<=\s))sort:[a-z_.]+(?=[\s,])", re.IGNORECASE)
    key_help = (
        "Not needed. With your key, from your account page, your own filter decides what is "
        "listed."
    )

    def match_link(
        self, split: SplitResult, query: Mapping[str, str]
    ) -> tuple[TargetKind, str] | None:
        segments = [part for part in split.path.split("/") if part]
        match segments:
            case ["images", number, *_] | [number] if number.isdigit():
                return TargetKind.IMAGE, number
            case ["galleries", number, *_]:
                return TargetKind.POOL, number
            case ["tags", slug, *_]:
                return TargetKind.SEARCH, _from_slug(slug)
            case ["search", *_] | ["images"] | []:
                wanted = query.get("q") or (_EVERYTHING if segments else "")
                order = query.get("sf", "id")
                sort = "" if order in ("id", "created_at", "first_seen_at") else order
                return (TargetKind.SEARCH, _ordered(wanted, sort)) if wanted else None
        return None

    @classmethod
    def looks_like(cls, split: SplitResult, query: Mapping[str, str]) -> bool:
        return bool(re.fullmatch(r"/images/\d+/?", split.path)) or (
            split.path.rstrip("/") == "/search" and "q" in query
        )

    async def plan_special(self, client: Client, target: Target) -> Plan:
        field = "gallery_id" if target.kind is TargetKind.POOL else "faved_by"
        query = f"{field}:{target.value}"
        claims = await self.count_posts(client, query)
        listing = Listing(POSTS, query, proves_end=True)
        return Plan((listing,), title=target.value, site_claims=claims)

    async def count_posts(self, client: Client, tags: str) -> int | None:
        plain = " ".join(self.order_words.sub(" ", f" {tags} ").split())
        found = await self._ask(client, {"q": plain or _EVERYTHING, "per_page": 1})
        return found.total

    async def fetch_posts(self, client: Client, asked: Asked) -> Posts:
        query = " ".join(self.order_words.sub(" ", f" {asked.tags} ").split())
        wanted: dict[str, str | int] = {"per_page": _PER_PAGE, "sf": "id", "sd": "desc"}
        if asked.page is not None:
            found = re.search(r"sort:([a-z_.]+)", asked.tags, re.IGNORECASE)
            wanted |= {"page": asked.page, "sf": found[1].lower() if found else "id"}
        elif asked.below is not None:
            bound = f"id.lt:{asked.below}"
            query = bound if query in ("", _EVERYTHING) else f"({query}), {bound}"
        found_posts = await self._ask(client, {"q": query or _EVERYTHING, **wanted})
        # Below an id the site counts only what is left.
        return found_posts if asked.below is None else replace(found_posts, total=None)

    async def fetch_post(self, client: Client, site_id: str) -> Posts:
        try:
            reply = await client.get_json(
                f"{self.root}/api/v1/json/images/{site_id}", self._login()
            )
        except FetchFailed as failed:
            if failed.reason in ("not_found", "gone"):
                return Posts(())
            raise
        return Posts((_member(reply, "image", dict),))

    async def _ask(self, client: Client, wanted: Mapping[str, str | int]) -> Posts:
        reply = await client.get_json(
            f"{self.root}/api/v1/json/search/images", {**wanted, **self._login()}
        )
        rows = _member(reply, "images", list)
        total = reply.get("total")
        return Posts(rows, total if isinstance(total, int) else None)

    def _login(self) -> dict[str, str | int]:
        _, key = self.site.login
        if key:
            return {"key": key}
        filter_id = _FILTERS.get(self.name)
        return {"filter_id": filter_id} if filter_id else {}

    def _hidden(self, row: Mapping[str, Any]) -> Artwork:
        return Artwork(
            site=self.name,
            site_id=str(row["id"]),
            kind=Kind.IMAGE,
            page_url=f"{self.page_url}/images/{row['id']}",
            raw=dict(row),
        )

    def withheld(self, artwork: Artwork) -> str | None:
        return _why_hidden(artwork.raw) if _is_hidden(artwork.raw) else None

    def parse(self, row: dict[str, Any], by_tag: Mapping[str, str]) -> Artwork:
        if _is_hidden(row):  # it has a number, a time and nothing else
            return self._hidden(row)
        forms = row["representations"]
        url = self.media_address(forms.get("full")) or self.media_address(row.get("view_url"))
        if ending_of(url) == "svg":
            url = f"{(url or '').removesuffix('svg')}png"
        if not isinstance(row["tags"], list):
            raise ValueError("tags are no list")
        tags = tuple(_tag(name) for name in dict.fromkeys(map(clean_text, row["tags"])) if name)
        is_drawn = row.get("format") == "svg"
        merged = whole_number(row.get("duplicate_of"))
        return Artwork(
            site=self.name,
            site_id=str(row["id"]),
            kind=kind_of(ending_of(url)),
            page_url=f"{self.page_url}/images/{row['id']}",
            media_url=url,
            author=clean_text(row.get("uploader")),
            rating=max(
                (_RATINGS[tag.name] for tag in tags if tag.name in _RATINGS), default=None
            ),
            posted_at=datetime.fromisoformat(row["created_at"]),
            width=whole_number(row.get("width")),
            height=whole_number(row.get("height")),
            sha512=None if is_drawn else hex_digest(row.get("sha512_hash"), 128),
            tags=tags,
            links=(Link("same_as", str(merged)),) if merged else (),
            raw=row,
        )

    def media(self, artwork: Artwork, quality: str) -> Sequence[MediaSource]:
        """Files that were made smaller years ago have lost their hash: it is not meant
        strictly."""
        sources = super().media(artwork, quality)
        if not artwork.sha512:
            return sources
        declared = ("sha512", artwork.sha512)
        return [
            replace(source, digest=declared, is_digest_strict=False)
            if source.url == artwork.media_url
            else source
            for source in sources
        ]

    def sample_of(self, raw: Mapping[str, Any]) -> str | None:
        return self._form(raw, "large")

    def still_of(self, raw: Mapping[str, Any]) -> str | None:
        return self._form(raw, "thumb")

    def _form(self, raw: Mapping[str, Any], name: str) -> str | None:
        forms = raw.get("representations")
        url = self.media_address(forms.get(name)) if isinstance(forms, Mapping) else None
        return f"{url.removesuffix('svg')}png" if ending_of(url) == "svg" and url else url


def _member(reply: Any, name: str, kind: type) -> Any:
    """Raises FetchFailed where a reply does not hold what every such reply holds."""
    found = reply.get(name) if isinstance(reply, dict) else None
    if not isinstance(found, kind):
        raise FetchFailed("unknown_shape", detail=f"no {name}")
    return found


def _tag(name: str) -> Tag:
    prefix, colon, _ = name.partition(":")
    if name in _RATINGS:
        return Tag(name, "rating")
    return Tag(name, _CATEGORIES.get(prefix, "general") if colon else "general")


def _is_hidden(row: Any) -> bool:
    return isinstance(row, Mapping) and bool(row.get("hidden_from_users"))


def _why_hidden(row: Mapping[str, Any]) -> str:
    merged = whole_number(row.get("duplicate_of"))
    if merged:
        return f"The site holds it to be the same as its picture {merged}."
    why = clean_text(row.get("deletion_reason"))
    return (
        f"The site hides this picture: {why[:200]}" if why else "The site hides this picture."
    )


def _from_slug(slug: str) -> str:
    name = unquote_plus(slug)
    for spelled, sign in _SLUG.items():
        name = name.replace(spelled, sign)
    return name


def _ordered(query: str, sort: str) -> str:
    return f"{query}, sort:{sort}" if sort else query
