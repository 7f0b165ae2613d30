"""Deleting and undoing in a real browser, and the filters with what they leave out."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect
from tests.e2e.library import artworks, ask, download
from tests.e2e.page import Screen
from tests.gallery import Gallery, Picture

LENA = "civitai:user:lena"
NO_PREVIEW = ("/preview/", "404")  # the gallery has no small forms


def rows(page: Page) -> Locator:
    return page.get_by_role("grid").locator("[data-index]")


def amount(page: Page) -> Locator:
    return page.get_by_test_id("amount")


def downloaded(tab: Screen, site: Gallery, number: int = 3) -> list[Picture]:
    pictures = site.add("lena", number)
    assert download(tab.url, LENA)["state"] == "completed"
    return pictures


def test_what_is_deleted_leaves_the_list_and_undo_brings_it_back(
    tab: Screen, site: Gallery
) -> None:
    downloaded(tab, site)
    page = tab.go("/database?form=table")
    expect(amount(page)).to_have_text("3 artworks")
    rows(page).first.get_by_role("checkbox").click()
    tab.button("Delete").click()
    dialog = page.get_by_role("dialog", name="Delete this artwork?")
    expect(dialog).to_contain_text("can be restored for 7 days")
    expect(dialog).to_contain_text("no download fetches it again")
    tab.require_accessible()
    tab.button("Cancel", dialog).click()
    expect(dialog).to_be_hidden()
    assert len(artworks(tab.url)) == 3

    page.keyboard.press("Delete")
    tab.button("Delete", dialog).click()
    expect(amount(page)).to_have_text("2 artworks")
    expect(page.get_by_role("region", name="Selection")).to_be_hidden()
    told = page.get_by_role("status").filter(has_text="One artwork deleted.")
    expect(told).to_be_visible()
    tab.require_accessible()
    tab.button("Undo", told).click()
    expect(amount(page)).to_have_text("3 artworks")
    expect(page.get_by_text("One artwork restored.")).to_be_visible()
    assert {card["badge"] for card in artworks(tab.url)} == {"have"}


def test_a_deleted_one_is_found_by_its_status_and_restored(tab: Screen, site: Gallery) -> None:
    pictures = downloaded(tab, site)
    page = tab.go("/database")
    expect(amount(page)).to_have_text("3 artworks")
    page.get_by_role("grid").get_by_role("gridcell").first.click()
    box = page.get_by_role("dialog")
    tab.button("Delete", box).click()
    asked = page.get_by_role("dialog", name="Delete this artwork?")
    tab.button("Delete", asked).click()
    expect(asked).to_be_hidden()
    expect(box).to_contain_text("deleted by me")
    expect(box).to_contain_text("No download fetches it again until you restore it.")
    tab.require_accessible()

    assert download(tab.url, LENA)["skipped_by"] == {"deleted_by_me": 1}
    assert len(site.media_requests()) == len(pictures)
    page = tab.go("/database?form=table&q=download:skipped")
    expect(rows(page)).to_have_count(1)
    rows(page).first.get_by_role("checkbox").click()
    tab.button("Restore").click()
    expect(page.get_by_text("Nothing in the database is like that.")).to_be_visible()
    assert len(artworks(tab.url)) == 3
    tab.expected = NO_PREVIEW
    tab.go("/?see=civitai:user:lena&t=lena")
    expect(page.get_by_role("grid").locator("[data-badge=have]")).to_have_count(3)


def test_everything_that_matches_can_go_at_once(tab: Screen, site: Gallery) -> None:
    downloaded(tab, site, 12)
    page = tab.go("/database?form=table&q=author:lena")
    expect(amount(page)).to_have_text("12 artworks")
    rows(page).first.get_by_role("checkbox").click()
    tab.button("Select all 12 matching").click()
    tab.button("Delete").click()
    dialog = page.get_by_role("dialog", name="Delete 12 artworks?")
    tab.button("Delete", dialog).click()
    expect(page.get_by_text("Nothing in the database is like that.")).to_be_visible()
    tab.button("Undo").click()
    expect(amount(page)).to_have_text("12 artworks")


def test_cards_say_which_option_leaves_them_out(tab: Screen, site: Gallery) -> None:
    site.add("lena", 2, changes={"width": 64, "height": 64})
    site.add("lena", changes={"width": 900, "height": 700, "meta": {"prompt": "a castle"}})
    site.add("lena", changes={"width": 900, "height": 700, "meta": {"prompt": "a sketch"}})
    tab.expected = NO_PREVIEW
    page = tab.go("/?t=lena&see=civitai:user:lena")
    tab.button("Options").click()
    cards = page.get_by_role("grid").get_by_role("gridcell")
    expect(cards).to_have_count(4)
    page.get_by_label("Smallest size (pixels)").fill("big")
    expect(page.get_by_text("1024 for the shorter side")).to_be_visible()
    page.get_by_label("Smallest size (pixels)").fill("512")
    expect(cards).to_have_count(2)
    page.get_by_label("Prompt does not contain").fill("sketch")
    page.get_by_label("Prompt does not contain").press("Enter")
    expect(cards).to_have_count(1)
    page.get_by_label("Posted up to").fill("2026-12-31")
    expect(page).to_have_url(re.compile("size=512.*noprompt=sketch|until=2026-12-31"))
    page.get_by_role("button", name=re.compile("^skipped")).click()
    badges = page.get_by_role("grid").locator("[data-badge=skipped]")
    expect(badges).to_have_count(3)
    expect(badges.filter(has_text="Too small")).to_have_count(2)
    expect(badges.filter(has_text="Prompt does not fit")).to_have_count(1)
    tab.require_accessible()

    page.get_by_label("At most of each model").fill("5")
    tab.button("Download").click()
    expect(page.locator("article[data-state=completed]")).to_be_visible()
    (job,) = ask(f"{tab.url}/api/jobs")["jobs"]
    assert job["skipped_by"] == {"filtered_size": 2, "filtered_prompt": 1}
    assert job["options"]["max_per_model"] == 5
    assert job["targets"][0]["filters"]["min_size"] == "512"


def test_what_was_left_out_can_be_had_from_the_targets(tab: Screen, site: Gallery) -> None:
    site.add("lena", 2, changes={"width": 64, "height": 64})
    site.add("lena", 1, changes={"width": 900, "height": 700})
    assert download(tab.url, LENA, min_size="512")["done"] == 1
    listed = len(site.page_requests())
    page = tab.go("/database?form=targets")
    expect(page.get_by_text("2 left out: 2 too small")).to_be_visible()
    tab.require_accessible()
    tab.button("Get these too").click()
    expect(page.get_by_text("What was left out is being downloaded.")).to_be_visible()
    expect(page.get_by_text("2 left out")).to_be_hidden()
    expect(page.get_by_text("have 3")).to_be_visible()
    assert len(site.page_requests()) == listed
    assert len(site.media_requests()) == 3
