"""The server with 100,000 artworks tracked: requests a second, waiting times, memory.

`wrk` (Debian's package) makes the load from a process of its own, ten connections at once.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from artkeep.store.base import Store
from artkeep.store.upgrade import ensure_schema
from tests.bench.shelf import add_thumbnails, fill
from tests.e2e.program import Home, hang_up, kill
from tests.faulty import Answer, Exchange
from tests.gallery import Gallery, gallery

TRACKED = 100_000
SECONDS = 5
SLOW = 20
SLOW_S = 1.0
IDLE_MIB, BUSY_MIB = 300, 450
SMALL_MS = 20


@dataclass(frozen=True)
class Server:
    """A program that serves."""

    url: str
    process: psutil.Process

    @property
    def mib(self) -> float:
        """Resident memory of it and its children."""
        all_of_it = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_info().rss for one in all_of_it) / 2**20


def main() -> None:
    """Print every figure of the server."""
    if shutil.which("wrk") is None:
        print("wrk is missing: apt-get install wrk")
        return
    with tempfile.TemporaryDirectory() as folder, gallery() as site:
        home = Home(Path(folder), site, is_cold=True)
        ids = _prepare(home)
        with serving(home) as server:
            print(_limit("memory, idle", server.mib, IDLE_MIB, "MiB"))
            for name, path, least in (
                ("/api/status", "/api/status", 800),
                ("a page of 100 artworks", "/api/artworks?limit=100", 300),
                ("thumbnails", f"/thumbs/{ids[0]}", 800),
            ):
                rate = _wrk(server.url + path)
                verdict = "ok" if rate >= least else "MISSED"
                print(f"{name}: {rate:,.0f}/s (at least {least}/s) {verdict}")
            waits = asyncio.run(_beside_slow_ones(server, site))
            middle, worst = statistics.median(waits) * 1000, max(waits) * 1000
            print(_limit(f"a small request beside {SLOW} slow ones", middle, SMALL_MS, "ms"))
            print(f"   the longest of {len(waits)}: {worst:.0f} ms")
            print(_limit("memory, downloading", _busy(server, site), BUSY_MIB, "MiB"))


def _limit(name: str, value: float, most: float, unit: str) -> str:
    return f"{name}: {value:.1f} {unit} (at most {most}) {'ok' if value <= most else 'MISSED'}"


def _prepare(home: Home) -> list[int]:
    data = home.folder / "data"
    data.mkdir()
    store = Store(home.database_url)
    ensure_schema(store, home.folder / "backups")
    ids = fill(store, TRACKED)
    store.close()
    add_thumbnails(data / "thumbs", ids[:100])
    return ids


@contextmanager
def serving(home: Home) -> Iterator[Server]:
    """`artkeep gui` on a free port."""
    process = home.start("gui", "--no-browser", "--port", "0")
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                break
        else:
            raise RuntimeError(process.communicate()[1])
        url = found.group()
        asyncio.run(_answers(url))
        yield Server(url, psutil.Process(process.pid))
    finally:
        kill(process)
        process.communicate()


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/api/status") as reply:
        reply.raise_for_status()


def _wrk(url: str) -> float:
    """Requests a second; raises when one of them failed."""
    words = ["wrk", "-t1", "-c10", f"-d{SECONDS}s", url]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in told, told
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found is not None, told
    return float(found[1])


async def _beside_slow_ones(server: Server, site: Gallery) -> list[float]:
    """Seconds of small requests, while others wait for a site that takes a second."""
    all_here = threading.Event()
    site.pages(_slow_page(site, all_here))
    for number in range(SLOW):
        site.add(f"slow{number}")
    waits: list[float] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask_slowly(number: int) -> None:
            params = {"target": f"civitai:user:slow{number}"}
            async with session.get(f"{server.url}/api/browse", params=params) as reply:
                assert reply.status == 200, await reply.text()
                await reply.read()

        slow = [asyncio.create_task(ask_slowly(number)) for number in range(SLOW)]
        assert await asyncio.to_thread(all_here.wait, 20), "some were refused"
        while not all(task.done() for task in slow) and len(waits) < 500:
            began = time.perf_counter()
            async with session.get(f"{server.url}/api/status") as reply:
                await reply.read()
            waits.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)
        await asyncio.gather(*slow)
    site.pages(site.listing)
    return waits


def _slow_page(site: Gallery, all_here: threading.Event) -> Answer:
    before = len(site.page_requests())

    async def answer(exchange: Exchange) -> None:
        if len(site.page_requests()) - before >= SLOW:
            all_here.set()
        await asyncio.sleep(SLOW_S)
        await site.listing(exchange)

    return answer


def _busy(server: Server, site: Gallery) -> float:
    """MiB at most while 20 download at once and three pages listen."""
    hang_up(site, "lena", 1500, 0.02)
    return asyncio.run(_download_all(server))


async def _download_all(server: Server) -> float:
    peak = 0.0
    async with aiohttp.ClientSession() as session:
        body = {"targets": ["civitai:user:lena"], "options": {"concurrency": 20}}
        async with session.post(f"{server.url}/api/jobs", json=body) as reply:
            job = (await reply.json())["id"]
        with ExitStack() as stack:
            sockets = [
                await session.ws_connect(server.url.replace("http", "ws") + "/api/events")
                for _ in range(3)
            ]
            tasks = [asyncio.create_task(_listen(socket)) for socket in sockets]
            stack.callback(lambda: [task.cancel() for task in tasks])
            state = "running"
            while state in ("queued", "running"):
                peak = max(peak, server.mib)
                await asyncio.sleep(0.05)
                async with session.get(f"{server.url}/api/jobs/{job}") as reply:
                    state = json.loads(await reply.read())["state"]
    assert state == "completed", state
    return peak


async def _listen(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass


if __name__ == "__main__":
    main()
