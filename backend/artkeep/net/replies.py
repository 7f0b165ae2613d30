"""Reading replies: what a status, a header or a body means. Pure functions.

Sources: `reliability.md` §3.2, `civitai.md` §3.7.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from artkeep.logs.redaction import MARK, redact

LONGEST_RETRY_AFTER_S = 30 * 86400.0  # more than that is not meant seriously
LONGEST_DETAIL = 300
LONGEST_WHOLE_NUMBER = 40  # digits; sites count in fewer than 20

CONTENT_RANGE = re.compile(r"bytes\s+(?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)", re.IGNORECASE)
CHALLENGE_MARKS = (
    b"/cdn-cgi/challenge-platform/",
    b"cf-chl-",
    b"_cf_chl_opt",
    b"cf_chl_",
    b"<title>just a moment",
    b"<title>attention required! | cloudflare",
    b"ddos-guard",
)
HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<title", b"<meta")


def reason_for_status(status: int, text: str) -> str | None:
    """The reason code of a status with its error text; None when the status is no error."""
    if status in BY_STATUS:
        return BY_STATUS[status]
    if status == 429:
        return "paging_cap" if "too many pages" in text.lower() else "rate_limited"
    if 200 <= status < 300:
        return None
    if status >= 500:
        return "server_error"
    return "request_refused" if status >= 400 else "bad_reply"


BY_STATUS = {
    401: "unauthorized",
    402: "not_permitted",
    403: "not_permitted",
    404: "not_found",
    407: "proxy",
    408: "server_error",
    410: "gone",
    416: "range_mismatch",
    425: "server_error",
    451: "region_blocked",
}


def is_challenge(status: int, headers: Mapping[str, str], start: bytes) -> bool:
    """A page that wants a browser (Cloudflare and the like) instead of an answer."""
    if headers.get("cf-mitigated", "").strip().lower() == "challenge":
        return True
    if status not in (200, 403, 429, 503) or not looks_like_html(start):
        return False
    beginning = start[:65536].lower()
    return any(mark in beginning for mark in CHALLENGE_MARKS)


def looks_like_html(start: bytes) -> bool:
    """By the bytes, not by the header."""
    beginning = start[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    while beginning.startswith(b"<!--"):
        beginning = beginning.partition(b"-->")[2].lstrip()
    return beginning.startswith(HTML_STARTS)


def reason_for_page(status: int, start: bytes) -> str:
    """Why an API answered with a web page: nothing in it may be taken for an answer."""
    if status in (401, 403, 429, 451) or (status >= 500 and status != 503):
        return reason_for_status(status, "") or "html"
    return "maintenance" if status == 503 or b"maintenance" in start.lower() else "html"


_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_ENDLESS_NUMBER = b"0" * 19


def decode_json(body: bytes) -> Any:
    """Decode with patience for what sites send: lone surrogates, NaN, endless numbers.

    Raises ValueError; also for nesting that would exhaust the stack.
    """
    # Of endless numbers the fast reader would make floats.
    if _ENDLESS_NUMBER not in body.translate(_DIGITS_ALIKE):
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(body)
    try:
        text = body.decode(json.detect_encoding(body), "replace").removeprefix("\ufeff")
        return json.loads(text, parse_int=_whole_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _whole_number(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST_WHOLE_NUMBER else text


def error_text(body: Any) -> str:
    """First text among error, message, error.message, error.json.message; else nothing."""
    if isinstance(body, list) and body:  # a tRPC batch
        body = body[0]
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    inner = error if isinstance(error, dict) else {}
    inner_json = inner.get("json")
    deepest = inner_json.get("message") if isinstance(inner_json, dict) else None
    for found in (error, body.get("message"), inner.get("message"), deepest):
        if isinstance(found, str) and found.strip():
            return found.strip()
    return ""


def excerpt(text: str, secrets: tuple[str, ...] = ()) -> str:
    """One short line for people without keys, cookies or signatures (SE-24, SE-25)."""
    for secret in secrets:
        text = text.replace(secret, MARK)
    text = redact(text)
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:LONGEST_DETAIL]


def retry_after_s(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds to wait by `Retry-After`; None when missing, garbage or negative.

    A date is taken relative to the reply's own `Date`, so that a wrong local clock does not
    matter (NF-6); `now` is Unix time for replies without one.
    """
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", value, re.ASCII):
        return min(float(value), LONGEST_RETRY_AFTER_S)
    until = _unix_time(value)
    if until is None:
        return None
    start = _unix_time(headers.get("Date", ""))
    if start is None:
        start = time.time() if now is None else now
    seconds = until - start
    return min(seconds, LONGEST_RETRY_AFTER_S) if seconds >= 0 else None


def _unix_time(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def content_range(headers: Mapping[str, str]) -> tuple[tuple[int, int] | None, int | None]:
    """`Content-Range` as ((first, last), total); each None when not told or not valid."""
    found = CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
    if not found:
        return None, None
    total = None if found[3] == "*" else int(found[3])
    if found[1] is None:
        return None, total
    first, last = int(found[1]), int(found[2])
    if last < first or (total is not None and last >= total):
        return None, None
    return (first, last), total
