"""Taking over what other programs left: a JSON history of 100,000 entries, a classic database
of 200,000 rows, with and without files; and a second run of each, which changes nothing.

The bare ratio: reading the same source with `json.loads` or `sqlite3` alone.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from artkeep.jobs.adopt import Adoption
from artkeep.jobs.adopt_report import Report
from artkeep.jobs.adopt_sources import collect
from artkeep.store.base import Store, open_store
from artkeep.store.upgrade import ensure_schema
from tests.gallery import png

ENTRIES = 100_000
ROWS = 200_000
FILES = 100_000
USERS = 50


def main() -> None:
    """Print one line for each."""
    with tempfile.TemporaryDirectory(prefix="artkeep-bench-") as name:
        folder = Path(name)
        history = _write_history(folder / "plain", ENTRIES, files=0)
        _compare("100,000 JSON entries", history, lambda: json.loads(history.read_bytes()))
        history = _write_history(folder / "filed", FILES, files=FILES)
        _compare(
            f"{FILES:,} JSON entries with files",
            history,
            lambda: json.loads(history.read_bytes()),
        )
        database = _write_database(folder / "rows", ROWS)
        _compare("200,000 database rows", database, lambda: _read_all(database))


def _compare(title: str, source: Path, bare: Callable[[], object]) -> None:
    began = time.perf_counter()
    bare()
    alone = time.perf_counter() - began
    store = open_store(None, source.parent / "data")
    ensure_schema(store, source.parent / "backups")
    try:
        used = time.process_time()
        first, report = _adopt(store, source)
        busy = time.process_time() - used
        again, repeated = _adopt(store, source)
    finally:
        store.close()
    assert report.new == report.artworks > 0
    assert repeated.is_unchanged
    print(
        f"{title}: {first:.1f} s ({busy:.1f} s of processor time; {report.with_file} with a "
        f"file), again {again:.1f} s, reading alone {alone:.2f} s",
        flush=True,
    )


def _adopt(store: Store, source: Path) -> tuple[float, Report]:
    began = time.perf_counter()
    collected = collect(source, lambda address: None)
    report = Adoption(store, source.parent / "library", collected).run()
    return time.perf_counter() - began, report


def _write_history(folder: Path, amount: int, *, files: int) -> Path:
    folder.mkdir()
    entries = {}
    for number in range(amount):
        user = f"user_{number % USERS}"
        path = f"image_downloads/Username_Search/{user}/Mix/{number + 1}.png"
        entries[f"{number + 1}_HD"] = {
            "path": path,
            "quality": "HD",
            "download_date": "2024-04-08 - 10:30",
            "tags": ["sci_fi", f"tag_{number % 300}"],
            "url": f"https://image.civitai.com/demo/uuid{number}/width=1024/{number}.jpeg",
        }
        if number < files:
            whole = folder / path
            whole.parent.mkdir(parents=True, exist_ok=True)
            whole.write_bytes(png(number))
    source = folder / "downloaded_images.json"
    source.write_text(json.dumps(entries, indent=4), "utf-8")
    return source


def _write_database(folder: Path, amount: int) -> Path:
    folder.mkdir()
    source = folder / "tracking_database.sqlite"
    with closing(sqlite3.connect(source)) as database:
        database.executescript(_SCHEMA)
        database.executemany(
            "INSERT INTO tracked_images VALUES (?, ?, 'HD', ?, ?, ?, ?, ?, ?)",
            (
                (
                    f"username:user_{number % USERS}_{number + 1}_HD",
                    str(number + 1),
                    f"/elsewhere/image_downloads/Username_Search/user_{number % USERS}/"
                    f"{number + 1}.png",
                    "2026-01-02 - 09:15",
                    f"https://image.civitai.com/demo/uuid{number}/original=true/{number}.jpeg",
                    f"Mix {number % 40}",
                    "username",
                    f"user_{number % USERS}",
                )
                for number in range(amount)
            ),
        )
        database.commit()
    return source


def _read_all(source: Path) -> list[object]:
    with closing(sqlite3.connect(source)) as database:
        return database.execute("SELECT * FROM tracked_images").fetchall()


_SCHEMA = """
CREATE TABLE tracked_images (
  image_key TEXT PRIMARY KEY, image_id TEXT NOT NULL, quality TEXT NOT NULL,
  path TEXT NOT NULL, download_date TEXT NOT NULL, url TEXT, checkpoint_name TEXT,
  target_type TEXT, target_value TEXT);
CREATE TABLE image_tags (image_key TEXT NOT NULL, tag TEXT NOT NULL,
  PRIMARY KEY (image_key, tag)) WITHOUT ROWID;
"""


if __name__ == "__main__":
    main()
