"""Headers and bodies, read without a network."""

from __future__ import annotations

import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from artkeep.net.failures import failure_of
from artkeep.net.replies import (
    content_range,
    error_text,
    excerpt,
    looks_like_html,
    retry_after_s,
)

DATE = "Wed, 01 Jan 2025 00:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": " 0 "}, 0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "Wed, 01 Jan 2025 00:02:00 GMT", "Date": DATE}, 120),
        ({"Retry-After": "Wed, 01 Jan 2025 00:02:00 GMT"}, 60),
        ({"Retry-After": "Tue, 31 Dec 2024 23:59:00 GMT", "Date": DATE}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "١٢"}, None),
        ({"Retry-After": "9" * 12}, 30 * 86400),
        ({"Retry-After": "Wed, 99 Foo 2025 00:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_by_the_servers_clock(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers, now=1735689660.0) == seconds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes 0-9/10", ((0, 9), 10)),
        ("bytes 5-9/*", ((5, 9), None)),
        ("bytes */10", (None, 10)),
        ("bytes 9-5/10", (None, None)),
        ("bytes 5-10/10", (None, None)),
        ("bytes -1-5/10", (None, None)),
        ("items 0-9/10", (None, None)),
        ("", (None, None)),
    ],
)
def test_a_content_range_is_read_or_ignored(value: str, expected: object) -> None:
    assert content_range({"Content-Range": value}) == expected


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"error": "Unauthorized"}, "Unauthorized"),
        ({"message": "no", "error": {"message": "deeper"}}, "no"),
        ({"error": {"name": "ZodError", "message": "[...]"}}, "[...]"),
        ({"error": {"json": {"message": "NOT_FOUND"}}}, "NOT_FOUND"),
        ([{"error": {"json": {"message": "batched"}}}], "batched"),
        ({"error": 5, "message": None}, ""),
        ({}, ""),
        (None, ""),
        ("text", ""),
    ],
)
def test_the_error_text_is_found(body: object, text: str) -> None:
    assert error_text(body) == text


@pytest.mark.parametrize(
    "start",
    [b"<!DOCTYPE html>", b"\xef\xbb\xbf \n<HTML lang=en>", b"<!-- x --><head>", b"<script>"],
)
def test_a_web_page_is_known_by_its_bytes(start: bytes) -> None:
    assert looks_like_html(start)


@pytest.mark.parametrize("start", [b"\x89PNG", b"", b'{"a": "<html>"}', b"<?xml ?>", b"<!--"])
def test_other_things_are_no_web_page(start: bytes) -> None:
    assert not looks_like_html(start)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://x/?a=1&api_key=abc&b=2", "see https://x/?a=1&api_key=[redacted]&b=2"),
        ("Authorization: Bearer abcdefgh", "Authorization: [redacted]"),
        ('{"token": "abc"}', '{"token": "[redacted]"}'),
        ("X-Amz-Credential=abc/1&x=1", "X-Amz-Credential=[redacted]&x=1"),
        ("two\r\nlines\x00", "two lines"),
        ("x" * 500, "x" * 300),
    ],
)
def test_excerpts_are_short_and_without_secrets(text: str, shown: str) -> None:
    assert excerpt(text) == shown


def test_a_certificate_from_the_future_points_at_our_clock() -> None:
    early = ssl.SSLCertVerificationError()
    early.verify_code, early.verify_message = 9, "certificate is not yet valid"
    key = ConnectionKey("civitai.com", 443, True, True, None, None, None)
    failed = failure_of(aiohttp.ClientConnectorCertificateError(key, early), "civitai.com")

    assert (failed.reason, failed.rule.retry) == ("tls_clock", "visit")
    assert "clock" in str(failed)
