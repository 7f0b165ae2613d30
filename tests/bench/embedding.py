"""Embedding into files: durable, read back and proven, by a child process for each core; and
reading.

Sizes are those of the usual: a JPEG of 0.5 MB, a WebP of 0.2 MB, a PNG of 2.6 MB. "bare" copies
the file and flushes it: what the disk alone allows.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from PIL import Image

from artkeep.domain.artwork import Tag
from artkeep.domain.embedded import Knowledge
from artkeep.media.embedded import read_embedded
from artkeep.media.embedding import EmbedderPool

_AT_ONCE = 4
_ROUNDS = 3
_FILES = {"jpeg": 200, "webp": 200, "png": 80}
_GOALS = {
    ("jpeg", "infotext"): 300,
    ("webp", "infotext"): 300,
    ("png", "infotext"): 80,
    ("jpeg", "with keywords"): 100,
    ("webp", "with keywords"): 100,
    ("png", "with keywords"): 80,
}
_READ_GOAL = 1_500
_INFOTEXT = (
    "masterpiece, best quality, a quiet harbour at dawn, fishing boats, mist over the water\n"
    "Negative prompt: lowres, bad anatomy\n"
    "Steps: 28, Sampler: DPM++ 2M, CFG scale: 6.5, Seed: 42, Size: 832x1216, Model: aurora"
)


def main() -> None:
    """Print files a second for each format."""
    known = Knowledge("civitai", "1", "https://civitai.com/images/1", _INFOTEXT)
    tagged = Knowledge(
        "civitai",
        "1",
        "https://civitai.com/images/1",
        _INFOTEXT,
        tags=tuple(Tag(f"keyword {number}", score=number) for number in range(20)),
        author="somebody",
        created_at=datetime(2026, 5, 1, tzinfo=UTC),
    )
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(_measure(Path(name), known, tagged))


async def _measure(folder: Path, known: Knowledge, tagged: Knowledge) -> None:
    pool = EmbedderPool(os.cpu_count() or 1)
    for extension, count in _FILES.items():
        source = folder / f"source.{extension}"
        source.write_bytes(_picture(extension))
        size = source.stat().st_size / 2**20

        def copy(number: int, source: Path = source) -> None:
            part = folder / f"{number}.part"
            shutil.copyfile(source, part)
            with part.open("rb") as file:
                os.fsync(file.fileno())

        async def bare(number: int, copy: Callable[[int], None] = copy) -> None:
            await asyncio.to_thread(copy, number)

        async def infotext(number: int, source: Path = source) -> None:
            part = folder / f"{number}.part"
            await pool.write(folder, source.name, part, known, keeps_generation=False)

        async def keywords(number: int, source: Path = source) -> None:
            part = folder / f"{number}.part"
            await pool.write(folder, source.name, part, tagged, keeps_generation=False)

        async def read(number: int) -> None:
            read_embedded(folder / f"{number}.part")

        bare_per_s = await _per_s(bare, count)
        print(f"{extension} {size:.1f} MiB: bare {bare_per_s:,.0f}/s", end="")
        for what, act in (("infotext", infotext), ("with keywords", keywords)):
            per_s = await _per_s(act, count)
            verdict = "ok" if per_s >= _GOALS[extension, what] else "MISSED"
            print(f", {what} {per_s:,.0f}/s {verdict}", end="")
        per_s = await _per_s(read, count, at_once=1)
        print(f", read {per_s:,.0f}/s", "ok" if per_s >= _READ_GOAL else "MISSED")
    await pool.close()


async def _per_s(
    act: Callable[[int], Awaitable[None]], count: int, at_once: int = _AT_ONCE
) -> float:
    """The best round counts: other work on the machine only ever adds time."""

    async def some(first: int) -> None:
        for number in range(first, count, at_once):
            await act(number)

    best = 0.0
    await asyncio.gather(*map(act, range(at_once)))
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        await asyncio.gather(*map(some, range(at_once)))
        best = max(best, count / (time.perf_counter() - began))
    return best


def _picture(extension: str) -> bytes:
    noise = random.Random(1)
    if extension == "png":
        image = Image.frombytes("RGB", (930, 930), noise.randbytes(930 * 930 * 3))
    else:
        small = Image.frombytes("RGB", (208, 304), noise.randbytes(208 * 304 * 3))
        image = small.resize((832, 1216), Image.Resampling.BILINEAR)
    written = BytesIO()
    image.save(written, extension.upper(), quality=92 if extension == "jpeg" else 60)
    return written.getvalue()


if __name__ == "__main__":
    main()
