"""Keeping a file of the names of a site's tags: what is new is added behind, page by page."""

from __future__ import annotations

import os
from pathlib import Path

from artkeep.errors import JobError
from artkeep.net.client import Client
from artkeep.net.retry import with_retries
from artkeep.sites._adapter import SiteAdapter, TagNames

_TRIES = 8
_CAP_S = 30.0
_NO_ANSWER = frozenset({"html", "json_error", "bad_reply", "empty", "unknown_shape"})


class NameFile:
    """One name a line, UTF-8. Lines and their order stay; what follows is flushed."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, UnicodeDecodeError."""
        self._path = path
        text = path.read_text("utf-8-sig") if path.exists() else ""
        self.names = dict.fromkeys(line.strip() for line in text.splitlines())
        self.names.pop("", None)
        self._is_line_open = bool(text) and not text.endswith("\n")

    def add(self, names: tuple[str, ...]) -> int:
        """How many of them were new. Raises OSError."""
        new = [name for name in names if name not in self.names]
        if not new:
            return 0
        start = "\n" if self._is_line_open else ""
        with self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(start + "".join(f"{name}\n" for name in new))
            file.flush()
            os.fsync(file.fileno())
        self._is_line_open = False
        self.names |= dict.fromkeys(new)
        return len(new)


async def add_tag_names(
    client: Client, adapter: SiteAdapter, file: NameFile, *, time_scale: float = 1.0
) -> int:
    """Walk the site's tags to their end: how many names are new. What was had before it broke
    off stays. Raises FetchFailed, JobError, OSError."""
    added, place = 0, None
    before: tuple[str, ...] = ()

    async def fetch(_: int) -> TagNames:
        return await adapter.tag_names(client, place)

    while True:
        page = await with_retries(
            fetch, max_tries=_TRIES, cap_s=_CAP_S, time_scale=time_scale, also=_NO_ANSWER
        )
        if page.names and page.names == before:
            raise JobError("The site repeats the same page of tags.", code="repeats")
        added += file.add(page.names)
        if page.next_place is None:
            return added
        place, before = page.next_place, page.names
