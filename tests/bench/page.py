"""The page in Chromium: size, first paint, scrolling, ten tabs, and how soon things happen."""

from __future__ import annotations

import gzip
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.page import screen, start_demo, start_page
from tests.e2e.program import ROOT, Home, hang_up
from tests.gallery import Gallery, gallery
from tests.web.chromium import chromium

DIST = ROOT / "frontend" / "dist"
INITIAL_KB, PAINT_S, LONG_TASK_MS, EFFECT_S = 200, 1.0, 100, 1.0
BUSY = "civitai:image_tag:121065"  # of the sample site: 267 cards
CARDS, TABS = 200, 10
_WATCH = (
    "window.longest = 0; new PerformanceObserver((list) => list.getEntries().forEach("
    "(entry) => { window.longest = Math.max(window.longest, entry.duration) }))"
    ".observe({type: 'longtask', buffered: true})"
)
_SCRIPTS = (
    "performance.getEntriesByType('resource').map((one) => one.name)"
    ".filter((name) => name.includes('/assets/') && name.endsWith('.js'))"
)
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def main() -> None:
    """Print every figure of the page."""
    with chromium() as browser:
        with _program() as (home, _):
            _of_the_demo(browser, home)
        with _program() as (home, site):
            _of_a_job(browser, home, site)


@contextmanager
def _program() -> Iterator[tuple[Home, Gallery]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        gallery() as site,
        closing(Home(Path(folder), site, is_cold=True)) as home,
    ):
        yield home, site


def _limit(name: str, value: float, most: float, unit: str) -> str:
    return f"{name}: {value:.2f} {unit} (at most {most}) {'ok' if value <= most else 'MISSED'}"


def _gzipped_kb(urls: list[str]) -> float:
    names = {url.rpartition("/")[2] for url in urls}
    return (
        sum(len(gzip.compress((DIST / "assets" / name).read_bytes())) for name in names) / 1000
    )


def _of_the_demo(browser: Browser, home: Home) -> None:
    url = start_demo(home, home.folder / "painted")
    paints: list[float] = []
    scripts: list[str] = []
    for _ in range(5):
        with screen(browser, url) as opened:
            page = opened.go("/")
            page.get_by_role("heading", level=2).first.wait_for()
            paints.append(page.evaluate(_PAINT) / 1000)
            scripts = page.evaluate(_SCRIPTS)
    print(_limit("first paint", min(paints), PAINT_S, "s"))
    print(_limit("JavaScript of the first view, gzip", _gzipped_kb(scripts), INITIAL_KB, "kB"))
    with screen(browser, url) as opened:
        page = opened.page
        page.add_init_script(_WATCH)
        opened.go(f"/?t={BUSY}&see={BUSY}")
        expect(page.get_by_role("gridcell").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.evaluate("window.longest = 0")
        shown = _scroll(page)
        print(
            _limit(
                f"longest task while scrolling {shown} cards",
                page.evaluate("window.longest"),
                LONG_TASK_MS,
                "ms",
            )
        )


def _scroll(page: Page) -> int:
    """Wheel down until CARDS cards have been shown; how many there were."""
    page.get_by_role("gridcell").first.hover()
    total = 0
    for _ in range(60):
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(50)
        total = int(page.get_by_role("grid").get_attribute("aria-rowcount") or 0)
    columns = int(page.get_by_role("grid").get_attribute("aria-colcount") or 0)
    return total * columns


def _of_a_job(browser: Browser, home: Home, site: Gallery) -> None:
    hang_up(site, "lena", 600, 0.4)
    url = start_page(home)
    with screen(browser, url) as opened:
        context = opened.page.context
        tabs = [opened.page, *(context.new_page() for _ in range(TABS - 1))]
        for tab in tabs:
            tab.goto(f"{url}/?t=civitai:user:lena")
        tabs[0].get_by_role("button", name="Download", exact=True).click()
        began = time.perf_counter()
        for tab in tabs:
            tab.get_by_role("progressbar").first.wait_for()
        print(
            f"{TABS} tabs: all show the job {time.perf_counter() - began:.2f} s after the press"
        )
        for name, state in (("Pause", "paused"), ("Resume", "running"), ("Stop", "stopped")):
            button = tabs[0].get_by_role("button", name=re.compile(f"^{name}")).first
            button.click()
            began = time.perf_counter()
            while _state(tabs[0]) != state and time.perf_counter() - began < 10:
                pass
            print(_limit(f"{name} to effect", time.perf_counter() - began, EFFECT_S, "s"))


def _state(page: Page) -> str:
    """As the server tells it."""
    told: str = page.evaluate(
        "fetch('/api/jobs?limit=1').then((reply) => reply.json())"
        ".then((found) => found.jobs[0].state)"
    )
    return told


if __name__ == "__main__":
    main()
