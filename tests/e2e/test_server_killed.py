"""The server killed under an open page: it says so, comes back, and tells the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.page import Screen, screen
from tests.e2e.program import Home, Pace, hang_up, kill
from tests.e2e.running import Running, start
from tests.gallery import Gallery, Picture

AMOUNT = 30
MOMENTS_MS = 10_000
# What a browser itself says of a server that is gone.
GONE = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "WebSocket")

Again = Callable[[], Running]


@pytest.fixture
def pace() -> Pace:
    """How long each picture takes."""
    return Pace(0.2)


@pytest.fixture
def pictures(site: Gallery, pace: Pace) -> list[Picture]:
    """What there is to download."""
    return hang_up(site, "lena", AMOUNT, pace)


@pytest.fixture
def running(home: Home, pictures: list[Picture]) -> Running:
    """A program that will be killed."""
    return start(home, "--port", "0", ARTKEEP_UI__WELCOMED="1")


@pytest.fixture
def again(home: Home, running: Running) -> Again:
    """Start it again where it was."""
    return lambda: start(home, "--port", str(running.port), ARTKEEP_UI__WELCOMED="1")


@pytest.fixture
def tab(running: Running, browser: Browser) -> Iterator[Screen]:
    """A tab that stays open all the time."""
    with screen(browser, running.url.rstrip("/")) as opened:
        opened.expected = GONE
        yield opened
        opened.require_quiet()


def lost(page: Page) -> Locator:
    return page.get_by_role("status").get_by_text("Connection lost, trying again.")


def job(page: Page) -> Locator:
    return page.locator("[data-job='1']")


def download(tab: Screen) -> Page:
    """Press Download, and something has come."""
    page = tab.go("/?t=lena&workers=2")
    tab.button("Download").click()
    expect(job(page)).to_have_attribute("data-state", "running")
    expect(job(page).get_by_role("list", name="Just came in")).to_be_visible()
    return page


def test_a_killed_server_is_told_at_once_and_its_job_goes_on_after_a_new_start(
    tab: Screen, running: Running, again: Again, home: Home, pictures: list[Picture], pace: Pace
) -> None:
    page = download(tab)
    kill(running.process)
    lost(page).wait_for(timeout=MOMENTS_MS)
    tab.require_accessible()
    assert 0 < home.require_whole(pictures) < AMOUNT
    again()
    expect(lost(page)).to_have_count(0)
    expect(page.get_by_text("Artkeep was restarted.")).to_be_visible()
    expect(job(page)).to_have_attribute("data-state", "interrupted")
    expect(job(page)).to_contain_text("Artkeep ended while it ran; Resume goes on where it was")
    pace.seconds = 0
    tab.button("Resume", job(page)).click()
    expect(job(page)).to_have_attribute("data-state", "completed")
    expect(job(page)).to_contain_text(f"{AMOUNT} of {AMOUNT}")
    expect(page.get_by_text(f"have {AMOUNT}").first).to_be_visible()
    assert home.require_whole(pictures) == AMOUNT
    assert home.parts() == []


def test_what_happened_meanwhile_is_on_the_page_when_it_is_back(
    tab: Screen, running: Running, again: Again, home: Home, site: Gallery
) -> None:
    page = tab.go("/database")
    expect(page.get_by_test_id("amount")).to_have_text("0 artworks")
    kill(running.process)
    lost(page).wait_for(timeout=MOMENTS_MS)
    site.add("mia", 3)
    code, _, said = home.run("get", "--user", "mia")
    assert code == 0, said
    again()
    tab.button("3 new · show").click()
    expect(page.get_by_test_id("amount")).to_have_text("3 artworks")
    page.get_by_role("button", name="Jobs").click()
    expect(page.get_by_role("region", name="All jobs")).to_contain_text("Download user mia")


def test_a_button_pressed_while_nobody_answers_says_so_and_can_be_pressed_again(
    tab: Screen, running: Running, again: Again, pace: Pace
) -> None:
    page = download(tab)
    pace.seconds = 30
    kill(running.process)
    lost(page).wait_for(timeout=MOMENTS_MS)
    tab.button("Pause", job(page)).click()
    told = page.get_by_role("alert").first
    expect(told).to_contain_text("Artkeep does not answer")
    pace.seconds = 0
    again()
    expect(job(page)).to_have_attribute("data-state", "interrupted")
    expect(told).to_have_count(0)
    tab.button("Resume", job(page)).click()
    expect(job(page)).to_have_attribute("data-state", "completed")


def test_what_could_not_be_shown_comes_by_itself_when_the_server_is_back(
    tab: Screen, running: Running, again: Again
) -> None:
    page = tab.go("/settings?section=doctor")
    expect(page.get_by_text("this one")).to_be_visible()
    kill(running.process)
    lost(page).wait_for(timeout=MOMENTS_MS)
    page.get_by_role("link", name="Speed & network").click()
    expect(page.get_by_role("alert")).to_contain_text("Artkeep does not answer.")
    tab.require_accessible()
    again()
    expect(page.get_by_role("region", name="Proxy")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
