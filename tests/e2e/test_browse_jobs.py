"""A download under the form: it moves while one looks on, obeys, and says what went wrong."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, expect
from tests.e2e.page import Screen
from tests.e2e.program import Home, Pace, hang_up, slowly
from tests.faulty_answers import reply, serve
from tests.gallery import Gallery, Picture

AMOUNT = 60
LENA = "/?t=lena"
# Every value of the bar until the job has ended.
WATCH = """
(job) => new Promise((done) => {
  const bar = job.querySelector('[role=progressbar]')
  const shown = []
  const watcher = new MutationObserver(() => {
    const now = Number(bar.getAttribute('aria-valuenow'))
    if (now && now !== shown.at(-1)) shown.push(now)
    if (job.dataset.state !== 'running') done(shown)
  })
  watcher.observe(job, { attributes: true, subtree: true })
})
"""
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


@pytest.fixture
def pace() -> Pace:
    """How long each picture takes; short, until a test wants to act meanwhile."""
    return Pace(0.2)


def spoil(site: Gallery, picture: Picture) -> None:
    """The site refuses this picture in every size."""
    for rung in ("original=true", "width=2200", "width=1200", "width=450"):
        site.media(picture, reply(status=400), rung=rung)


def panel(tab: Screen) -> Locator:
    return tab.page.locator("[data-job]").first


def start(tab: Screen, route: str = f"{LENA}&workers=2") -> Locator:
    """Press Download and wait until something has come."""
    page = tab.go(route)
    tab.button("Download").click()
    expect(panel(tab)).to_have_attribute("data-state", "running")
    expect(panel(tab).get_by_role("list", name="Just came in")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Download user lena").first).to_be_visible()
    return panel(tab)


def test_it_moves_while_one_looks_on(tab: Screen, site: Gallery, pace: Pace) -> None:
    hang_up(site, "lena", AMOUNT, pace)
    job = start(tab)
    shown = job.evaluate(WATCH)
    assert len(shown) > 2, f"the bar stood still: {shown}"
    assert shown == sorted(shown), "the bar went back"
    expect(job).to_have_attribute("data-state", "completed")
    expect(job).to_contain_text(f"{AMOUNT} of {AMOUNT}")
    expect(tab.page.get_by_text(f"have {AMOUNT}")).to_be_visible()


def test_pause_resume_and_stop_obey_at_once(tab: Screen, site: Gallery, pace: Pace) -> None:
    hang_up(site, "lena", AMOUNT, pace)
    job = start(tab)
    tab.button("Pause", job).click()
    expect(job).to_have_attribute("data-state", "paused")
    asked = len(site.media_requests())
    expect(tab.button("Resume", job)).to_be_visible()
    assert len(site.media_requests()) == asked, "a paused job went on"
    tab.page.keyboard.press("p")
    expect(job).to_have_attribute("data-state", "running")
    tab.button("Stop", job).click()
    expect(job).to_have_attribute("data-state", "stopped")
    pace.seconds = 0
    tab.button("Resume", job).click()
    expect(job).to_have_attribute("data-state", "completed")
    expect(job).to_contain_text(f"{AMOUNT} of {AMOUNT}")


def test_two_targets_are_one_job_with_a_line_each(
    tab: Screen, site: Gallery, pace: Pace
) -> None:
    hang_up(site, "lena", 4, pace)
    hang_up(site, "mia", 3, pace)
    page = tab.go("/?t=lena&t=mia")
    tab.button("Download 2").click()
    expect(panel(tab)).to_have_attribute("data-state", "completed")
    rows = page.get_by_role("list", name="What was understood").get_by_role("listitem")
    expect(rows.nth(0)).to_contain_text("have 4")
    expect(rows.nth(1)).to_contain_text("have 3")


def test_what_failed_is_told_by_reason_with_what_to_do_and_one_press_retries_it(
    tab: Screen, site: Gallery
) -> None:
    first, second, *_ = site.add("lena", 6)
    for bad in (first, second):
        spoil(site, bad)
    page = tab.go(LENA)
    tab.button("Download").click()
    job = panel(tab)
    expect(job).to_have_attribute("data-state", "incomplete")
    tab.button("2 failed", job).click()
    expect(job.get_by_text("The site does not accept the question", exact=True)).to_be_visible()
    expect(job.get_by_role("heading", name="Why it is incomplete")).to_be_visible()
    job.get_by_text("One by one").click()
    expect(tab.button("Retry", job)).to_have_count(2)
    tab.require_accessible()

    site.media(first, serve(first.body))
    tab.button("Retry", job).nth(0).click()
    tab.button("Retry", job).nth(0).wait_for()
    for bad in (first, second):
        site.media(bad, serve(bad.body))
    expect(job).to_have_attribute("data-state", "incomplete")
    tab.button("Retry these", job).click()
    expect(job).to_have_attribute("data-state", "completed")
    expect(page.get_by_text("have 6").first).to_be_visible()


def test_the_key_r_retries_what_failed(tab: Screen, site: Gallery) -> None:
    (picture,) = site.add("lena")
    spoil(site, picture)
    tab.go(LENA)
    tab.button("Download").click()
    expect(panel(tab)).to_have_attribute("data-state", "incomplete")
    site.media(picture, serve(picture.body))
    tab.page.locator("body").press("r")
    expect(panel(tab)).to_have_attribute("data-state", "completed")


def test_a_reload_in_the_middle_shows_the_same(tab: Screen, site: Gallery, pace: Pace) -> None:
    hang_up(site, "lena", AMOUNT, pace)
    job = start(tab, f"{LENA}&rating=PG&workers=2")
    tab.button("Show details", job).click()
    expect(job.get_by_text("How it was listed")).to_be_visible()
    pace.seconds = 5
    tab.page.reload()
    expect(job).to_have_attribute("data-state", "running")
    expect(job.get_by_text("How it was listed")).to_be_visible()
    expect(tab.page.get_by_role("list", name="Options")).to_contain_text("PG")
    expect(tab.page.get_by_text("User lena on Civitai")).to_be_visible()
    tab.button("Stop", job).click()
    pace.seconds = 0
    expect(job).to_have_attribute("data-state", "stopped")


def test_options_reach_the_job(tab: Screen, home: Home, site: Gallery) -> None:
    site.add("lena", 3, level=1)
    site.add("lena", 2, level=4)
    tab.go(f"{LENA}&rating=PG&max=2&workers=7&quality=sd")
    tab.button("Download").click()
    expect(panel(tab)).to_contain_text("2 of 2")
    params, filters = home.rows(
        "SELECT jobs.params, targets.filters FROM jobs "
        "JOIN job_targets ON job_id = jobs.id JOIN targets ON targets.id = target_id"
    )[0]
    assert json.loads(params) | {"concurrency": 7, "quality": "sd", "max_items": 2} == (
        json.loads(params)
    )
    assert json.loads(filters) == {"ratings": ["PG"]}


def test_what_was_put_away_stays_away(tab: Screen, site: Gallery) -> None:
    site.add("lena", 2)
    tab.go(LENA)
    tab.button("Download").click()
    expect(panel(tab)).to_have_attribute("data-state", "completed")
    tab.button("Put away", panel(tab)).click()
    expect(tab.page.locator("[data-job]")).to_have_count(0)
    tab.page.reload()
    expect(tab.page.get_by_text("have 2")).to_be_visible()
    expect(tab.page.locator("[data-job]")).to_have_count(0)


def test_another_tab_sees_the_same_job_move(tab: Screen, site: Gallery, pace: Pace) -> None:
    hang_up(site, "lena", AMOUNT, pace)
    start(tab)
    other = tab.page.context.new_page()
    other.goto(tab.url)
    twin = other.locator("[data-job]")
    expect(twin).to_have_attribute("data-state", "running")
    other.get_by_role("button", name="Pause", exact=True).click()
    expect(panel(tab)).to_have_attribute("data-state", "paused")
    pace.seconds = 0
    tab.button("Stop", panel(tab)).click()
    expect(twin).to_have_attribute("data-state", "stopped")


def test_hostile_texts_are_shown_as_text(tab: Screen, site: Gallery) -> None:
    tab.expected = ("404", "502", "503")  # this gallery has no small pictures
    changes = {"username": HOSTILE, "meta": {"prompt": HOSTILE, "Model": HOSTILE}}
    site.add("lena", 2, changes=changes)
    page = tab.go("/?t=civitai:post:500&see=civitai:post:500")
    cell = page.get_by_role("grid").get_by_role("gridcell").first
    cell.click()
    expect(page.get_by_role("dialog").get_by_test_id("prompt")).to_contain_text("<script>")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src='x']").count() == 0


def test_a_picture_that_takes_long_does_not_hold_up_the_buttons(
    tab: Screen, site: Gallery
) -> None:
    """A browser opens six connections to us; previews of a slow site must leave some free."""
    pictures = site.add("lena", 30)
    waiting = Pace(30)
    for one in pictures:
        site.media(one, slowly(one.body, waiting), rung="width=450,optimized=true")
    page = tab.go(f"{LENA}&see=civitai:user:lena")
    expect(page.get_by_role("grid").get_by_role("gridcell").first).to_be_visible()
    page.get_by_role("textbox").fill("lena\nmia")
    page.get_by_text("User mia on Civitai").wait_for(timeout=10_000)
    waiting.seconds = 0
