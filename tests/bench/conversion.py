"""Conversion with full proof against the `cwebp` program, which proves and carries nothing.

200 pictures of 1024 x 1536, half PNG with an infotext, half JPEG with EXIF, about 1.5 MB each,
to WebP of quality 85, as many at a time as there are cores. Both take turns in small batches,
so that other work on the machine costs both the same; cwebp is as nice as our children are.
"""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
from PIL import Image, PngImagePlugin

from artkeep.domain.artwork import Tag
from artkeep.domain.embedded import Knowledge
from artkeep.media.convert import ConverterPool
from artkeep.media.convert_plan import ConvertPlan

FILES, BATCH, SCENES = 200, 25, 10
WIDTH, HEIGHT = 1024, 1536
QUALITY = 85
LEAST_RATIO = 0.8
MOST_MIB = 1024
CORES = os.cpu_count() or 1
INFOTEXT = (
    "a misty valley at dawn, volumetric light, number {number}\nNegative prompt: blurry\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: {number}, Size: 1024x1536"
)


def main() -> None:
    """Print the ratio and the memory."""
    program = shutil.which("cwebp")
    if program is None:
        print("cwebp is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        files = [_make(Path(folder), number) for number in range(FILES)]
        mean = sum(path.stat().st_size for path in files) / FILES / 1e6
        ours, theirs, cpu_ratio, peak = asyncio.run(_race(files, program))
    ratio = theirs / ours
    verdict = "ok" if ratio >= LEAST_RATIO else "MISSED"
    print(
        f"{FILES} files of {mean:.2f} MB: {FILES / ours:.2f} files/s with proof, "
        f"cwebp {FILES / theirs:.2f} · ratio {ratio:.2f} (least {LEAST_RATIO}) {verdict}"
    )
    print(f"processor time: ratio {cpu_ratio:.2f}")
    verdict = "ok" if peak <= MOST_MIB else "MISSED"
    print(f"memory of all processes: {peak:.0f} MiB (limit {MOST_MIB} MiB) {verdict}")


async def _race(files: list[Path], program: str) -> tuple[float, float, float, float]:
    """Seconds of ours, seconds of theirs, theirs to ours in processor time, MiB at most."""
    pool = ConverterPool(CORES)
    ours = theirs = our_cpu = their_cpu = peak = 0.0
    await _convert(pool, files[:CORES])  # the children are up, as in any longer run
    children = psutil.Process().children()
    for first in range(0, FILES, BATCH):
        batch = files[first : first + BATCH]
        with _Watch() as watch:
            began, used = time.perf_counter(), sum(map(_cpu_s, children)) + time.process_time()
            await _convert(pool, batch)
            ours += time.perf_counter() - began
            our_cpu += sum(map(_cpu_s, children)) + time.process_time() - used
        peak = max(peak, watch.peak_mib)
        began, used = time.perf_counter(), _ended_cpu_s()
        await asyncio.to_thread(_run_cwebp, program, batch)
        theirs += time.perf_counter() - began
        their_cpu += _ended_cpu_s() - used
    await pool.close()
    return ours, theirs, their_cpu / our_cpu, peak


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _ended_cpu_s() -> float:
    """Of the children of this process that have ended."""
    times = os.times()
    return times.children_user + times.children_system


async def _convert(pool: ConverterPool, files: list[Path]) -> None:
    async def one(path: Path) -> None:
        part = path.with_suffix(".part")
        name = "png" if path.suffix == ".png" else "jpeg"
        knowledge = Knowledge("site", path.stem, "https://site/1", tags=(Tag("a"), Tag("b")))
        await pool.convert(path, name, part, ConvertPlan(quality=QUALITY), knowledge)
        part.unlink()

    async with asyncio.TaskGroup() as group:
        for path in files:
            group.create_task(one(path))


def _run_cwebp(program: str, files: list[Path]) -> None:
    def one(path: Path) -> None:
        target = path.with_suffix(".cwebp")
        command = [program, "-quiet", "-q", str(QUALITY), "-m", "4", str(path), "-o", target]
        if nice := shutil.which("nice"):
            command = [nice, "-n", "10", *command]
        subprocess.run(command, check=True)
        target.unlink()

    with ThreadPoolExecutor(CORES) as workers:
        list(workers.map(one, files))


class _Watch:
    """The memory of this process and its children while it is open."""

    def __enter__(self) -> _Watch:
        self.peak_mib = 0.0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        me = psutil.Process()
        while not self._is_over.wait(0.05):
            total = me.memory_info().rss
            total += sum(child.memory_info().rss for child in me.children())
            self.peak_mib = max(self.peak_mib, total / 2**20)


def _make(folder: Path, number: int) -> Path:
    """Coded sizes as pictures from the sites have: PNG 2.6 MB, JPEG 0.5 MB, WebP 0.2 MB."""
    pixels = np.roll(_scene(number % SCENES), number * 7919, axis=0)
    image = Image.fromarray(pixels, "RGB")
    text = INFOTEXT.format(number=number)
    if number % 2:
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode("utf-16-be")
        path = folder / f"{number}.jpg"
        image.save(path, quality=95, exif=exif)
    else:
        texts = PngImagePlugin.PngInfo()
        texts.add_text("parameters", text)
        path = folder / f"{number}.png"
        image.save(path, pnginfo=texts, compress_level=3)
    return path


@functools.cache
def _scene(number: int) -> np.ndarray:
    """Shapes of several sizes under grain, as a photo has."""
    chance = np.random.default_rng(number)
    scene = 128 + chance.normal(0, 2, (HEIGHT, WIDTH, 1)).repeat(3, axis=2)
    for cell, strength in ((64, 0.6), (16, 0.3), (8, 0.15), (4, 0.06)):
        for band in range(3):
            cells = chance.integers(-128, 128, (HEIGHT // cell, WIDTH // cell))
            shapes = Image.fromarray(cells.astype(np.float32))
            soft = shapes.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
            scene[..., band] += np.asarray(soft) * strength
    return np.clip(scene, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    sys.exit(main())
