"""The table of artworks with 100,000 of them: pages in every order and filter, and CSV.

Read straight from the database; `server` measures the same over HTTP.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from artkeep.domain.query import parse_query
from artkeep.store import exports, shelf
from artkeep.store.base import Store
from artkeep.store.order import Position, Sort, page_of_ids
from artkeep.store.upgrade import ensure_schema
from tests.bench.shelf import fill

TRACKED = 100_000
PAGES = 3  # of each list
PAGE = 100
FILTERS = (
    *("", "rating:pg", "rating:xxx", "kind:video", "download:failed", "kind:video rating:xxx"),
    *("site:danbooru", "embed:done", "author:author_7", "author:nobody", 'tag:"tag 7"'),
    *("until:2025", "since:2026-01-03", "has:file", "width:>100"),
)
WORDS = ("valley", "nowhere")  # searched for in every text: slower, until there is an index
MOST_MS, MOST_SEARCH_MS = 200, 500


def main() -> None:
    """Print waiting times of pages, and lines a second of the export."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tracking_database.sqlite"
        store = Store(f"sqlite:///{path}")
        ensure_schema(store, Path(folder) / "backups")
        fill(store, TRACKED)
        _say("a page, in every order and filter", _waits(store, FILTERS), MOST_MS)
        _say("a page of a search in all texts", _waits(store, WORDS), MOST_SEARCH_MS)
        _export(store, path)
        store.close()


def _waits(store: Store, queries: tuple[str, ...]) -> list[float]:
    waits: list[float] = []
    for query in queries:
        for sort in Sort:
            waits += _pages(store, query, sort)
    return waits


def _pages(store: Store, text: str, sort: Sort) -> Iterator[float]:
    """Milliseconds of the first pages."""
    query = parse_query(text)
    after: Position | None = None
    for _ in range(PAGES):
        began = time.perf_counter()
        with store.reading() as connection:
            page = page_of_ids(connection, query, sort, after, PAGE)
            shelf.cards_as_json(connection, page.ids)
        yield (time.perf_counter() - began) * 1000
        after = page.next
        if after is None:
            return


def _say(name: str, waits: list[float], most: float) -> None:
    p95 = statistics.quantiles(waits, n=20)[-1]
    verdict = "ok" if p95 <= most else "MISSED"
    print(
        f"{name}: {statistics.median(waits):.1f} ms, 95 of 100 within {p95:.0f} ms "
        f"(at most {most}) {verdict}, the longest {max(waits):.0f} ms"
    )


def _export(store: Store, path: Path) -> None:
    process = psutil.Process()
    before = most = process.memory_info().rss
    began, lines, size = time.perf_counter(), -1, 0
    for piece in exports.as_csv(store, parse_query(""), Sort.ID):
        lines += piece.count("\r\n")
        size += len(piece)
        most = max(most, process.memory_info().rss)
    taken_s = time.perf_counter() - began
    bare_s = _bare_read(path)
    print(
        f"CSV: {lines / taken_s:,.0f} lines a second ({size / taken_s / 2**20:.0f} MiB/s), "
        f"{taken_s / bare_s:.1f} times a bare read of the same columns, "
        f"{(most - before) / 2**20:.0f} MiB of memory"
    )


def _bare_read(path: Path) -> float:
    """Seconds for the columns of the export without tags and places, by sqlite3 alone."""
    columns = "site, site_id, page_url, kind, author, title, rating, posted_at, added_at, "
    columns += "downloaded_at, width, height, model, base_model, prompt, negative_prompt, seed"
    connection = sqlite3.connect(path)
    began = time.perf_counter()
    cursor = connection.execute(f"SELECT {columns} FROM artworks ORDER BY id")
    while cursor.fetchmany(5000):
        pass
    taken_s = time.perf_counter() - began
    connection.close()
    return taken_s


if __name__ == "__main__":
    main()
