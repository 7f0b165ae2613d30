"""API replies: what is an answer, and what is a reason."""

from __future__ import annotations

import gzip
import json
import math
from typing import Any

import pytest
from tests import faulty_answers as answers
from tests.faulty import Answer, FaultyServer

from artkeep.net.client import Client
from artkeep.net.retry import FetchFailed


async def failure(
    client: Client, server: FaultyServer, answer: Answer, **asked: Any
) -> FetchFailed:
    server.on("/api", answer)
    with pytest.raises(FetchFailed) as caught:
        await client.get_json(server.url("/api"), **asked)
    return caught.value


async def body_of(client: Client, server: FaultyServer, body: bytes) -> Any:
    server.on("/api", answers.reply(body, content_type="text/plain"))
    return await client.get_json(server.url("/api"))


async def test_parameters_and_our_name_are_sent(client: Client, server: FaultyServer) -> None:
    server.on("/api", answers.json_reply({"items": []}))

    reply = await client.get_json(server.url("/api?a=1"), {"limit": 200, "sort": "Most Buzz"})

    assert reply == {"items": []}
    [request] = server.requests
    assert request.query == "a=1&limit=200&sort=Most+Buzz"
    assert request.headers["user-agent"].startswith("Artkeep/1.2.3 (+https://")
    assert "cookie" not in request.headers


async def test_a_body_is_posted_as_json(client: Client, server: FaultyServer) -> None:
    server.on("/api", answers.json_reply([1]))

    assert await client.post_json(server.url("/api"), {"q": "sky"}) == [1]
    assert json.loads(server.requests[0].body) == {"q": "sky"}


async def test_cookies_that_a_site_sets_are_not_sent_back(
    client: Client, server: FaultyServer
) -> None:
    server.on("/api", answers.json_reply({}, headers={"Set-Cookie": "session=1; Path=/"}))

    await client.get_json(server.url("/api"))
    await client.get_json(server.url("/api"))

    assert "cookie" not in server.requests[1].headers


async def test_several_answers_in_one_reply_are_a_reply(
    client: Client, server: FaultyServer
) -> None:
    server.on("/api", answers.json_reply([{"error": {}}, {"result": {}}], status=207))

    assert await client.get_json(server.url("/api")) == [{"error": {}}, {"result": {}}]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "request_refused"),
        (401, "unauthorized"),
        (403, "not_permitted"),
        (404, "not_found"),
        (405, "request_refused"),
        (410, "gone"),
        (422, "request_refused"),
        (429, "rate_limited"),
        (451, "region_blocked"),
        (500, "server_error"),
        (502, "server_error"),
        (503, "server_error"),
        (522, "server_error"),
    ],
)
async def test_a_status_has_its_reason(
    client: Client, server: FaultyServer, status: int, reason: str
) -> None:
    body = {"error": {"message": "because", "json": {"message": "deeper"}}}
    failed = await failure(client, server, answers.json_reply(body, status=status))

    assert (failed.reason, failed.code, failed.http_status) == (reason, reason, status)
    assert failed.host == "127.0.0.1"
    assert failed.detail == "because"
    assert failed.body == body


async def test_too_many_pages_is_not_a_rate_limit(client: Client, server: FaultyServer) -> None:
    text = "You've requested too many pages, please use cursors instead"
    failed = await failure(client, server, answers.json_reply({"error": text}, status=429))

    assert failed.reason == "paging_cap"
    assert failed.rule.retry == "no"


async def test_retry_after_is_handed_on(client: Client, server: FaultyServer) -> None:
    failed = await failure(client, server, answers.too_many("7"))

    assert failed.retry_after_s == 7
    assert "asks to wait until" in str(failed)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answers.html(), "html"),
        (answers.html(status=404), "html"),
        (answers.html(status=503), "maintenance"),
        (answers.html("<h1>Down for maintenance</h1>"), "maintenance"),
        (answers.html(status=502), "server_error"),
        (answers.html(status=403), "not_permitted"),
        (answers.html(status=429), "rate_limited"),
        (answers.challenge(), "challenge"),
        (answers.challenge(status=200, has_header=False), "challenge"),
        (answers.challenge(status=503, has_header=False), "challenge"),
        (answers.reply(b""), "empty"),
        (answers.reply(b"hello"), "bad_reply"),
        (answers.reply(b'{"items": ['), "bad_reply"),
        (answers.reply(b'{"a": 1}', length=100), "cut_short"),
        (answers.chunked(b'{"a": 1}', has_end=False), "cut_short"),
        (answers.reply(b'{"a": 1}', length=3), "too_long"),
    ],
)
async def test_what_is_not_json_is_no_answer(
    client: Client, server: FaultyServer, answer: Answer, reason: str
) -> None:
    assert (await failure(client, server, answer)).reason == reason


async def test_an_endless_number_does_not_lose_the_page(
    client: Client, server: FaultyServer
) -> None:
    digits = "9" * 5000
    reply = await body_of(client, server, f'{{"id": 12, "seed": {digits}}}'.encode())

    assert reply == {"id": 12, "seed": digits}


async def test_what_json_does_not_allow_is_taken_anyway(
    client: Client, server: FaultyServer
) -> None:
    reply = await body_of(client, server, b'\xef\xbb\xbf[NaN, -Infinity, "\\ud800", "\xff"]')

    assert math.isnan(reply[0])
    assert reply[1:] == [-math.inf, "\ud800", "\ufffd"]


async def test_endless_nesting_is_a_bad_reply(client: Client, server: FaultyServer) -> None:
    failed = await failure(client, server, answers.reply(b"[" * 100_000))

    assert (failed.reason, failed.detail) == ("bad_reply", "not JSON")


async def test_compressed_pages_are_read(client: Client, server: FaultyServer) -> None:
    body = gzip.compress(b'{"a": 1}')
    server.on("/api", answers.reply(body, headers={"Content-Encoding": "gzip"}))

    assert await client.get_json(server.url("/api")) == {"a": 1}


async def test_a_page_that_swells_is_refused(client: Client, server: FaultyServer) -> None:
    bomb = gzip.compress(b'"' + b" " * 8_000_000 + b'"')
    answer = answers.reply(bomb, headers={"Content-Encoding": "gzip"})
    failed = await failure(client, server, answer)

    assert (failed.reason, failed.detail) == ("bad_reply", "too large")


async def test_an_endless_page_is_refused(client: Client, server: FaultyServer) -> None:
    failed = await failure(client, server, answers.reply(b'"' + b"x" * (33 * 2**20)))

    assert (failed.reason, failed.detail) == ("bad_reply", "too large")


async def test_an_error_never_repeats_the_key(client: Client, server: FaultyServer) -> None:
    text = "Key abcdef0123 is unknown, see https://x.test/?token=qwerty&sig=zxcv"
    failed = await failure(
        client,
        server,
        answers.json_reply({"message": text}, status=401),
        headers={"Authorization": "Bearer abcdef0123"},
    )

    assert (
        failed.detail
        == "Key [redacted] is unknown, see https://x.test/?token=[redacted]&sig=[redacted]"
    )
    assert "abcdef0123" not in str(failed)


async def test_a_cut_error_page_still_has_its_status(
    client: Client, server: FaultyServer
) -> None:
    failed = await failure(client, server, answers.reply(b'{"err', status=404, length=50))

    assert (failed.reason, failed.body) == ("not_found", None)
