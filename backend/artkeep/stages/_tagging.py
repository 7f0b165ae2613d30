"""The desks and browsers of one instance, by site and by how a job wants to ask."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from artkeep.domain.tags import TagMethod
from artkeep.media.programs import find_chromium
from artkeep.net.browser import Browser
from artkeep.net.chromium import Profile
from artkeep.net.client import Client
from artkeep.settings import Settings
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites._tags import TagSource
from artkeep.stages._tag_choice import Choice
from artkeep.stages._tag_desk import TagDesk
from artkeep.stages._tag_options import TagOptions

_FOLDER = "browser"


class Tagging:
    """Made on the engine's loop; what it starts ends with `close`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._desks: dict[tuple[str, TagOptions], tuple[SiteAdapter, TagDesk]] = {}
        self._browsers: dict[str, tuple[Profile, Browser]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._chromium: str | None = None
        self.said: dict[int, tuple[TagMethod, str]] = {}  # job to what it was told last

    def desk(
        self,
        site: str,
        options: TagOptions,
        adapters: Mapping[str, SiteAdapter],
        settings: Settings,
    ) -> TagDesk | None:
        """Where to ask; None for a site whose visitors do not tag."""
        adapter = adapters.get(site)
        known = self._desks.get((site, options))
        if known is not None and known[0] is adapter:
            return known[1]
        source = adapter.tags() if adapter is not None else None
        if source is None or adapter is None:
            return None
        if known is not None:  # the settings are others since
            self._later(known[1])
        desk = TagDesk(
            source,
            options,
            self._client,
            lambda: self.browser(site, source, settings),
            time_scale=settings.net.time_scale,
        )
        self._desks[site, options] = (adapter, desk)
        return desk

    async def choice(
        self,
        site: str,
        options: TagOptions,
        adapters: Mapping[str, SiteAdapter],
        settings: Settings,
    ) -> Choice:
        """Which way a job with these options would go now. Raises KeyError for another site."""
        desk = self.desk(site, options, adapters, settings)
        if desk is None:
            raise KeyError(site)
        return desk.choice

    def chromium(self) -> str | None:
        """Where the browser lies. Once found it is not looked for again."""
        self._chromium = self._chromium or find_chromium()
        return self._chromium

    def browser(self, site: str, source: TagSource, settings: Settings) -> Browser:
        """The site's browser, with a private profile of its own."""
        profile = Profile(
            settings.data_dir / _FOLDER / site,
            path=None,
            user_agent=settings.net.user_agent,
            cookies=tuple(source.cookies),
        )
        known = self._browsers.get(site)
        if known is not None and known[0] == profile:
            return known[1]
        if known is not None:
            self._later(known[1])
        browser = Browser(
            profile,
            self._client,
            self.chromium,
            further_hosts=source.further_hosts,
            time_scale=settings.net.time_scale,
        )
        self._browsers[site] = (profile, browser)
        return browser

    def running(self, site: str) -> Browser | None:
        """The site's browser, if there was need of one."""
        found = self._browsers.get(site)
        return found[1] if found else None

    async def close(self) -> None:
        """End all of them."""
        for _, desk in self._desks.values():
            await desk.close()
        for _, browser in self._browsers.values():
            await browser.close()
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _later(self, old: TagDesk | Browser) -> None:
        task = asyncio.create_task(old.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
