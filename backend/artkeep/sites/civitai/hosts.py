"""Where Civitai is asked: one site under several names, and its media server.

`civitai.com` shows PG and PG-13 only since 2026-04; `civitai.red` shows everything that the
viewer may see. The REST API and the page's own calls answer alike under both.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from artkeep.domain.rating import SAFE_RATINGS, Rating
from artkeep.settings import Site

SITE_HOSTS = frozenset({"civitai.com", "civitai.red", "civitai.green", "civitaired.com"})
MEDIA_HOSTS = frozenset({"image.civitai.com", "imagecache.civitai.com"})
MEDIA_ROOT = "https://image.civitai.com"
ACCOUNT_KEY = "xG1nkqKTMzGDvpLrqFT7WA"

_ALL_RATINGS_BASE = "https://civitai.red"
_SAFE_BASE = "https://civitai.com"


def base_for(site: Site, ratings: Collection[Rating]) -> str:
    """The address to ask, without a slash at the end."""
    if site.base_url:
        # People also set the address of the API itself.
        return site.base_url.removesuffix("/api/v1").removesuffix("/api")
    if site.api_key or not SAFE_RATINGS.issuperset(ratings):
        return _ALL_RATINGS_BASE
    return _SAFE_BASE


def allowed_hosts(site: Site) -> frozenset[str]:
    """Every host name this site may be asked at; a leading dot takes its sub-domains."""
    own = {urlsplit(url).hostname for url in (site.base_url, site.media_url) if url}
    dotted = {f".{host}" for host in SITE_HOSTS}
    return SITE_HOSTS | dotted | {host for host in own if host}


def is_site_address(site: Site, netloc: str) -> bool:
    """Whether `host[:port]` of a link is Civitai itself, or the address set in its place.

    Names with a user part are never ours: `civitai.com@evil.test` is another host.
    """
    netloc = netloc.lower()
    if site.base_url and netloc == urlsplit(site.base_url).netloc.lower():
        return True
    host, colon, port = netloc.partition(":")
    if colon and port not in ("80", "443"):
        return False
    return host.removesuffix(".").removeprefix("www.") in SITE_HOSTS
