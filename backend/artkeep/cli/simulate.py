"""`--simulate`: walk the listings and tell what would happen, without fetching or storing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from artkeep import __version__
from artkeep.cli.output import clean, print_json
from artkeep.cli.words import say
from artkeep.domain.artwork import Status
from artkeep.domain.target import Target
from artkeep.errors import AppError
from artkeep.jobs.policies import host_policies
from artkeep.jobs.reasons import exit_code_of
from artkeep.jobs.start import Options
from artkeep.net.client import Client
from artkeep.net.retry import with_retries
from artkeep.settings import Settings
from artkeep.sites._adapter import Listing, SiteAdapter
from artkeep.sites._registry import adapters
from artkeep.store import artworks
from artkeep.store.base import Store

_MOST_PAGES = 10_000


def simulate(
    settings: Settings,
    store: Store,
    targets: Sequence[Target],
    options: Options,
    *,
    as_json: bool,
) -> int:
    """Returns the exit code."""
    return asyncio.run(_simulate(settings, store, targets, options, as_json=as_json))


async def _simulate(
    settings: Settings,
    store: Store,
    targets: Sequence[Target],
    options: Options,
    *,
    as_json: bool,
) -> int:
    sites = adapters(settings)
    code = 0
    async with Client(
        settings.net, host_policies(settings, sites), version=__version__
    ) as client:
        for target in targets:
            walk = _Walk(client, sites[target.site], store, target, options, as_json)
            try:
                await walk.run()
            except AppError as error:
                code = max(code, exit_code_of(error.code, error.exit_code))
                text = f"{target.title}: {error}"
                if as_json:
                    print_json({"event": "error", "code": error.code, "text": text})
                else:
                    print(clean(text))
            if not as_json:
                print(
                    f"{clean(target.title)}: {say('listed')} {walk.listed} · "
                    f"{say('have')} {walk.have} · {say('skipped')} {walk.skipped} · "
                    f"{say('would be fetched')} {walk.new}"
                )
    return code


class _Walk:
    """All listings of one target, each artwork counted once."""

    def __init__(
        self,
        client: Client,
        adapter: SiteAdapter,
        store: Store,
        target: Target,
        options: Options,
        as_json: bool,
    ) -> None:
        self._client = client
        self._adapter = adapter
        self._store = store
        self._target = target
        self._options = options
        self._as_json = as_json
        self._seen: set[str] = set()
        self.listed = self.have = self.skipped = self.new = 0

    async def run(self) -> None:
        plan = await with_retries(lambda _: self._adapter.plan(self._client, self._target))
        waiting: list[Listing] = list(plan.listings)
        known = set(waiting)
        while waiting and not self._is_full():
            for more in await self._walk(waiting.pop(0)):
                if more not in known:
                    known.add(more)
                    waiting.append(more)

    def _is_full(self) -> bool:
        most = self._options.max_items
        return most is not None and self.have + self.new >= most

    async def _walk(self, listing: Listing) -> list[Listing]:
        cursor: str | None = None
        cursors: set[str] = set()
        more: list[Listing] = []
        for _ in range(_MOST_PAGES):
            at = cursor
            page = await with_retries(
                lambda attempt, at=at: self._adapter.fetch_page(  # type: ignore[misc]
                    self._client, self._target, listing, at, attempt
                )
            )
            more += page.listings
            fresh = [one for one in page.artworks if one.site_id not in self._seen]
            ids = [one.site_id for one in fresh]
            status = await self._store.read(artworks.statuses, self._target.site, ids)
            for one in fresh:
                if self._is_full():
                    return more
                self._seen.add(one.site_id)
                self.listed += 1
                reason = self._target.filters.rejects(one)
                if reason is not None:
                    self.skipped += 1
                elif status.get(one.site_id) == Status.DONE:
                    self.have += 1
                else:
                    self.new += 1
                if self._as_json:
                    print_json(
                        {
                            "site": one.site,
                            "id": one.site_id,
                            "kind": one.kind.value,
                            "page_url": one.page_url,
                            "author": one.author,
                            "rating": one.rating.label if one.rating else None,
                            "status": status.get(one.site_id, "new"),
                            "skipped": reason,
                        }
                    )
            cursor = page.next_cursor
            if cursor is None or cursor in cursors:
                return more
            cursors.add(cursor)
        return more
