"""A library of a million artworks over HTTP: pages, words, counts, facets, exports, the start.

The library is made once, in the folder that BENCH_LIBRARY names (`big_library.py`).
"""

from __future__ import annotations

import http.client
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

from tests.bench import big_library
from tests.bench.server import Server, serving
from tests.e2e.program import Home
from tests.gallery import gallery

SORTS = ("newest", "oldest", "added", "rating", "largest")
FILTERS = (
    *(
        "",
        "kind:video",
        "rating:xxx",
        "kind:video rating:xxx",
        "tag:half",
        "tag:half rating:pg",
    ),
    *("author:lokaka_0", 'model:"Lokaka XL"', "-rating:nsfw", "stars:>=1", "since:2025-06"),
)
WORDS = (  # from everywhere to rare
    *("lokaka", "lomika", "losha*", "mikaka", "lolokaka", "lokalokaka", '"lokaka lokalo"'),
    *("lokaka mikaka", "lokaka tag:half", "mikaka rating:pg", "lolokaka kind:video"),
)
PAGES = 3
MOST_MS, FACETS_MS, START_S, MOST_MIB = 30, 300, 5, 300
CSV_RATE, TAGS_RATE, CSV_MIB, FIRST_MS = 80_000, 8_000, 50, 200


def main() -> None:
    """Print every figure of the library."""
    database = big_library.database()
    with tempfile.TemporaryDirectory(dir=database.parent) as folder, gallery() as site:
        home = Home(Path(folder), site, is_cold=True)
        (Path(folder) / "data").mkdir()
        shutil.copyfile(database, Path(folder) / "data" / "tracking_database.sqlite")
        began = time.perf_counter()
        with serving(home) as server:
            _say("start", time.perf_counter() - began, START_S, "s")
            _pages(server, "a page of 100, every order and filter", FILTERS, SORTS)
            _pages(server, "a page of words, by day", WORDS, ("newest", "oldest"))
            _pages(server, "a page of words, other orders", WORDS, ("added", "rating"), None)
            for text in ("", "kind:video rating:xxx author:lokaka_0", "tag:half", "lokaka"):
                _say(f"facets of [{text}]", _ask(server, f"/api/facets?q={quote(text)}"), 300)
            _say("completion", _ask(server, "/api/complete?q=tag:lo"), FACETS_MS)
            _say("statistics", _ask(server, "/api/statistics"), None)
            _say("memory", server.mib, MOST_MIB, "MiB")
            _export(server, "/api/artworks.csv?sort=id&tags=false", 300_000, CSV_RATE)
            _export(server, "/api/artworks.csv?sort=id", 50_000, TAGS_RATE)


def _pages(
    server: Server,
    name: str,
    queries: tuple[str, ...],
    sorts: tuple[str, ...],
    most: float | None = MOST_MS,
) -> None:
    waits: list[float] = []
    slowest = (0.0, "")
    for query in queries:
        for sort in sorts:
            address = f"/api/artworks?limit=100&sort={sort}&q={quote(query)}"
            cursor: str | None = ""
            for page in range(PAGES):
                began = time.perf_counter()
                found = _get(server, address + (f"&cursor={cursor}" if cursor else ""))
                waits.append((time.perf_counter() - began) * 1000)
                slowest = max(slowest, (waits[-1], f"[{query}] {sort}, page {page + 1}"))
                cursor = json.loads(found)["next_cursor"]
                if cursor is None:
                    break
    p95 = statistics.quantiles(waits, n=20)[-1]
    _say(f"{name}: 95 of 100 within", p95, most)
    print(f"   in the middle {statistics.median(waits):.1f} ms, the longest {slowest}")


def _ask(server: Server, path: str) -> float:
    """Milliseconds of the middle one of three."""
    waits = []
    for _ in range(3):
        began = time.perf_counter()
        _get(server, path)
        waits.append((time.perf_counter() - began) * 1000)
    return statistics.median(waits)


def _get(server: Server, path: str) -> bytes:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    connection.request("GET", path)
    reply = connection.getresponse()
    body = reply.read()
    assert reply.status == 200, body
    connection.close()
    return body


def _export(server: Server, path: str, lines: int, least: int) -> None:
    """Reads so many lines and hangs up."""
    before = most = server.mib
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    began = time.perf_counter()
    connection.request("GET", path)
    reply = connection.getresponse()
    reply.read(100)
    first_ms = (time.perf_counter() - began) * 1000
    seen = looked = 0
    while seen < lines and (piece := reply.read(1 << 20)):
        seen += piece.count(b"\r\n")
        looked += 1
        if looked % 20 == 0:
            most = max(most, server.mib)
    rate = seen / (time.perf_counter() - began)
    connection.close()
    verdict = "ok" if rate >= least else "MISSED"
    print(f"{path}: {rate:,.0f} lines a second (at least {least:,}) {verdict}")
    _say("   first byte", first_ms, FIRST_MS)
    _say("   memory beside", most - before, CSV_MIB, "MiB")


def _say(name: str, value: float, most: float | None, unit: str = "ms") -> None:
    verdict = "" if most is None else f" (at most {most}) {'ok' if value <= most else 'MISSED'}"
    print(f"{name}: {value:.1f} {unit}{verdict}", flush=True)


if __name__ == "__main__":
    main()
