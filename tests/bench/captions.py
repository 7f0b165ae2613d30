"""Captions of 100,000 posts with 20 tags each, written beside their files; then a second run.

"bare" writes the same texts to temporary names, renames them and flushes the folders once.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert

from artkeep.domain.caption_rules import CaptionRules
from artkeep.jobs.captions import CaptionReport, CaptionRun, Existing, write_captions
from artkeep.jobs.tidy import open_library
from artkeep.media.library import Library
from artkeep.store import models
from artkeep.store.base import Store
from artkeep.store.bulk import insert_new
from artkeep.store.upgrade import ensure_schema

POSTS, FOLDERS, TAGS, TAGS_EACH = 100_000, 100, 3_000, 20
_CATEGORIES = ("general", "general", "general", "character", "copyright", "artist", "meta")


def main() -> None:
    """Print captions a second, for each kind of run."""
    with tempfile.TemporaryDirectory() as name:
        home, library = Path(name) / "home", Path(name) / "library"
        home.mkdir()
        with closing(Store(f"sqlite:///{home / 'tracking_database.sqlite'}")) as store:
            ensure_schema(store, home / "backups")
            opened = open_library(store, library)
            for number in range(FOLDERS):
                (library / f"tag_{number}").mkdir()
            store.transact(lambda connection: _fill(connection, opened.root_id))
            first, new = _timed(store, opened, CaptionRun(CaptionRules()))
            again, same = _timed(store, opened, CaptionRun(CaptionRules()))
            other = CaptionRun(CaptionRules(trigger="hfm"), Existing.OVERWRITE)
            rewritten, over = _timed(store, opened, other)
            texts = [path.read_bytes() for path in sorted(library.rglob("*.txt"))]
        bare = _bare(Path(name) / "bare", texts)
    is_right = (new.written, same.kept, over.replaced) == (POSTS, POSTS, POSTS)
    is_fast = POSTS / first >= 5_000
    print(f"{POSTS} posts: {POSTS / first:.0f}/s {'ok' if is_fast else 'MISSED'} (5000)")
    print(f"ratio to bare {bare / first:.2f} · bare {POSTS / bare:.0f}/s")
    print(f"second run {POSTS / again:.0f}/s · other rules {POSTS / rewritten:.0f}/s")
    print(f"all of them {'right ok' if is_right and len(texts) == POSTS else 'MISSED'}")


def _timed(store: Store, library: Library, run: CaptionRun) -> tuple[float, CaptionReport]:
    began = time.perf_counter()
    report = write_captions(store, library, "", run)
    return time.perf_counter() - began, report


def _fill(connection: Connection, root_id: int) -> None:
    now = datetime.now(UTC)
    named = [
        {"id": one, "name": f"some_tag_{one}", "category": _CATEGORIES[one % 7]}
        for one in range(1, TAGS + 1)
    ]
    connection.execute(insert(models.Tag), named)
    ids = range(1, POSTS + 1)
    common = ("site", "site_id", "kind", "page_url", "added_at", "download_status")
    rows = [(one, "gelbooru", str(one), "image", "", now, "done") for one in ids]
    insert_new(connection, models.Artwork, ("id", *common), rows)
    files = ("id", "role", "quality", "format", "size", "sha256", "created_at")
    these = [(one, "original", "hd", "png", 9, f"{one:064x}", now) for one in ids]
    insert_new(connection, models.File, files, these)
    insert_new(
        connection, models.ArtworkFile, ("artwork_id", "file_id"), [(one, one) for one in ids]
    )
    paths = [f"tag_{one % FOLDERS}/{one}.png" for one in ids]
    places = [
        (root_id, path, path, one, one, True) for one, path in zip(ids, paths, strict=True)
    ]
    columns = ("root_id", "path", "compare_key", "file_id", "artwork_id", "is_primary")
    insert_new(connection, models.Place, columns, places)
    tagged = [
        (one, 1 + (one * 7 + number * 149) % TAGS, "booru", now)
        for one in ids
        for number in range(TAGS_EACH)
    ]
    tag_columns = ("artwork_id", "tag_id", "origin", "fetched_at")
    insert_new(connection, models.ArtworkTag, tag_columns, tagged)


def _bare(folder: Path, texts: list[bytes]) -> float:
    for number in range(FOLDERS):
        (folder / f"tag_{number}").mkdir(parents=True)
    began = time.perf_counter()
    for number, text in enumerate(texts):
        final = folder / f"tag_{number % FOLDERS}" / f"{number}.txt"
        part = final.with_suffix(".part")
        part.write_bytes(text)
        part.rename(final)
    for one in folder.iterdir():
        descriptor = os.open(one, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    return time.perf_counter() - began
