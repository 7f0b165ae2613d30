"""pixiv as a site: which questions go where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from artkeep.domain.artwork import Artwork, Kind, Reject
from artkeep.domain.target import Target, TargetKind
from artkeep.domain.ugoira import Frame, read_frames
from artkeep.errors import TargetNotFound
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite
from artkeep.sites._adapter import (
    UNREADABLE_END,
    Depth,
    KeyReport,
    Listing,
    MediaSource,
    Page,
    Plan,
    Preview,
    SiteAdapter,
    SiteLimits,
)
from artkeep.sites.pixiv import links
from artkeep.sites.pixiv.api import PixivApi
from artkeep.sites.pixiv.parse import (
    SITE,
    Works,
    file_address,
    read_works,
    small_forms,
    smaller_archive,
)
from artkeep.sites.pixiv.places import PAGE, Crowded, Place, following
from artkeep.sites.pixiv.replies import (
    id_of,
    moment_of,
    query_of,
    rows_of,
    unlisted,
    words_of,
)
from artkeep.sites.pixiv.withheld import unveil

if TYPE_CHECKING:
    from artkeep.net.client import Client

_REFERER = {"Referer": "https://www.pixiv.net/"}  # its file servers refuse anybody else
_FILES = "i.pximg.net"
_NOT_THERE = frozenset({"not_found", "gone"})
# By the path of a listing.
_CALLS = {
    "works": "/v1/user/illusts",
    "bookmarks": "/v1/user/bookmarks/illust",
    "search": "/v1/search/illust",
    "work": "/v1/illust/detail",
}


class Pixiv(SiteAdapter):
    """pixiv.net. Holds its settings, and its access token for as long as that is good."""

    name = SITE
    kinds = links.KINDS
    limits = SiteLimits(
        requests_per_s=1.0,
        burst=2,
        media_requests_per_s=4.0,
        media_concurrency=3,
        note="Needs the refresh token of an account; it sees what that account may see.",
    )
    key_help = (
        "The refresh token of an account. Tools like gppt or pixiv-token get one, by pixiv's "
        "own login page in a browser. A cookie shows the works that apps are not given."
    )
    needs_key = True

    def __init__(self, site: BooruSite) -> None:
        self.site = site
        self._api = PixivApi(site)

    @property
    def title(self) -> str:
        return self.name  # pixiv writes itself so

    @property
    def hosts(self) -> frozenset[str]:
        configured = (self.site.base_url, self.site.media_url)
        own = {host for url in configured if url and (host := urlsplit(url).hostname)}
        return frozenset({".pixiv.net", "pixiv.net", ".pximg.net"} | own)

    def match(self, text: str) -> Target | None:
        return links.match(text, self.site)

    def is_unnamed(self, target: Target) -> bool:
        return target.kind is TargetKind.BOOKMARKS and target.value == links.ME

    async def name_account(self, client: Client, target: Target) -> Target:
        login = await self._api.login(client)
        return replace(target, value=login.user_id)

    async def check_key(self, client: Client) -> KeyReport:
        return KeyReport((await self._api.login(client)).user_name)

    async def plan(self, client: Client, target: Target, depth: Depth = Depth.WHOLE) -> Plan:
        value = target.value
        if target.kind is TargetKind.USER:
            return await self._plan_user(client, value)
        if target.kind is TargetKind.BOOKMARKS:
            login = await self._api.login(client)
            kinds = ("public", "private") if login.user_id == value else ("public",)
            walks = tuple(Listing("bookmarks", value, (("restrict", kind),)) for kind in kinds)
            return Plan(walks, title=value)
        if target.kind is TargetKind.SEARCH:
            return Plan((Listing("search", value, proves_end=True),), title=value)
        return Plan((Listing("work", value, proves_end=True),), title=value)

    async def _plan_user(self, client: Client, user: str) -> Plan:
        try:
            reply = await self._api.get(client, "/v1/user/detail", {"user_id": user})
        except FetchFailed as failed:
            if failed.reason in _NOT_THERE:
                raise TargetNotFound(f"pixiv knows no user {user}.") from failed
            raise
        profile, told = reply.get("profile"), reply.get("user")
        profile = profile if isinstance(profile, dict) else {}
        counts = [profile.get("total_illusts"), profile.get("total_manga")]
        kinds = ("illust", "manga")
        walks = tuple(Listing("works", user, (("type", kind),)) for kind in kinds)
        works = [count for count in counts if isinstance(count, int)]
        return Plan(
            walks,
            title=str(told.get("name") or user) if isinstance(told, dict) else user,
            site_claims=sum(works) if len(works) == len(kinds) else None,
            site_claims_what="works, each with one or more pictures",
        )

    async def fetch_page(
        self, client: Client, target: Target, listing: Listing, cursor: str | None, attempt: int
    ) -> Page:
        if listing.path == "work":
            return await self._fetch_work(client, listing.value)
        if listing.path == "bookmarks":
            return await self._fetch_bookmarks(client, listing, cursor)
        return await self._fetch_counted(client, listing, Place.read(cursor))

    async def _fetch_work(self, client: Client, number: str) -> Page:
        row = await self._work(client, number)
        if row is None:
            raise TargetNotFound(f"pixiv has no work {number}, or does not show it.")
        works = await self._read(client, [row])
        is_it = all(one.site_id.startswith(f"{number}_") for one in works.artworks)
        return Page(works.artworks, works.groups, works.rejects, is_proven=is_it)

    async def _fetch_bookmarks(
        self, client: Client, listing: Listing, cursor: str | None
    ) -> Page:
        """Walked downwards by the bookmarks' own ids, which nothing moves."""
        wanted: dict[str, str | int] = {"user_id": listing.value, **dict(listing.options)}
        if cursor:
            wanted["max_bookmark_id"] = cursor
        reply = await self._api.get(client, _CALLS["bookmarks"], wanted)
        works = await self._read(client, rows_of(reply))
        below = query_of(reply.get("next_url")).get("max_bookmark_id")
        return Page(works.artworks, works.groups, works.rejects, next_cursor=below)

    async def _fetch_counted(self, client: Client, listing: Listing, place: Place) -> Page:
        rows, next_offset = await self._ask(client, listing, place)
        ids = [id_of(row) for row in rows]
        if place.last and place.last not in ids:
            # More went away than the pages overlap: what slipped by is in the page before.
            back = replace(place, offset=max(0, place.offset - PAGE))
            rows = [*(await self._ask(client, listing, back))[0], *rows]
        elif place.last:
            rows = rows[ids.index(place.last) + 1 :]
        works = await self._read(client, unlisted(rows, place))
        last = id_of(rows[-1]) if rows else None
        rejects = works.rejects
        following_place: Place | None
        if listing.path == "search":
            try:
                following_place = following(place, next_offset, last, moment_of(rows))
            except Crowded as crowded:
                following_place = None
                rejects = (*rejects, Reject(UNREADABLE_END, excerpt=str(crowded)))
        elif next_offset is None:
            following_place = None
        else:
            following_place = replace(place, offset=next_offset, last=last or place.last)
        return Page(
            works.artworks,
            works.groups,
            rejects,
            is_proven=_is_of(listing, works),
            next_cursor=following_place.cursor if following_place else None,
        )

    async def _ask(
        self, client: Client, listing: Listing, place: Place
    ) -> tuple[list[Any], int | None]:
        """The works at a place, and the offset that the site gives for what follows."""
        is_search = listing.path == "search"
        wanted: dict[str, str | int] = dict(listing.options)
        if is_search:
            wanted |= words_of(listing.value)
        else:
            wanted["user_id"] = listing.value
        wanted |= place.asked(is_search)
        reply = await self._api.get(client, _CALLS[listing.path], wanted)
        offset = query_of(reply.get("next_url")).get("offset", "")
        return rows_of(reply), int(offset) if offset.isdigit() else None

    def media(self, artwork: Artwork, quality: str) -> Sequence[MediaSource]:
        url = file_address(artwork.media_url)
        if url is None:
            return ()
        if artwork.kind is Kind.UGOIRA:
            smaller = smaller_archive(url)
            sources = [self._source(url, Kind.UGOIRA)]
            if smaller:
                sources.append(self._source(smaller, Kind.UGOIRA, "reduced"))
            return sources
        large = self._form(artwork, "large") if quality == "sd" else None
        return (large if large else self._source(url, Kind.IMAGE),)

    def preview(self, artwork: Artwork) -> Preview:
        still, large = self._form(artwork, "medium"), self._form(artwork, "large")
        return Preview(
            still=(still,) if still else (),
            large=tuple(form for form in (large, still) if form),
        )

    def _form(self, artwork: Artwork, name: str) -> MediaSource | None:
        url = file_address(small_forms(artwork).get(name))
        return self._source(url, Kind.IMAGE, "sd") if url else None

    def _source(self, url: str, kind: Kind, quality: str = "hd") -> MediaSource:
        split, media = urlsplit(url), self.site.media_url
        if media and split.hostname == _FILES:
            url = f"{media}{split.path}"
        return MediaSource(url, quality, headers=_REFERER, accepts=frozenset({kind}))

    async def frames(self, client: Client, artwork: Artwork) -> tuple[Frame, ...]:
        number = artwork.site_id.partition("_")[0]
        reply = await self._api.get(client, "/v1/ugoira/metadata", {"illust_id": number})
        told = reply.get("ugoira_metadata")
        return read_frames(told.get("frames") if isinstance(told, dict) else None)

    async def refresh(self, client: Client, artwork: Artwork) -> Artwork | None:
        row = await self._work(client, artwork.site_id.partition("_")[0])
        works = await self._read(client, [row] if row else [])
        if works.rejects:  # it is there, and kept from us
            raise FetchFailed("not_permitted", detail=works.rejects[0].excerpt)
        return next((one for one in works.artworks if one.site_id == artwork.site_id), None)

    async def _read(self, client: Client, rows: Sequence[Any]) -> Works:
        return read_works([await unveil(client, self.site, row) for row in rows])

    async def _work(self, client: Client, number: str) -> Any:
        """None when pixiv does not know it."""
        try:
            reply = await self._api.get(client, _CALLS["work"], {"illust_id": number})
        except FetchFailed as failed:
            if failed.reason in _NOT_THERE:
                return None
            raise
        row = reply.get("illust")
        if not isinstance(row, dict):
            raise FetchFailed("unknown_shape", detail="no illust")
        return row


def _is_of(listing: Listing, works: Works) -> bool | None:
    """Whether the works are the user's; of a search nothing but pixiv itself can tell."""
    if listing.path != "works" or not works.artworks:
        return None if not works.artworks else True
    return all(artwork.author_id == listing.value for artwork in works.artworks)
