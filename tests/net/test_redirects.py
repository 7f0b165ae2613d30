"""Redirects: every hop passes the guard, and secrets stay with their host (SE-9, SE-10)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests import faulty_answers as answers
from tests.faulty import FaultyServer
from yarl import URL

from artkeep.net.client import Client, HostPolicy, next_hop
from artkeep.net.retry import FetchFailed
from artkeep.settings import Net

SECRETS = {"Authorization": "Bearer abcdef", "Cookie": "session=1", "X-Api-Key": "abcdef"}


async def refusal(client: Client, url: str, **asked: Any) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        async with client.stream(url, **asked):
            pass
    return caught.value


async def test_secrets_stay_behind_when_the_host_changes(
    client: Client, server: FaultyServer, other_server: FaultyServer
) -> None:
    server.on("/a", answers.redirect(other_server.url("/b")))
    other_server.on("/b", answers.reply(b"file"))
    asked = {**SECRETS, "Range": "bytes=0-", "Referer": "https://civitai.com/"}

    async with client.stream(server.url("/a"), headers=asked) as reply:
        assert reply.url == other_server.url("/b")

    [first], [second] = server.requests, other_server.requests
    assert first.headers["authorization"] == "Bearer abcdef"
    assert not {"authorization", "cookie", "x-api-key"} & set(second.headers)
    assert second.headers["range"] == "bytes=0-"
    assert second.headers["accept-encoding"] == "identity"


async def test_secrets_go_along_on_the_same_host(client: Client, server: FaultyServer) -> None:
    server.on("/a", answers.redirect("/b?x=1", status=307))
    server.on("/b", answers.json_reply({"ok": 1}))

    assert await client.get_json(server.url("/a"), headers=SECRETS) == {"ok": 1}
    assert server.requests[1].headers["authorization"] == "Bearer abcdef"
    assert server.requests[1].query == "x=1"


async def test_parameters_are_not_added_again(client: Client, server: FaultyServer) -> None:
    server.on("/a", answers.redirect("/b"))
    server.on("/b", answers.json_reply({}))

    await client.get_json(server.url("/a"), {"limit": 5})

    assert [request.query for request in server.requests] == ["limit=5", ""]


async def test_five_hops_are_followed_and_six_are_not(
    client: Client, server: FaultyServer
) -> None:
    for number in range(1, 7):
        server.on(f"/{number}", answers.redirect(f"/{number - 1}"))
    server.on("/0", answers.json_reply("arrived"))

    assert await client.get_json(server.url("/5")) == "arrived"
    assert (await refusal(client, server.url("/6"))).reason == "redirect_loop"


async def test_a_circle_is_noticed_at_once(client: Client, server: FaultyServer) -> None:
    server.on("/a", answers.redirect("/a#again"))

    assert (await refusal(client, server.url("/a"))).reason == "redirect_loop"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:70/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "http://user:secret@127.0.0.1/",
        "http://127.1/",
        "http://8.8.8.8/",
        "http://[::1",
    ],
)
async def test_bad_redirects_are_refused(
    client: Client, server: FaultyServer, target: str
) -> None:
    server.on("/a", answers.redirect(target))
    failed = await refusal(client, server.url("/a"))

    assert failed.reason == "redirect_refused"
    assert "secret" not in str(failed)


async def test_a_redirect_to_an_unlisted_public_name_is_refused(server: FaultyServer) -> None:
    async def public(host: str, port: int) -> list[str]:
        return ["8.8.8.8"]

    server.on("/a", answers.redirect("https://evil.example/"))
    async with Client(Net(allow_private=True), [HostPolicy()], lookup=public) as client:
        failed = await refusal(client, server.url("/a"))

    assert failed.reason == "redirect_refused"
    assert "evil.example is not a host of a known site" in failed.detail


async def test_a_configured_origin_may_redirect_to_itself_but_not_to_a_neighbour(
    server: FaultyServer, other_server: FaultyServer
) -> None:
    policy = HostPolicy(origins=frozenset({server.origin}))
    server.on("/a", answers.redirect("/b"))
    server.on("/b", answers.json_reply("home"))
    server.on("/c", answers.redirect(other_server.url("/secret")))
    async with Client(Net(), [policy]) as client:
        assert await client.get_json(server.url("/a")) == "home"
        failed = await refusal(client, server.url("/c"))

    assert failed.reason == "redirect_refused"
    assert other_server.requests == []


def test_a_redirect_away_from_https_is_refused() -> None:
    def hop(start: str, to: str) -> str:
        response: Any = SimpleNamespace(status=302, headers={"Location": to})
        return str(next_hop("GET", response, [URL(start)]))

    assert hop("http://civitai.com/a", "https://civitai.com/b#c") == "https://civitai.com/b"
    with pytest.raises(FetchFailed) as caught:
        hop("https://civitai.com/a", "http://civitai.com/a")
    assert caught.value.reason == "redirect_refused"


async def test_a_post_is_not_sent_elsewhere(client: Client, server: FaultyServer) -> None:
    server.on("/a", answers.redirect("/b", status=307))
    with pytest.raises(FetchFailed) as caught:
        await client.post_json(server.url("/a"), {})

    assert caught.value.reason == "redirect_refused"
    assert len(server.requests) == 1


async def test_a_redirect_to_nowhere_is_a_bad_reply(
    client: Client, server: FaultyServer
) -> None:
    server.on("/a", answers.reply(status=302))

    assert (await refusal(client, server.url("/a"))).reason == "bad_reply"
