"""Program start to first listing request, and memory while downloading in a large library."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import psutil

from artkeep.store.base import Store
from artkeep.store.upgrade import ensure_schema
from tests.bench.shelf import fill
from tests.e2e.program import Home, hang_up
from tests.gallery import gallery

ROUNDS = 5
TRACKED = 100_000
LIMIT_S = 1.5
LIMIT_MIB = 250


def main() -> None:
    """Print both figures."""
    seconds = [_start_to_first_request() for _ in range(ROUNDS)]
    shown = " ".join(f"{one:.2f}" for one in seconds)
    verdict = "ok" if min(seconds) <= LIMIT_S else "MISSED"
    print(f"start to first listing request: {shown} s · best {min(seconds):.2f} s {verdict}")
    peak = _memory_while_downloading()
    verdict = "ok" if peak <= LIMIT_MIB else "MISSED"
    print(
        f"memory, 20 downloads at once, {TRACKED:,} artworks tracked: "
        f"{peak:.0f} MiB (limit {LIMIT_MIB} MiB) {verdict}"
    )


def _start_to_first_request() -> float:
    with tempfile.TemporaryDirectory() as folder, gallery() as site:
        site.add("lena", 1)
        home = Home(Path(folder), site, is_cold=True)
        home.run("doctor", "--json")  # the database exists, as on every start but the first
        began = time.perf_counter()
        process = home.start("get", "--user", "lena", "--json")
        while not site.page_requests() and process.poll() is None:
            time.sleep(0.005)
        took = time.perf_counter() - began
        process.communicate()
        return took


def _memory_while_downloading() -> float:
    """MiB resident at most."""
    with tempfile.TemporaryDirectory() as folder, gallery() as site:
        home = Home(Path(folder), site, is_cold=True)
        (Path(folder) / "data").mkdir()
        store = Store(home.database_url)
        ensure_schema(store, Path(folder) / "backups")
        fill(store, TRACKED)
        store.close()
        hang_up(site, "lena", 1500, 0.02)
        process = home.start("get", "--user", "lena", "--json", "--concurrency", "20")
        watched = psutil.Process(process.pid)
        peak = 0
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.01)
        process.communicate()
        assert process.returncode == 0
        return peak / 2**20


if __name__ == "__main__":
    sys.exit(main())
