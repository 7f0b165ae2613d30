"""The sample site as a whole: one aiohttp application on a loopback port."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from artkeep.demo import generator, pages, rest_images, rest_models, rest_others, trpc
from artkeep.demo.catalogue import build_catalogue
from artkeep.demo.context import API_CACHE, SITE, Site, json_reply
from artkeep.demo.media import add_media_routes
from artkeep.demo.payload import PayloadMedia, payload_side
from artkeep.demo.queries import Refused
from artkeep.demo.records import ACCOUNT_KEY, Catalogue
from artkeep.demo.renderer import MediaFiles, Renderer

_SEED = 7
_LATENCY_S = web.AppKey("latency_s", float)
_GET_ROUTES = (
    ("/api/v1/images", rest_images.list_images),
    ("/api/v1/models", rest_models.list_models),
    ("/api/v1/models/{id}", rest_models.get_model),
    ("/api/v1/model-versions/by-hash/{hash}", rest_models.version_by_hash),
    ("/api/v1/model-versions/{id}", rest_models.get_version),
    ("/api/v1/tags", rest_others.list_tags),
    ("/api/v1/creators", rest_others.list_creators),
    ("/api/v1/users", rest_others.search_users),
    ("/api/v1/me", rest_others.who_am_i),
    (f"{generator.BLOBS}/{{name}}", generator.serve_blob),
    ("/api/v1/collections", rest_others.list_collections),
    ("/api/v1/collections/{id}", rest_others.get_collection),
    ("/api/v1/enums", rest_others.list_enums),
    ("/api/trpc/{procedures}", trpc.call),
    ("/images/{id}", pages.image_page),
    ("/user/{name}", pages.user_page),
    ("/", pages.front_page),
)
_POST_ROUTES = (
    ("/api/trpc/{procedures}", trpc.call),
    ("/api/v1/model-versions/by-hash", rest_models.versions_by_hashes),
    ("/api/v1/model-versions/by-hash/ids", rest_models.versions_by_hashes),
)


class SampleSite:
    """A Civitai-like server. Pictures are painted when first asked for, so it starts at once.

    `payload_bytes` replaces them by noise of about that size, `latency_s` delays every answer:
    both are for benchmarks. `colour` is `red` or `green` (SFW host), `gate=False` opens all
    pages, `feed_cap` is where a single listing silently stops.
    """

    def __init__(
        self,
        *,
        items: int = 480,
        cache_dir: Path,
        seed: int = _SEED,
        latency_s: float = 0.0,
        payload_bytes: int | None = None,
        colour: str = "red",
        gate: bool = True,
        feed_cap: int = 50_000,
    ) -> None:
        is_payload = payload_bytes is not None
        side = payload_side(payload_bytes) if payload_bytes is not None else None
        self.catalogue: Catalogue = build_catalogue(
            items, seed, videos=not is_payload, side=side
        )
        self._media: MediaFiles = (
            PayloadMedia(payload_bytes)
            if payload_bytes is not None
            else Renderer(self.catalogue, cache_dir, f"{items}-{seed}")
        )
        self._site = Site(
            catalogue=self.catalogue,
            media=self._media,
            colour=colour,
            gate=gate,
            feed_cap=feed_cap,
            avatars=frozenset(creator.avatar for creator in self.catalogue.creators.values()),
        )
        self._latency_s = latency_s
        self._runner: web.AppRunner | None = None

    @property
    def requests(self) -> Counter[str]:
        """How often what was asked for: `media`, `page`, `api images`, `trpc image.get` …"""
        return self._site.requests

    def make_app(self) -> web.Application:
        app = web.Application(middlewares=[_answer_errors, _count_and_delay])
        app[SITE] = self._site
        app[_LATENCY_S] = self._latency_s
        for path, get_handler in _GET_ROUTES:
            app.router.add_get(path, get_handler)
        for path, post_handler in _POST_ROUTES:
            app.router.add_post(path, post_handler)
        add_media_routes(app)
        return app

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Serve until `stop`. Returns the port; 0 picks a free one. Raises OSError if taken."""
        self._runner = web.AppRunner(self.make_app(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound: int = self._runner.addresses[0][1]
        return bound

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._media.close()


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals and router errors in the shapes of the API."""
    try:
        return await handler(request)
    except rest_others.RateLimited as limited:
        headers = {"Cache-Control": "no-store", "Retry-After": str(limited.retry_after_s)}
        return json_reply(limited.body, 429, headers)
    except Refused as refused:
        headers = {"Cache-Control": API_CACHE} if refused.status != 401 else {}
        return json_reply(refused.body, refused.status, headers)
    except web.HTTPMethodNotAllowed:
        return json_reply({"error": "Method not allowed"}, 405)


@web.middleware
async def _count_and_delay(request: web.Request, handler: Handler) -> web.StreamResponse:
    request.app[SITE].requests[_kind_of(request.path)] += 1
    if latency_s := request.app[_LATENCY_S]:
        await asyncio.sleep(latency_s)
    return await handler(request)


def _kind_of(path: str) -> str:
    """`media`, `api images`, `trpc` (its procedures are counted apart) or `page`."""
    if path.startswith(f"/{ACCOUNT_KEY}/"):
        return "media"
    if path.startswith("/api/v1/"):
        return f"api {path.split('/')[3]}"
    return "trpc" if path.startswith("/api/trpc/") else "page"


async def serve(
    site: SampleSite, port: int, ready: Callable[[str], None], until: asyncio.Event
) -> None:
    """Run a site until an event: `ready` is called with its URL as soon as it answers."""
    bound = await site.start(port=port)
    try:
        ready(f"http://127.0.0.1:{bound}")
        await until.wait()
    finally:
        await site.stop()


def run(
    port: int,
    items: int,
    cache_dir: Path,
    ready: Callable[[str], None],
    *,
    payload_bytes: int | None = None,
    latency_s: float = 0.0,
) -> None:
    """Serve until interrupted by the keyboard. Raises OSError when the port is taken."""
    site = SampleSite(
        items=items, cache_dir=cache_dir, payload_bytes=payload_bytes, latency_s=latency_s
    )
    try:
        asyncio.run(serve(site, port, ready, asyncio.Event()))
    except KeyboardInterrupt:
        return
