"""The jobs drawer: on every page, by mouse and by keyboard, many jobs at once, and how fast."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.e2e.library import ask
from tests.e2e.page import Screen, screen, start_page
from tests.e2e.program import Home, Pace, hang_up
from tests.faulty_answers import reply
from tests.gallery import Gallery

MANY = 500
RUNGS = ("original=true", "width=2200", "width=1200", "width=450")
TABS = ("/", "/tags", "/convert", "/import", "/database", "/settings", "/nonsense")


@pytest.fixture
def pace() -> Pace:
    """How long each picture takes: long enough that no job ends by itself."""
    return Pace(0.3)


@pytest.fixture
def slow(site: Gallery, pace: Pace) -> Iterator[None]:
    """Galleries that take their time, until the test is over."""
    for author in ("lena", "mia"):
        hang_up(site, author, MANY, pace)
    yield
    pace.seconds = 0


def start(tab: Screen, *authors: str) -> list[int]:
    """A download for each; their ids."""
    bodies = [{"targets": [f"civitai:user:{author}"]} for author in authors]
    return [ask(f"{tab.url}/api/jobs", body)["id"] for body in bodies]


def stop_all(tab: Screen) -> None:
    for job in ask(f"{tab.url}/api/jobs?state=active")["jobs"]:
        ask(f"{tab.url}/api/jobs/{job['id']}/stop", {})


def opened(tab: Screen, route: str = "/settings") -> Locator:
    """The list of jobs, in the drawer of a page that has nothing to do with jobs."""
    tab.go(route)
    tab.page.get_by_role("button", name=re.compile("^Jobs")).wait_for()
    tab.page.keyboard.press("j")
    grid = tab.page.get_by_role("grid", name="Jobs", exact=True)
    grid.wait_for()
    return grid


def row(grid: Locator, author: str) -> Locator:
    return grid.get_by_role("row").filter(has_text=f"user {author}")


def group(tab: Screen, name: str) -> Locator:
    """A filter, which says how many there are."""
    return tab.page.get_by_role("group", name="Which jobs").get_by_role(
        "button", name=re.compile(rf"^{name}\b")
    )


def test_it_opens_on_every_page_and_says_so_when_nothing_was_started(tab: Screen) -> None:
    tab.expected = ("404",)  # an address that is none
    for route in TABS:
        page = tab.go(route)
        bar = page.get_by_role("button", name=re.compile("^Jobs"))
        bar.wait_for()
        page.keyboard.press("j")
        expect(page.get_by_text("Nothing has been started yet.")).to_be_visible()
        expect(bar).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("j")
        expect(bar).to_have_attribute("aria-expanded", "false")


def test_an_unknown_address_has_the_pages_own_answer(tab: Screen) -> None:
    tab.expected = ("404",)
    page = tab.go("/nonsense/of/mine?x=1")
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    page.get_by_role("main").get_by_role("link").click()
    expect(page).to_have_url(f"{tab.url}/")
    expect(tab.button("Download")).to_be_visible()


@pytest.mark.usefixtures("slow")
def test_the_filters_count_every_job_once(tab: Screen, site: Gallery) -> None:
    site.add("ann", 2)
    (bad,) = site.add("zoe")
    for rung in RUNGS:
        site.media(bad, reply(status=400), rung=rung)
    lena, _, _, _ = start(tab, "lena", "mia", "ann", "zoe")
    grid = opened(tab)
    expect(group(tab, "Done")).to_have_text("Done 1")
    expect(group(tab, "Failed")).to_have_text("Failed 1")
    ask(f"{tab.url}/api/jobs/{lena}/pause", {})
    expect(group(tab, "On hold")).to_have_text("On hold 1")
    expect(group(tab, "Active")).to_have_text("Active 1")
    expect(group(tab, "All")).to_have_text("All 4")
    expect(tab.page.get_by_role("button", name=re.compile("^Jobs"))).to_contain_text(
        "on hold 1"
    )
    for name, author in {"On hold": "lena", "Active": "mia", "Done": "ann"}.items():
        group(tab, name).click()
        expect(grid.locator("tbody tr")).to_have_count(1)
        expect(row(grid, author)).to_be_visible()
    group(tab, "Queued").click()
    expect(tab.page.get_by_text("No job is like that.")).to_be_visible()
    tab.require_accessible()
    tab.button("Show all jobs").click()
    expect(grid.locator("tbody tr")).to_have_count(4)
    stop_all(tab)


@pytest.mark.usefixtures("slow")
def test_many_are_ticked_and_obey_together(tab: Screen, site: Gallery) -> None:
    site.add("ann", 2)
    start(tab, "ann", "lena", "mia")
    grid = opened(tab)
    expect(row(grid, "ann")).to_contain_text("completed")
    expect(row(grid, "mia")).to_contain_text("running")
    row(grid, "ann").click(modifiers=["ControlOrMeta"])
    row(grid, "mia").click(modifiers=["Shift"])
    expect(grid.get_by_role("row", selected=True)).to_have_count(3)
    expect(tab.page.get_by_text("3 selected")).to_be_visible()
    toolbar = tab.page.get_by_role("toolbar", name="What to do with jobs")
    tab.button("Pause 2", toolbar).click()
    for author in ("lena", "mia"):
        expect(row(grid, author)).to_contain_text("paused")
    expect(row(grid, "ann")).to_contain_text("completed")
    tab.require_accessible()
    tab.button("Resume 2", toolbar).click()
    for author in ("lena", "mia"):
        expect(row(grid, author)).to_contain_text("running")
    tab.button("Stop 2", toolbar).click()
    expect(row(grid, "lena")).to_contain_text("stopped")
    tab.page.keyboard.press("Escape")
    expect(grid.get_by_role("row", selected=True)).to_have_count(0)


@pytest.mark.usefixtures("slow")
def test_the_keyboard_ticks_steers_and_opens_the_menu(tab: Screen) -> None:
    start(tab, "lena", "mia")
    grid = opened(tab)
    page, keys = tab.page, tab.page.keyboard
    expect(row(grid, "mia")).to_contain_text("running")
    row(grid, "mia").focus()
    keys.press("Shift+ArrowDown")
    expect(row(grid, "lena")).to_be_focused()
    expect(grid.get_by_role("row", selected=True)).to_have_count(2)
    keys.press("p")
    for author in ("lena", "mia"):
        expect(row(grid, author)).to_contain_text("paused")
    keys.press("Shift+F10")
    menu = page.get_by_role("menu", name="Job")
    expect(menu).to_be_visible()
    expect(menu.get_by_role("menuitem", name="Resume (2)")).to_be_visible()
    expect(menu.get_by_role("menuitem", name="Pause", exact=False)).to_be_disabled()
    tab.require_accessible()
    keys.press("Escape")
    expect(menu).to_be_hidden()
    expect(row(grid, "lena")).to_be_focused()
    keys.press("Escape")
    expect(grid.get_by_role("row", selected=True)).to_have_count(0)

    keys.press("ContextMenu")
    expect(menu.get_by_role("menuitem", name="Show details")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(row(grid, "lena")).to_contain_text("running")
    expect(row(grid, "mia")).to_contain_text("paused")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Download user lena")).to_be_visible()
    tab.button("Back to all jobs").click()
    expect(row(grid, "lena")).to_be_focused()
    stop_all(tab)


@pytest.mark.usefixtures("slow")
def test_a_right_click_means_the_row_under_it_or_all_that_are_ticked(tab: Screen) -> None:
    start(tab, "lena", "mia")
    grid = opened(tab)
    expect(row(grid, "lena")).to_contain_text("running")
    row(grid, "lena").click(button="right")
    tab.page.get_by_role("menuitem", name="Pause").click()
    expect(row(grid, "lena")).to_contain_text("paused")
    expect(row(grid, "mia")).to_contain_text("running")
    row(grid, "lena").get_by_role("checkbox").check()
    row(grid, "mia").get_by_role("checkbox").check()
    row(grid, "mia").click(button="right")
    tab.page.get_by_role("menuitem", name="Stop (2)").click()
    for author in ("lena", "mia"):
        expect(row(grid, author)).to_contain_text("stopped")


@pytest.mark.usefixtures("slow")
def test_the_chart_says_its_figures_and_follows_the_theme(tab: Screen) -> None:
    start(tab, "lena")
    grid = opened(tab)
    row(grid, "lena").click()
    chart = tab.page.get_by_test_id("speed").get_by_role("img")
    expect(chart).to_have_attribute(
        "aria-label",
        re.compile(
            r"^Now \S+ KiB/s, files \S+/s\. Speed over the last 1 min: at most .+ KiB/s"
        ),
    )
    expect(chart.locator("canvas")).to_be_visible()
    colours = "(canvas) => [...new Set(new Uint32Array(canvas.getContext('2d')" + (
        ".getImageData(0, 0, canvas.width, canvas.height).data.buffer))].length"
    )
    assert chart.locator("canvas").evaluate(colours) > 2, "nothing is drawn"
    chart.focus()
    tab.page.keyboard.press("ArrowLeft")
    expect(tab.page.get_by_test_id("speed").locator("figcaption")).to_contain_text(
        re.compile(r"^\d\d:\d\d:\d\d")
    )
    tab.require_accessible()
    before = chart.locator("canvas").screenshot()
    tab.page.emulate_media(color_scheme="dark")
    expect(tab.page.locator("html")).to_have_class(re.compile("dark"))
    expect(chart.locator("canvas")).to_be_visible()
    assert chart.locator("canvas").screenshot() != before
    tab.page.set_viewport_size({"width": 390, "height": 844})
    expect(chart).to_be_visible()
    width = "(canvas) => canvas.getBoundingClientRect().width"
    assert chart.locator("canvas").evaluate(width) <= 390
    tab.require_accessible()
    stop_all(tab)


@pytest.mark.usefixtures("slow")
def test_what_an_ended_program_left_waits_for_resume(
    home: Home, browser: Browser, pace: Pace
) -> None:
    with screen(browser, start_page(home)) as tab:
        start(tab, "lena")
        expect(row(opened(tab), "lena")).to_contain_text("running")
    home.close()
    with screen(browser, start_page(home)) as tab:
        grid = opened(tab)
        expect(row(grid, "lena")).to_contain_text("interrupted")
        bar = tab.page.get_by_role("button", name=re.compile("^Jobs"))
        expect(bar).to_contain_text("on hold 1")
        tab.button("Resume all").click()
        expect(bar).to_contain_text("active 1")
        stop_all(tab)
        tab.require_quiet()


def test_columns_and_order_survive_a_reload(tab: Screen, site: Gallery) -> None:
    site.add("ann", 2)
    site.add("bob", 4)
    start(tab, "bob")
    grid = opened(tab)
    expect(grid.get_by_text("completed")).to_have_count(1)
    start(tab, "ann")  # two at once may start in any order
    expect(grid.get_by_text("completed")).to_have_count(2)
    expect(grid.locator("tbody tr").first).to_contain_text("user ann")
    tab.button("Columns").click()
    tab.page.get_by_role("checkbox", name="Downloaded").check()
    tab.page.get_by_role("checkbox", name="Time left").uncheck()
    tab.page.keyboard.press("Escape")
    tab.button("Downloaded", grid).click()
    expect(grid.locator("tbody tr").first).to_contain_text("user bob")
    tab.page.reload()
    heading = grid.get_by_role("columnheader", name="Downloaded")
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(grid.get_by_role("columnheader", name="Time left")).to_have_count(0)
    expect(grid.locator("tbody tr").first).to_contain_text("user bob")
