"""The automation browser of one site: started when it is needed, closed when it is idle.

A crash costs what was in flight: that fails with `browser_died`, and the next question starts
another browser. Nothing here knows a site; what comes out of a page is text, cut to a size and
to be taken for hostile (SE-13).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multidict import CIMultiDict
from yarl import URL

from artkeep.logs import get_logger
from artkeep.net.chromium import Chromium, Profile, start
from artkeep.net.client import Client
from artkeep.net.relay import Relay
from artkeep.net.retry import FetchFailed

if TYPE_CHECKING:
    from playwright.async_api import Page, Response

log = get_logger(__name__)

_IDLE_S = 60.0
_CALL_S = 30.0
_LOAD_S = 45.0
_GRACE_S = 3.0  # for a page that has its data and does not come to rest
_LONGEST_TEXT = 8 * 2**20
_MOST_USES = 400  # of one page, whose memory grows with what it has shown
_LOGIN_S = 15 * 60.0
_SETTLE_S = 2.0  # until a fresh cookie is written into the profile

_CALL = """async ([url, ms, most]) => {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), ms)
  try {
    const reply = await fetch(url, {
      headers: { 'content-type': 'application/json' }, signal: stop.signal,
    })
    const text = await reply.text()
    const head = {}
    for (const name of ['retry-after', 'date', 'cf-mitigated']) {
      const value = reply.headers.get(name)
      if (value !== null) head[name] = value.slice(0, 200)
    }
    return [reply.status, head, text.length > most ? null : text]
  } catch (error) {
    return [0, {}, String(error && error.name)]
  } finally { clearTimeout(timer) }
}"""
_STORE = """(() => {
  try { for (const [key, value] of %s) localStorage.setItem(key, value) } catch (error) {}
})()"""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that the browser got. Header names are in any case."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """How to look at a page: `script` waits (at most the milliseconds it is given) until the
    page has come to rest, and returns text. Replies whose address contains `replies` are kept.
    `storage` is in the page's local storage before its own scripts run."""

    script: str
    replies: str
    storage: Mapping[str, str] = field(default_factory=dict)
    blocked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What was on a page: `text` is what the script returned."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str
    replies: tuple[Reply, ...]


@dataclass(eq=False, slots=True)
class _Tab:
    """A page that is used again and again, and what it hears while it is used."""

    page: Page
    uses: int = 0
    heard: list[asyncio.Task[Reply | None]] = field(default_factory=list)
    has_heard: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class LoginState:
    """How a login in a visible window stands. `phase`: none open done closed failed."""

    phase: str
    detail: str = ""


