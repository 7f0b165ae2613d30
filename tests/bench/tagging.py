"""Tags by calls from inside a page and by reading pages, against one page per picture.

The yardstick opens a new context and page for every picture and reads the chips, ten at a time.
Ours runs as the program does it: jobs, claims, database and sidecars written. `--long` adds
20,000 artworks, for the memory.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import async_playwright
from yarl import URL

from artkeep.media.programs import find_chromium
from artkeep.net.browser import Browser
from artkeep.net.chromium import Profile
from artkeep.net.client import Client, HostPolicy
from artkeep.settings import Net, Site
from artkeep.sites.civitai.tag_source import CivitaiTags
from tests.bench.tag_pages import tags_of
from tests.tag_site import TagLibrary

WORKERS = 10
YARDSTICK, READ, CALLED, COMPARED, LONG = 24, 300, 8_000, 300, 20_000
FIRST = 100_000_000
LEAST_PER_S, LEAST_TIMES, MOST_CPU_MS, LEAST_READ_TIMES = 400, 100, 4.0, 6
MOST_GROWTH_MIB = 50
CHIPS = "a[data-activity='tag-click:image']"


def main() -> None:
    """Print the ratios."""
    program = find_chromium()
    if program is None:
        print("no Chromium is installed")
        return
    with _site() as url:
        plain = asyncio.run(_yardstick(url, program))
        print(f"a new context and page each, chips, {WORKERS} at a time: {plain:.2f}/s")
        per_s, cpu_ms, _ = _run(url, CALLED, "page")
        _say("calls from a page", per_s, plain, LEAST_TIMES, LEAST_PER_S)
        print(f"  browser and program {cpu_ms:.2f} ms CPU each {_ok(cpu_ms <= MOST_CPU_MS)}")
        per_s, cpu_ms, _ = _run(url, READ, "read")
        # Once more: what else the machine does in these minutes costs both.
        plain = (plain + asyncio.run(_yardstick(url, program))) / 2
        _say("pages read", per_s, plain, LEAST_READ_TIMES)
        print(f"  browser and program {cpu_ms:.0f} ms CPU each")
        equal = asyncio.run(_compare(url, program))
        print(f"chips and calls agree on {equal} of {COMPARED} {_ok(equal == COMPARED)}")
        if "--long" in sys.argv:
            per_s, _, growth = _run(url, LONG, "page")
            print(f"{LONG} artworks: {per_s:.0f}/s, memory grew by {growth:.0f} MiB", end=" ")
            print(_ok(growth <= MOST_GROWTH_MIB))


def _say(what: str, per_s: float, plain: float, times: float, least: float = 0) -> None:
    told = f"{what}: {per_s:.0f}/s, {per_s / plain:.1f} times the yardstick (least {times})"
    print(told, _ok(per_s / plain >= times and per_s >= least))


def _ok(is_met: bool) -> str:
    return "ok" if is_met else "MISSED"


@contextmanager
def _site() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.tag_pages"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        yield child.stdout.readline().split()[1]
        child.stdin.close()


async def _yardstick(url: str, program: str) -> float:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program)
        numbers = iter(range(FIRST, FIRST + YARDSTICK))

        async def work() -> None:
            for number in numbers:
                found = await _read_plainly(browser, f"{url}/images/{number}")
                assert found == {str(tag["id"]) for tag in tags_of(number)}

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(work())
        return YARDSTICK / (time.perf_counter() - began)


async def _read_plainly(browser: PlaywrightBrowser, url: str) -> set[str]:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector(CHIPS)
    await page.click("button")
    await page.wait_for_function(f'document.querySelectorAll("{CHIPS}").length > 6')
    links = await page.locator(CHIPS).evaluate_all("all => all.map(a => a.href)")
    await context.close()
    return {URL(link).query["tags"] for link in links}


def _run(url: str, count: int, method: str) -> tuple[float, float, float]:
    """Artworks a second, ms of CPU for each, and MiB grown: all since the first ones, when the
    browser is up. (The yardstick's is up before it begins.)"""
    first = min(1000, count // 5)
    with tempfile.TemporaryDirectory() as folder:
        library = TagLibrary(Path(folder), url)
        library.add([str(FIRST + number) for number in range(count)])
        with library.running() as (engine, store):
            job_id = library.start(store, method=method, at_once=WORKERS)
            job = engine.run_job(job_id)
            done = 0
            while done < first and not job.done():
                time.sleep(0.02)
                done = library.progress(store, job_id).done
            began, warm, cpu, memory = time.perf_counter(), done, _cpu_s(), _memory_mib()
            job.result()
            seconds, used, now = time.perf_counter() - began, _cpu_s(), _memory_mib()
            done = library.progress(store, job_id).done
        assert done == count, f"{done} of {count}"
        beside = library.sidecar(str(FIRST))["tags"]
        assert len(beside) == len(tags_of(FIRST))
    counted = count - warm
    return counted / seconds, (used - cpu) / counted * 1000, now - memory


def _ours() -> list[psutil.Process]:
    me = psutil.Process()
    rest = me.children(recursive=True)
    return [me, *(one for one in rest if "tests.bench.tag_pages" not in " ".join(_line(one)))]


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _cpu_s() -> float:
    total = 0.0
    for process in _ours():
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def _memory_mib() -> float:
    """What only these processes have: shared pages of a browser would count many times."""
    total = 0
    for process in _ours():
        try:
            total += process.memory_full_info().uss
        except psutil.Error:
            continue
    return total / 2**20


async def _compare(url: str, program: str) -> int:
    """On how many artworks what a page shows has the ids that the call has."""
    source, equal = CivitaiTags(Site(base_url=url)), 0
    policy = HostPolicy(origins=frozenset({url}))
    numbers = iter(range(FIRST, FIRST + COMPARED))
    with tempfile.TemporaryDirectory() as folder:
        async with Client(Net(unlimited=True), [policy]) as client:
            browser = Browser(Profile(Path(folder) / "p", None), client, lambda: program)

            async def work() -> None:
                nonlocal equal
                for number in numbers:
                    seen = await browser.look(source.page_url(str(number)), source.look)
                    chips = type(seen)(seen.url, seen.status, seen.headers, seen.text, ())
                    found = source.read(str(number), chips)
                    ids = {tag.site_tag_id for tag in found.tags}
                    equal += ids == {str(tag["id"]) for tag in tags_of(number)}

            async with asyncio.TaskGroup() as group:
                for _ in range(WORKERS):
                    group.create_task(work())
            await browser.close()
    return equal


if __name__ == "__main__":
    sys.exit(main())
