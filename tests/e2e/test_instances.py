"""Several programs on one data folder, and several tabs on one program: all show the same."""

from __future__ import annotations

import signal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.library import ask
from tests.e2e.page import Screen, screen
from tests.e2e.program import Home, Pace, hang_up, times_fetched
from tests.e2e.running import Running, start
from tests.gallery import Gallery, Picture

AMOUNT = 60
TABS = 10
# Keeps every value that the bar of the first job shows, from before the job is there.
WATCH = """
window.shown = []
new MutationObserver(() => {
  const bar = document.querySelector('[data-job] [role=progressbar]')
  const now = Number(bar?.getAttribute('aria-valuenow'))
  if (now && now !== window.shown.at(-1)) window.shown.push(now)
}).observe(document, { attributes: true, childList: true, subtree: true })
"""


@pytest.fixture
def pace() -> Pace:
    """How long each picture takes."""
    return Pace(0.2)


@pytest.fixture
def pictures(site: Gallery, pace: Pace) -> list[Picture]:
    """What there is to download."""
    return hang_up(site, "lena", AMOUNT, pace)


@pytest.fixture
def three(home: Home) -> list[Running]:
    """Three programs that were given no port."""
    return [start(home, ARTKEEP_UI__WELCOMED="1") for _ in range(3)]


def job(page: Page) -> Locator:
    return page.locator("[data-job='1']")


def url(running: Running) -> str:
    return running.url.rstrip("/")


def test_without_a_port_each_takes_the_next_free_one_and_says_who_has_the_others(
    three: list[Running], home: Home
) -> None:
    first, second, third = three
    assert first.port < second.port < third.port
    data = home.folder / "data"
    for later, others in ((second, [first]), (third, [first, second])):
        for other in others:
            taken = f"Port {other.port} cannot be used: Artkeep"
            line = next(line for line in later.said.splitlines() if line.startswith(taken))
            assert line.endswith(f"with the data folder {data}.")
    known = third.ask("api/status")["instances"]
    assert {one["port"] for one in known} == {one.port for one in three}
    for one in three:
        one.end(signal.SIGTERM)


@pytest.mark.usefixtures("pictures")
def test_the_page_of_one_shows_and_steers_the_job_of_another(
    three: list[Running], browser: Browser, site: Gallery, pace: Pace
) -> None:
    first, second, third = map(url, three)
    with screen(browser, first) as led, screen(browser, second) as beside:
        led.go("/?t=lena&workers=2")
        led.button("Download").click()
        beside.go("/")
        there, here = job(beside.page), job(led.page)
        expect(there).to_have_attribute("data-state", "running")
        expect(there).to_contain_text("Download user lena")
        bar = there.get_by_role("progressbar")
        before = int(bar.get_attribute("aria-valuenow") or 0)
        expect(bar).not_to_have_attribute("aria-valuenow", f"{before}")

        beside.button("Pause", there).click()
        for shown in (there, here):
            expect(shown).to_have_attribute("data-state", "paused")
        asked = len(site.media_requests())
        beside.button("Resume", there).click()
        for shown in (there, here):
            expect(shown).to_have_attribute("data-state", "running")
        expect(bar).not_to_have_attribute("aria-valuenow", f"{before}")
        assert len(site.media_requests()) > asked

        beside.button("Stop", there).click()
        for shown in (there, here):
            expect(shown).to_have_attribute("data-state", "stopped")
        pace.seconds = 0
        beside.button("Resume", there).click()  # whoever is free may lead it now
        for shown in (there, here):
            expect(shown).to_have_attribute("data-state", "completed")
            expect(shown).to_contain_text(f"{AMOUNT} of {AMOUNT}")
        with screen(browser, third) as late:
            late.go("/database")
            expect(late.page.get_by_test_id("amount")).to_have_text(f"{AMOUNT} artworks")
            late.require_quiet()
        led.require_quiet()
        beside.require_quiet()


def test_two_pages_that_download_the_same_fetch_nothing_twice(
    three: list[Running], browser: Browser, home: Home, pictures: list[Picture]
) -> None:
    tabs = [url(one) for one in three[:2]]
    with screen(browser, tabs[0]) as first, screen(browser, tabs[1]) as second:
        for tab in (first, second):
            tab.go("/?t=lena&workers=4")
        for tab in (first, second):
            tab.button("Download").click()
        for tab in (first, second):
            expect(tab.page.locator("[data-job]").first).to_have_attribute(
                "data-state", "completed"
            )
            expect(tab.page.get_by_text(f"have {AMOUNT}").first).to_be_visible()
            tab.require_quiet()
    assert home.require_whole(pictures) == AMOUNT
    assert set(times_fetched(home.site).values()) == {1}


@pytest.mark.usefixtures("pictures")
def test_ten_tabs_of_one_program_all_show_a_job_from_its_start_to_its_end(
    tab: Screen, home: Home
) -> None:
    pages = [tab.page, *(tab.page.context.new_page() for _ in range(TABS - 1))]
    tab.page.context.add_init_script(WATCH)
    said: list[str] = []
    for page in pages:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(tab.url)
        expect(page.get_by_role("button", name="Jobs")).to_contain_text("active 0")
    started = ask(
        f"{tab.url}/api/jobs", {"targets": ["civitai:user:lena"], "options": {"concurrency": 6}}
    )
    for page in pages:
        shown = page.locator(f"[data-job='{started['id']}']")
        expect(shown).to_have_attribute("data-state", "completed")
        expect(shown).to_contain_text(f"{AMOUNT} of {AMOUNT}")
    for number, page in enumerate(pages):
        values = page.evaluate("window.shown")
        assert len(values) > 2, f"tab {number} stood still: {values}"
        assert values == sorted(values), f"the bar of tab {number} went back: {values}"
    # And all of them still answer.
    for page in pages:
        drawer = page.get_by_role("button", name="Jobs")
        if drawer.get_attribute("aria-expanded") == "false":  # tabs of a browser share that
            drawer.click()
        expect(page.get_by_role("region", name="All jobs")).to_contain_text(
            "Download user lena"
        )
    assert said == []
