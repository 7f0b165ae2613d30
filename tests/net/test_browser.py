"""The automation browser: what it may reach (SE-13), and what becomes of it."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from tests.faulty import FaultyServer
from tests.faulty_answers import html, json_reply, redirect, reply, stall

from artkeep.net import browser as browser_module
from artkeep.net.browser import Browser, Look
from artkeep.net.chromium import Profile
from artkeep.net.client import Client, HostPolicy
from artkeep.net.relay import Relay
from artkeep.net.retry import FetchFailed
from artkeep.settings import Net

chromium = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(chromium is None, reason="no Chromium on this machine")
LOOK = Look("(ms) => new Promise((go) => setTimeout(() => go(document.title), 50))", "/none")


@asynccontextmanager
async def running(folder: Path, *sites: str, **net: object) -> AsyncIterator[Browser]:
    """A browser that knows these addresses, on the terms that users have."""
    policy = HostPolicy(origins=frozenset(sites))
    async with Client(Net(unlimited=True, **net), [policy]) as client:  # type: ignore[arg-type]
        made = Browser(Profile(folder / "profile", None), client, lambda: chromium)
        try:
            yield made
        finally:
            await made.close()


ATTACK = """<!doctype html><title>waiting</title><script>
const targets = %s
const tries = []
for (const target of targets) {
  const fetched = fetch(target + '/fetch', {mode: 'no-cors'})
  tries.push(fetched.then(() => target + ' fetch', () => ''))
  tries.push(new Promise((done) => {
    const image = new Image()
    image.onload = image.onerror = () => done('')
    image.src = target + '/image'
  }))
  tries.push(new Promise((done) => {
    const socket = new WebSocket(target.replace('http', 'ws') + '/socket')
    socket.onopen = () => done(target + ' socket')
    socket.onerror = socket.onclose = () => done('')
  }))
  tries.push(new Promise((done) => {
    const frame = document.createElement('iframe')
    frame.onload = () => done('')
    frame.src = target + '/frame'
    document.documentElement.append(frame)
  }))
  navigator.sendBeacon(target + '/beacon', 'x')
  const hint = document.createElement('link')
  hint.rel = 'preconnect'; hint.href = target
  document.head.append(hint)
}
tries.push(fetch('/hop').then(() => 'hop', () => ''))
const worker = 'serviceWorker' in navigator
  ? navigator.serviceWorker.register('/worker.js').then(() => 'worker', () => '') : ''
