"""tRPC: how the web page's own calls are written and how their replies are read.

A call is `GET /api/trpc/<router>.<procedure>?input=<envelope>`; several in one go have their
names joined by commas and `batch=1`. A reply holds `result.data` or `error`, each either an
object `{json, meta}` (superjson) or text (devalue), as the answering server pleases.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from artkeep.net.retry import FetchFailed
from artkeep.sites.civitai import devalue

_REASONS = {
    "NOT_FOUND": "not_found",
    "UNAUTHORIZED": "unauthorized",
    "FORBIDDEN": "not_permitted",
    "BAD_REQUEST": "request_refused",
    "METHOD_NOT_SUPPORTED": "request_refused",
    "PAYLOAD_TOO_LARGE": "request_refused",
    "UNPROCESSABLE_CONTENT": "request_refused",
    "TOO_MANY_REQUESTS": "rate_limited",
    "TIMEOUT": "server_error",
    "INTERNAL_SERVER_ERROR": "server_error",
    "SERVICE_UNAVAILABLE": "server_error",
}


def envelope(asked: Mapping[str, Any]) -> str:
    """The `input` parameter of one call."""
    return json.dumps({"json": asked}, separators=(",", ":"))


def batch_envelope(asked: Sequence[Mapping[str, Any]]) -> str:
    """The `input` parameter of several calls."""
    numbered = {str(number): {"json": one} for number, one in enumerate(asked)}
    return json.dumps(numbered, separators=(",", ":"))


def decode(reply: object) -> Any:
    """What the call returned. Raises FetchFailed: the call's own error, or `bad_reply`."""
    if not isinstance(reply, Mapping):
        raise _unreadable("not an object")
    if reply.get("error") is not None:
        raise read_error(reply) or _unreadable("an error without a code")
    result = reply.get("result")
    if not isinstance(result, Mapping) or "data" not in result:
        raise _unreadable("neither result nor error")
    return _content(result["data"])


def decode_batch(reply: object, count: int) -> list[Any]:
    """What each of `count` calls returned: its value, or the FetchFailed that it ended with."""
    if not isinstance(reply, list) or len(reply) != count:
        raise _unreadable("a batch of another length")
    answers: list[Any] = []
    for one in reply:
        try:
            answers.append(decode(one))
        except FetchFailed as failed:
            answers.append(failed)
    return answers


def read_error(body: object) -> FetchFailed | None:
    """The error that a reply's body states, or None when it is not one of tRPC's."""
    if not isinstance(body, Mapping) or body.get("error") is None:
        return None
    try:
        error = _content(body["error"])
    except FetchFailed:
        return None
    told = error.get("data") if isinstance(error, Mapping) else None
    code = told.get("code") if isinstance(told, Mapping) else None
    if not isinstance(error, Mapping) or not isinstance(code, str):
        return None
    message = error.get("message")
    detail = message[:500] if isinstance(message, str) else code
    reason = _REASONS.get(code, "server_error")
    if reason == "not_found" and "procedure" in detail.lower():
        reason = "bad_reply"  # the call itself is gone, which says nothing about the thing
    return FetchFailed(reason, detail=detail, body=body)


def _content(written: object) -> Any:
    if isinstance(written, str):
        try:
            return devalue.loads(written)
        except ValueError as error:
            raise _unreadable(str(error)) from None
    if isinstance(written, Mapping) and "json" in written:
        return written["json"]
    return written  # a plain object: a server without either of the two


def _unreadable(why: str) -> FetchFailed:
    return FetchFailed("bad_reply", detail=f"tRPC reply: {why}")
