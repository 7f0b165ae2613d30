"""Moving 10,000 files with their sidecars to another layout, and back: byte-identical.

"bare" renames the same files and sidecars into the same folders, with nothing noted, and
flushes every folder once: what the disk alone allows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert, select

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.layout import Layout
from artkeep.domain.naming import FileFacts, compare_key
from artkeep.domain.rating import Rating
from artkeep.jobs.engine import Engine
from artkeep.jobs.moves import start_move, start_undo
from artkeep.jobs.tidy import open_library
from artkeep.media.sidecar import sidecar_json
from artkeep.settings import Disk, Settings, Workers
from artkeep.store import models
from artkeep.store.base import Store
from artkeep.store.move_batches import history
from artkeep.store.upgrade import ensure_schema

FILES = 10_000
_AUTHORS, _MODELS = 60, 12
_BODY = b"\x89PNG" + bytes(20_000)
_TEMPLATE = Layout("template", "{author}/{year}-{month}/{date}_{time}_{id}")


def main() -> None:
    """Print files a second, there and back."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(
            data_dir=Path(name) / "home",
            library=Path(name) / "library",
            workers=Workers(examine=0),
            disk=Disk(keep_free=0),
        )
        settings.data_dir.mkdir()
        with closing(
            Store(f"sqlite:///{settings.data_dir / 'tracking_database.sqlite'}")
        ) as store:
            ensure_schema(store, settings.data_dir / "backups")
            moved = _fill(store, settings)
            bare = _bare(Path(name), moved)
            before = _tree(settings.library)
            engine = Engine(settings, store)
            engine.start()
            try:
                there = _timed(store, engine, undone=None)
                assert sorted(_tree(settings.library)) != sorted(before)
                with store.reading() as connection:
                    (batch,) = history(connection)
                back = _timed(store, engine, undone=batch.id)
            finally:
                engine.stop()
            is_same = _tree(settings.library) == before
    print(
        f"{FILES} files: there {FILES / there:.0f}/s ({there:.1f} s), ratio {bare / there:.2f}"
    )
    print(f"back {FILES / back:.0f}/s ({back:.1f} s), ratio {bare / back:.2f}")
    print(f"bare {FILES / bare:.0f}/s · the tree is {'the same ok' if is_same else 'MISSED'}")


def _timed(store: Store, engine: Engine, undone: int | None) -> float:
    def start(connection: Connection) -> int:
        if undone is None:
            return start_move(connection, _TEMPLATE, "").job_id
        return start_undo(connection, undone).job_id

    began = time.perf_counter()
    job = engine.run_job(store.transact(start)).result()
    assert job.state == "completed", job.reasons
    return time.perf_counter() - began


def _fill(store: Store, settings: Settings) -> list[tuple[str, str]]:
    """A library in the organized layout; each file's path, and the one it is moved to."""
    library = open_library(store, settings.library)
    moved = []
    rows: list[tuple[Artwork, str]] = []
    for number in range(FILES):
        artwork = _artwork(number)
        facts = FileFacts(Kind.IMAGE, "png")
        path = Layout().path_of(artwork, facts)
        final = library.final(path)
        final.parent.mkdir(parents=True, exist_ok=True)
        final.write_bytes(_BODY + number.to_bytes(4, "big"))
        content = sidecar_json(artwork, file={}, downloaded_at=datetime.now(UTC))
        final.with_suffix(".json").write_bytes(content)
        moved.append((path, _TEMPLATE.path_of(artwork, facts)))
        rows.append((artwork, path))
    store.transact(lambda connection: _insert(connection, rows, library.root_id))
    return moved


def _artwork(number: int) -> Artwork:
    return Artwork(
        "civitai",
        str(90_000_000 + number),
        Kind.IMAGE,
        f"https://civitai.com/images/{number}",
        author=f"author_{number * 7 % _AUTHORS}",
        version_name=f"model {number % _MODELS} v1",
        rating=Rating.PG if number % 3 else Rating.X,
        posted_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=11 * number),
        prompt="a quiet harbour at dawn, mist over the water " * 6,
        raw={"id": number, "meta": {"prompt": "a quiet harbour " * 20, "steps": 28}},
    )


def _insert(connection: Connection, rows: list[tuple[Artwork, str]], root_id: int) -> None:
    now = datetime.now(UTC)
    names = ("site", "site_id", "page_url", "author", "version_name", "posted_at", "prompt")
    connection.execute(
        insert(models.Artwork),
        [
            {name: getattr(artwork, name) for name in names}
            | {
                "kind": artwork.kind.value,
                "rating": artwork.rating,
                "added_at": now,
                "download_status": "done",
            }
            for artwork, _ in rows
        ],
    )
    ids = connection.scalars(select(models.Artwork.id).order_by(models.Artwork.id)).all()
    connection.execute(
        insert(models.File),
        [
            {
                "id": number,
                "role": "original",
                "quality": "hd",
                "format": "png",
                "size": len(_BODY) + 4,
                "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
                "created_at": now,
            }
            for number in ids
        ],
    )
    connection.execute(
        insert(models.ArtworkFile), [{"artwork_id": one, "file_id": one} for one in ids]
    )
    connection.execute(
        insert(models.Place),
        [
            {
                "root_id": root_id,
                "path": path,
                "compare_key": compare_key(path),
                "file_id": one,
                "artwork_id": one,
                "is_primary": True,
            }
            for one, (_, path) in zip(ids, rows, strict=True)
        ],
    )


def _bare(folder: Path, moved: list[tuple[str, str]]) -> float:
    """On a copy of the library."""
    library = folder / "bare"
    shutil.copytree(folder / "library", library)
    began = time.perf_counter()
    touched: set[Path] = set()
    for old, new in moved:
        source, final = library / old, library / new
        final.parent.mkdir(parents=True, exist_ok=True)
        for ending in (".png", ".json"):
            source.with_suffix(ending).rename(final.with_suffix(ending))
        touched |= {source.parent, final.parent}
    for one in touched:
        descriptor = os.open(one, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    taken = time.perf_counter() - began
    shutil.rmtree(library)
    return taken


def _tree(library: Path) -> dict[str, str]:
    return {path.relative_to(library).as_posix(): _digest(path) for path in _media(library)}


def _media(library: Path) -> Iterator[Path]:
    for path in sorted(library.rglob("*")):
        if ".artkeep" not in path.parts:
            yield path


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
