"""`artkeep get --simulate` over 100,000 pictures of one creator, and what memory it takes."""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
from aiohttp import web

from tests.e2e.program import Home

ITEMS = 100_000
LIMIT_PER_S = 5_000
LIMIT_MIB = 60
PROMPT = (
    "masterpiece, best quality, a quiet harbour at dawn, fishing boats, mist over the water, "
    "warm lanterns, gulls, painterly light, intricate detail, volumetric fog, wide shot"
)


def main() -> None:
    """Print items a second and the growth of memory."""
    with tempfile.TemporaryDirectory() as folder:
        ready: multiprocessing.Queue[int] = multiprocessing.Queue()
        server = multiprocessing.Process(target=_serve, args=(ready,), daemon=True)
        server.start()
        site = SimpleNamespace(url=f"http://127.0.0.1:{ready.get()}")
        home = Home(Path(folder), site, is_cold=True)  # type: ignore[arg-type]
        home.run("get", "--user", "few", "--simulate", "--json")
        began, growth = time.perf_counter(), 0.0
        process = home.start("get", "--user", "many", "--simulate")
        watched = psutil.Process(process.pid)
        base = 0.0
        used = None
        while process.poll() is None:
            try:
                resident = watched.memory_info().rss / 2**20
                used = watched.cpu_times()
            except psutil.NoSuchProcess:
                break
            if not base and time.perf_counter() - began > 1.5:
                base = resident
            growth = max(growth, resident - base) if base else 0.0
            time.sleep(0.05)
        out, err = process.communicate()
        took = time.perf_counter() - began
        server.terminate()
        assert process.returncode == 0, out + err
        assert f" {ITEMS} " in out, out
    per_s = ITEMS / took
    print(f"{ITEMS:,} items in {took:.1f} s, start included: {per_s:,.0f}/s", end=" ")
    print("ok" if per_s >= LIMIT_PER_S else "MISSED")
    if used is not None:
        print(f"processor time: {used.user:.1f} s + {used.system:.1f} s in the kernel")
    print(f"memory grew by {growth:.0f} MiB", "ok" if growth <= LIMIT_MIB else "MISSED")


def _serve(ready: multiprocessing.Queue[int]) -> None:
    web.run_app(_app(), host="127.0.0.1", port=_free_port(ready), print=None)


def _free_port(ready: multiprocessing.Queue[int]) -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    ready.put(port)
    return port


def _app() -> web.Application:
    app = web.Application()
    app.router.add_get("/api/v1/images", _images)
    app.router.add_get("/api/trpc/user.getCreator", _creator)
    return app


async def _images(request: web.Request) -> web.Response:
    name = request.query["username"]
    most = ITEMS if name == "many" else 10
    begin = int(request.query.get("cursor", "0|0").partition("|")[0])
    end = min(most, begin + int(request.query.get("limit", "100")))
    metadata = {"nextCursor": f"{end}|1785024000000"} if end < most else {}
    items = [_item(number, name) for number in range(begin, end)]
    return web.json_response({"items": items, "metadata": metadata})


def _item(number: int, name: str) -> dict[str, object]:
    return {
        "id": 1_000_000 + number,
        "url": f"https://image.civitai.com/x/{number:08x}-5d6e-4f70-8a9b-0c1d2e3f4001/o.jpeg",
        "hash": "UeF~kjRjayof~qWBj[ay?bWBayj[ofayj[ay",
        "width": 832,
        "height": 1216,
        "nsfwLevel": "None",
        "nsfw": False,
        "browsingLevel": 1,
        "type": "image",
        "createdAt": "2026-05-01T12:00:00.000Z",
        "postId": 5_000 + number // 5,
        "stats": {"cryCount": 0, "laughCount": 0, "likeCount": 3, "heartCount": 1},
        "meta": {
            "prompt": f"{PROMPT}, number {number}",
            "negativePrompt": "lowres, bad anatomy, bad hands, text, watermark",
            "seed": number * 7919,
            "steps": 28,
            "sampler": "DPM++ 2M",
            "cfgScale": 6.5,
            "Model": f"aurora_v{number % 7}",
            "Size": "832x1216",
            "resources": [{"name": "aurora", "type": "model", "hash": "0123456789"}],
        },
        "username": name,
        "baseModel": "SDXL 1.0",
        "modelVersionIds": [128713],
        "tags": [
            {"id": 100 + n, "name": f"tag {n}"} for n in range(number % 9, number % 9 + 6)
        ],
    }


async def _creator(request: web.Request) -> web.Response:
    asked = json.loads(request.query["input"])["json"]
    user = {"id": 1, "username": asked["username"], "deletedAt": None}
    return web.json_response({"result": {"data": {"json": user}}})


if __name__ == "__main__":
    sys.exit(main())
