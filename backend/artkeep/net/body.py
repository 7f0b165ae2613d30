"""Reading the body of a reply: nothing counts as complete because a library says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import ClientResponse
from multidict import CIMultiDictProxy

from artkeep.net.failures import REQUEST_ERRORS, failure_of
from artkeep.net.replies import (
    content_range,
    decode_json,
    error_text,
    excerpt,
    is_challenge,
    looks_like_html,
)
from artkeep.net.retry import FetchFailed
from artkeep.net.transport import ReplyProtocol, Timeouts

CHUNK = 256 * 1024
LARGEST_PAGE = 32 * 1024 * 1024  # bytes, decoded (RB-2)
LARGEST_RATIO = 200  # decoded to sent (RB-3)
RATIO_COUNTS_FROM = 1024 * 1024


class MediaReply:
    """The head of a media reply, and its body on demand. Lives as long as its `stream` block.

    `content_length` is that of this body. `is_delimited` is False when the reply tells neither
    length nor chunks: then only a decode can prove that it is complete. `content_range` is
    (first, last, total); `range_total` is the total also of a 416.
    """

    def __init__(self, response: ClientResponse, host: str, timeouts: Timeouts) -> None:
        self.status = response.status
        self.url = str(response.url)
        self.host = host
        self.headers: CIMultiDictProxy[str] = response.headers
        self.content_type = response.headers.get("Content-Type", "").partition(";")[0].lower()
        self.content_length = declared_length(response)
        self.is_delimited = self.content_length is not None or is_chunked(response)
        self.content_range: tuple[int, int, int | None] | None = None
        self.range_total: int | None = None
        if response.status != 200:
            part, self.range_total = content_range(response.headers)
            self.content_range = (*part, self.range_total) if part else None
        self._response = response
        self._timeouts = timeouts

    async def chunks(self) -> AsyncIterator[bytes]:
        """The raw bytes, at most 256 KiB at a time. Raises FetchFailed unless all came cleanly.

        A web page or a JSON error in place of the file is refused at its first bytes.
        """
        is_start = self.status == 200 or (self.content_range or (1,))[0] == 0
        is_empty = True
        async for chunk in read_chunks(self._response, self.host, self._timeouts):
            if is_start and is_empty:
                self._refuse_page(chunk)
            is_empty = False
            yield chunk
        if is_empty and self.status == 200:
            raise FetchFailed("empty", host=self.host, http_status=self.status)

    def _refuse_page(self, start: bytes) -> None:
        if looks_like_html(start):
            reason = "challenge" if is_challenge(200, self.headers, start) else "html"
            raise FetchFailed(reason, host=self.host, http_status=self.status)
        if "json" in self.content_type and start.lstrip()[:1] in (b"{", b"["):
            try:
                detail = excerpt(error_text(decode_json(start)))
            except ValueError:
                detail = ""
            raise FetchFailed(
                "json_error", host=self.host, http_status=self.status, detail=detail
            )


async def read_chunks(
    response: ClientResponse, host: str, timeouts: Timeouts
) -> AsyncIterator[bytes]:
    """A body as it comes. Raises FetchFailed when it is cut, over-long, stalled or too slow.

    Idle time is watched by the connection itself; the rates are looked at only when bytes come,
    and count our waiting, not the time the caller takes.
    """
    content = response.content
    protocol = response._protocol
    clock = asyncio.get_running_loop().time
    received = recent_bytes = 0
    waited_s = recent_s = 0.0

    def failed(reason: str) -> FetchFailed:
        return FetchFailed(reason, host=host, http_status=response.status)

    while True:
        began = clock()
        try:
            chunk = await content.read(CHUNK)
        except REQUEST_ERRORS as error:
            failure = failure_of(error, host, http_status=response.status)
            if failure.reason == "cut_short" and is_broken(protocol, content):
                failure = failed("reset")
            raise failure from error
        if not chunk:
            break
        took_s = clock() - began
        received += len(chunk)
        recent_bytes += len(chunk)
        waited_s += took_s
        recent_s += took_s
        if recent_s >= timeouts.rate_window_s:
            if recent_bytes < recent_s * timeouts.min_bytes_per_s:
                raise failed("too_slow")
            recent_bytes, recent_s = 0, 0.0
        if waited_s > timeouts.total_s and received < waited_s * timeouts.min_total_bytes_per_s:
            raise failed("too_slow")
        yield chunk

    await asyncio.sleep(0)  # what lies in the socket behind the body gets in
    if isinstance(protocol, ReplyProtocol) and protocol.surplus_after is content:
        raise failed("too_long")
    declared = declared_length(response)
    if declared is not None and not is_encoded(response) and received != declared:
        raise failed("cut_short" if received < declared else "too_long")
    if is_broken(protocol, content):
        raise failed("no_clean_end")


async def read_page(response: ClientResponse, host: str, timeouts: Timeouts) -> bytes:
    """A whole API page, decompressed; bounded by its decoded size and its ratio (RB-3)."""
    parts: list[bytes] = []
    size = 0
    async for chunk in read_chunks(response, host, timeouts):
        size += len(chunk)
        sent = response.content.total_raw_bytes
        if size > LARGEST_PAGE or (size > RATIO_COUNTS_FROM and size > sent * LARGEST_RATIO):
            raise FetchFailed(
                "bad_reply", host=host, http_status=response.status, detail="too large"
            )
        parts.append(chunk)
    return b"".join(parts)


def declared_length(response: ClientResponse) -> int | None:
    """`Content-Length` as the parser accepted it."""
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def is_chunked(response: ClientResponse) -> bool:
    """Whether the body ends with a mark of its own."""
    return "chunked" in response.headers.get("Transfer-Encoding", "").lower()


def is_encoded(response: ClientResponse) -> bool:
    """Whether the body is compressed for the way."""
    return response.headers.get("Content-Encoding", "identity").strip().lower() != "identity"


def is_broken(protocol: object, content: object) -> bool:
    """Whether the connection broke off within this body."""
    return isinstance(protocol, ReplyProtocol) and protocol.broken_in is content