class Browser:
    """One site's Chromium. All calls belong to the loop it is used on."""

    def __init__(
        self,
        profile: Profile,
        client: Client,
        find: Callable[[], str | None],
        *,
        further_hosts: frozenset[str] = frozenset(),
        time_scale: float = 1.0,
    ) -> None:
        self._profile = profile
        self._client = client
        self._find = find
        self._further = further_hosts
        self._scale = time_scale
        self._running: Chromium | None = None
        self._starting = asyncio.Lock()
        self._in_use = 0
        self._used_at = time.monotonic()
        self._idle: asyncio.Task[None] | None = None
        self._home: _Tab | None = None
        self._going_home = asyncio.Lock()
        self._tabs: list[_Tab] = []
        self._login: asyncio.Task[None] | None = None
        self.login = LoginState("none")
        self.starts = 0

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._running is not None and not self._running.is_dead

    @property
    def is_sandboxed(self) -> bool | None:
        """None while it does not run."""
        return self._running.is_sandboxed if self._running and self.is_running else None

    async def call(self, home: str, url: str) -> Reply:
        """GET from inside a page of the site, as its own scripts would. Raises FetchFailed."""
        async with self._use() as running:
            tab = await self._at_home(running, home)
            arguments = [url, int(_CALL_S * 1000), _LONGEST_TEXT]
            try:
                async with asyncio.timeout(_CALL_S + _GRACE_S):
                    found = await tab.page.evaluate(_CALL, arguments)
            except BaseException as error:
                if self._home is tab:
                    self._home = None
                    self._discard(tab)
                if isinstance(error, Exception):
                    raise self._failure(error, running, url) from error
                raise
            return self._reply(found, running, url)

    async def look(self, url: str, look: Look) -> Seen:
        """Open a page and look at it. Raises FetchFailed."""
        async with self._use() as running:
            tab = await self._tab(running, look)
            try:
                async with asyncio.timeout(_LOAD_S):
                    seen = await self._look(tab, url, look)
            except BaseException as error:
                self._discard(tab)
                if isinstance(error, Exception):
                    raise self._failure(error, running, url) from error
                raise
            tab.uses += 1
            if tab.uses >= _MOST_USES or running is not self._running:
                self._discard(tab)
            else:
                self._tabs.append(tab)
            return seen

    async def renew(self, url: str) -> None:
        """Open a page of the site with everything on it, so that it may check the browser."""
        async with self._use() as running:
            tab = self._home
            if tab is None:
                return
            try:
                async with asyncio.timeout(_LOAD_S):
                    await tab.page.goto(url, wait_until="load")
                    await asyncio.sleep(_GRACE_S * self._scale)
            except Exception as error:
                raise self._failure(error, running, url) from error
            finally:
                self._home = None
                self._discard(tab)

    @property
    def logged_in_at(self) -> datetime | None:
        """When somebody last logged in with this profile, as far as was seen here."""
        try:
            return datetime.fromtimestamp(self._login_mark.stat().st_mtime, UTC)
        except OSError:
            return None

    @property
    def _login_mark(self) -> Path:
        folder = self._profile.folder
        return folder.with_name(f"{folder.name}.login")

    def begin_login(self, url: str, is_done: Callable[[Mapping[str, str]], bool]) -> None:
        """Open a visible window; `is_done` judges the site's cookies. Follow it by `login`."""
        if self._login is None or self._login.done():
            self.login = LoginState("open")
            self._login = asyncio.create_task(self._log_in(url, is_done))

    async def end_login(self) -> None:
        """Close the window."""
        if self._login is not None and not self._login.done():
            self._login.cancel()
            await asyncio.gather(self._login, return_exceptions=True)

    async def close(self) -> None:
        """End the browser; the next call starts another one."""
        await self.end_login()
        async with self._starting:
            await self._close()

    async def _close(self) -> None:
        running, self._running, self._home = self._running, None, None
        self._tabs.clear()
        if self._idle is not None and self._idle is not asyncio.current_task():
            self._idle.cancel()
        self._idle = None
        if running is not None:
            await running.close()

    @asynccontextmanager
    async def _use(self) -> AsyncIterator[Chromium]:
        self._in_use += 1
        try:
            async with self._starting:
                if self._running is not None and self._running.is_dead:
                    log.warning("browser ended by itself")
                    await self._close()
                if self._running is None:
                    self._running = await self._start(is_visible=False)
                    self._idle = asyncio.create_task(self._close_when_idle())
                running = self._running
            yield running
        finally:
            self._in_use -= 1
            self._used_at = time.monotonic()

    async def _start(self, *, is_visible: bool) -> Chromium:
        path = await asyncio.to_thread(self._find)
        profile = replace(self._profile, path=path, is_visible=is_visible)
        self.starts += 1

        def relay() -> Relay:
            return Relay(
                self._client.guard,
                self._client.proxies,
                further_hosts=self._further,
                is_open=is_visible,
            )

        return await start(profile, relay)

    async def _close_when_idle(self) -> None:
        while True:
            await asyncio.sleep(_IDLE_S * self._scale / 4)
            if self._in_use or time.monotonic() - self._used_at < _IDLE_S * self._scale:
                continue
            async with self._starting:
                if not self._in_use:
                    await self._close()
                    return

    async def _at_home(self, running: Chromium, home: str) -> _Tab:
        async with self._going_home:
            if running.is_dead or running is not self._running:
                raise FetchFailed("browser_died", host=URL(home).host or "")
            tab = self._home
            if tab is None or URL(tab.page.url).origin() != URL(home).origin():
                try:
                    async with asyncio.timeout(_LOAD_S):
                        tab = tab or _Tab(await running.context.new_page())
                        await tab.page.goto(home, wait_until="domcontentloaded")
                except Exception as error:
                    if tab is not None:
                        self._discard(tab)
                    self._home = None
                    raise self._failure(error, running, home) from error
                self._home = tab
            return tab

    async def _tab(self, running: Chromium, look: Look) -> _Tab:
        if self._tabs:
            return self._tabs.pop()
        try:
            async with asyncio.timeout(_LOAD_S):
                page = await running.context.new_page()
                tab = _Tab(page)
                if look.storage:
                    pairs = json.dumps(list(look.storage.items()))
                    await page.add_init_script(_STORE % pairs)
                session = await running.context.new_cdp_session(page)
                await session.send("Network.enable", {"maxTotalBufferSize": 2 * _LONGEST_TEXT})
                await session.send("Network.setBlockedURLs", {"urls": list(look.blocked)})
        except Exception as error:
            raise self._failure(error, running, "") from error

        def hear(response: Response) -> None:
            if look.replies in response.url and len(tab.heard) < 20:
                task = asyncio.create_task(_heard(response))
                tab.heard.append(task)
                task.add_done_callback(lambda _: tab.has_heard.set())

        page.on("response", hear)
        return tab

    async def _look(self, tab: _Tab, url: str, look: Look) -> Seen:
        tab.heard.clear()
        tab.has_heard.clear()
        response = await tab.page.goto(url, wait_until="domcontentloaded")
        resting = asyncio.create_task(
            tab.page.evaluate(look.script, int(_CALL_S * 1000 * max(self._scale, 0.1)))
        )
        hearing = asyncio.create_task(tab.has_heard.wait())
        try:
            await asyncio.wait({resting, hearing}, return_when=asyncio.FIRST_COMPLETED)
            if not resting.done():
                await asyncio.wait({resting}, timeout=_GRACE_S)
            if resting.done():
                text = resting.result()
            else:
                text = await tab.page.evaluate(look.script, 0)
        finally:
            for task in (resting, hearing):
                task.cancel()
            await asyncio.gather(resting, hearing, return_exceptions=True)
        heard = [one for one in await asyncio.gather(*tab.heard) if one is not None]
        if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
            raise FetchFailed("page_shape", host=URL(url).host or "", detail="too much on it")
        headers = CIMultiDict(response.headers if response else {})
        status = response.status if response else 0
        return Seen(tab.page.url, status, headers, text, tuple(heard))

    def _reply(self, found: Any, running: Chromium, url: str) -> Reply:
        host = URL(url).host or ""
        match found:
            case [0, _, name]:
                if name == "AbortError":
                    raise FetchFailed("stalled", host=host)
                raise running.relay.problem(URL(url)) or FetchFailed("reset", host=host)
            case [int(status), dict(head), str(text)]:
                named = CIMultiDict((str(name), str(to)) for name, to in head.items())
                return Reply(url, status, named, text)
            case [int(_), dict(_), None]:
                raise FetchFailed("bad_reply", host=host, detail="too long")
        raise FetchFailed("bad_reply", host=host, detail="the page answered in our place")

    def _failure(self, error: Exception, running: Chromium, url: str) -> Exception:
        """What went wrong in the browser, as a reason of the matrix; a bug stays what it is."""
        from playwright.async_api import Error
        from playwright.async_api import TimeoutError as PlaywrightTimeout

        host = URL(url).host or ""
        if isinstance(error, FetchFailed):
            return error
        if isinstance(error, TimeoutError | PlaywrightTimeout):
            return FetchFailed("stalled", host=host)
        if not isinstance(error, Error):
            return error
        text = str(error)
        if running.is_dead or "closed" in text or "crash" in text.lower():
            return FetchFailed("browser_died", host=host)
        if "net::ERR_" in text:
            told = running.relay.problem(URL(url))
            return told or FetchFailed("reset", host=host, detail=_net_error(text))
        return FetchFailed("browser_died", host=host, detail=text.splitlines()[0][:200])

    def _discard(self, tab: _Tab) -> None:
        """Close a page without waiting: a hung one may take its time."""

        async def close() -> None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_GRACE_S):
                    await tab.page.close()

        for task in tab.heard:
            task.cancel()
        closing = asyncio.create_task(close())
        _CLOSING.add(closing)
        closing.add_done_callback(_CLOSING.discard)

    async def _log_in(self, url: str, is_done: Callable[[Mapping[str, str]], bool]) -> None:
        """The profile has one user at a time: what is asked meanwhile waits."""
        async with self._starting:
            await self._close()
            window: Chromium | None = None
            try:
                window = await self._start(is_visible=True)
                pages = window.context.pages
                page = pages[0] if pages else await window.context.new_page()
                with contextlib.suppress(Exception):  # the person sees what came instead
                    await page.goto(url, wait_until="commit", timeout=_LOAD_S * 1000)
                self.login = await self._wait_for_login(window, url, is_done)
            except FetchFailed as failed:
                self.login = LoginState("failed", failed.message)
            except asyncio.CancelledError:
                self.login = LoginState("closed")
                raise
            finally:
                if window is not None:
                    await window.close()

    async def _wait_for_login(
        self, window: Chromium, url: str, is_done: Callable[[Mapping[str, str]], bool]
    ) -> LoginState:
        until = time.monotonic() + _LOGIN_S
        while not window.is_dead and time.monotonic() < until:
            try:
                if not any(not page.is_closed() for page in window.context.pages):
                    break
                found = await window.context.cookies(url)
            except Exception:  # the window went away meanwhile
                break
            if is_done({one.get("name", ""): one.get("value", "") for one in found}):
                await asyncio.sleep(_SETTLE_S)
                await asyncio.to_thread(self._login_mark.touch)
                return LoginState("done")
            await asyncio.sleep(0.5)
        return LoginState("closed")


_CLOSING: set[asyncio.Task[None]] = set()


def has_display() -> bool:
    """Whether a window can be shown to somebody."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


async def _heard(response: Response) -> Reply | None:
    try:
        text = await response.text()
    except Exception:  # its page went on without it
        return None
    if len(text) > _LONGEST_TEXT:
        return None
    return Reply(response.url, response.status, CIMultiDict(response.headers), text)


def _net_error(text: str) -> str:
    return text[text.index("net::ERR_") + 5 :].split()[0][:60]
