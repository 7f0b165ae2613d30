"""A library of a million artworks with seven million tags, in SQLite, made once in minutes.

Words, tags, models and authors are as frequent as in life: few are everywhere, most are rare.
The tag `half` is on every second artwork. Same number, same library.
"""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from artkeep.store.base import Store
from artkeep.store.upgrade import ensure_schema
from artkeep.store.words import place_of

ARTWORKS = 1_000_000
_THEN = datetime(2023, 1, 1, tzinfo=UTC)
_SECONDS = 3 * 365 * 86_400
_WORDS, _TAGS, _MODELS, _AUTHORS = 30_000, 20_000, 400, 20_000
_MOODS = (
    "lowres",
    "bad anatomy",
    "blurry",
    "extra fingers",
    "watermark",
    "text",
    "jpeg artifacts",
)
_BATCH = 20_000


def database(amount: int = ARTWORKS) -> Path:
    """The database, made unless it is there: in the folder that BENCH_LIBRARY names."""
    folder = Path(os.environ.get("BENCH_LIBRARY", "/tmp/artkeep-bench-library"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"library-{amount}.sqlite"
    if not path.exists():
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        began = time.monotonic()
        _make(part, amount)
        part.rename(path)
        print(f"made {amount:,} artworks in {time.monotonic() - began:.0f} s: {path}")
    return path


def _make(path: Path, amount: int) -> None:
    store = Store(f"sqlite:///{path}")
    ensure_schema(store, path.parent / "backups")
    with store.reading() as connection:
        later = _set_aside(connection)
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=OFF")
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("PRAGMA cache_size=-200000")
        for kind, name, _ in later:
            raw.execute(f'DROP {kind} "{name}"')
        raw.execute("BEGIN")
        _fill(raw, amount)
        for _, _, text in later:
            if text.startswith(("CREATE INDEX", "CREATE UNIQUE")):
                raw.execute(text)
        _count(raw)
        for kind, _, text in later:
            if kind == "trigger":
                raw.execute(text)
        raw.execute("COMMIT")
        raw.execute("PRAGMA journal_mode=WAL")


def _set_aside(connection: Connection) -> list[tuple[str, str, str]]:
    """Indexes and triggers, which are made again when everything is there."""
    rows = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') "
        "AND sql IS NOT NULL"
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _frequent(amount: int) -> list[float]:
    return list(itertools.accumulate(1 / (rank + 3) for rank in range(amount)))


def _word(number: int) -> str:
    """A word as a person would type one."""
    parts = ("ka", "lo", "mi", "ren", "tu", "sha", "vel", "dor", "en", "pri")
    return "".join(parts[int(digit)] for digit in str(number + 100))


def _fill(raw: sqlite3.Connection, amount: int) -> None:
    chance = random.Random(1)
    words = [_word(number) for number in range(_WORDS)]
    tags = ["half", *(f"{_word(n)} {_word(n * 7 % 997)}" for n in range(1, _TAGS))]
    models = [f"{_word(number).title()} XL" for number in range(_MODELS)]
    authors = [f"{_word(number)}_{number}" for number in range(_AUTHORS)]
    often = {n: _frequent(n) for n in (_WORDS, _TAGS - 1, _MODELS, _AUTHORS)}
    raw.execute(
        "INSERT INTO roots (id, marker, path, added_at) VALUES (1, 'm', '/', '2026-01-01')"
    )
    raw.executemany(
        "INSERT INTO tags (id, name, category) VALUES (?, ?, '')", enumerate(tags, start=1)
    )
    for first in range(1, amount + 1, _BATCH):
        numbers = range(first, min(first + _BATCH, amount + 1))
        artworks, files, places, tagged, indexed = [], [], [], [], []
        for number in numbers:
            posted = _THEN + timedelta(seconds=chance.randrange(_SECONDS))
            prompt = " ".join(chance.choices(words, cum_weights=often[_WORDS], k=24))
            negative = " ".join(chance.sample(_MOODS, 5))
            (author,) = chance.choices(authors, cum_weights=often[_AUTHORS])
            (model,) = chance.choices(models, cum_weights=often[_MODELS])
            base = ("SDXL 1.0", "Pony", "Flux.1 D", "SD 1.5")[hash_of(number) % 4]
            mine = set(chance.choices(range(2, _TAGS + 1), cum_weights=often[_TAGS - 1], k=7))
            mine |= {1} if number % 2 else set()
            kind = "video" if number % 20 == 0 else "image"
            moment = posted.strftime("%Y-%m-%d %H:%M:%S.%f")
            added = (_THEN + timedelta(seconds=number)).strftime("%Y-%m-%d %H:%M:%S.%f")
            rating = (1, 1, 2, 4, 8, 16)[hash_of(number * 3) % 6]
            size = 200_000 + hash_of(number * 5) % 3_000_000
            artworks.append(
                (
                    *(number, "civitai", str(number), kind),
                    *(f"https://civitai.com/images/{number}", author, rating, moment),
                    *(1024, 1536, model, base, prompt, negative, "done", "done"),
                    *(added, added, 0 if number % 97 else 5, size),
                )
            )
            extension = "mp4" if kind == "video" else ("png", "jpeg")[number % 2]
            files.append(
                (number, "original", "hd", extension, size, 1024, 1536, f"{number:064x}", added)
            )
            path = f"CivitAI_Browse/Images/SFW/{model}/{author}/{number}.{extension}"
            places.append((number, 1, path, path.casefold(), number, number, 1))
            tagged += [(number, tag, "site", "civitai", added) for tag in mine]
            named = " \ue000 ".join(tags[tag - 1] for tag in mine)
            about = f"{author.replace('_', ' ')} \ue000 {model.lower()} \ue000 {base.lower()}"
            indexed.append(
                (place_of(posted, number), prompt, negative, about.replace(".", " "), named)
            )
        _write(raw, artworks, files, places, tagged, indexed)


def hash_of(number: int) -> int:
    """Spread numbers that rise."""
    return number * 2_654_435_761 % 2**32 >> 7


def _write(raw: sqlite3.Connection, *rows: list[tuple[object, ...]]) -> None:
    artworks, files, places, tagged, indexed = rows
    for text, some in (
        (
            "INSERT INTO artworks (id, site, site_id, kind, page_url, author, rating, "
            "posted_at, width, height, model, base_model, prompt, negative_prompt, "
            "download_status, examine_status, added_at, downloaded_at, stars, shown_size)",
            artworks,
        ),
        (
            "INSERT INTO files (id, role, quality, format, size, width, height, sha256, "
            "created_at)",
            files,
        ),
        (
            "INSERT INTO places (id, root_id, path, compare_key, file_id, artwork_id, "
            "is_primary)",
            places,
        ),
        ("INSERT INTO artwork_tags (artwork_id, tag_id, origin, site, fetched_at)", tagged),
        ("INSERT INTO artwork_words (rowid, prompt, negative, about, tags)", indexed),
        ("INSERT INTO artwork_files (artwork_id, file_id)", list(_pairs(files))),
    ):
        raw.executemany(f"{text} VALUES ({', '.join('?' * len(some[0]))})", some)


def _pairs(files: list[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    return ((row[0], row[0]) for row in files)


def _count(raw: sqlite3.Connection) -> None:
    """What the triggers would have counted."""
    for facet, value in {
        **{name: name for name in ("site", "kind", "rating", "author", "model", "base_model")},
        "version": "version_name",
        "download": "download_status",
        "examine": "examine_status",
        "tagging": "tags_status",
        "embed": "embed_status",
        "convert": "convert_status",
        "stars": "stars",
        "favourite": "is_favourite",
        "month": "substr(posted_at, 1, 7)",
    }.items():
        raw.execute(
            f"INSERT INTO library_counts SELECT '{facet}', "
            f"coalesce(CAST({value} AS TEXT), ''), count(*) FROM artworks GROUP BY 2"
        )
    raw.execute(
        "INSERT INTO library_counts SELECT 'tag', CAST(tag_id AS TEXT), count(*) "
        "FROM artwork_tags GROUP BY tag_id"
    )
