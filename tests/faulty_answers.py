"""The usual good, refusing and broken answers for a `FaultyServer`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.faulty import Answer, Exchange

# --- answers that work ---


def reply(
    body: bytes = b"",
    *,
    status: int = 200,
    content_type: str = "application/octet-stream",
    headers: Mapping[str, str] | None = None,
    length: int | None = None,
) -> Answer:
    """A whole reply. `length` replaces the true Content-Length: larger is cut short, smaller
    is more than announced; the connection then closes."""
    declared = len(body) if length is None else length

    async def answer(exchange: Exchange) -> None:
        await exchange.send_head(
            status,
            {"Content-Type": content_type, "Content-Length": str(declared), **(headers or {})},
        )
        await exchange.send(body)
        if declared != len(body):
            exchange.close()

    return answer


def json_reply(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """A JSON reply."""
    body = json.dumps(value).encode()
    return reply(body, status=status, content_type="application/json", headers=headers)


def html(text: str = "<html><body>Hello</body></html>", *, status: int = 200) -> Answer:
    """A web page where something else was expected."""
    return reply(b"<!DOCTYPE html>" + text.encode(), status=status, content_type="text/html")


def challenge(*, status: int = 403, has_header: bool = True) -> Answer:
    """A browser check, told by header or only by its marks."""
    page = b"<!DOCTYPE html><title>Just a moment...</title><script>_cf_chl_opt={}</script>"
    headers = {"cf-mitigated": "challenge"} if has_header else {}
    return reply(page, status=status, content_type="text/html", headers=headers)


def serve(body: bytes, *, etag: str = '"v1"', content_type: str = "image/png") -> Answer:
    """A file with ranges: `Range: bytes=N-` gives 206, past the end 416; a differing `If-Range`
    gives the whole file."""

    async def answer(exchange: Exchange) -> None:
        asked = exchange.request.headers
        headers = {"Content-Type": content_type, "ETag": etag, "Accept-Ranges": "bytes"}
        status, part = 200, body
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.get("range", ""))
        if found and asked.get("if-range", etag) == etag:
            first, last = int(found[1]), int(found[2] or len(body) - 1)
            part = body[first : last + 1]
            status = 206 if part else 416
            shown = f"{first}-{first + len(part) - 1}" if part else "*"
            headers["Content-Range"] = f"bytes {shown}/{len(body)}"
        await exchange.send_head(status, {**headers, "Content-Length": str(len(part))})
        await exchange.send(part)

    return answer


def redirect(to: str, *, status: int = 302) -> Answer:
    """Send the client elsewhere."""
    return reply(status=status, headers={"Location": to})


# --- answers that refuse ---


def too_many(retry_after: str | None = None, *, date: str | None = None) -> Answer:
    """429, with `Retry-After` as seconds or as a date."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    headers |= {"Date": date} if date is not None else {}
    return json_reply({"error": "Rate limit exceeded"}, status=429, headers=headers)


def server_error(status: int = 500, *, retry_after: str | None = None) -> Answer:
    """5xx with a plain text. For a burst give it several times, then the good answer."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return reply(b"oops", status=status, content_type="text/plain", headers=headers)


# --- answers that break ---


def raw(everything: bytes, *, is_reset: bool = False) -> Answer:
    """Bytes as they are, then a clean close or a RST."""

    async def answer(exchange: Exchange) -> None:
        if everything:
            await exchange.send(everything)
        exchange.reset() if is_reset else exchange.close()

    return answer


def reset_after(body: bytes = b"", *, length: int | None = 1_000_000) -> Answer:
    """RST in the middle of a body; without a body before any header. `length` None declares
    nothing."""

    async def answer(exchange: Exchange) -> None:
        if body:
            declared = {"Content-Length": str(length)} if length is not None else {}
            await exchange.send_head(200, {"Content-Type": "image/png", **declared})
            await exchange.send(body)
            await exchange.wait(0.02)  # the client reads before the RST empties its buffer
        exchange.reset()

    return answer


def chunked(
    *parts: bytes, has_end: bool = True, headers: Mapping[str, str] | None = None
) -> Answer:
    """A chunked body, with or without its last chunk."""

    async def answer(exchange: Exchange) -> None:
        await exchange.send_head(200, {"Transfer-Encoding": "chunked", **(headers or {})})
        for part in parts:
            await exchange.send(b"%x\r\n%b\r\n" % (len(part), part))
        if has_end:
            await exchange.send(b"0\r\n\r\n")
        exchange.close()

    return answer


def until_close(body: bytes) -> Answer:
    """A body that ends with the connection, without a length."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + body)


def stall(body: bytes = b"", *, length: int = 1_000_000, has_head: bool = True) -> Answer:
    """Send the head and some bytes, or nothing at all, and then nothing any more."""

    async def answer(exchange: Exchange) -> None:
        if has_head:
            await exchange.send_head(200, {"Content-Length": str(length)})
            await exchange.send(body)
        await exchange.wait()
        exchange.close()

    return answer


def drip(body: bytes, *, every_s: float = 0.01, piece: int = 1) -> Answer:
    """A whole reply, a few bytes at a time."""

    async def answer(exchange: Exchange) -> None:
        await exchange.send_head(200, {"Content-Length": str(len(body))})
        for start in range(0, len(body), piece):
            await exchange.send(body[start : start + piece])
            await exchange.wait(every_s)

    return answer


def interim_flood(count: int, body: bytes = b"{}") -> Answer:
    """Many 1xx replies before the real one."""
    real = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    return raw(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * count + real)


def big_head(size: int, *, lines: int = 1) -> Answer:
    """A reply whose header lines have that many bytes together."""
    line = b"a" * (size // lines)
    many = b"".join(b"X-%d: %b\r\n" % (number, line) for number in range(lines))
    return raw(b"HTTP/1.1 200 OK\r\n" + many + b"Content-Length: 2\r\n\r\n{}")
