"""From a reply to an answer or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from aiohttp import ClientResponse

from artkeep.net.failures import REQUEST_ERRORS
from artkeep.net.replies import (
    decode_json,
    error_text,
    excerpt,
    is_challenge,
    looks_like_html,
    reason_for_page,
    reason_for_status,
    retry_after_s,
)
from artkeep.net.retry import FetchFailed

EXCERPT = 64 * 1024
# Headers whose values may be repeated in messages.
PUBLIC_HEADERS = frozenset(
    {"accept", "accept-encoding", "accept-language", "content-type", "if-range"}
    | {"origin", "range", "referer", "user-agent"}
)
# Some boorus take keys in no other way.
SECRET_PARAMETERS = frozenset({"api_key", "key", "login", "password_hash", "user_id"})


class Head(Protocol):
    """What comes before a reply's body, whoever has asked for it."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Header names in any case."""


def read_answer(response: Head, host: str, page: bytes, secrets: tuple[str, ...]) -> Any:
    """An API page as JSON. Raises FetchFailed for errors and for anything that is not JSON."""
    status = response.status
    text, body = "", None
    if is_challenge(status, response.headers, page):
        reason: str | None = "challenge"
    elif looks_like_html(page):
        reason = reason_for_page(status, page)
    elif status >= 300:
        text, body = explain(page)
        reason = reason_for_status(status, text)
    elif not page.strip():
        reason = "empty"
    else:
        try:
            return decode_json(page)
        except ValueError:
            reason, text = "bad_reply", "not JSON"
    raise FetchFailed(
        reason or "bad_reply",
        host=host,
        http_status=status,
        detail=excerpt(text, secrets),
        retry_after_s=retry_after_s(response.headers) if status >= 400 else None,
        body=body,
    )


def read_text(response: Head, host: str, page: bytes, secrets: tuple[str, ...]) -> str:
    """A page of any kind as text, also an empty one. Raises FetchFailed for errors."""
    status = response.status
    if is_challenge(status, response.headers, page):
        reason: str | None = "challenge"
    elif status >= 300 and looks_like_html(page) and status != 404:
        reason = reason_for_page(status, page)
    else:
        reason = reason_for_status(status, "")
    if reason is None:
        return page.decode("utf-8-sig", "replace")
    text, body = explain(page)
    raise FetchFailed(
        reason,
        host=host,
        http_status=status,
        detail=excerpt(text, secrets),
        retry_after_s=retry_after_s(response.headers) if status >= 400 else None,
        body=body,
    )


async def media_failure(
    response: ClientResponse, host: str, secrets: tuple[str, ...]
) -> FetchFailed:
    """Why this reply is no file; its first bytes help to tell."""
    try:
        start = await response.content.read(EXCERPT)
    except REQUEST_ERRORS:
        start = b""  # the status alone says enough
    status = response.status
    text, body = explain(start)
    reason = reason_for_status(status, text) or "bad_reply"
    if is_challenge(status, response.headers, start):
        reason = "challenge"
    return FetchFailed(
        reason,
        host=host,
        http_status=status,
        detail=excerpt(text, secrets),
        retry_after_s=retry_after_s(response.headers) if status >= 400 else None,
        body=body,
    )


def explain(page: bytes) -> tuple[str, Any]:
    """The error text of a reply and its decoded JSON, as far as there are any."""
    try:
        body = decode_json(page) if page.strip() else None
    except ValueError:
        return "", None
    return error_text(body), body


def secrets_in(
    headers: Mapping[str, str], query: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """What must not be echoed in messages: the values of headers and of parameters that carry
    keys."""
    found = [
        word
        for name, value in headers.items()
        if name.lower() not in PUBLIC_HEADERS
        for word in (value, value.split()[-1] if value.split() else "")
    ]
    found += [value for name, value in (query or {}).items() if name in SECRET_PARAMETERS]
    return tuple(word for word in found if len(word) >= 6)
