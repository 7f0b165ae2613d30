"""One running Chromium with one profile: how it is started, and what it may do (SE-13).

Everything it sends goes through a `Relay`. Its sandbox is on wherever it can be; downloads,
permissions and service workers are off; nothing of ours is exposed to pages.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artkeep.logs import get_logger
from artkeep.net.relay import Relay
from artkeep.net.retry import FetchFailed
from artkeep.settings import PREFIX

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

log = get_logger(__name__)

_LAUNCH_S = 60.0
_CLOSE_S = 5.0
_MOST_PROFILES = 4  # instances of one data folder that each have a browser
_USERNS = Path("/proc/sys/kernel/unprivileged_userns_clone")
_ARGUMENTS = (
    "--disable-quic",  # it would go by UDP, past the relay
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--no-pings",
    "--disable-sync",
)
# Of several such lists Chromium takes the last: what Playwright switches off stays off.
# RenderDocument makes everything that shows a page anew for each address: half of the time that
# reading page after page of one site takes.
_OFF = (
    *("AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"),
    *("HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter"),
    *("NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch"),
    *("TcpPortRandomizationWin", "ThirdPartyStoragePartitioning"),
    *("msEdgeUpdateLaunchServicesPreferredVersion", "msForceBrowserSignIn"),
    "RenderDocument",
)
_UNSEEN = ("--blink-settings=imagesEnabled=false", f"--disable-features={','.join(_OFF)}")


@dataclass(frozen=True, slots=True)
class Profile:
    """How to start: where the profile lies, and what it is given besides."""

    folder: Path
    path: str | None  # of the program
    user_agent: str | None = None
    cookies: tuple[Mapping[str, Any], ...] = ()
    is_visible: bool = False


class Chromium:
    """A started browser. `died` is called when it ends without having been told to."""

    def __init__(self, context: BrowserContext, relay: Relay, stack: AsyncExitStack) -> None:
        self.context = context
        self.relay = relay
        self.is_dead = False
        self.is_sandboxed = False
        self._stack = stack
        context.on("close", self._note_end)

    def _note_end(self, _: object) -> None:
        self.is_dead = True

    async def close(self) -> None:
        """End it, whatever state it is in."""
        self.is_dead = True
        with suppress(Exception):
            async with asyncio.timeout(_CLOSE_S):
                await self.context.close()
        with suppress(Exception):
            async with asyncio.timeout(_CLOSE_S):
                await self._stack.aclose()


async def start(profile: Profile, open_relay: Callable[[], Relay]) -> Chromium:
    """Start Chromium. Raises FetchFailed(no_browser)."""
    from playwright.async_api import Error, async_playwright

    if profile.path is None:
        raise FetchFailed("no_browser")
    stack = AsyncExitStack()
    try:
        async with asyncio.timeout(_LAUNCH_S):
            relay = await stack.enter_async_context(open_relay())
            playwright = await stack.enter_async_context(async_playwright())
            why = sandbox_problem()
            for sandboxed in (True, False) if why is None else (False,):
                try:
                    context = await _launch(playwright, profile, relay, sandboxed=sandboxed)
                except Error as error:
                    if not sandboxed:
                        raise
                    log.warning("browser without sandbox", why=_first_line(error))
                else:
                    break
            if profile.cookies:
                await context.add_cookies([dict(one) for one in profile.cookies])  # type: ignore[misc]  # theirs is a TypedDict
    except (Error, OSError, TimeoutError) as error:
        await stack.aclose()
        raise FetchFailed("no_browser", detail=_first_line(error)) from error
    except BaseException:
        await stack.aclose()
        raise
    started = Chromium(context, relay, stack)
    started.is_sandboxed = sandboxed
    return started


async def _launch(
    playwright: Any, profile: Profile, relay: Relay, *, sandboxed: bool
) -> BrowserContext:
    from playwright.async_api import Error

    options: dict[str, Any] = {
        "headless": not profile.is_visible,
        "chromium_sandbox": sandboxed,
        "proxy": {"server": f"socks5://127.0.0.1:{relay.port}", "bypass": "<-loopback>"},
        "args": [*_ARGUMENTS, *(() if profile.is_visible else _UNSEEN)],
        "accept_downloads": False,
        "service_workers": "block",
        "permissions": [],
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
        "env": {name: to for name, to in os.environ.items() if not name.startswith(PREFIX)},
        "timeout": _LAUNCH_S * 1000,
    }
    if profile.user_agent:
        options["user_agent"] = profile.user_agent
    if profile.is_visible:
        options["no_viewport"] = True
    *further, last = _folders(profile.folder)
    for folder in further:
        try:
            return await _launch_in(playwright, folder, profile.path, options)
        except Error as error:
            if not _is_taken(error):
                raise
    return await _launch_in(playwright, last, profile.path, options)


async def _launch_in(
    playwright: Any, folder: Path, path: str | None, options: Mapping[str, Any]
) -> BrowserContext:
    await asyncio.to_thread(_make_private, folder)
    context: BrowserContext = await playwright.chromium.launch_persistent_context(
        folder, executable_path=path, **options
    )
    return context


def _make_private(folder: Path) -> None:
    """Whoever reads a profile is logged in."""
    for one in (folder.parent, folder):
        one.mkdir(parents=True, exist_ok=True, mode=0o700)


def _folders(folder: Path) -> list[Path]:
    """Chromium lets one process use a profile; further instances have others beside it."""
    others = (
        folder.with_name(f"{folder.name}-{number}") for number in range(2, _MOST_PROFILES)
    )
    return [folder, *others]


def _is_taken(error: Exception) -> bool:
    text = str(error)
    return "ProcessSingleton" in text or "already in use" in text or "existing browser" in text


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0][:200]


def sandbox_problem() -> str | None:
    """Why Chromium's own sandbox cannot run here, as far as that can be told beforehand."""
    if sys.platform == "win32" or sys.platform == "darwin":
        return None
    if os.geteuid() == 0:
        return "Chromium has no sandbox when it is started by root"
    with suppress(OSError, ValueError):
        if int(_USERNS.read_text()) == 0:
            return "this system does not let ordinary users make the namespaces it needs"
    return None
