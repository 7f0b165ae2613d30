"""A thousand files of ~200 KB: Artkeep and a bare aiohttp loop on one server and disk.

The bare loop lists the same pages and writes the same files with 20 streams: no hash, no
flush, no rows. Artkeep's time is its job's, from start to end, without examining. Rounds
alternate, and the best of each counts: other work on the machine only ever adds time.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

FILES = 1000
PAYLOAD = 200_000
STREAMS = 20
ROUNDS = 5
CREATOR = "bench_creator"


@contextmanager
def bench_site(cache: Path, latency_ms: int) -> Iterator[str]:
    """The sample site with one creator's thousand cheap pictures, in a process of its own."""
    words = [sys.executable, "-m", "tests.bench.site", "--files", str(FILES)]
    words += ["--payload-bytes", str(PAYLOAD), "--latency-ms", str(latency_ms)]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _environment() -> dict[str, str]:
    root = Path(__file__).parents[2]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "backend"), str(root)])}


async def bare_loop(url: str, folder: Path) -> float:
    """List and write with nothing around it; seconds."""
    started = time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=STREAMS)) as session:
        waiting: asyncio.Queue[tuple[str, str] | None] = asyncio.Queue()

        async def list_all() -> None:
            cursor = None
            while True:
                params = {"username": CREATOR, "limit": "200", "sort": "Oldest"}
                if cursor:
                    params["cursor"] = cursor
                async with session.get(f"{url}/api/v1/images", params=params) as reply:
                    page = await reply.json()
                for item in page["items"]:
                    waiting.put_nowait((str(item["id"]), item["url"]))
                cursor = page["metadata"].get("nextCursor")
                if cursor is None:
                    break
            for _ in range(STREAMS):
                waiting.put_nowait(None)

        async def stream() -> None:
            while (one := await waiting.get()) is not None:
                name, address = one
                async with session.get(address) as reply:
                    with (folder / f"{name}.jpeg").open("wb") as file:
                        async for chunk in reply.content.iter_any():
                            file.write(chunk)

        await asyncio.gather(list_all(), *(stream() for _ in range(STREAMS)))
    return time.perf_counter() - started


def artkeep(url: str, folder: Path) -> float:
    """One `artkeep get` of the same; the job's seconds."""
    environment = {
        **_environment(),
        "ARTKEEP_SITES__CIVITAI__BASE_URL": url,
        "ARTKEEP_SITES__CIVITAI__MEDIA_URL": url,
        "ARTKEEP_NET__UNLIMITED": "1",
        "ARTKEEP_WORKERS__EXAMINE": "0",
    }
    words = [sys.executable, "-m", "artkeep", "get", "--user", CREATOR, "--json"]
    words += ["--concurrency", str(STREAMS), "--no-examine"]
    words += ["--data-dir", str(folder / "home"), "--library", str(folder / "library")]
    ended = subprocess.run(words, env=environment, check=True, capture_output=True, text=True)
    job = json.loads(ended.stdout.splitlines()[-1])
    assert job["state"] == "completed", job
    assert job["done"] == FILES, job
    return float(job["seconds"])


def measure(latency_ms: int) -> tuple[float, float]:
    """Best seconds of the bare loop and of Artkeep."""
    home = Path(tempfile.mkdtemp(prefix="artkeep-bench-"))
    bare: list[float] = []
    ours: list[float] = []
    try:
        with bench_site(home / "cache", latency_ms) as url:
            for number in range(ROUNDS):
                plain = home / f"bare-{number}"
                plain.mkdir()
                bare.append(asyncio.run(bare_loop(url, plain)))
                ours.append(artkeep(url, home / f"ours-{number}"))
                shutil.rmtree(plain)
                shutil.rmtree(home / f"ours-{number}")
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(f"   rounds: bare {_shown(bare)} ours {_shown(ours)}")
    return min(bare), min(ours)


def _shown(seconds: list[float]) -> str:
    return " ".join(f"{one:.2f}" for one in seconds)


def main() -> None:
    """Print both figures."""
    print(f"{FILES} files of {PAYLOAD} bytes, {STREAMS} at a time")
    for latency_ms, limit in ((0, 2.0), (50, 1.3)):
        bare, ours = measure(latency_ms)
        verdict = "ok" if ours <= limit * bare else "MISSED"
        print(
            f"{latency_ms:>3} ms added: bare {bare:.2f} s · artkeep {ours:.2f} s · "
            f"{ours / bare:.2f}x (limit {limit}x) {verdict}"
        )


if __name__ == "__main__":
    main()
