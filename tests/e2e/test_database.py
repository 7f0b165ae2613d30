"""The database screen in a real browser: find everything, see what it is, take it along."""

from __future__ import annotations

import asyncio
import csv
import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.library import CREATOR, artworks, ask, download
from tests.e2e.page import Screen, screen
from tests.e2e.program import Home
from tests.faulty import Answer, Exchange
from tests.faulty_answers import serve

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def amount(page: Page) -> Locator:
    return page.get_by_test_id("amount")


def require_amount(tab: Screen, query: str = "") -> int:
    """It says how many there are, which is true. Some, but not all."""
    count = len(artworks(tab.url, query))
    assert count > 1
    expect(amount(tab.page)).to_have_text(f"{count} artworks")
    return count


def rows(page: Page) -> Locator:
    return page.get_by_role("grid").locator("[data-index]")


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search the database")


def state(row: Locator) -> Locator:
    return row.locator("[data-badge]:visible")


def copied(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_everything_tracked_is_listed_with_its_state(library: Screen) -> None:
    page = library.go("/database?form=table")
    count = require_amount(library)
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", f"{count + 1}")
    expect(rows(page).first).to_contain_text(CREATOR)
    expect(rows(page).first).to_contain_text(re.compile(r"have.*(PG|R|X).*20\d\d.*iB"))
    rows(page).first.focus()
    page.keyboard.press("End")
    last = rows(page).last
    expect(last).to_be_focused()
    expect(state(last)).to_have_text("have")
    expect(last).to_have_attribute("aria-rowindex", f"{count + 1}")


def test_a_heading_sorts_and_columns_can_be_chosen(library: Screen) -> None:
    page = library.go("/database?form=table")
    library.button("Size").click()
    expect(page).to_have_url(re.compile("sort=largest"))
    expect(page.get_by_role("columnheader", name="Size")).to_have_attribute(
        "aria-sort", "descending"
    )
    largest = max(artworks(library.url), key=lambda card: card["size"])
    expect(rows(page).first).to_contain_text(largest["prompt"][:30])
    library.button("Columns").click()
    page.get_by_role("checkbox", name="Site id").check()
    page.keyboard.press("Escape")
    expect(rows(page).first).to_contain_text(largest["site_id"])


def test_a_query_filters_and_back_undoes_it(library: Screen) -> None:
    page = library.go("/database")
    require_amount(library)
    page.keyboard.press("/")
    box(page).press_sequentially("kind:vid")
    expect(page.get_by_role("option", name="kind:video")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("kind:video ")
    page.keyboard.press("Enter")
    require_amount(library, "kind:video")
    expect(page).to_have_url(re.compile(r"q=kind:video$"))
    library.button("Any Kind").click()
    require_amount(library)
    page.go_back()
    expect(box(page)).to_have_value("kind:video")
    require_amount(library, "kind:video")


def test_menus_write_into_the_query_and_chips_take_out_of_it(library: Screen) -> None:
    page = library.go("/database?q=-kind:video")
    require_amount(library, "-kind:video")
    library.button("Status").click()
    page.get_by_role("checkbox", name="failed").check()
    expect(box(page)).to_have_value("-kind:video download:failed")
    expect(page.get_by_text("Nothing in the database is like that.")).to_be_visible()
    page.keyboard.press("Escape")
    library.require_accessible()
    library.button("Any Status").click()
    library.button("Remove -kind:video").click()
    expect(box(page)).to_have_value("")
    require_amount(library)


def test_a_wrong_query_says_what_to_write_instead_and_keeps_what_was_shown(
    library: Screen,
) -> None:
    library.expected = ("422",)
    page = library.go("/database")
    expect(rows(page).first).to_be_visible()
    box(page).fill("knid:video")
    box(page).press("Enter")
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("There is no field knid. Did you mean kind?")
    expect(box(page)).to_have_attribute("aria-invalid", "true")
    expect(rows(page).first).to_be_visible()
    page.reload()
    expect(problem).to_be_visible()
    expect(page.get_by_text("This search has a mistake")).to_be_visible()
    page.get_by_test_id("list").get_by_role("button", name="Clear the search").click()
    require_amount(library)
    expect(problem).to_have_count(0)


def test_grid_and_table_are_two_forms_of_one_answer(library: Screen) -> None:
    page = library.go("/database?q=kind:video")
    library.button("Table").click()
    expect(page.get_by_role("columnheader", name="Model")).to_be_visible()
    count = require_amount(library, "kind:video")
    expect(rows(page)).to_have_count(count)
    expect(page).to_have_url(re.compile("form=table"))
    library.button("Grid").click()
    expect(page.get_by_role("columnheader")).to_have_count(0)
    expect(rows(page)).to_have_count(count)


def test_the_csv_is_exactly_what_is_shown(library: Screen, tmp_path: Path) -> None:
    page = library.go("/database?form=table&q=has:prompt+-kind:video")
    shown = artworks(library.url, "has:prompt -kind:video")
    assert require_amount(library, "has:prompt -kind:video") < len(artworks(library.url))
    library.button("Export").click()
    with page.expect_download() as saving:
        page.get_by_role("link", name="CSV").click()
    saving.value.save_as(tmp_path / "shown.csv")
    with (tmp_path / "shown.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["site_id"] for line in lines] == [card["site_id"] for card in shown]


def test_a_selection_is_taken_along_as_links_or_csv(library: Screen) -> None:
    page = library.go("/database?form=table")
    ticks = rows(page).get_by_role("checkbox")
    ticks.nth(1).click()
    ticks.nth(3).click(modifiers=["Shift"])
    expect(ticks.nth(3)).to_be_checked()
    bar = page.get_by_role("region", name="Selection")
    expect(bar).to_contain_text("3 selected")
    library.button("More actions").click()
    page.get_by_role("menuitem", name="Copy links").click()
    expect(page.get_by_text("3 links copied")).to_be_visible()
    assert copied(page).splitlines() == [
        card["page_url"] for card in artworks(library.url)[1:4]
    ]
    rows(page).nth(3).focus()
    page.keyboard.press("Control+a")
    count = len(artworks(library.url))
    expect(bar).to_contain_text(f"{count} selected")
    page.keyboard.press("x")
    expect(bar).to_contain_text(f"{count - 1} selected")
    library.require_accessible()
    library.button("Export", bar).click()
    address = page.get_by_role("link", name="CSV").get_attribute("href")
    text = page.evaluate("(url) => fetch(url).then((reply) => reply.text())", address)
    assert len(list(csv.DictReader(text.splitlines()))) == count - 1
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(bar).to_have_count(0)


def test_nothing_here_yet_becomes_an_offer_when_something_comes(demo: Screen) -> None:
    page = demo.go("/database")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    demo.require_accessible()
    job = download(demo.url, f"civitai:user:{CREATOR}")
    demo.button(f"{job['done']} new · show").click()
    require_amount(demo)
    expect(rows(page).first).to_be_visible()


def test_what_waits_changes_in_its_place_and_what_comes_is_offered(
    tab: Screen, home: Home
) -> None:
    gate = threading.Event()
    for one in home.site.add("lena", 3):
        home.site.media(one, behind(gate, one.body))
    ask(f"{tab.url}/api/jobs", {"targets": ["civitai:user:lena"]})
    page = tab.go("/database?form=table&sort=id")
    expect(rows(page)).to_have_count(3)
    expect(state(rows(page).first)).to_have_text("waiting")
    names = [row.get_by_role("rowheader").inner_text() for row in rows(page).all()]
    home.site.add("mora", 2)
    gate.set()
    expect(state(rows(page).last)).to_have_text("have")
    download(tab.url, "civitai:user:mora")
    expect(tab.button("2 new · show")).to_be_visible()
    now = [row.get_by_role("rowheader").inner_text() for row in rows(page).all()]
    assert [name.split()[:2] for name in now] == [name.split()[:2] for name in names]
    tab.button("2 new · show").click()
    expect(rows(page)).to_have_count(5)


def behind(gate: threading.Event, body: bytes) -> Answer:
    """Nothing comes before the gate is opened."""

    async def answer(exchange: Exchange) -> None:
        await asyncio.to_thread(gate.wait, 60)
        await serve(body)(exchange)

    return answer


def test_targets_tell_how_each_listing_ended_and_can_be_asked_again(demo: Screen) -> None:
    download(demo.url, f"civitai:user:{CREATOR}", kinds=["video"], since="2020-05-01")
    page = demo.go("/database?form=targets")
    target = page.get_by_test_id("targets").get_by_role("listitem").first
    expect(target).to_contain_text(CREATOR)
    expect(target).to_contain_text("video ≥ 2020-05-01")
    expect(target).to_contain_text(f"listed {len(artworks(demo.url))}")
    expect(target).to_contain_text(f"have {len(artworks(demo.url, 'has:file'))}")
    target.get_by_role("button", name=CREATOR).click()
    expect(target.get_by_role("cell", name="at its end").first).to_be_visible()
    demo.require_accessible()
    demo.button("Check again").click()
    expect(page.get_by_text("Started:")).to_be_visible()
    assert len(ask(f"{demo.url}/api/jobs")["jobs"]) == 2
    assert len(ask(f"{demo.url}/api/targets")["targets"]) == 1, "the filters are kept"
    browse = page.get_by_role("link", name="Open in Browse").get_attribute("href")
    assert browse is not None
    assert f"civitai:user:{CREATOR}" in browse
    demo.button("Show artworks").click()
    require_amount(demo, "kind:video")
    expect(box(page)).to_have_value(f"site:civitai target:{CREATOR}")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("form", ["grid", "table", "targets"])
def test_on_a_phone_nothing_is_wider_than_the_screen(
    library_page: str, browser: Browser, theme: str, form: str
) -> None:
    with screen(browser, library_page, color_scheme=theme, **PHONE) as phone:
        page = phone.go(f"/database?form={form}")
        expect(page.get_by_text(CREATOR).or_(rows(page)).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        phone.require_accessible()
        phone.require_quiet()


def test_in_chinese_it_speaks_chinese(library_page: str, browser: Browser) -> None:
    with screen(browser, library_page, locale="zh-CN") as chinese:
        page = chinese.go("/database?form=table")
        expect(amount(page)).to_have_text(f"{len(artworks(library_page))} 件作品")
        expect(page.get_by_role("columnheader", name="分级")).to_be_visible()
        chinese.require_quiet()
