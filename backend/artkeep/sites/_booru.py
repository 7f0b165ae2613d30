"""What all boorus have in common: posts with tags, walked downwards by id.

Page numbers end at a cap on every engine, and one post put in or taken out while they are read
moves all that follow. So a search is walked by id: newest first, then what lies below the
smallest id seen, until a page is empty; a short page is not the end, hidden posts leave gaps.
A search in another order (`sort:score`) can only be paged; the walk by id that follows it
reaches what the pages left out.

An engine says how it is asked (`fetch_posts`), how one post is read (`parse`) and what its
links look like (`match_link`).
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import SplitResult, parse_qsl, urlsplit

from artkeep.domain.artwork import Artwork, clean_text
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import TargetNotFound, UnexpectedReply
from artkeep.sites._adapter import (
    Depth,
    Listing,
    Page,
    Plan,
    SiteLimits,
    parse_each,
)
from artkeep.sites._booru_files import BooruFiles
from artkeep.sites._booru_targets import checked_value, read_named, split_link

if TYPE_CHECKING:
    from artkeep.net.client import Client

# The paths of listings.
POSTS = "posts"  # by id, downwards; the cursor is the smallest id seen
ORDERED = "ordered"  # in the order that the query asks for; the cursor is a page number from 1
ONE = "post"  # a single post; its value is the id


@dataclass(frozen=True, slots=True)
class Asked:
    """One page of a search. Either `below` is set, or `page`, or neither for the first page.

    `tags` is the query as the user wrote it; the engine adds its way of saying "below this id".
    """

    tags: str
    below: int | None = None
    page: int | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Posts:
    """The answer: posts as they came, and what the site says the search has in all.

    `by_tag` are categories of tags that came beside the posts.
    """

    rows: Sequence[Any]
    total: int | None = None
    by_tag: Mapping[str, str] = field(default_factory=dict)


class Booru(BooruFiles):
    """One host of an engine. Holds its settings only."""

    kinds = frozenset({TargetKind.SEARCH, TargetKind.IMAGE})
    limits = SiteLimits(
        requests_per_s=1.0, burst=2, media_requests_per_s=8.0, media_concurrency=4
    )
    # The words of a query that ask for another order than newest first, each a whole word.
    order_words: ClassVar[re.Pattern[str]] = re.compile(r"(?!)")
    # Where the site ends pages of a search in another order, in posts.
    deepest: ClassVar[int | None] = None

    # Links and names

    def match(self, text: str) -> Target | None:
        text = (clean_text(text) or "").strip()
        named = read_named(text, self.name, self.title, self.kinds)
        if named is not None:
            return Target(self.name, *self.checked(*named))
        split = split_link(text)
        if split is None or not self.is_own_page(split):
            return None
        found = self.match_link(split, dict(parse_qsl(split.query, max_num_fields=100)))
        return Target(self.name, *self.checked(*found)) if found else None

    def is_own_page(self, split: SplitResult) -> bool:
        """Whether a link is to this site's pages: never for `gelbooru.com@evil.test`."""
        netloc = split.netloc.lower()
        if netloc == urlsplit(self.root).netloc.lower():
            return True
        host, _, port = netloc.partition(":")
        home = (urlsplit(self.page_url).hostname or "").removeprefix("www.")
        is_home = host.removesuffix(".").removeprefix("www.") == home
        return is_home and port in ("", "80", "443")

    @abstractmethod
    def match_link(
        self, split: SplitResult, query: Mapping[str, str]
    ) -> tuple[TargetKind, str] | None:
        """What a link to this site's pages means."""

    @classmethod
    def looks_like(cls, split: SplitResult, query: Mapping[str, str]) -> bool:
        """Whether a link to an unknown host has this engine's shape."""
        return False

    def checked(self, kind: TargetKind, value: str) -> tuple[TargetKind, str]:
        """A target's value as it is kept. Raises UsageError."""
        return kind, checked_value(self.name, kind, value)

    # Listing

    async def plan(self, client: Client, target: Target, depth: Depth = Depth.WHOLE) -> Plan:
        if target.kind is TargetKind.IMAGE:
            return Plan((Listing(ONE, target.value, proves_end=True),), title=target.value)
        if target.kind is not TargetKind.SEARCH:
            return await self.plan_special(client, target)
        tags = target.value
        claims = None if depth is Depth.LOOK else await self.count_posts(client, tags)
        return Plan(
            self.listings_of(tags, depth),
            title=tags,
            site_claims=claims,
            site_claims_what="as the site counts, with what it hides",
        )

    def listings_of(self, tags: str, depth: Depth = Depth.WHOLE) -> tuple[Listing, ...]:
        """The walks over a search: in its own order if it has one, and by id."""
        plain = " ".join(self.order_words.sub(" ", f" {tags} ").split())
        by_id = Listing(POSTS, plain, proves_end=True)
        if plain == " ".join(tags.split()):
            return (by_id,)
        ordered = Listing(ORDERED, tags)
        return (ordered,) if depth is Depth.LOOK else (ordered, by_id)

    async def plan_special(self, client: Client, target: Target) -> Plan:
        """The plan of a kind of target that only this engine has."""
        raise NotImplementedError(target.kind)

    async def count_posts(self, client: Client, tags: str) -> int | None:
        """How many posts the site says a search has, an estimate; None where it does not."""
        return None

    def most_items(self, listing: Listing) -> int | None:
        return self.deepest if listing.path == ORDERED else None

    def step_over(self, listing: Listing, cursor: str) -> str | None:
        return str(int(cursor) + 1) if listing.path == ORDERED else None

    async def fetch_page(
        self, client: Client, target: Target, listing: Listing, cursor: str | None, attempt: int
    ) -> Page:
        if listing.path == ONE:
            return await self._page_of_one(client, target, listing.value)
        if listing.path == ORDERED:
            page = int(cursor or 1)
            found = await self.fetch_posts(
                client, Asked(listing.value, page=page, attempt=attempt)
            )
            return self._page(found, str(page + 1) if found.rows else None)
        if listing.path != POSTS:
            return await self.fetch_special(client, target, listing, cursor, attempt)
        below = int(cursor) if cursor else None
        found = await self.fetch_posts(client, Asked(listing.value, below, attempt=attempt))
        ids = [number for row in found.rows if (number := self.id_of(row)) is not None]
        if found.rows and not ids:
            raise UnexpectedReply(f"{self.title} listed posts without ids.")
        return self._page(found, str(min(ids)) if ids else None)

    async def fetch_special(
        self, client: Client, target: Target, listing: Listing, cursor: str | None, attempt: int
    ) -> Page:
        """A page of a listing whose path is the engine's own."""
        raise NotImplementedError(listing.path)

    @abstractmethod
    async def fetch_posts(self, client: Client, asked: Asked) -> Posts:
        """One page of a search, newest first unless `asked.page` is set.

        Raises FetchFailed; a refusal in disguise must not pass for an empty page.
        """

    @abstractmethod
    async def fetch_post(self, client: Client, site_id: str) -> Posts:
        """The post with this id; no rows when the site has none."""

    @abstractmethod
    def parse(self, row: dict[str, Any], by_tag: Mapping[str, str]) -> Artwork:
        """One post. Raises what `parse_each` understands."""

    def id_of(self, row: Any) -> int | None:
        """The id of a post as it came; None when it has none."""
        number = row.get("id") if isinstance(row, Mapping) else None
        if isinstance(number, str) and number.isascii() and number.isdigit():
            return int(number)
        return number if isinstance(number, int) and not isinstance(number, bool) else None

    def _page(self, found: Posts, next_cursor: str | None) -> Page:
        artworks, rejects = parse_each(
            found.rows, lambda row: replace(self.parse(row, found.by_tag), tags_origin="booru")
        )
        return Page(artworks, rejects=rejects, total=found.total, next_cursor=next_cursor)

    async def _page_of_one(self, client: Client, target: Target, site_id: str) -> Page:
        page = self._page(await self.fetch_post(client, site_id), None)
        if target.kind is TargetKind.IMAGE and not page.artworks and not page.rejects:
            raise TargetNotFound(f"{self.title} has no post {site_id}.")
        is_it = all(artwork.site_id == site_id for artwork in page.artworks)
        return Page(page.artworks, rejects=page.rejects, is_proven=is_it)

    # One artwork

    async def refresh(self, client: Client, artwork: Artwork) -> Artwork | None:
        for _ in range(2):  # an empty answer alone proves nothing
            page = self._page(await self.fetch_post(client, artwork.site_id), None)
            for found in page.artworks:
                if found.site_id == artwork.site_id:
                    return found
            if page.rejects:
                raise UnexpectedReply(f"{self.title} describes post {artwork.site_id} oddly.")
        return None
