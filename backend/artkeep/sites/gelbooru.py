"""Gelbooru and the sites that run its version 0.2.

Sources: the sites' own help pages and the request code of public clients, read 2026-11.
GET {root}/index.php?page=dapi&s=post&q=index&json=1&tags=&limit=&pid= -> posts, newest first.
gelbooru.com wraps them, and wants `api_key` and `user_id`; the others answer with a bare list,
or with nothing at all when there is none. Pools and favourites are pages only.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult

from artkeep.domain.artwork import Artwork, Tag, clean_text
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import AuthRequired, TargetNotFound, UsageError
from artkeep.logs.redaction import MARK
from artkeep.net.replies import decode_json
from artkeep.net.retry import LONGEST_WAIT_S, FetchFailed, longest_wait_s
from artkeep.settings import BooruSite
from artkeep.sites._adapter import KeyReport, Listing, Page, Plan
from artkeep.sites._booru import ONE, Asked, Booru, Posts
from artkeep.sites._booru_fields import (
    RATING_WORDS,
    ending_of,
    hex_digest,
    kind_of,
    whole_number,
    words_of,
)
from artkeep.sites._dapi import (
    read_count,
    read_moment,
    read_posts,
    read_tag_types,
    tag_info_of,
)

if TYPE_CHECKING:
    from artkeep.net.client import Client

_PAGE = 100  # what every site of the family gives
_SMALL_PAGE = 20
_SHORTEST_KEY = 6  # a shorter one could stand in anything
_TRIES_OF_WHOLE_PAGE = 4
_POOL_PAGE = 45
_FAVOURITES_PAGE = 50
_TAGS_A_CALL = 100
_MOST_TYPES = 500_000
_ALL = frozenset({"all", "*"})
_POST_LINK = re.compile(r"s=view&(?:amp;)?id=(\d{1,18})\b")
_LETTERS = {"g": Rating.PG, "s": Rating.PG, "q": Rating.R, "e": Rating.XXX}
_API_ROOTS = {"rule34": "https://api.rule34.xxx"}
_WITH_KEYS = {
    "rule34": "Rule34 answers nobody without a key; it is in your account's options there.",
}
_WITH_TAG_INFO = frozenset({"rule34"})


class Gelbooru02(Booru):
    """A host of version 0.2: a bare list, nothing for none, no login but at rule34."""

    kinds = frozenset(
        {TargetKind.SEARCH, TargetKind.IMAGE, TargetKind.POOL, TargetKind.FAVOURITES}
    )
    order_words = re.compile(r"(?<=\s)sort:\S+", re.IGNORECASE)
    pools_have_pages = False

    def __init__(self, name: str, site: BooruSite) -> None:
        super().__init__(name, site)
        self.api_root = site.base_url or _API_ROOTS.get(name, self.page_url)
        if name in _WITH_KEYS:
            self.key_help, self.needs_key = _WITH_KEYS[name], True

    def match_link(
        self, split: SplitResult, query: Mapping[str, str]
    ) -> tuple[TargetKind, str] | None:
        number = query.get("id", "")
        match (query.get("page"), query.get("s")):
            case ("post", "view") | ("dapi", "post") if number:
                return TargetKind.IMAGE, number
            case ("post", "list") | ("dapi", "post"):
                if query.get("md5"):
                    return TargetKind.SEARCH, f"md5:{query['md5']}"
                return TargetKind.SEARCH, query.get("tags") or "all"
            case ("pool", "show") if number:
                return TargetKind.POOL, number
            case ("favorites", "view") if number:
                return TargetKind.FAVOURITES, number
        return None

    @classmethod
    def looks_like(cls, split: SplitResult, query: Mapping[str, str]) -> bool:
        pages = {("post", "list"), ("post", "view"), ("pool", "show"), ("favorites", "view")}
        is_page = (query.get("page"), query.get("s")) in pages
        return is_page and split.path.rpartition("/")[2] in ("", "index.php")

    def checked(self, kind: TargetKind, value: str) -> tuple[TargetKind, str]:
        kind, value = super().checked(kind, value)
        is_account = value == "me" or (value.isascii() and value.isdigit())
        if kind is TargetKind.FAVOURITES and not is_account:
            raise UsageError(
                f"{value[:60]!r} is not the number of an account.",
                advice=f"Write {self.name}:favourites:me, or paste the link of the favourites.",
            )
        return kind, value

    def is_unnamed(self, target: Target) -> bool:
        return target.kind is TargetKind.FAVOURITES and target.value == "me"

    async def name_account(self, client: Client, target: Target) -> Target:
        user, _ = self.site.login
        if not user or not user.isdigit():
            raise AuthRequired(
                f"{self.title} does not know whose favourites: no account number is set.",
                advice=f"Set sites.{self.name}.user in Settings › Sites & keys.",
            )
        return Target(self.name, target.kind, user, target.filters)

    # Listing

    async def fetch_posts(self, client: Client, asked: Asked) -> Posts:
        tags = "" if asked.tags in _ALL else asked.tags
        if asked.below is not None:
            tags = f"{tags} id:<{asked.below}".strip()
        # A page that breaks off again and again may break over one post.
        limit = _PAGE if asked.attempt < _TRIES_OF_WHOLE_PAGE else _SMALL_PAGE
        about: dict[str, str | int] = {"tags": tags, "limit": limit}
        if asked.page is not None:
            about = {"tags": tags, "limit": _PAGE, "pid": asked.page - 1}
        found = await self._posts(client, about)
        if not found.rows and asked.below is not None and asked.attempt == 0:
            # Sites have been seen to answer with nothing in the middle of a walk.
            left = found.total
            if left is None:
                left = await self.count_posts(client, tags)
            if left != 0:
                raise FetchFailed("empty", http_status=200, detail="no posts; asked once more")
        return found

    async def fetch_post(self, client: Client, site_id: str) -> Posts:
        found = await self._posts(client, {"id": site_id})
        # Who does not know the parameter lists something else.
        rows = [row for row in found.rows if str(self.id_of(row)) == site_id]
        return Posts(rows, by_tag=found.by_tag)

    async def count_posts(self, client: Client, tags: str) -> int | None:
        wanted = "" if tags in _ALL else tags
        try:
            return read_count(await self._ask(client, "post", {"tags": wanted, "limit": 1}))
        except FetchFailed:
            return None

    async def _posts(self, client: Client, about: Mapping[str, str | int]) -> Posts:
        more: dict[str, str | int] = {"json": 1}
        if self.name in _WITH_TAG_INFO:
            more["fields"] = "tag_info"
        return read_posts(await self._ask(client, "post", {**about, **more}), self.title)

    async def _ask(self, client: Client, what: str, about: Mapping[str, str | int]) -> str:
        """One call. The key can only go into the query: nothing may show the address."""
        asked: dict[str, str | int] = {"page": "dapi", "s": what, "q": "index", **about}
        user, key = self.site.login
        if key:
            asked["api_key"] = key
        if key and user:
            asked["user_id"] = user
        try:
            text = await client.get_text(f"{self.api_root}/index.php", asked)
            # A refusal may repeat the key, and is shown to people (SE-25).
            return text.replace(key, MARK) if key and len(key) >= _SHORTEST_KEY else text
        except FetchFailed as failed:
            if failed.reason != "unauthorized":
                raise
            words = "refuses this key" if key else "answers nobody without a key"
            raise AuthRequired(f"{self.title} {words}.", advice=_SET_KEY) from failed

    async def plan_special(self, client: Client, target: Target) -> Plan:
        return Plan((Listing(target.kind.value, target.value, proves_end=True),))

    async def fetch_special(
        self, client: Client, target: Target, listing: Listing, cursor: str | None, attempt: int
    ) -> Page:
        """A page of a pool or of favourites: it names posts, each of which is asked for."""
        is_pool = listing.path == TargetKind.POOL.value
        asked: dict[str, str | int] = {
            "page": "pool" if is_pool else "favorites",
            "s": "show" if is_pool else "view",
            "id": listing.value,
        }
        if cursor:
            asked["pid"] = cursor
        root = self.site.base_url or self.page_url
        page = await client.get_text(f"{root}/index.php", asked)
        ids = list(dict.fromkeys(_POST_LINK.findall(page)))
        if not ids and cursor is None:
            raise TargetNotFound(f"{self.title} shows nothing for {target.title}.")
        step = _POOL_PAGE if is_pool else _FAVOURITES_PAGE
        goes_on = bool(ids) and (self.pools_have_pages or not is_pool)
        return Page(
            (),
            listings=tuple(Listing(ONE, number) for number in ids),
            next_cursor=str(int(cursor or 0) + step) if goes_on else None,
        )

    async def check_key(self, client: Client) -> KeyReport:
        if not self.key_help:
            raise UsageError(f"{self.title} takes no key.")
        user, key = self.site.login
        if not key:
            raise AuthRequired(f"There is no {self.title} key to check.", advice="Enter one.")
        await self._posts(client, {"tags": "", "limit": 1})
        return KeyReport(user)

    # Posts

    def parse(self, row: dict[str, Any], by_tag: Mapping[str, str]) -> Artwork:
        number = self.id_of(row)
        if number is None:
            raise ValueError("a post without id")
        is_plain = row.get("_is_plain") is True
        categories = {**by_tag, **tag_info_of(row)}
        names = words_of(row["tags"] if is_plain else html.unescape(row["tags"]))
        url = self.media_address(row.get("file_url")) or self._built_url(row)
        known_hash = row.get("md5") or row.get("hash")
        return Artwork(
            site=self.name,
            site_id=str(number),
            kind=kind_of(ending_of(url) or ending_of(clean_text(row.get("image")))),
            page_url=f"{self.page_url}/index.php?page=post&s=view&id={number}",
            media_url=url,
            author=clean_text(row.get("owner")),
            author_id=clean_text(row.get("creator_id")),
            title=clean_text(row.get("title")),
            rating=self.rating_of(row),
            posted_at=read_moment(row.get("created_at")),
            width=whole_number(row.get("width")),
            height=whole_number(row.get("height")),
            md5=hex_digest(known_hash),
            sha1=hex_digest(known_hash, 40),
            tags=tuple(Tag(name, categories.get(name, "")) for name in names),
            raw={name: value for name, value in row.items() if name != "_is_plain"},
        )

    def rating_of(self, row: Mapping[str, Any]) -> Rating | None:
        """Words today, letters in XML and in old answers; `s` is safe there."""
        word = str(row.get("rating") or "").lower()
        return RATING_WORDS.get(word) or _LETTERS.get(word)

    def _built_url(self, row: Mapping[str, Any]) -> str | None:
        """Older sites name folder and file only."""
        image, folder = clean_text(row.get("image")), clean_text(row.get("directory"))
        if not image or "/" in image or not folder or ".." in folder:
            return None
        root = self.site.base_url or self.page_url
        return self.media_address(f"{root}/images/{folder}/{image}")

    def is_digest_strict(self, artwork: Artwork) -> bool:
        """A video that was coded anew keeps the md5 of what was sent in."""
        return ending_of(artwork.media_url) == ending_of(clean_text(artwork.raw.get("image")))


class Gelbooru(Gelbooru02):
    """gelbooru.com itself."""

    key_help = (
        "Gelbooru answers nobody without a key. At the foot of your account options there: "
        "paste the whole line, &api_key=…&user_id=…, as the key."
    )
    needs_key = True
    sends_referer = True  # without it, files are redirected to a page
    deepest = 20_000
    pools_have_pages = True

    def __init__(self, name: str, site: BooruSite) -> None:
        super().__init__(name, site)
        self._types: dict[str, str] = {}  # what a tag is hardly ever changes

    async def _posts(self, client: Client, about: Mapping[str, str | int]) -> Posts:
        found = await super()._posts(client, about)
        names = Counter(
            name
            for row in found.rows
            if isinstance(row, dict) and isinstance(row.get("tags"), str)
            for name in html.unescape(row["tags"]).split()
        )
        # Somebody who looks at a preview does not wait for categories.
        if longest_wait_s.get() >= LONGEST_WAIT_S:
            await self._learn_types(client, names)
        by_tag = {name: self._types[name] for name in names if name in self._types}
        return Posts(found.rows, found.total, by_tag)

    async def _learn_types(self, client: Client, names: Iterable[str]) -> None:
        unknown = [name for name in names if name not in self._types]
        if len(self._types) > _MOST_TYPES:
            self._types.clear()
        for start in range(0, len(unknown), _TAGS_A_CALL):
            asked = unknown[start : start + _TAGS_A_CALL]
            try:
                text = await self._ask(client, "tag", {"json": 1, "names": " ".join(asked)})
                found = read_tag_types(decode_json(text.encode()))
            except (FetchFailed, ValueError):
                return  # categories are a help; the posts are what was asked for
            self._types.update(dict.fromkeys(asked, "") | found)

    def rating_of(self, row: Mapping[str, Any]) -> Rating | None:
        word = str(row.get("rating") or "").lower()
        return Rating.PG13 if word == "s" and row.get("md5") else super().rating_of(row)


_SET_KEY = (
    "Copy it again from your account's options there, with the number of the account, into "
    "Settings › Sites & keys."
)
