"""Paints media when it is first asked for, off the event loop, and keeps it on disk."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from artkeep.demo import files
from artkeep.demo.records import Catalogue, SiteImage

_MEMORY_BYTES = 64 * 2**20
_ART_VERSION = 2  # raise it when pictures change, so that old cache folders are left behind


@dataclass(frozen=True, slots=True)
class Variant:
    """What of an image is wanted. `kind`: upload, still, video; `width` None is its own."""

    kind: str = "upload"
    width: int | None = None
    format: str = "JPEG"  # of a still

    @property
    def key(self) -> str:
        return "-".join([self.kind, str(self.width or "full"), self.format.lower()])


UPLOAD = Variant()


class MediaFiles(Protocol):
    """Where the media handler gets its bytes."""

    async def load(self, image: SiteImage, variant: Variant) -> bytes: ...
    async def avatar(self, uuid: str) -> bytes: ...
    def known_size(self, image: SiteImage) -> int | None: ...
    async def close(self) -> None: ...


class Renderer:
    """Media painted on demand by two threads; two askers of one file share one painting."""

    def __init__(self, catalogue: Catalogue, cache_dir: Path, edition: str) -> None:
        """`edition` names what the catalogue was built from: other editions have other art."""
        self._catalogue = catalogue
        self._folder = cache_dir / f"v{_ART_VERSION}-{edition}"
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._memory_bytes = 0
        self._sizes: dict[int, int] = {}
        self._running: dict[str, asyncio.Future[bytes]] = {}
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="sample-site")

    async def load(self, image: SiteImage, variant: Variant) -> bytes:
        """The bytes of one variant. Only `upload` of an image can be slow to make twice."""
        if variant.kind == "upload":
            body = await self._cached(
                image.uuid, variant, lambda: files.upload(self._catalogue, image)
            )
            self._sizes[image.id] = len(body)
            return body
        if variant.kind == "video":
            width, height = files.reduced_size(image, variant.width)
            return await self._cached(
                image.uuid, variant, lambda: files.video(image, width, height, quality=48)
            )
        if image.is_video:
            return await self._cached(
                image.uuid, variant, lambda: files.still(image, variant.width, variant.format)
            )
        original = await self.load(image, UPLOAD)
        return await self._cached(
            image.uuid, variant, lambda: files.smaller(original, variant.width, variant.format)
        )

    async def avatar(self, uuid: str) -> bytes:
        return await self._cached(uuid, Variant("avatar"), lambda: files.avatar(uuid))

    def known_size(self, image: SiteImage) -> int | None:
        """The size of the upload in bytes, if it has been made since the start."""
        return self._sizes.get(image.id)

    async def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _cached(self, uuid: str, variant: Variant, make: Callable[[], bytes]) -> bytes:
        key = f"{uuid}-{variant.key}"
        if key in self._memory:
            self._memory.move_to_end(key)
            return self._memory[key]
        if key in self._running:
            return await asyncio.shield(self._running[key])
        path = self._folder / uuid[:2] / key
        loop = asyncio.get_running_loop()
        making = loop.run_in_executor(self._threads, _read_or_make, path, make)
        self._running[key] = making
        try:
            # Shielded: a client that hangs up must not take the picture from the next one.
            body = await asyncio.shield(making)
        finally:
            self._running.pop(key, None)
        self._remember(key, body)
        return body

    def _remember(self, key: str, body: bytes) -> None:
        if key not in self._memory:
            self._memory[key] = body
            self._memory_bytes += len(body)
        while self._memory_bytes > _MEMORY_BYTES:
            _, dropped = self._memory.popitem(last=False)
            self._memory_bytes -= len(dropped)


def _read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """The cached file, or a fresh one that is there whole or not at all."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        body = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(body)
    part.replace(path)
    return body
