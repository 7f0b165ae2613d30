"""Media replies, one test for each row of the matrix that the network layer answers for."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from tests import faulty_answers as answers
from tests.faulty import Answer, Exchange, FaultyServer

from artkeep.net.client import Client, HostPolicy
from artkeep.net.retry import FetchFailed
from artkeep.settings import Net

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
FIXTURES = Path(__file__).parent / "fixtures"


async def fetch(
    client: Client, server: FaultyServer, answer: Answer, headers: dict[str, str] | None = None
) -> bytes:
    server.on("/a.png", answer)
    async with client.stream(server.url("/a.png"), headers=headers) as reply:
        return b"".join([chunk async for chunk in reply.chunks()])


async def failure(
    client: Client, server: FaultyServer, answer: Answer, headers: dict[str, str] | None = None
) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await fetch(client, server, answer, headers)
    return caught.value


async def test_a_file_comes_as_it_is(client: Client, server: FaultyServer) -> None:
    server.on("/a.png", answers.serve(PNG))
    async with client.stream(server.url("/a.png?sig=1")) as reply:
        body = b"".join([chunk async for chunk in reply.chunks()])

    assert body == PNG
    assert (reply.status, reply.content_length, reply.content_type) == (
        200,
        len(PNG),
        "image/png",
    )
    assert (reply.host, reply.url) == ("127.0.0.1", server.url("/a.png?sig=1"))
    assert reply.headers["ETag"] == '"v1"'
    assert server.requests[0].headers["accept-encoding"] == "identity"


async def test_large_files_come_in_bounded_pieces(client: Client, server: FaultyServer) -> None:
    server.on("/a.png", answers.reply(PNG * 400))
    sizes = []
    async with client.stream(server.url("/a.png")) as reply:
        async for chunk in reply.chunks():
            sizes.append(len(chunk))

    assert sum(sizes) == len(PNG) * 400
    assert max(sizes) <= 256 * 1024


async def test_connections_are_used_again(client: Client, server: FaultyServer) -> None:
    for _ in range(5):
        await fetch(client, server, answers.reply(PNG))

    assert server.connections == 1


async def test_a_part_says_which_part_it_is(client: Client, server: FaultyServer) -> None:
    server.on("/a.png", answers.serve(PNG))
    asked = {"Range": "bytes=100-", "If-Range": '"v1"'}
    async with client.stream(server.url("/a.png"), headers=asked) as reply:
        body = b"".join([chunk async for chunk in reply.chunks()])

    assert body == PNG[100:]
    assert (reply.status, reply.content_range) == (206, (100, len(PNG) - 1, len(PNG)))


async def test_a_range_past_the_end_tells_the_whole_size(
    client: Client, server: FaultyServer
) -> None:
    server.on("/a.png", answers.serve(PNG))
    asked = {"Range": f"bytes={len(PNG)}-"}
    async with client.stream(server.url("/a.png"), headers=asked) as reply:
        assert (reply.status, reply.content_range) == (416, None)
        assert reply.range_total == len(PNG)


async def test_a_whole_file_may_answer_a_range(client: Client, server: FaultyServer) -> None:
    server.on("/a.png", answers.serve(PNG, etag='"v2"'))
    asked = {"Range": "bytes=100-", "If-Range": '"v1"'}
    async with client.stream(server.url("/a.png"), headers=asked) as reply:
        assert (reply.status, reply.content_range) == (200, None)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answers.raw(b"", is_reset=True), "reset"),
        (answers.raw(b""), "reset"),
        (answers.reset_after(PNG), "reset"),
        (answers.reset_after(PNG, length=None), "no_clean_end"),
        (answers.reply(PNG, length=len(PNG) + 1), "cut_short"),
        (answers.chunked(PNG, has_end=False), "cut_short"),
        (answers.reply(PNG, length=len(PNG) - 1), "too_long"),
        (answers.reply(PNG * 100, length=len(PNG) * 100 - 5), "too_long"),
        (answers.stall(has_head=False), "stalled"),
        (answers.stall(PNG), "stalled"),
        (answers.drip(PNG[:60]), "too_slow"),
        (answers.reply(b""), "empty"),
        (answers.chunked(), "empty"),
        (answers.raw(b"SSH-2.0-OpenSSH_9\r\n"), "bad_reply"),
        (answers.interim_flood(100), "bad_reply"),
        (answers.interim_flood(50_000), "bad_reply"),
        (answers.big_head(100_000), "bad_reply"),
        (answers.big_head(100_000, lines=50), "bad_reply"),
        (answers.big_head(300_000, lines=50), "bad_reply"),
        (answers.reply(status=304), "bad_reply"),
        (answers.reply(PNG, status=206), "bad_reply"),
        (answers.reply(PNG, headers={"Content-Encoding": "gzip"}), "bad_reply"),
        (
            answers.raw(b"HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
            "bad_reply",
        ),
        (answers.reply(status=416), "range_mismatch"),
        (answers.html(), "html"),
        (answers.html(status=404), "not_found"),
        (answers.reply(status=403), "not_permitted"),
        (answers.reply(status=410), "gone"),
        (answers.reply(status=401), "unauthorized"),
        (answers.server_error(503), "server_error"),
        (answers.challenge(status=200), "challenge"),
        (answers.challenge(status=200, has_header=False), "challenge"),
        (answers.challenge(status=403), "challenge"),
        (answers.challenge(status=503, has_header=False), "challenge"),
    ],
)
async def test_a_broken_reply_has_its_reason(
    client: Client, server: FaultyServer, answer: Answer, reason: str
) -> None:
    failed = await failure(client, server, answer)

    assert failed.reason == reason
    assert failed.host == "127.0.0.1"


@pytest.mark.parametrize(
    "answer",
    [
        answers.chunked(PNG, PNG),
        answers.until_close(PNG + PNG),
        answers.drip(PNG + PNG, piece=5000),
        answers.reply(PNG + PNG, content_type="text/plain"),
        answers.interim_flood(3, PNG + PNG),
    ],
)
async def test_a_whole_reply_is_whole_in_any_form(
    client: Client, server: FaultyServer, answer: Answer
) -> None:
    assert await fetch(client, server, answer) == PNG + PNG


async def test_a_body_without_any_end_mark_says_so(
    client: Client, server: FaultyServer
) -> None:
    server.on("/a.png", answers.until_close(PNG))
    server.on("/b.png", answers.chunked(PNG))

    async with client.stream(server.url("/a.png")) as reply:
        assert (reply.is_delimited, reply.content_length) == (False, None)
    async with client.stream(server.url("/b.png")) as reply:
        assert (reply.is_delimited, reply.content_length) == (True, None)


async def test_surplus_that_looks_like_a_reply_is_surplus(
    client: Client, server: FaultyServer
) -> None:
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

    assert (await failure(client, server, answers.raw(one + one))).reason == "too_long"


async def test_late_surplus_does_not_reach_the_next_request(
    client: Client, server: FaultyServer
) -> None:
    is_read, is_sent = asyncio.Event(), asyncio.Event()

    async def answer(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        await is_read.wait()
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        await exchange.wait(0.05)  # until the client has had it
        is_sent.set()

    assert await fetch(client, server, answer) == b"hello"
    is_read.set()
    await is_sent.wait()
    assert await fetch(client, server, answers.reply(b"good")) == b"good"
    assert server.connections == 2


async def test_a_broken_address_family_is_stepped_over(server: FaultyServer) -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["::1", "127.0.0.1"]

    policy = HostPolicy(origins=frozenset({server.url("", host="sample.test")}))
    server.on("/a.png", answers.reply(PNG))
    async with (
        Client(Net(), [policy], lookup=both) as client,
        client.stream(server.url("/a.png", host="sample.test")) as reply,
    ):
        assert reply.status == 200


async def test_a_json_error_in_place_of_a_file_says_why(
    client: Client, server: FaultyServer
) -> None:
    failed = await failure(client, server, answers.json_reply({"error": "no such size"}))

    assert (failed.reason, failed.detail) == ("json_error", "no such size")


async def test_a_resumed_file_may_hold_anything(client: Client, server: FaultyServer) -> None:
    page = b"<!DOCTYPE html>" * 10
    server.on("/a.png", answers.serve(page))
    async with client.stream(server.url("/a.png"), headers={"Range": "bytes=15-"}) as reply:
        assert b"".join([chunk async for chunk in reply.chunks()]) == page[15:]


async def test_a_closed_port_refuses(client: Client) -> None:
    async with FaultyServer() as gone:
        url = gone.url("/a.png")
    with pytest.raises(FetchFailed) as caught:
        await client.get_json(url)

    assert caught.value.reason == "connect_refused"
    assert caught.value.rule.is_host_level


async def test_a_self_signed_certificate_is_never_accepted(client: Client) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(FIXTURES / "self_signed.pem")
    async with FaultyServer(tls) as server:
        failed = await failure(client, server, answers.reply(PNG))

    assert (failed.reason, failed.rule.retry) == ("tls", "no")
    assert "self-signed" in failed.detail
    assert server.requests == []


async def test_a_handshake_that_breaks_off_is_a_reset(
    client: Client, server: FaultyServer
) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    rude = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = rude.sockets[0].getsockname()[1]
    with pytest.raises(FetchFailed) as caught:
        await client.get_json(f"https://127.0.0.1:{port}/")
    rude.close()

    assert caught.value.reason == "reset"


async def test_leaving_a_body_unread_leaves_no_connection_behind(
    client: Client, server: FaultyServer
) -> None:
    server.on("/a.png", answers.reply(PNG * 1000))
    async with client.stream(server.url("/a.png")) as reply:
        assert await anext(reply.chunks())
    await fetch(client, server, answers.reply(PNG))

    assert server.connections == 2
    [status] = client.snapshot()
    assert status.in_flight == 0
