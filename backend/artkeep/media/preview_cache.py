"""Small forms of artworks that are looked at before they are fetched: brought, kept, bounded.

Files lie under a hash of where they came from, without a type in their names: what they are is
told by their bytes each time. All instances of a data folder share them; any of them may be
deleted at any time.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from artkeep.errors import FileProblem
from artkeep.media.library import create_part
from artkeep.media.sniff import MediaType, looks_like, sniff
from artkeep.net.retry import FetchFailed

if TYPE_CHECKING:
    from artkeep.net.client import Client, MediaReply

MOST_BYTES = 256 * 2**20
LARGEST_STILL = 8 * 2**20
LARGEST_VIDEO = 64 * 2**20
# What a page may show inside itself (SE-6).
_STILLS = frozenset({"png", "jpeg", "gif", "webp", "avif"})
_VIDEOS = frozenset({"mp4", "webm"})
_HEAD = 4096
_STRAY_AFTER_S = 3600.0


class PreviewCache:
    """Files in one folder, the least recently used of them gone first."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._size: int | None = None  # counted when something is put there
        self._lock = threading.Lock()

    def path(self, key: str) -> Path:
        """Where the file of a key lies, if it does."""
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.folder / name[:2] / name

    def find(self, key: str) -> tuple[Path, MediaType] | None:
        """The file and what it is; it counts as used just now."""
        path = self.path(key)
        try:
            with path.open("rb") as file:
                found = sniff(file.read(_HEAD))
            os.utime(path)
        except OSError:
            return None
        return (path, found) if found is not None and found.name in _STILLS | _VIDEOS else None

    def part(self) -> Path:
        """A temporary file that does not exist yet, in a folder that does."""
        for folder in (self.folder.parent, self.folder):  # SE-27
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder / f".{uuid.uuid4().hex}.part"

    def put(self, part: Path, key: str) -> None:
        """Give a whole file its name, and make room for it."""
        path = self.path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        size = part.stat().st_size
        part.replace(path)
        with self._lock:
            self._size = self._count() if self._size is None else self._size + size
            if self._size > self._most_bytes:
                self._size = self._evict(sparing=path)

    def clear_strays(self) -> None:
        """Remove what a crash has left half written; what others are writing stays."""
        with contextlib.suppress(OSError):
            for part in list(self.folder.glob(".*.part")):
                with contextlib.suppress(OSError):
                    if time.time() - part.stat().st_mtime > _STRAY_AFTER_S:
                        part.unlink()

    def _files(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return sorted(found)

    def _count(self) -> int:
        return sum(size for _, size, _ in self._files())

    def _evict(self, sparing: Path) -> int:
        """Down to nine tenths, so that not every new file costs a look at all of them."""
        files = self._files()
        left = sum(size for _, size, _ in files)
        for _, size, path in files:
            if left <= self._most_bytes * 9 // 10:
                break
            if path != sparing:
                with contextlib.suppress(OSError):  # somebody reads it (Windows)
                    path.unlink()
                    left -= size
        return left


async def bring(
    client: Client,
    url: str,
    cache: PreviewCache,
    key: str,
    *,
    headers: Mapping[str, str],
    is_video: bool,
) -> None:
    """Fetch a URL into the cache; one try. Raises FetchFailed, FileProblem."""
    most = LARGEST_VIDEO if is_video else LARGEST_STILL
    part: Path | None = None
    try:
        part = await asyncio.to_thread(cache.part)
        with os.fdopen(create_part(part, 0o600), "wb") as file:
            async with client.stream(url, headers=headers) as reply:
                head, size = b"", 0
                async for chunk in reply.chunks():
                    size += len(chunk)
                    if max(size, reply.content_length or 0) > most:
                        raise FetchFailed("too_large", host=reply.host)
                    if len(head) < _HEAD:
                        head += chunk[:_HEAD]
                        if len(head) >= _HEAD:
                            _require_shown(head, is_video, reply)
                    await asyncio.to_thread(file.write, chunk)
                _require_shown(head, is_video, reply)
        await asyncio.to_thread(cache.put, part, key)
    except OSError as error:
        raise FileProblem(
            f"Previews cannot be kept in {cache.folder}: {error.strerror or error}.",
            code="disk_error",
            advice="Check the room and the permissions there.",
        ) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _require_shown(head: bytes, is_video: bool, reply: MediaReply) -> None:
    """By the bytes alone. A moving GIF or WebP passes for a video, nothing else does."""
    found = sniff(head)
    if found is None or found.name not in _STILLS | _VIDEOS:
        reason = "html" if looks_like(head) == "html" else "not_media"
        raise FetchFailed(reason, host=reply.host)
    if is_video and found.kind == "still" and found.name != "gif":
        raise FetchFailed("still_not_video", host=reply.host)
    if not is_video and found.name in _VIDEOS:
        raise FetchFailed("not_media", host=reply.host, detail="a video instead of a still")
