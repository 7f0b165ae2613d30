"""The grid and the table with a million artworks: how smooth, how much memory, how much drawn.

The server's answers are made by formula here, so that only the page is measured.
"""

from __future__ import annotations

import io
import tempfile
from contextlib import closing
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.e2e.million import AMOUNT, serve_million
from tests.e2e.page import screen, start_page
from tests.e2e.program import Home
from tests.gallery import gallery
from tests.web.chromium import chromium

LONG_TASK_MS, MEMORY_MIB, MEDIA = 100, 400, 60
_WATCH = (
    "window.longest = 0; new PerformanceObserver((list) => list.getEntries().forEach("
    "(entry) => { window.longest = Math.max(window.longest, entry.duration) }))"
    ".observe({type: 'longtask', buffered: true})"
)
_MOST_MEDIA = (
    "() => { window.media = 0; new MutationObserver(() => { window.media = Math.max("
    "window.media, document.querySelectorAll('main img, main video').length) })"
    ".observe(document.body, {subtree: true, childList: true}) }"
)
_BAR = (
    "(share) => { const list = document.querySelector('[data-testid=list]');"
    " list.scrollTop = share * (list.scrollHeight - list.clientHeight) }"
)
_LAST = (
    "[...document.querySelectorAll('[data-index]')]"
    ".reduce((last, one) => Math.max(last, +one.dataset.index), 0)"
)


def main() -> None:
    """Print the figures of both forms."""
    with (
        chromium() as browser,
        tempfile.TemporaryDirectory() as folder,
        gallery() as site,
        closing(Home(Path(folder), site, is_cold=True)) as home,
    ):
        url = start_page(home)
        for form in ("grid", "table"):
            _scroll(browser, url, form)


def picture() -> bytes:
    """A thumbnail of the usual size."""
    held = io.BytesIO()
    Image.effect_noise((320, 480), 60).convert("RGB").save(held, "JPEG", quality=80)
    return held.getvalue()


def _scroll(browser: Browser, url: str, form: str) -> None:
    with screen(browser, url) as opened:
        page = opened.page
        serve_million(page, picture())
        page.add_init_script(_WATCH)
        opened.go(f"/database?form={form}")
        page.get_by_role("grid").locator("[data-index='0']").wait_for()
        page.wait_for_timeout(3000)
        page.evaluate(f"window.longest = 0; ({_MOST_MEDIA})()")
        _wheel(page, 150)
        wheel_ms = page.evaluate("window.longest")
        page.evaluate("window.longest = 0")
        for step in range(1, 41):  # the bar dragged through all of it
            page.evaluate(_BAR, step / 40)
            page.wait_for_timeout(120)
        page.wait_for_timeout(1500)
        last = page.evaluate(_LAST)
        print(_limit(f"{form}: longest task under the wheel", wheel_ms, LONG_TASK_MS, "ms"))
        dragged = page.evaluate("window.longest")
        print(
            _limit(
                f"{form}: longest task while the bar is dragged", dragged, LONG_TASK_MS, "ms"
            )
        )
        print(
            _limit(f"{form}: media elements at most", page.evaluate("window.media"), MEDIA, "")
        )
        cached = _memory(browser)
        print(
            f"{form}: memory of the page's process with the browser's caches: {cached:.0f} MiB"
        )
        _give_back(page)
        print(_limit(f"{form}: memory that it holds", _memory(browser), MEMORY_MIB, "MiB"))
        print(f"{form}: the end of {AMOUNT:,} is reached: {last == AMOUNT - 1}")


def _wheel(page: Page, turns: int) -> None:
    page.mouse.move(700, 400)
    for _ in range(turns):
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(30)


def _give_back(page: Page) -> None:
    """Decoded pictures are kept by the browser for as long as nobody needs the memory."""
    page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
    browser = page.context.browser
    assert browser is not None
    session = browser.new_browser_cdp_session()
    session.send("Memory.simulatePressureNotification", {"level": "critical"})
    page.wait_for_timeout(2500)


def _memory(browser: Browser) -> float:
    """MiB of the largest process that draws a page, shared parts by their share."""
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [int(one["id"]) for one in found if one["type"] == "renderer"]
    return max(_pss_kib(pid) for pid in pages) / 1024


def _pss_kib(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def _limit(name: str, value: float, most: float, unit: str) -> str:
    return f"{name}: {value:.0f} {unit} (at most {most}) {'ok' if value <= most else 'MISSED'}"
