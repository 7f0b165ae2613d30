"""Fetching one URL into a part file, hashed on the way, taken up where it broke off (D3–D5)."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artkeep.domain.artwork import Kind
from artkeep.media.library import create_part, reopen_part
from artkeep.media.sniff import MediaType, looks_like, sniff
from artkeep.net.retry import FetchFailed

if TYPE_CHECKING:
    from artkeep.net.client import Client, MediaReply

_HEAD = 4096
_WORTH_RESUMING = 256 * 1024
_NOTE_EVERY = 4 * 2**20
_STRONG_AGE_S = 60  # a Last-Modified younger than this may hide a second change (RFC 9110)
_LARGEST = 4 * 2**30
_BODY_REASONS = {"html": "html", "json": "json_error", "text": "json_error"}


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

    def to_json(self, part: Path) -> dict[str, Any]:
        """For the work's scratch: what a later owner needs."""
        return {
            "part": part.name,
            "url": self.url,
            "total": self.total,
            "etag": self.etag,
            "modified": self.modified,
        }


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body that came whole."""

    sha256: str
    size: int
    media_type: MediaType
    bytes_fetched: int


async def fetch(
    client: Client,
    url: str,
    part: Path,
    partial: Partial,
    *,
    headers: Mapping[str, str],
    accepts: frozenset[Kind],
    note: Callable[[Partial], None],
) -> Fetched:
    """Bring `url` into `part`, continuing `partial` if that is allowed; one try.

    `note` is told now and then how a large part could be continued. Raises FetchFailed: what is
    worth keeping stays in `part` and `partial`.
    """
    request_headers = dict(headers)
    if partial.may_resume(url):
        request_headers["Range"] = f"bytes={partial.size}-"
        request_headers["If-Range"] = partial.validator or ""
    else:
        _start_over(partial, url)
    before = partial.size
    async with client.stream(url, headers=request_headers) as reply:
        if reply.status == 416:
            return _already_whole(partial, reply)
        if reply.status == 206:
            _require_continuation(partial, reply)
        else:
            _start_over(partial, url)
            before = 0
            _remember_validators(partial, reply)
        if (partial.total or 0) > _LARGEST:
            raise FetchFailed("too_large", host=reply.host, detail=f"{partial.total} bytes")
        await _receive(reply, part, partial, accepts, note)
    if partial.media_type is None:
        raise FetchFailed("empty", host=reply.host)
    if partial.total is not None and partial.size != partial.total:
        reason = "too_long" if partial.size > partial.total else "cut_short"
        found = f"{partial.size} of {partial.total} bytes"
        if reason == "too_long":
            _start_over(partial, url)  # never trimmed: what it is cannot be known
        raise FetchFailed(reason, host=reply.host, detail=found)
    return Fetched(
        partial.hasher.hexdigest(), partial.size, partial.media_type, partial.size - before
    )


async def _receive(
    reply: MediaReply,
    part: Path,
    partial: Partial,
    accepts: frozenset[Kind],
    note: Callable[[Partial], None],
) -> None:
    descriptor: int | None = None
    head = b""
    noted = partial.size
    try:
        async for chunk in reply.chunks():
            if partial.media_type is None:
                head += chunk
                if len(head) < _HEAD and len(head) < (reply.content_length or _HEAD):
                    continue
                chunk, head = head, b""
                partial.media_type = _recognise(chunk, reply, accepts)
            if descriptor is None:
                descriptor = create_part(part) if partial.size == 0 else reopen_part(part)
            _write(descriptor, chunk)
            partial.hasher.update(chunk)
            partial.size += len(chunk)
            if partial.size - noted >= _NOTE_EVERY and partial.may_resume(partial.url):
                noted = partial.size
                note(partial)
        if head:
            partial.media_type = _recognise(head, reply, accepts)
            descriptor = create_part(part)
            _write(descriptor, head)
            partial.hasher.update(head)
            partial.size += len(head)
    except BaseException as error:
        is_worth_it = partial.size >= _WORTH_RESUMING and partial.may_resume(partial.url)
        if isinstance(error, asyncio.CancelledError) and is_worth_it:
            note(partial)
        raise
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _write(descriptor: int, chunk: bytes) -> None:
    """Plain writes on the loop: the page cache takes them faster than a thread could."""
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


def _recognise(head: bytes, reply: MediaReply, accepts: frozenset[Kind]) -> MediaType:
    """By the bytes alone: header and URL are often wrong."""
    found = sniff(head)
    if found is None:
        body = looks_like(head)
        reason = _BODY_REASONS.get(body or "", "not_media")
        excerpt = head[:120].decode("ascii", "replace")
        raise FetchFailed(reason, host=reply.host, detail=f"{reply.content_type}: {excerpt}")
    # A GIF or animated WebP passes for either kind; only a plain still is no video.
    if accepts == {Kind.VIDEO} and found.kind == "still" and found.name != "gif":
        raise FetchFailed("still_not_video", host=reply.host, detail=found.mime)
    return found


def _start_over(partial: Partial, url: str) -> None:
    fresh = Partial(url=url)
    for name in Partial.__dataclass_fields__:
        setattr(partial, name, getattr(fresh, name))


def _remember_validators(partial: Partial, reply: MediaReply) -> None:
    partial.total = reply.content_length
    etag = reply.headers.get("ETag", "")
    partial.etag = etag if etag.startswith('"') else None
    partial.modified = _strong_date(reply)


def _strong_date(reply: MediaReply) -> str | None:
    modified, now = reply.headers.get("Last-Modified"), reply.headers.get("Date")
    if not modified or not now:
        return None
    try:
        age = parsedate_to_datetime(now) - parsedate_to_datetime(modified)
    except (TypeError, ValueError):
        return None
    return modified if age.total_seconds() >= _STRONG_AGE_S else None


def _require_continuation(partial: Partial, reply: MediaReply) -> None:
    found = reply.content_range
    if found is None or found[0] != partial.size or found[2] != partial.total:
        url = partial.url
        _start_over(partial, url)
        raise FetchFailed("range_mismatch", host=reply.host, detail=str(found))


def _already_whole(partial: Partial, reply: MediaReply) -> Fetched:
    """416 counts as complete only when the server's total is what lies there (CR-6)."""
    total = reply.headers.get("Content-Range", "").removeprefix("bytes */")
    if total != str(partial.size) or partial.media_type is None:
        url = partial.url
        _start_over(partial, url)
        raise FetchFailed("range_mismatch", host=reply.host, http_status=416)
    return Fetched(partial.hasher.hexdigest(), partial.size, partial.media_type, 0)


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
