"""A minimal gallery for the benchmarks: one creator, pages from memory, JPEGs of a given size.

As light as an aiohttp server can be, so that what is measured is the client.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import sys
import threading
from collections.abc import Awaitable, Callable

from aiohttp import web
from PIL import Image

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

KEY = "xG1nkqKTMzGDvpLrqFT7WA"


def picture(side: int) -> bytes:
    """A valid JPEG of so many pixels a side."""
    noise = Image.effect_noise((side, side), 90).convert("RGB")
    buffer = io.BytesIO()
    noise.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


class Gallery:
    """Serves `files` pictures of `bench_creator`."""

    def __init__(
        self, files: int, payload: int, latency_s: float, side: int, keeps_count: bool
    ) -> None:
        self._files = files
        self._latency_s = latency_s
        self._side = side
        self._keeps_count = keeps_count
        self._asked: list[tuple[str, float]] = []
        base = picture(side)
        # Comment segments hold at most 65,533 bytes each.
        filler = b""
        while len(base) + len(filler) < payload - 40:
            room = min(60_000, payload - len(base) - len(filler))
            filler += b"\xff\xfe" + (room + 2).to_bytes(2, "big") + bytes(room)
        self._start, self._rest = base[:2], filler + base[2:]

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._count] if self._keeps_count else [])
        app.router.add_get("/count", self._tell_count)
        app.router.add_get("/api/v1/images", self._images)
        app.router.add_get("/api/trpc/user.getCreator", self._creator)
        app.router.add_get("/" + KEY + "/{uuid}/{params}/{name}", self._media)
        return app

    @web.middleware
    async def _count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/count":
            self._asked.append((request.path, asyncio.get_running_loop().time()))
        return await handler(request)

    async def _tell_count(self, request: web.Request) -> web.Response:
        """Every request so far: path, and when by our clock."""
        return web.json_response(self._asked)

    async def _images(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self._latency_s)
        origin = str(request.url.origin())
        limit = int(request.query.get("limit", "100"))
        begin = int(request.query.get("cursor", "0|0").split("|")[0])
        end = min(begin + limit, self._files)
        metadata = {"nextCursor": f"{end}|1785024000000"} if end < self._files else {}
        items = [self._item(number, origin) for number in range(begin, end)]
        return web.json_response({"items": items, "metadata": metadata})

    def _item(self, number: int, origin: str) -> dict[str, object]:
        uuid = f"{number:08x}-5d6e-4f70-8a9b-0c1d2e3f4001"
        return {
            "id": 100_000_000 + number,
            "url": f"{origin}/{KEY}/{uuid}/original=true/{uuid}.jpeg",
            "hash": "UeF~kjRjayof~qWBj[ay?bWBayj[ofayj[ay",
            "width": self._side,
            "height": self._side,
            "nsfwLevel": "None",
            "browsingLevel": 1,
            "nsfw": False,
            "type": "image",
            "createdAt": "2026-07-30T09:15:27.341Z",
            "postId": 90_000_000 + number // 20,
            "stats": {"likeCount": 3, "heartCount": 1, "commentCount": 0},
            "meta": {
                "prompt": f"misty mountain valley at sunrise, pine forest, number {number}",
                "negativePrompt": "lowres, blurry, watermark",
                "seed": number,
                "steps": 30,
                "sampler": "DPM++ 2M Karras",
                "cfgScale": 7,
                "Model": "sampleLandscapeXL_v10",
                "Size": f"{self._side}x{self._side}",
            },
            "username": "bench_creator",
            "baseModel": "SDXL 1.0",
            "modelVersionIds": [345685],
            "tags": [{"id": 5248, "name": "landscape"}, {"id": 8449, "name": "mountain"}],
        }

    async def _creator(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self._latency_s)
        found = {"id": 4021, "username": "bench_creator", "deletedAt": None, "bannedAt": None}
        return web.json_response({"result": {"data": {"json": found}}})

    async def _media(self, request: web.Request) -> web.Response:
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        mark = hashlib.md5(request.match_info["uuid"].encode()).hexdigest().encode()
        comment = b"\xff\xfe" + (len(mark) + 2).to_bytes(2, "big") + mark
        body = self._start + comment + self._rest
        return web.Response(body=body, content_type="image/jpeg")


async def serve(gallery: Gallery) -> None:
    """Until stdin is closed."""
    runner = web.AppRunner(gallery.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    print(f"ready http://127.0.0.1:{port}", flush=True)
    loop, closed = asyncio.get_running_loop(), asyncio.Event()

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=watch, daemon=True).start()
    await closed.wait()
    await runner.cleanup()


def main() -> None:
    """Command line of the gallery process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--payload-bytes", type=int, default=200_000)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--side", type=int, default=320, help="pixels")
    parser.add_argument("--keep-count", action="store_true", help="tell it under /count")
    args = parser.parse_args()
    latency_s = args.latency_ms / 1000
    gallery = Gallery(args.files, args.payload_bytes, latency_s, args.side, args.keep_count)
    asyncio.run(serve(gallery))


if __name__ == "__main__":
    main()
