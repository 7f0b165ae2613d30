"""Civitai as a site: which questions go where."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from artkeep.domain.artwork import Artwork
from artkeep.domain.rating import ALL_RATINGS, Rating, mask_of
from artkeep.domain.target import Target
from artkeep.net.retry import FetchFailed
from artkeep.settings import Site
from artkeep.sites._adapter import (
    Depth,
    KeyReport,
    Listing,
    MediaSource,
    Page,
    Plan,
    Preview,
    SiteAdapter,
    SiteLimits,
    TagNames,
)
from artkeep.sites.civitai import account, links, listings
from artkeep.sites.civitai.api import Api, says_not_found
from artkeep.sites.civitai.ask import Ask
from artkeep.sites.civitai.hosts import allowed_hosts, base_for
from artkeep.sites.civitai.keys import check_key
from artkeep.sites.civitai.media import ladder, small_forms
from artkeep.sites.civitai.page_calls import find_unlisted
from artkeep.sites.civitai.pages import fetch_page
from artkeep.sites.civitai.parse import SITE, Context, parse_images
from artkeep.sites.civitai.plans import plan_target
from artkeep.sites.civitai.tag_names import fetch_tag_names
from artkeep.sites.civitai.tag_source import CivitaiTags

if TYPE_CHECKING:
    from artkeep.net.client import Client


class Civitai(SiteAdapter):
    """civitai.com, civitai.red and their other names."""

    name = SITE
    kinds = links.KINDS
    # No limit is published; one call per second is what other tools found to be tolerated.
    limits = SiteLimits(
        requests_per_s=1.0,
        burst=2,
        media_requests_per_s=10.0,
        media_concurrency=20,
        note=(
            "A key shows what is above PG in collections, and opens your own account: your "
            "pictures, your likes, the creators you follow, your collections with the private "
            "ones, and what you made with the on-site generator."
        ),
    )
    key_help = limits.note

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def hosts(self) -> frozenset[str]:
        return allowed_hosts(self._site)

    def match(self, text: str) -> Target | None:
        return links.match(text, self._site)

    def is_unnamed(self, target: Target) -> bool:
        return account.is_unnamed(target)

    async def name_account(self, client: Client, target: Target) -> Target:
        return await account.name_account(self._api(client, target.filters.ratings), target)

    async def plan(self, client: Client, target: Target, depth: Depth = Depth.WHOLE) -> Plan:
        return await plan_target(self._api(client, target.filters.ratings), target, depth)

    def substitutes(self, listing: Listing) -> tuple[Listing, ...]:
        return listings.substitutes(listing)

    def most_items(self, listing: Listing) -> int | None:
        return listings.most_items(listing)

    def is_window(self, listing: Listing) -> bool:
        return listings.is_window(listing)

    def items_before(self, listing: Listing, cursor: str) -> int | None:
        return listings.items_before(cursor) if listings.is_feed(listing) else None

    def step_over(self, listing: Listing, cursor: str) -> str | None:
        return listings.step_over(cursor) if listings.is_feed(listing) else None

    async def fetch_page(
        self, client: Client, target: Target, listing: Listing, cursor: str | None, attempt: int
    ) -> Page:
        api = self._api(client, target.filters.ratings)
        return await fetch_page(Ask(api, self._site, target, listing, cursor, attempt))

    def media(self, artwork: Artwork, quality: str) -> Sequence[MediaSource]:
        return ladder(artwork, quality)

    def preview(self, artwork: Artwork) -> Preview:
        return small_forms(artwork)

    def tags(self) -> CivitaiTags:
        return CivitaiTags(self._site)

    async def tag_names(self, client: Client, place: str | None) -> TagNames:
        return await fetch_tag_names(self._api(client, ALL_RATINGS), place)

    async def check_key(self, client: Client) -> KeyReport:
        return await check_key(self._api(client, ALL_RATINGS))

    async def refresh(self, client: Client, artwork: Artwork) -> Artwork | None:
        if not artwork.site_id.isdigit():
            raise FetchFailed("request_refused", detail="not the number of a Civitai picture")
        api = self._api(client, ALL_RATINGS)
        context = Context(api.base, self._site.media_url)
        asked: dict[str, str | int] = {
            "imageId": artwork.site_id,
            "browsingLevel": mask_of(ALL_RATINGS),
            "withMeta": "true",
            "withTags": "true",
        }
        try:
            items = (await api.get("images", asked)).get("items")
        except FetchFailed as failed:
            if not says_not_found(failed):
                raise
            items = []
        listed, _ = parse_images(items if isinstance(items, list) else (), context)
        for found in listed:
            if found.site_id == artwork.site_id:
                return found
        # Missing from the list says nothing: only the picture's own page knows that it is gone.
        return await find_unlisted(api, artwork.site_id, context)

    def _api(self, client: Client, ratings: Collection[Rating]) -> Api:
        return Api(client, base_for(self._site, ratings), self._site.api_key)
