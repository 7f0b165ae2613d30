"""The services whose captures are imported, as sites: only their media can be asked for.

What there is comes from captures alone, so nothing is listed. Addresses of media that are
signed live in the work that fetches them; what is stored of an artwork has an address only
where that needs no signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from artkeep.domain.artwork import Artwork
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import ItemError, TargetNotFound
from artkeep.net.retry import FetchFailed
from artkeep.settings import Site
from artkeep.sites._adapter import (
    Depth,
    Listing,
    MediaSource,
    Page,
    Plan,
    Preview,
    SiteAdapter,
    SiteLimits,
)
from artkeep.sites.captures._capture import Service
from artkeep.sites.captures._outputs import judge_url

if TYPE_CHECKING:
    from artkeep.net.client import Client

EXPIRED = "capture_expired"
AGAIN = "Open its page at the service, capture it again and import that: it completes this."


class CaptureSite(SiteAdapter):
    """One service. `site.media_url` stands for all of its media hosts when it is set."""

    kinds = frozenset({TargetKind.PASTE})
    # Nothing is published; people look at dozens of pictures at once there.
    limits = SiteLimits(
        requests_per_s=1.0,
        burst=2,
        media_requests_per_s=5.0,
        media_concurrency=10,
        note="Your creations come in as captures: `artkeep import`.",
    )

    def __init__(self, service: Service, site: Site) -> None:
        self.name = service.name
        self.service = service
        self._site = site

    @property
    def hosts(self) -> frozenset[str]:
        return self.service.hosts | frozenset(rule.host for rule in self.service.asks)

    def match(self, text: str) -> Target | None:
        return None  # no link of theirs can be listed

    async def plan(self, client: Client, target: Target, depth: Depth = Depth.WHOLE) -> Plan:
        raise TargetNotFound(
            f"{self.service.title} is not listed: its creations come in as captures.",
            advice="See `artkeep import --help`.",
        )

    async def fetch_page(
        self, client: Client, target: Target, listing: Listing, cursor: str | None, attempt: int
    ) -> Page:
        raise FetchFailed("request_refused", detail="captures are not listed")

    def media(self, artwork: Artwork, quality: str) -> Sequence[MediaSource]:
        url = artwork.media_url
        if judge_url(url, self.service.media) is not None or url is None:
            return ()
        headers = {}
        if self.service.key_header and self._site.api_key:
            headers[self.service.key_header] = self._site.api_key.get_secret_value()
        return (MediaSource(self.standing_for(url), headers=headers),)

    def preview(self, artwork: Artwork) -> Preview:
        """The library's own forms are better than what may have expired."""
        return Preview()

    async def refresh(self, client: Client, artwork: Artwork) -> Artwork | None:
        if artwork.media_url is None:
            raise ItemError(
                f"The address that {self.service.title} gave for it has expired.",
                code=EXPIRED,
                advice=AGAIN,
            )
        return None

    def standing_for(self, url: str) -> str:
        """The address that is really asked: another one in tests only."""
        if self._site.media_url is None:
            return url
        return f"{self._site.media_url}/{url.partition('://')[2]}"
