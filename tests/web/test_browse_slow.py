"""Browsing while a site takes its time: everybody gets an answer, and nobody else waits."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from tests.faulty import Exchange
from tests.gallery import Gallery
from tests.web.conftest import Served

SLOW = 20


class Gate:
    """Holds every page back until it is opened; `all_here` when twenty wait."""

    def __init__(self, site: Gallery) -> None:
        self.all_here = threading.Event()
        self.is_open = threading.Event()
        self._site = site
        self._waiting = 0

    async def __call__(self, exchange: Exchange) -> None:
        self._waiting += 1
        if self._waiting == SLOW:
            self.all_here.set()
        await asyncio.to_thread(self.is_open.wait, 30)
        await self._site.listing(exchange)


def get(served: Served, path: str) -> tuple[int, object]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(served.url + path, timeout=30) as reply:
        return reply.status, json.loads(reply.read())


def test_twenty_slow_previews_all_come_and_small_requests_pass_them_by(
    served: Served, site: Gallery
) -> None:
    for number in range(SLOW):
        site.add(f"slow{number}")
    gate = Gate(site)
    site.pages(gate)
    with ThreadPoolExecutor(SLOW) as pool:
        paths = [f"/api/browse?target=civitai:user:slow{number}" for number in range(SLOW)]
        asked = [pool.submit(get, served, path) for path in paths]
        assert gate.all_here.wait(20), "some were refused, or wait for each other"
        assert get(served, "/api/status")[0] == 200
        assert not any(one.done() for one in asked)
        gate.is_open.set()
        assert [one.result()[0] for one in asked] == [200] * SLOW
