"""The Database tab as a library: marks, facets, statistics, duplicates, and its length."""

from __future__ import annotations

import io
import re
import sqlite3
from contextlib import closing

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.library import CREATOR, artworks, ask, download
from tests.e2e.million import AMOUNT, serve_million
from tests.e2e.page import Screen, screen
from tests.e2e.program import Home


def tiles(page: Page) -> Locator:
    return page.get_by_role("grid").locator("[data-index]")


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search the database")


def marked(url: str, query: str) -> list[int]:
    return sorted(card["id"] for card in artworks(url, query))


def make_alike(home: Home) -> None:
    """Two that have been looked at look the same."""
    with closing(sqlite3.connect(home.folder / "tracking_database.sqlite")) as database:
        database.execute(
            "UPDATE files SET perceptual_hash = 'd3434b2f1d78385a' WHERE id IN "
            "(SELECT id FROM files WHERE format IN ('png', 'jpeg') LIMIT 2)"
        )
        database.commit()


def test_a_library_is_looked_through_marked_and_asked(demo: Screen, home: Home) -> None:
    """One walk through everything that needs a library of its own."""
    download(demo.url, f"civitai:user:{CREATOR}")
    page = demo.go("/database")
    first, second = artworks(demo.url)[:2]

    # The lightbox: look and rate by key, undo by key.
    tiles(page).first.locator(".picture").click()
    large = page.get_by_role("dialog")
    expect(
        large.get_by_test_id("parameters").or_(large.get_by_test_id("file")).first
    ).to_be_visible()
    page.keyboard.press("4")
    expect(page.get_by_text("★★★★ · 1 artwork")).to_be_visible()
    assert marked(demo.url, "stars:4") == [first["id"]]
    page.keyboard.press("ArrowRight")
    expect(large).to_contain_text("2 /")
    page.keyboard.press("f")
    expect(page.get_by_text("Favourites now · 1 artwork")).to_be_visible()
    assert marked(demo.url, "favourite:yes") == [second["id"]]
    page.keyboard.press("u")
    expect(large.get_by_role("button", name="Favourite").first).to_have_attribute(
        "aria-pressed", "false"
    )
    page.keyboard.press("Escape")
    expect(tiles(page).nth(1)).to_be_focused()

    # A range by keyboard, and tags of one's own.
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("region", name="Selection")).to_contain_text("2 selected")
    page.keyboard.press("t")
    page.get_by_label("Add", exact=True).fill("harbour light, keeper")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tags changed · 2 artworks")).to_be_visible()
    ids = [card["id"] for card in artworks(demo.url)[1:3]]
    assert marked(demo.url, 'tag:"harbour light" tag:keeper') == sorted(ids)
    page.keyboard.press("Escape")

    # The search knows them, with how many there are; a chip from a facet, and out again.
    box(page).press_sequentially("tag:harb")
    expect(page.get_by_role("option", name=re.compile(r"harbour light.*2"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("amount")).to_have_text("2 artworks")
    demo.button("Saved searches").click()
    demo.button("Save this search").click()
    page.get_by_label("Name").fill("Lights")
    demo.button("Save").click()
    expect(page.get_by_text("Saved: Lights")).to_be_visible()
    demo.button("Clear the search").last.click()
    facets = page.get_by_role("region", name="Filters")
    facets.get_by_role("button", name=re.compile("^PG ")).click()
    expect(box(page)).to_have_value("rating:PG")
    demo.require_accessible()
    facets.get_by_role("button", name="Keep out PG", exact=True).click()
    expect(box(page)).to_have_value("-rating:PG")
    demo.button("Saved searches").click()
    page.get_by_role("button", name=re.compile("^Lights")).click()
    expect(box(page)).to_have_value('tag:"harbour light"')

    # A right click.
    tiles(page).first.click(button="right")
    page.get_by_role("menuitem", name="★★★★★").click()
    expect(page.get_by_text("★★★★★ · 1 artwork")).to_be_visible()
    assert marked(demo.url, "stars:5") == [ids[0]]

    # Statistics of the query, and from there back to what a bar means.
    demo.button("Statistics").click()
    figures = page.get_by_test_id("statistics")
    expect(figures).to_contain_text("Posted per month")
    demo.require_accessible()
    figures.get_by_role("button", name=re.compile("keeper")).click()
    expect(page.get_by_test_id("amount")).to_have_text("2 artworks")

    # A training set of them: counted, and made by a job.
    demo.button("Export").click()
    page.get_by_role("button", name=re.compile("^Training set")).click()
    expect(page.get_by_test_id("training-preview")).to_contain_text("of 2 artworks")
    demo.require_accessible()
    expect(demo.button("Make it")).to_be_disabled()
    page.get_by_label("Folder", exact=True).fill(str(home.folder / "training"))
    demo.button("Make it").click()
    expect(page.get_by_text("The training set is being made.")).to_be_visible()

    # Duplicates: found, kept, and undone.
    make_alike(home)
    demo.go("/database?form=duplicates")
    demo.button("Find duplicates").first.click()
    groups = page.get_by_test_id("groups").get_by_role("listitem")
    expect(groups.first).to_be_visible()
    demo.require_accessible()
    before = len(artworks(demo.url))
    demo.button("Compare").first.click()
    compared = page.get_by_role("dialog").get_by_role("img")
    shown = compared.first.get_attribute("src")
    page.keyboard.down(" ")
    expect(compared.first).not_to_have_attribute("src", shown or "")
    page.keyboard.up(" ")
    expect(compared.first).to_have_attribute("src", shown or "")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Keep 1, delete")).first.click()
    demo.button("Undo").last.click()
    expect(page.get_by_text(re.compile(r"artworks? restored"))).to_be_visible()
    assert len(artworks(demo.url)) == before
    assert ask(f"{demo.url}/api/searches")["searches"][0]["name"] == "Lights"


def test_a_million_are_scrolled_to_their_end_and_few_are_drawn(
    library_page: str, browser: Browser
) -> None:
    """A box ends at 33.5 M px in Chromium; the list does not."""
    held = io.BytesIO()
    Image.new("RGB", (32, 48), "teal").save(held, "JPEG")
    for form in ("grid", "table"):
        with screen(browser, library_page) as opened:
            page = opened.page
            asked = serve_million(page, held.getvalue())
            opened.go(f"/database?form={form}")
            expect(tiles(page).first).to_be_visible()
            expect(page.get_by_role("slider", name="Go to a month")).to_be_visible()
            tiles(page).first.focus()
            page.keyboard.press("End")
            last = page.locator(f"[data-index='{AMOUNT - 1}']")
            expect(last).to_be_focused()
            expect(last.get_by_role("checkbox")).to_be_attached()
            expect(last).to_be_in_viewport()
            assert asked[-1]["cursor"] == "980000", "no page on the way was fetched"
            assert page.locator("main img, main video").count() <= 60
            page.keyboard.press("ArrowUp")
            page.keyboard.press("Home")
            expect(tiles(page).first).to_be_focused()
            line = page.get_by_role("slider", name="Go to a month")
            line.press("ArrowDown")
            expect(page.locator("[data-index='20000']")).to_be_in_viewport()
            expect(line).to_have_attribute("aria-valuetext", re.compile("2026"))
            opened.require_quiet()
