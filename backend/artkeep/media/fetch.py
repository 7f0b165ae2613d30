"""Fetching one URL into a part file, hashed on the way, taken up where it broke off (D3–D5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from artkeep.domain.artwork import Kind
from artkeep.media.part import Partial, PartWriter
from artkeep.media.sniff import MediaType, looks_like, sniff
from artkeep.net.retry import FetchFailed

if TYPE_CHECKING:
    from artkeep.net.client import Client, MediaReply

_HEAD = 4096
_NOTE_EVERY = 4 * 2**20
_STRONG_AGE_S = 60  # a Last-Modified younger than this may hide a second change (RFC 9110)
_LARGEST = 4 * 2**30
InThread = Callable[..., Awaitable[Any]]
_BODY_REASONS = {"html": "html", "json": "json_error", "text": "json_error"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body that came whole."""

    size: int
    media_type: MediaType
    bytes_fetched: int


async def fetch(
    client: Client,
    url: str,
    writer: PartWriter,
    *,
    headers: Mapping[str, str],
    accepts: frozenset[Kind],
    note: Callable[[Partial], None],
    in_thread: InThread,
) -> Fetched:
    """Bring `url` to `writer`, continuing its part if that is allowed; one try.

    The last piece is still in the writer's memory when this returns. `note` is told now and
    then how a large part could be continued. Raises FetchFailed: what is worth keeping is kept.
    """
    partial = writer.partial
    request_headers = dict(headers)
    if partial.may_resume(url):
        request_headers["Range"] = f"bytes={partial.size}-"
        request_headers["If-Range"] = partial.validator or ""
    else:
        writer.start_over(url)
    before = partial.size
    async with client.stream(url, headers=request_headers) as reply:
        if reply.status == 416:
            return _already_whole(writer, reply)
        if reply.status == 206:
            _require_continuation(writer, reply)
        else:
            writer.start_over(url)
            before = 0
            _remember_validators(partial, reply)
        if (partial.total or 0) > _LARGEST:
            raise FetchFailed("too_large", host=reply.host, detail=f"{partial.total} bytes")
        await _receive(reply, writer, accepts, note, in_thread)
    received = writer.received
    if partial.media_type is None:
        raise FetchFailed("empty", host=reply.host)
    if partial.total is not None and received != partial.total:
        reason = "too_long" if received > partial.total else "cut_short"
        found = f"{received} of {partial.total} bytes"
        if reason == "too_long":
            writer.start_over(url)  # never trimmed: what it is cannot be known
        writer.write()
        raise FetchFailed(reason, host=reply.host, detail=found)
    return Fetched(received, partial.media_type, received - before)


async def _receive(
    reply: MediaReply,
    writer: PartWriter,
    accepts: frozenset[Kind],
    note: Callable[[Partial], None],
    in_thread: InThread,
) -> None:
    partial = writer.partial
    noted = partial.size
    head = b""
    try:
        async for chunk in reply.chunks():
            if partial.media_type is None:
                head += chunk
                if len(head) < _HEAD and len(head) < (reply.content_length or _HEAD):
                    continue
                chunk, head = head, b""
                partial.media_type = _recognise(chunk, reply, accepts)
            if writer.take(chunk):
                await in_thread(writer.write)
                if partial.size - noted >= _NOTE_EVERY and partial.may_resume(partial.url):
                    noted = partial.size
                    note(partial)
        if head:
            partial.media_type = _recognise(head, reply, accepts)
            writer.take(head)
    except BaseException:
        writer.write()  # what came is worth continuing; it is little, and this is rare
        raise


def _recognise(head: bytes, reply: MediaReply, accepts: frozenset[Kind]) -> MediaType:
    """By the bytes alone: header and URL are often wrong."""
    found = sniff(head)
    if found is None:
        body = looks_like(head)
        reason = _BODY_REASONS.get(body or "", "not_media")
        excerpt = head[:120].decode("ascii", "replace")
        raise FetchFailed(reason, host=reply.host, detail=f"{reply.content_type}: {excerpt}")
    if (found.kind == "frames") != (accepts == {Kind.UGOIRA}):
        raise FetchFailed("not_media", host=reply.host, detail=found.mime)
    # A GIF or animated WebP passes for either kind; only a plain still is no video.
    if accepts == {Kind.VIDEO} and found.kind == "still" and found.name != "gif":
        raise FetchFailed("still_not_video", host=reply.host, detail=found.mime)
    return found


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


def _require_continuation(writer: PartWriter, reply: MediaReply) -> None:
    partial = writer.partial
    found = reply.content_range
    if found is None or found[0] != partial.size or found[2] != partial.total:
        writer.start_over(partial.url)
        raise FetchFailed("range_mismatch", host=reply.host, detail=str(found))


def _already_whole(writer: PartWriter, reply: MediaReply) -> Fetched:
    """416 counts as complete only when the server's total is what lies there (CR-6)."""
    partial = writer.partial
    total = reply.headers.get("Content-Range", "").removeprefix("bytes */")
    if total != str(partial.size) or partial.media_type is None:
        writer.start_over(partial.url)
        raise FetchFailed("range_mismatch", host=reply.host, http_status=416)
    return Fetched(partial.size, partial.media_type, 0)
