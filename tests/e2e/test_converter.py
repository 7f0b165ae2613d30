"""The Converter in a real browser: try, convert in place, look inside, take it back."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect
from tests.e2e.library import artworks, ask, download
from tests.e2e.page import Screen
from tests.e2e.program import Home
from tests.faults.pictures import PARAMETERS, jpeg_photo, png_photo
from tests.gallery import Gallery, Picture

LENA = "civitai:user:lena"


def filled(tab: Screen, site: Gallery) -> Picture:
    """Six PNG and a JPEG, downloaded; the one that tells how it was made."""
    (told,) = site.add("lena", body=png_photo(1, PARAMETERS))
    for body in (*(png_photo(n) for n in range(2, 7)), jpeg_photo(7)):
        site.add("lena", body=body)
    assert download(tab.url, LENA)["state"] == "completed"
    return told


def shown_as(tab: Screen, picture: Picture) -> int:
    (found,) = (card["id"] for card in artworks(tab.url) if card["site_id"] == str(picture.id))
    return int(found)


def scope(page: Page) -> Locator:
    return page.get_by_test_id("scope")


def line(page: Page) -> Locator:
    return page.get_by_role("slider", name="Line between before and after")


def pictures(home: Home) -> dict[str, bytes]:
    return {name: body for name, body in home.files().items() if not name.endswith(".json")}


def test_samples_show_what_would_become_of_them_and_change_nothing(
    tab: Screen, site: Gallery, home: Home
) -> None:
    filled(tab, site)
    before = home.files()
    page = tab.go("/convert")
    expect(scope(page)).to_contain_text("7 artworks")
    tab.button("PNG only").click()
    expect(scope(page)).to_contain_text("6 artworks")
    expect(page).to_have_url(re.compile("q=format:png"))

    tab.button("Try on 5 samples").click()
    samples = page.get_by_test_id("sample")
    expect(samples).to_have_count(5)
    expect(page.get_by_test_id("trial-sum")).to_contain_text("saved")
    samples.first.click()
    expect(page.get_by_test_id("metadata")).to_have_text(re.compile(r"Metadata (\d+)/\1$"))
    expect(page.get_by_test_id("infotext")).to_contain_text("a quiet harbour, 港の朝")
    expect(page.get_by_test_id("infotext")).to_contain_text("Seed: 42")
    tab.require_accessible()

    line(page).focus()
    page.keyboard.press("ArrowRight")
    expect(line(page)).to_have_attribute("aria-valuenow", "52")
    box = page.get_by_test_id("compare").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.52, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    page.mouse.up()
    expect(line(page)).to_have_attribute("aria-valuenow", "25")
    shown = page.get_by_test_id("compare").get_by_role("img")
    left = shown.first.get_attribute("src") or ""
    page.keyboard.down("Space")
    expect(shown.last).to_have_attribute("src", left)
    page.keyboard.up("Space")
    expect(shown.first).to_have_attribute("src", left)
    sizes = shown.evaluate_all(
        "some => some.map((one) => [one.naturalWidth, one.naturalHeight])"
    )
    assert sizes[0] == sizes[1] != [0, 0]

    assert home.files() == before


def test_originals_go_to_the_trash_and_come_back(
    tab: Screen, site: Gallery, home: Home
) -> None:
    told = filled(tab, site)
    before = pictures(home)
    page = tab.go("/convert?q=format:png&quality=60")
    expect(scope(page)).to_contain_text("6 artworks")
    page.get_by_text("Into the trash, the new file takes its place").click()
    tab.button("Convert 6").click()
    job = page.get_by_test_id("library-job")
    expect(job).to_have_attribute("data-state", "completed")
    expect(job).to_contain_text("6 of 6")
    batch = page.get_by_test_id("batch")
    expect(batch).to_contain_text("6 files")
    expect(batch).to_contain_text("WebP · quality 60 · originals in the trash")
    assert sorted(name.rpartition(".")[2] for name in pictures(home)) == ["jpeg"] + ["webp"] * 6
    tab.require_accessible()

    page = tab.go(f"/database?show=box&item={shown_as(tab, told)}")
    made = page.get_by_test_id("file").filter(has_text="made from the PNG")
    made.get_by_text("What is inside").click()
    expect(made.get_by_test_id("inside")).to_contain_text("a quiet harbour, 港の朝")
    expect(made.get_by_test_id("inside")).to_contain_text("Euler a")

    page = tab.go("/convert")
    tab.button("Undo").click()
    asked = page.get_by_role("dialog", name="Take back 6 converted files?")
    expect(asked).to_contain_text("The originals come out of the trash")
    tab.require_accessible()
    tab.button("Undo", asked).click()
    expect(asked).to_be_hidden()
    expect(batch).to_contain_text("taken back")
    expect(tab.button("Undo")).to_have_count(0)
    assert pictures(home) == before


def test_deleting_originals_asks_first(tab: Screen, site: Gallery, home: Home) -> None:
    filled(tab, site)
    before = pictures(home)
    page = tab.go("/convert?originals=delete&q=format:jpeg")
    expect(page.get_by_text("Nothing brings it back")).to_be_visible()
    tab.button("Convert 1").click()
    asked = page.get_by_role("dialog", name="Convert one artwork and delete its original?")
    expect(asked).to_contain_text("cannot be undone")
    tab.button("Cancel", asked).click()
    expect(asked).to_be_hidden()
    assert ask(f"{tab.url}/api/jobs")["jobs"][0]["kind"] == "download"
    assert pictures(home) == before


def test_a_query_that_means_nothing_is_said_and_nothing_can_be_started(tab: Screen) -> None:
    tab.expected = ("422",)
    page = tab.go("/convert?q=formt:png")
    expect(page.get_by_role("alert")).to_contain_text("formt")
    expect(tab.button("Try on 5 samples")).to_be_disabled()
    expect(tab.button("Convert 0")).to_be_disabled()
    tab.button("All").click()
    expect(scope(page)).to_contain_text("0 artworks")
