"""A running sample site and somebody who asks it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from artkeep.demo.records import SiteImage
from artkeep.demo.server import SampleSite


@dataclass(slots=True)
class Visitor:
    """Asks a site: `get` for REST, `trpc` for the web page's API (with its own Referer)."""

    site: SampleSite
    base: str
    session: ClientSession

    async def get(self, path: str, **params: object) -> tuple[int, Any]:
        query = {name: str(value) for name, value in params.items()}
        async with self.session.get(f"{self.base}/api/v1{path}", params=query) as reply:
            return reply.status, await reply.json()

    async def trpc(
        self, path: str, arguments: Mapping[str, object], key: str | None = None
    ) -> tuple[int, Any]:
        headers = {"Referer": f"{self.base}/images/1"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        query = {"input": json.dumps({"json": arguments})}
        url = f"{self.base}/api/trpc/{path}"
        async with self.session.get(url, params=query, headers=headers) as reply:
            return reply.status, await reply.json()

    async def walk(self, path: str, **params: object) -> list[list[dict[str, Any]]]:
        """All pages by cursor, until there is none; a repeated cursor fails."""
        pages, cursor, seen = [], None, set()
        while True:
            asked = params if cursor is None else params | {"cursor": cursor}
            status, body = await self.get(path, **asked)
            assert status == 200
            pages.append(body["items"])
            cursor = body["metadata"].get("nextCursor")
            if cursor is None:
                return pages
            assert cursor not in seen
            seen.add(cursor)

    def visible(self, creator: str, mask: int = 31) -> set[int]:
        """The ids of a creator's images that a complete walk must bring."""
        catalogue = self.site.catalogue
        owner = catalogue.creators_by_name[creator.casefold()].id
        return {
            image.id
            for image in catalogue.feed_by_creator[owner]
            if image.level & mask and not image.is_hidden
        }

    def first(self, **wanted: object) -> SiteImage:
        """The first visible image with these attributes."""
        return next(
            image
            for image in self.site.catalogue.images.values()
            if not image.is_hidden
            and not image.is_gone
            and all(getattr(image, name) == value for name, value in wanted.items())
        )


async def visit(site: SampleSite) -> AsyncIterator[Visitor]:
    port = await site.start()
    async with ClientSession() as session:
        yield Visitor(site, f"http://127.0.0.1:{port}", session)
    await site.stop()


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async for one in visit(SampleSite(cache_dir=tmp_path / "cache")):
        yield one
