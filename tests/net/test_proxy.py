"""Proxies: from the settings for everything, from the environment but never for loopback."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests import faulty_answers as answers
from tests.faulty import FaultyServer
from yarl import URL

from artkeep.errors import UsageError
from artkeep.net.client import Client, HostPolicy
from artkeep.net.proxy import Proxies, parse_proxy
from artkeep.net.retry import FetchFailed
from artkeep.settings import Net

SITE = HostPolicy(hosts=frozenset({"civitai.com"}))


async def no_lookup(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was looked up here")


async def test_a_proxy_is_asked_for_the_name(server: FaultyServer) -> None:
    server.on("http://civitai.com/api", answers.json_reply("by proxy"))
    net = Net(proxy=server.origin.replace("//", "//me:pass@"))
    async with Client(net, [SITE], lookup=no_lookup) as client:
        assert await client.get_json("http://civitai.com/api") == "by proxy"

    assert "proxy-authorization" in server.requests[0].headers


async def test_a_proxy_does_not_open_other_hosts(server: FaultyServer) -> None:
    async with Client(Net(proxy=server.origin), [SITE], lookup=no_lookup) as client:
        for url in ("http://evil.example/", "http://127.0.0.1/", server.url("/")):
            with pytest.raises(FetchFailed, match="Refused"):
                await client.get_json(url)

    assert server.requests == []


@pytest.mark.parametrize("url", ["http://civitai.com/api", "https://civitai.com/api"])
async def test_a_proxy_that_refuses_is_a_proxy_problem(server: FaultyServer, url: str) -> None:
    for path in ("http://civitai.com/api", "civitai.com:443"):
        server.on(path, answers.reply(b"log in", status=407))
    async with Client(Net(proxy=server.origin), [SITE], lookup=no_lookup) as client:
        with pytest.raises(FetchFailed) as caught:
            await client.get_json(url)

    assert caught.value.reason == "proxy"


async def test_a_dead_proxy_is_a_proxy_problem() -> None:
    async with FaultyServer() as gone:
        origin = gone.origin
    for proxy in (origin, origin.replace("http:", "socks5:")):
        async with Client(Net(proxy=proxy), [SITE], lookup=no_lookup) as client:
            with pytest.raises(FetchFailed) as caught:
                await client.get_json("https://civitai.com/api")
        assert caught.value.reason == "proxy"


@asynccontextmanager
async def socks_proxy(behind: FaultyServer, asked: list[str]) -> AsyncIterator[str]:
    """A SOCKS5 proxy that leads every name to one server."""

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            writer.write(piece)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        await reader.readexactly(count)
        writer.write(b"\x05\x00")
        _, _, _, kind = await reader.readexactly(4)
        assert kind == 3  # a name, not an address
        [length] = await reader.readexactly(1)
        name = (await reader.readexactly(length)).decode()
        [port] = struct.unpack("!H", await reader.readexactly(2))
        asked.append(f"{name}:{port}")
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", behind.port)
        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"socks5h://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    listener.close()


async def test_a_socks_proxy_resolves_names_itself(server: FaultyServer) -> None:
    server.on("/api", answers.json_reply("by socks"))
    asked: list[str] = []
    async with (
        socks_proxy(server, asked) as proxy,
        Client(Net(proxy=proxy), [SITE], lookup=no_lookup) as client,
    ):
        assert await client.get_json("http://civitai.com/api") == "by socks"

    assert asked == ["civitai.com:80"]


def test_the_environment_counts_but_never_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy.test:1080")
    monkeypatch.setenv("NO_PROXY", "e621.net")
    proxies = Proxies(None)

    https = proxies.proxy_for(URL("https://civitai.com/"))
    http = proxies.proxy_for(URL("http://civitai.com/"))
    assert https is not None
    assert http is not None
    assert (https.endpoint, https.is_socks) == (("proxy.test", 3128), False)
    assert (http.endpoint, http.is_socks) == (("proxy.test", 1080), True)
    for url in (
        "https://e621.net/",
        "http://127.0.0.1:5000/",
        "http://localhost/",
        "http://[::1]/",
    ):
        assert proxies.proxy_for(URL(url)) is None


def test_the_settings_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy.test:1080")
    proxies = Proxies("http://mine.test:8080")
    chosen = proxies.proxy_for(URL("http://127.0.0.1/"))

    assert chosen is not None
    assert chosen.endpoint == ("mine.test", 8080)
    assert proxies.endpoints == (("mine.test", 8080),)


@pytest.mark.parametrize("text", ["ftp://x:1", "http://", "http://:pass@:80", "socks9://h:1"])
def test_a_bad_proxy_is_said_so_without_its_password(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_proxy(text)

    assert "pass" not in str(caught.value)