tries.push(worker)
const limit = new Promise((done) => setTimeout(() => done('late'), 4000))
Promise.all(tries.map((one) => Promise.race([one, limit]))).then((found) => {
  document.title = JSON.stringify(found.filter((one) => one && one !== 'late'))
})
</script>"""
WAIT = Look(
    "(ms) => new Promise((go) => { const look = () => document.title === 'waiting' "
    "? setTimeout(look, 20) : go(document.title); look() })",
    "/none",
)


@needs_chromium
async def test_a_page_cannot_reach_this_machine(
    tmp_path: Path, server: FaultyServer, other_server: FaultyServer
) -> None:
    victim = other_server
    for path in ("/fetch", "/image", "/frame", "/beacon", "/socket", "/hop"):
        victim.on(path, reply(b"secret"))
    names = ("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "0x7f.1", "a.localhost")
    targets = [f"http://{name}:{victim.port}" for name in names]
    server.on("/page", html(ATTACK % json.dumps(targets)))
    server.on("/hop", redirect(victim.url("/hop")))
    server.on("/worker.js", reply(b"1", content_type="text/javascript"))
    async with running(tmp_path, server.origin) as browser:
        seen = await browser.look(server.url("/page"), WAIT)
        with pytest.raises(FetchFailed):
            await browser.look(victim.url("/frame"), LOOK)
    assert victim.connections == 0
    server.on("/page", html(ATTACK % json.dumps([victim.origin])))
    async with running(tmp_path, server.origin, victim.origin) as browser:
        await browser.look(server.url("/page"), WAIT)
    assert victim.connections > 0  # what it does would work, if it were let
    reached = json.loads(seen.text)
    assert reached in ([], ["worker"])  # registering may succeed, and then nothing is run
    assert server.requests_to("/page")


@needs_chromium
async def test_calls_are_the_pages_own_and_a_killed_browser_is_started_again(
    tmp_path: Path, server: FaultyServer
) -> None:
    server.on("/robots.txt", reply(b"", content_type="text/plain"))
    server.on("/slow", stall())
    server.on("/api", json_reply({"a": 1}))
    home = server.url("/robots.txt")
    async with running(tmp_path, server.origin) as browser:
        await browser.call(home, server.url("/api"))
        found = await browser.call(home, server.url("/api"))
        assert (found.status, json.loads(found.text)) == (200, {"a": 1})
        (first, _) = server.requests_to("/api")
        assert first.headers["referer"] == home
        assert first.headers["sec-fetch-site"] == "same-origin"
        assert len(server.requests_to("/robots.txt")) == 1
        call = asyncio.create_task(browser.call(home, server.url("/slow")))
        await _until(lambda: bool(server.requests_to("/slow")))
        _kill(tmp_path)
        with pytest.raises(FetchFailed) as caught:
            await call
        assert caught.value.reason == "browser_died"
        assert (await browser.call(home, server.url("/api"))).status == 200
        assert browser.starts == 2


@needs_chromium
async def test_a_hung_page_is_given_up_and_the_next_one_works(
    tmp_path: Path, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_module, "_LOAD_S", 1.5)
    server.on("/hung", html("<title>x</title><script>while (true) {}</script>"))
    server.on("/fine", html("<title>fine</title>"))
    async with running(tmp_path, server.origin) as browser:
        with pytest.raises(FetchFailed) as caught:
            await browser.look(server.url("/hung"), LOOK)
        assert caught.value.reason in ("stalled", "browser_died")
        assert (await browser.look(server.url("/fine"), LOOK)).text == "fine"


@needs_chromium
async def test_an_idle_browser_is_closed(
    tmp_path: Path, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_module, "_IDLE_S", 0.1)
    server.on("/fine", html("<title>fine</title>"))
    async with running(tmp_path, server.origin) as browser:
        await browser.look(server.url("/fine"), LOOK)
        await _until(lambda: not browser.is_running and not _browsers(tmp_path))
        assert (await browser.look(server.url("/fine"), LOOK)).text == "fine"


@needs_chromium
async def test_what_playwright_switches_off_stays_off(
    tmp_path: Path, server: FaultyServer
) -> None:
    server.on("/fine", html("<title>fine</title>"))
    start = "--disable-features="
    async with running(tmp_path, server.origin) as browser:
        await browser.look(server.url("/fine"), LOOK)
        words = [word for one in _browsers(tmp_path) for word in one.cmdline()]
    told = [set(word.removeprefix(start).split(",")) for word in words if start in word]
    theirs, ours = told  # the last one counts
    assert ours - theirs == {"RenderDocument"}
    assert theirs < ours


@needs_chromium
@pytest.mark.skipif(sys.platform == "win32", reason="rights are told otherwise on Windows")
async def test_the_profile_is_private_and_keeps_a_login(
    tmp_path: Path, server: FaultyServer
) -> None:
    server.on("/fine", html("<title>fine</title>"))
    page = "<script>document.cookie = 'who=me; max-age=999'</script><title>in</title>"
    server.on("/login", html(page))
    async with running(tmp_path, server.origin) as browser:
        await browser.look(server.url("/login"), LOOK)
    async with running(tmp_path, server.origin) as browser:
        await browser.look(server.url("/fine"), LOOK)
    assert server.requests_to("/fine")[0].headers["cookie"] == "who=me"
    assert (tmp_path / "profile").stat().st_mode & 0o077 == 0


async def test_without_a_program_there_is_no_browser(tmp_path: Path) -> None:
    async with Client(Net(), []) as client:
        browser = Browser(Profile(tmp_path, None), client, lambda: None)
        with pytest.raises(FetchFailed) as caught:
            await browser.call("http://a.test/", "http://a.test/b")
    assert caught.value.reason == "no_browser"


# --- the relay alone

OK, NOT_ALLOWED = 0, 2


async def ask(relay: Relay, host: str, port: int) -> int:
    """What a SOCKS client is told."""
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    name = host.encode()
    writer.write(b"\x05\x01\x00")
    assert await reader.readexactly(2) == b"\x05\x00"
    wish = b"\x05\x01\x00\x03" + bytes((len(name),)) + name + port.to_bytes(2, "big")
    writer.write(wish)
    answer = await reader.readexactly(10)
    writer.close()
    await writer.wait_closed()
    return answer[1]


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("127.0.0.1", 80),
        ("localhost", 443),
        ("10.0.0.1", 443),
        ("169.254.169.254", 80),
        ("2130706433", 80),
        ("::ffff:127.0.0.1", 80),
        ("other.test", 443),
        ("inside.site.test", 443),  # a name of the site that leads to a private address
        ("site.test", 22),
        ("", 80),
    ],
)
@pytest.mark.parametrize("is_open", [False, True])
async def test_the_relay_refuses(host: str, port: int, is_open: bool) -> None:
    async def lookup(name: str, port: int) -> list[str]:
        return ["192.168.0.7"]

    policy = HostPolicy(hosts=frozenset({".site.test", "site.test"}))
    async with (
        Client(Net(), [policy]) as client,
        Relay(client.guard, client.proxies, is_open=is_open, lookup=lookup) as relay,
    ):
        assert await ask(relay, host, port) == NOT_ALLOWED


async def test_the_relay_connects_to_the_address_that_was_checked(server: FaultyServer) -> None:
    looked_up: list[str] = []

    async def lookup(name: str, port: int) -> list[str]:
        looked_up.append(name)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["192.168.0.7"]

    origin = f"http://site.test:{server.port}"
    async with (
        Client(Net(), [HostPolicy(origins=frozenset({origin}))]) as client,
        Relay(client.guard, client.proxies, lookup=lookup) as relay,
    ):
        assert await ask(relay, "site.test", server.port) == OK
    assert looked_up == ["site.test"]


async def test_a_proxy_of_the_user_lies_behind_the_relay(server: FaultyServer) -> None:
    server.on("site.test:443", reply(b""))
    policy = HostPolicy(hosts=frozenset({"site.test"}))
    async with (
        Client(Net(proxy=server.origin), [policy]) as client,
        Relay(client.guard, client.proxies) as relay,
    ):
        assert await ask(relay, "site.test", 443) == OK
        assert await ask(relay, "other.test", 443) == NOT_ALLOWED
    assert [request.method for request in server.requests] == ["CONNECT"]


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110  # neither servers nor processes are events
            await asyncio.sleep(0.01)


def _browsers(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            line = process.cmdline()
        except psutil.Error:
            continue
        if any(str(folder) in word for word in line) and not any(
            word.startswith("--type=") for word in line
        ):
            found.append(process)
    return found


def _kill(folder: Path) -> None:
    for process in _browsers(folder):
        if "chrom" in process.name():
            process.kill()
