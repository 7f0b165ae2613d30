"""500 posts of ~200 KB from a 0.2 booru: Artkeep and a bare aiohttp loop that checks md5.

The bare loop asks for the same pages, fetches with 16 streams, compares md5 in memory and
writes the file: no flush, no rows. Artkeep's time is its job's, without examining. Rounds
alternate, and the best of each counts. The server runs in a process of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.gallery import png

POSTS = 500
PAYLOAD = 200_000
STREAMS = 16
ROUNDS = 3
GOAL = 0.6  # of the bare loop's speed
_FIRST = 5000
_PAGE = 100


def _body(number: int) -> bytes:
    """A whole picture with text of no use in front of its end, so that it has the size."""
    picture = png(number)
    head, tail = picture[:-12], picture[-12:]
    filling = b"tEXt" + b"filling\0" + (b"%08d" % number) * (PAYLOAD // 8)
    length = (len(filling) - 4).to_bytes(4, "big")
    return head + length + filling + zlib.crc32(filling).to_bytes(4, "big") + tail


async def serve(latency_ms: int) -> None:
    """Print the port, then answer until the input ends."""
    bodies = {f"{number}": _body(number) for number in range(_FIRST, _FIRST + POSTS)}
    hashes = {number: hashlib.md5(body).hexdigest() for number, body in bodies.items()}

    async def index(request: web.Request) -> web.Response:
        words = request.query.get("tags", "").split()
        below = min([int(one[4:]) for one in words if one.startswith("id:<")], default=1 << 40)
        ids = sorted((int(one) for one in bodies if int(one) < below), reverse=True)
        if "json" not in request.query:
            return web.Response(text=f'<posts count="{len(ids)}" offset="0"/>')
        ids = ids[:_PAGE]
        rows = [
            {
                "id": number,
                "hash": hashes[str(number)],
                "image": f"{number}.png",
                "file_url": f"http://{request.host}/images/{number}.png",
                "tags": "bench sky",
                "rating": "general",
                "width": 12,
                "height": 12,
            }
            for number in ids
        ]
        return web.Response(text=json.dumps(rows) if rows else "")

    async def image(request: web.Request) -> web.Response:
        if latency_ms:
            await asyncio.sleep(latency_ms / 1000)
        number = request.match_info["name"].removesuffix(".png")
        return web.Response(body=bodies[number], content_type="image/png")

    app = web.Application()
    app.router.add_get("/index.php", index)
    app.router.add_get("/images/{name}", image)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


@contextmanager
def bench_site(latency_ms: int) -> Iterator[str]:
    words = [sys.executable, "-m", "tests.bench.boorus", "serve", str(latency_ms)]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _environment() -> dict[str, str]:
    root = Path(__file__).parents[2]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "backend"), str(root)])}


async def bare_loop(url: str, folder: Path) -> float:
    """Page by page, as short as it can be written; seconds."""
    started = time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=STREAMS)) as session:

        async def fetch(row: dict[str, Any]) -> None:
            async with session.get(row["file_url"]) as reply:
                body = await reply.read()
            assert hashlib.md5(body).hexdigest() == row["hash"]
            (folder / row["image"]).write_bytes(body)

        below = ""
        waiting: list[asyncio.Task[None]] = []
        while True:
            asked = {"json": "1", "limit": str(_PAGE), "tags": f"bench {below}"}
            async with session.get(f"{url}/index.php", params=asked) as reply:
                text = await reply.text()
            if not text:
                break
            rows = json.loads(text)
            waiting += [asyncio.create_task(fetch(row)) for row in rows]
            below = f"id:<{rows[-1]['id']}"
        await asyncio.gather(*waiting)
    return time.perf_counter() - started


def artkeep(url: str, folder: Path) -> float:
    """One `artkeep get` of the same; the job's seconds."""
    environment = {
        **_environment(),
        "ARTKEEP_SITES__SAFEBOORU__BASE_URL": url,
        "ARTKEEP_SITES__SAFEBOORU__MEDIA_URL": url,
        "ARTKEEP_NET__UNLIMITED": "1",
        "ARTKEEP_WORKERS__EXAMINE": "0",
    }
    words = [sys.executable, "-m", "artkeep", "get", "safebooru:search:bench", "--json"]
    words += ["--concurrency", str(STREAMS), "--no-examine"]
    words += ["--data-dir", str(folder / "home"), "--library", str(folder / "library")]
    ended = subprocess.run(words, env=environment, check=True, capture_output=True, text=True)
    job = json.loads(ended.stdout.splitlines()[-1])
    assert job["state"] == "completed", job
    assert job["done"] == POSTS, job
    return float(job["seconds"])


def measure(latency_ms: int) -> tuple[float, float]:
    """Best seconds of the bare loop and of Artkeep."""
    home = Path(tempfile.mkdtemp(prefix="artkeep-bench-"))
    bare: list[float] = []
    ours: list[float] = []
    try:
        with bench_site(latency_ms) as url:
            for number in range(ROUNDS):
                plain = home / f"bare-{number}"
                plain.mkdir()
                bare.append(asyncio.run(bare_loop(url, plain)))
                ours.append(artkeep(url, home / f"ours-{number}"))
                shutil.rmtree(plain)
                shutil.rmtree(home / f"ours-{number}")
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return min(bare), min(ours)


def main() -> None:
    """Print both figures."""
    print(f"{POSTS} posts of {PAYLOAD} bytes, {STREAMS} at a time")
    for latency_ms in (0, 100):
        bare, ours = measure(latency_ms)
        verdict = "ok" if bare >= GOAL * ours else "MISSED"
        print(
            f"{latency_ms:>3} ms a file: bare {POSTS / bare:.0f} files/s · artkeep "
            f"{POSTS / ours:.0f} files/s · {bare / ours:.2f}x (goal {GOAL}x) {verdict}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(int(sys.argv[2])))
    else:
        main()
