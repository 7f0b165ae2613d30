"""Looking at a target page by page without storing anything: what the page shows before a
download.

All listings of a plan follow each other as if they were one. What a walk has seen is kept for a
while, so that an artwork of two listings is shown once; a cursor only names a place in it, and
the site's own cursors never leave the program. Everything runs on the engine's loop.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.target import Target
from artkeep.errors import RetryLater, UsageError
from artkeep.media.preview_cache import PreviewCache, bring
from artkeep.net.client import Client
from artkeep.net.retry import FetchFailed, longest_wait_s, with_retries
from artkeep.sites._adapter import Depth, Given, Listing, MediaSource, Page, Plan, SiteAdapter

T = TypeVar("T")

PATIENCE_S = 20.0  # somebody sits in front of it
_TRIES = 3
_TRIES_OF_FILES = 2
_CAP_S = 3.0
_MOST_PAGES = 5  # of the site for one of ours, when nothing on them is to be shown
_MOST_WALKS = 16
_MOST_REMEMBERED = 20_000
_MOST_LISTINGS = 2_000
_NEXT_SOURCE = frozenset(
    {"not_found", "gone", "request_refused", "not_media", "still_not_video", "too_large"}
)


@dataclass(frozen=True, slots=True)
class Looked:
    """A page. `plan` is there on the first one only; no `next_cursor`: the end. `given` are
    addresses that die (`Page.given`)."""

    title: str
    artworks: tuple[Artwork, ...]
    given: Given
    rejects: int
    plan: Plan | None
    next_cursor: str | None


class PreviewOver(UsageError):
    """The walk that a cursor belongs to is forgotten, or was another one."""

    code = "preview_over"


@dataclass(frozen=True, slots=True)
class _Place:
    """A page of a listing, by its number in the walk."""

    listing: int
    cursor: str | None


@dataclass(slots=True)
class _Walk:
    """One target being looked at. Places are numbered as they are reached."""

    target: Target
    plan: Plan
    listings: list[Listing]
    places: list[_Place] = field(default_factory=lambda: [_Place(0, None)])
    first_seen: dict[str, int] = field(default_factory=dict)

    def number(self, place: _Place) -> int:
        if place not in self.places:
            self.places.append(place)
        return self.places.index(place)

    def after(self, at: _Place, page: Page) -> _Place | None:
        """Where the walk goes on; a cursor that leads back ends its listing."""
        following = _Place(at.listing, page.next_cursor)
        if page.next_cursor is not None and self.number(following) > self.number(at):
            return following
        following = _Place(at.listing + 1, None)
        return following if following.listing < len(self.listings) else None

    def fresh(self, page: Page, number: int) -> list[Artwork]:
        """The artworks that were not shown at another place."""
        found = []
        for artwork in page.artworks:
            if len(self.first_seen) < _MOST_REMEMBERED:
                self.first_seen.setdefault(artwork.site_id, number)
            if self.first_seen.get(artwork.site_id, number) == number:
                found.append(artwork)
        return found

    def follow(self, further: tuple[Listing, ...]) -> None:
        """Queue the walks that a page has led to."""
        known = set(self.listings)
        for listing in further:
            if listing not in known and len(self.listings) < _MOST_LISTINGS:
                known.add(listing)
                self.listings.append(listing)


class Walks:
    """The walks of this process; the oldest beyond sixteen is forgotten."""

    def __init__(self, time_scale: float = 1.0) -> None:
        self._walks: OrderedDict[str, _Walk] = OrderedDict()
        self._time_scale = time_scale

    async def look(
        self, client: Client, adapter: SiteAdapter, target: Target, cursor: str | None
    ) -> Looked:
        """The first page, or the one at a cursor. Asking again gives the same page again.

        Raises PreviewOver; RetryLater when it takes too long; TargetNotFound, AuthRequired,
        WrongIdentity or FetchFailed as the site answers.
        """
        longest_wait_s.set(PATIENCE_S)  # of this task only
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._look(client, adapter, target, cursor)
        except TimeoutError:
            raise RetryLater(
                f"{adapter.name.capitalize()} did not answer within {PATIENCE_S:.0f} seconds.",
                after_s=5,
                code="site_slow",
                advice="It is busy, or a running job asks it for something else. Try again.",
            ) from None

    async def _look(
        self, client: Client, adapter: SiteAdapter, target: Target, cursor: str | None
    ) -> Looked:
        is_first = cursor is None
        if cursor is None:
            plan = await self._patiently(lambda _: adapter.plan(client, target, Depth.LOOK))
            walk_id, number = self._begin(target, plan), 0
        else:
            walk_id, number = self._find(target, cursor)
        walk = self._walks[walk_id]
        artworks: list[Artwork] = []
        given: dict[str, Sequence[Mapping[str, Any]]] = {}
        rejects = 0
        place: _Place | None = walk.places[number] if walk.listings else None
        for _ in range(_MOST_PAGES):
            if place is None or artworks:
                break
            page = await self._fetch(client, adapter, walk, place)
            walk.follow(page.listings)
            artworks = walk.fresh(page, walk.number(place))
            given |= page.given
            rejects += len(page.rejects)
            following = walk.after(place, page)
            if following is not None:
                walk.number(following)
            place = following
        return Looked(
            walk.plan.title or target.title,
            tuple(artworks),
            given,
            rejects,
            walk.plan if is_first else None,
            f"{walk_id}.{walk.number(place)}" if place is not None else None,
        )

    def _begin(self, target: Target, plan: Plan) -> str:
        walk_id = secrets.token_urlsafe(12)
        self._walks[walk_id] = _Walk(target, plan, list(plan.listings))
        while len(self._walks) > _MOST_WALKS:
            self._walks.popitem(last=False)
        return walk_id

    def _find(self, target: Target, cursor: str) -> tuple[str, int]:
        walk_id, _, number = cursor.partition(".")
        walk = self._walks.get(walk_id)
        is_number = number.isascii() and number.isdigit() and len(number) < 10
        if walk is None or not is_number or int(number) >= len(walk.places):
            raise PreviewOver("This preview is too old to go on.", advice="Preview it again.")
        if walk.target != target:
            raise PreviewOver(
                "This preview was of something else, or filtered otherwise.",
                advice="Preview it again.",
            )
        self._walks.move_to_end(walk_id)
        return walk_id, int(number)

    async def _fetch(
        self, client: Client, adapter: SiteAdapter, walk: _Walk, place: _Place
    ) -> Page:
        listing = walk.listings[place.listing]
        return await self._patiently(
            lambda attempt: adapter.fetch_page(
                client, walk.target, listing, place.cursor, attempt
            )
        )

    async def _patiently(self, call: Callable[[int], Awaitable[T]]) -> T:
        return await with_retries(
            call, max_tries=_TRIES, cap_s=_CAP_S, time_scale=self._time_scale
        )


async def bring_first(
    client: Client,
    sources: Sequence[MediaSource],
    cache: PreviewCache,
    key: str,
    *,
    time_scale: float = 1.0,
) -> None:
    """Bring the first of the sources that works. Raises FetchFailed, FileProblem."""
    longest_wait_s.set(PATIENCE_S)
    last = FetchFailed("not_found", detail="no address")
    for source in sources:
        fetch = partial(
            bring,
            client,
            source.url,
            cache,
            key,
            headers=source.headers,
            is_video=source.accepts == {Kind.VIDEO},
        )
        try:
            await with_retries(
                lambda _, fetch=fetch: fetch(),  # type: ignore[misc]
                max_tries=_TRIES_OF_FILES,
                cap_s=_CAP_S,
                time_scale=time_scale,
            )
            return
        except FetchFailed as failed:
            last = failed
            if failed.reason not in _NEXT_SOURCE:
                break
    raise last
