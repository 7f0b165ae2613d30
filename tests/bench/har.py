"""A HAR of 250 MB, as an afternoon of browsing leaves it: how long it takes, how much memory.

Pictures as base64, scripts, other pages' JSON, and the lists of a generator among them.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIZE = 250 * 10**6
ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests/sites/captures/fixtures/starryai-creationsV2.response.json"
MOST_MIB = 200


def main() -> None:
    """Print time, speed and the memory that reading took on top of the program's own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "afternoon.har"
        creations = write_har(path, SIZE)
        size = path.stat().st_size
        told = subprocess.run(
            [sys.executable, "-m", "tests.bench.har", str(path)],
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT / 'backend'}:{ROOT}"},
            capture_output=True,
            text=True,
            check=True,
        )
    found = json.loads(told.stdout)
    assert found["creations"] == creations, found
    print(
        f"{size / 1e6:.0f} MB, {creations} creations: {found['seconds']:.1f} s, "
        f"{size / 1e6 / found['seconds']:.0f} MB/s, {found['extra_mib']:.0f} MiB extra "
        f"(at most {MOST_MIB}), told its progress {found['told']} times"
    )
    if found["extra_mib"] > MOST_MIB:
        print("  more memory than promised")


def read(path: Path) -> dict[str, Any]:
    """In a process of its own, which measures itself."""
    import psutil

    from artkeep.jobs.captures import CaptureReader

    own = psutil.Process()
    before = peak = own.memory_info().rss
    told = 0

    def watch(done: int) -> None:
        nonlocal peak, told
        told += 1
        peak = max(peak, own.memory_info().rss)

    began = time.monotonic()
    reader = CaptureReader(watch)
    with path.open("rb") as file:
        reader.add_file(file, path.name)
    found = reader.recognised()
    seconds = time.monotonic() - began
    try:  # between two looks it may have been more
        import resource

        peak = max(peak, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    except ImportError:
        peak = max(peak, own.memory_info().rss)
    return {
        "seconds": seconds,
        "extra_mib": (peak - before) / 2**20,
        "creations": len(found.creations),
        "told": told,
    }


def write_har(path: Path, size: int) -> int:
    """How many creations are in it."""
    chance = random.Random(7)
    sample = json.loads(SAMPLE.read_text("utf-8"))
    template = sample["data"]["creationsV2"][0]
    creations = 0
    written = 0
    with path.open("w", encoding="utf-8") as file:
        written += file.write('{"log": {"version": "1.2", "entries": [')
        for number, (url, mime, text, more) in enumerate(_replies(chance)):
            if number % 12 == 0:
                url, mime, more = "https://app.starryai.com/graphql", "application/json", {}
                some = [{**template, "id": str(10**9 + creations + n)} for n in range(20)]
                creations += len(some)
                text = json.dumps({"data": {"creationsV2": some}})
            written += file.write("," if number else "")
            written += file.write(json.dumps(_entry(url, mime, text, more)))
            if written > size:
                break
        file.write("]}}")
    return creations


def _replies(chance: random.Random) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    rows = [{"id": n, "name": f"row {n}", "tags": ["a", "b"], "at": None} for n in range(3000)]
    others, script = json.dumps(rows), "function f(){return 'x'}\n" * 20_000
    while True:
        picture = chance.randbytes(chance.randrange(30_000, 1_500_000)).hex()
        yield "https://cdn.example/a.png", "image/png", picture, {"encoding": "base64"}
        yield "https://news.example/feed", "application/json", others, {}
        yield "https://cdn.example/app.js", "text/javascript", script, {}
        picture = chance.randbytes(9_000_000).hex()
        yield "https://cdn.example/clip.mp4", "video/mp4", picture, {"encoding": "base64"}


def _entry(url: str, mime: str, text: str, more: dict[str, str]) -> dict[str, Any]:
    headers = [{"name": f"x-header-{n}", "value": "v" * 60} for n in range(40)]
    return {
        "request": {"method": "GET", "url": url, "headers": headers, "cookies": []},
        "response": {
            "status": 200,
            "headers": headers,
            "content": {"size": len(text), "mimeType": mime, "text": text, **more},
        },
    }


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]))))
