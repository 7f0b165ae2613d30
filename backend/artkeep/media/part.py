"""A part file: what lies in it, how it may be continued (CR-6), and writing to it (D3, D4)."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artkeep.media.library import create_part, full_sync, reopen_part
from artkeep.media.sniff import MediaType, sniff

_HEAD = 4096
_PIECE = 512 * 1024  # a download keeps no more than this in memory, and a little (RB-2)
_WORTH_RESUMING = 256 * 1024


@dataclass(slots=True)
class Partial:
    """What lies in a part file and how it may be continued (CR-6)."""

    url: str = ""
    size: int = 0
    total: int | None = None
    etag: str | None = None
    modified: str | None = None
    hasher: Any = field(default_factory=hashlib.sha256)
    media_type: MediaType | None = None

    @property
    def validator(self) -> str | None:
        """The strong validator for `If-Range`, or None."""
        return self.etag or self.modified

    def may_resume(self, url: str) -> bool:
        """Only the same URL, with a strong validator and a known total."""
        return bool(self.url == url and self.size and self.validator and self.total is not None)

    def is_worth_keeping(self, url: str) -> bool:
        """Large enough that a later visit should go on with it."""
        return self.size >= _WORTH_RESUMING and self.may_resume(url)

    def to_json(self, part: Path) -> dict[str, Any]:
        """For the work's scratch: what a later owner needs."""
        return {
            "part": part.name,
            "url": self.url,
            "total": self.total,
            "etag": self.etag,
            "modified": self.modified,
        }


class PartWriter:
    """Takes a body chunk by chunk. Hashing and writing block: they belong into a thread.

    Most pictures fit into one piece: they are hashed, written and flushed in a single visit to
    a thread, and can be walked in memory.
    """

    def __init__(self, part: Path, partial: Partial) -> None:
        self.part = part
        self.partial = partial
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._descriptor: int | None = None
        # A cancelled download writes and closes while a thread may still be at it.
        self._lock = threading.Lock()

    @property
    def received(self) -> int:
        """Bytes written and bytes still in memory."""
        return self.partial.size + self._pending_size

    def take(self, chunk: bytes) -> bool:
        """Keep a chunk; True when it is time to write."""
        self._pending.append(chunk)
        self._pending_size += len(chunk)
        return self._pending_size >= _PIECE

    def start_over(self, url: str) -> None:
        """Forget everything; the next write begins a new part."""
        self.close()
        self._pending.clear()
        self._pending_size = 0
        fresh = Partial(url=url)
        for name in Partial.__dataclass_fields__:
            setattr(self.partial, name, getattr(fresh, name))

    def write(self) -> bytes | None:
        """Hash and write what is in memory; gives it back when it is the whole body so far."""
        with self._lock:
            return self._write()

    def _write(self) -> bytes | None:
        if not self._pending:
            return None
        piece = b"".join(self._pending)
        is_whole = self.partial.size == 0
        if self._descriptor is None:
            self._descriptor = create_part(self.part) if is_whole else reopen_part(self.part)
        self._pending.clear()
        self._pending_size = 0
        self.partial.hasher.update(piece)
        view = memoryview(piece)
        while view:
            written = os.write(self._descriptor, view)
            self.partial.size += written
            view = view[written:]
        return piece if is_whole else None

    def flush(self) -> None:
        """Make the part durable (D6)."""
        if self._descriptor is None:
            self._descriptor = reopen_part(self.part)
        full_sync(self._descriptor)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None


def take_up(part: Path, saved: Mapping[str, Any]) -> Partial | None:
    """A part that an earlier owner left, hashed again; None when there is none, or no media."""
    hasher = hashlib.sha256()
    try:
        with part.open("rb") as file:
            media_type = sniff(file.read(_HEAD))
            file.seek(0)
            while chunk := file.read(2**20):
                hasher.update(chunk)
            size = file.tell()
    except OSError:
        return None
    if media_type is None:
        return None
    return Partial(
        url=saved.get("url", ""),
        size=size,
        total=saved.get("total"),
        etag=saved.get("etag"),
        modified=saved.get("modified"),
        hasher=hasher,
        media_type=media_type,
    )
