"""Where a booru is, and where its files are: addresses, headers, what must come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from artkeep.domain.artwork import Artwork, Kind, clean_text
from artkeep.settings import BooruSite
from artkeep.settings.boorus import KNOWN_BOORUS
from artkeep.sites._adapter import MediaSource, Preview, SiteAdapter

# A file host that is too busy answers with a page now and then, and soon with the file.
_BUSY = frozenset({"html"})


class BooruFiles(SiteAdapter):
    """One host. Holds its settings only."""

    sends_referer: ClassVar[bool] = False

    def __init__(self, name: str, site: BooruSite) -> None:
        self.name = name
        self.site = site
        self.known = KNOWN_BOORUS.get(name)
        # People read `page_url`; `root` is asked. They differ where settings say so.
        self.page_url = self.known.page_url if self.known else site.base_url or ""
        self.root = site.base_url or self.page_url

    @property
    def title(self) -> str:
        return self.known.title if self.known else self.name

    @property
    def hosts(self) -> frozenset[str]:
        addresses = (self.page_url, self.root, self.site.media_url or "")
        own = {host for url in addresses if (host := urlsplit(url).hostname)}
        if self.known:
            own.update(self.known.hosts)
        return frozenset(own | {f".{host}" for host in own if not _is_number(host)})

    def media(self, artwork: Artwork, quality: str) -> Sequence[MediaSource]:
        sample = self.sample_of(artwork.raw) if quality == "sd" else None
        if sample:
            return (self.source(sample, quality="sd"),)
        if not artwork.media_url:
            return ()
        own = self.source(artwork.media_url, artwork.kind)
        if artwork.md5 is None:
            return (own,)
        is_strict = self.is_digest_strict(artwork)
        return (replace(own, digest=("md5", artwork.md5), is_digest_strict=is_strict),)

    def is_digest_strict(self, artwork: Artwork) -> bool:
        """Whether a file with another md5 than its post's is certainly not the right one."""
        return True

    def source(self, url: str, kind: Kind = Kind.IMAGE, quality: str = "hd") -> MediaSource:
        """A file of this site, as it is to be asked for."""
        accepts = frozenset(Kind) if kind is Kind.IMAGE else frozenset({kind})
        return MediaSource(
            url, quality, headers=self.media_headers(), accepts=accepts, again_after=_BUSY
        )

    def media_headers(self) -> dict[str, str]:
        """What is sent along when a file is asked for."""
        return {"Referer": f"{self.page_url}/"} if self.sends_referer else {}

    def sample_of(self, raw: Mapping[str, Any]) -> str | None:
        """The address of a post's smaller picture, absolute; None when it has none."""
        return self.media_address(raw.get("sample_url"))

    def still_of(self, raw: Mapping[str, Any]) -> str | None:
        """The address of a post's thumbnail, absolute."""
        return self.media_address(raw.get("preview_url"))

    def preview(self, artwork: Artwork) -> Preview:
        still, sample = self.still_of(artwork.raw), self.sample_of(artwork.raw)
        own = self.media(artwork, "hd")
        if artwork.kind is not Kind.IMAGE:
            moving = tuple(own)
            return Preview((self.source(still),) if still else (), moving, moving)
        small = [self.source(url) for url in (still, sample) if url]
        large = (self.source(sample),) if sample else ()
        return Preview(still=(*small, *own), large=(*large, *own))

    def media_address(self, value: object) -> str | None:
        """An address of a file as a post gives it, absolute and at the media server that the
        settings name; None for anything that is no address."""
        text = clean_text(value) if isinstance(value, str) else None
        if not text or not text.strip():
            return None
        try:
            split = urlsplit(urljoin(f"{self.root}/", text.strip()))
        except ValueError:
            return None
        if split.scheme not in ("http", "https") or not split.netloc:
            return None
        media = self.site.media_url
        configured = {urlsplit(url).netloc for url in (self.site.base_url, media) if url}
        if media is None or split.netloc in configured:
            return split.geturl()
        query = f"?{split.query}" if split.query else ""
        return f"{media}{split.path}{query}"


def _is_number(host: str) -> bool:
    return host.replace(".", "").isdigit() or ":" in host
