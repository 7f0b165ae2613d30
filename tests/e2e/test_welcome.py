"""The first start in a real browser: a few questions, all optional, and nobody is contacted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.library import ask
from tests.e2e.page import Screen, address, screen, start_demo
from tests.e2e.program import Home
from tests.faulty_answers import json_reply
from tests.gallery import trpc

ME = "/api/v1/me"
LIST = "/api/trpc/image.getInfinite"
MARKER = Path(".artkeep") / "root.json"


def start_unasked(home: Home, **settings: str) -> str:
    """Serve the page as after installing: nothing is fixed but where the site is."""
    unset = {"ARTKEEP_LIBRARY": "", "ARTKEEP_UI__WELCOMED": ""}
    words = ("gui", "--no-browser", "--port", "0")
    return address(home.start(*words, **(unset | settings)))


@pytest.fixture
def first(home: Home, browser: Browser) -> Iterator[Screen]:
    """A tab on a program that was never started before."""
    with screen(browser, start_unasked(home)) as opened:
        yield opened
        opened.require_quiet()


def welcome(tab: Screen) -> Page:
    """Come in by the front door, and wait until everything is there."""
    page = tab.go("/")
    expect(page.get_by_role("heading", name="Welcome to Artkeep")).to_be_visible()
    expect(page.get_by_label("Civitai key")).to_be_visible()
    expect(page.get_by_text("exiftool").first).to_be_visible()
    expect(folder(page)).not_to_have_value("")
    page.wait_for_load_state("networkidle")
    return page


def folder(page: Page) -> Locator:
    return page.get_by_label("Library", exact=True)


def library(tab: Screen) -> str:
    found: str = ask(f"{tab.url}/api/status")["library"]
    return found


def require_inside(page: Page) -> None:
    expect(page.get_by_role("heading", name="What would you like to keep?")).to_be_visible()


def test_the_front_door_leads_to_the_questions_and_nobody_is_contacted(
    first: Screen, home: Home
) -> None:
    page = welcome(first)
    assert page.url == f"{first.url}/welcome"
    expect(page.get_by_text("None of them is needed to start.")).to_be_visible()
    for program in ask(f"{first.url}/api/doctor")["programs"]:
        line = page.get_by_role("listitem").filter(has_text=program["name"])
        expect(line).to_contain_text("found" if program["path"] else "not installed")
        expect(line).to_contain_text(program["feature"])
    expect(page.get_by_text(str(home.folder / "data"))).to_be_visible()
    first.require_accessible()
    assert home.site.server.connections == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_everything_is_in_sight_and_accessible(first: Screen, theme: str) -> None:
    first.page.set_viewport_size({"width": 390, "height": 844})
    first.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page = welcome(first)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    first.require_accessible()
    expect(first.button("Save and start")).to_be_in_viewport()


def test_a_folder_that_is_new_is_confirmed_with_its_whole_path(
    first: Screen, home: Home, browser: Browser
) -> None:
    """SE-14"""
    page = welcome(first)
    chosen = home.folder / "new disk" / "art"
    folder(page).fill("~/new disk/x/../art")
    expect(page.get_by_role("status").get_by_text(str(chosen), exact=True)).to_be_visible()
    expect(page.get_by_text("Will be made.")).to_be_visible()
    assert not chosen.exists(), "nothing is made by asking"
    first.button("Save and start").click()
    require_inside(page)
    assert library(first) == str(chosen)
    assert (chosen / MARKER).exists()
    page.goto(first.url)
    require_inside(page)
    with screen(browser, start_unasked(home)) as later:
        require_inside(later.go("/"))
        assert library(later) == str(chosen)
        later.require_quiet()
    assert home.site.server.connections == 0


def test_a_folder_can_be_walked_to(first: Screen, home: Home) -> None:
    first.expected = ("404",)  # the folder that is proposed is not there yet
    chosen = home.folder / "Pictures" / "Art of others"
    chosen.mkdir(parents=True)
    page = welcome(first)
    first.button("Choose …").click()
    box = page.get_by_role("dialog", name="Choose a folder")
    box.get_by_label("Folder", exact=True).fill(str(home.folder))
    first.button("Open", box).click()
    first.button("Pictures", box).click()
    first.require_accessible()
    first.button("Art of others", box).click()
    expect(box.get_by_label("Folder", exact=True)).to_have_value(str(chosen))
    first.button("Use this folder").click()
    expect(folder(page)).to_have_value(str(chosen))
    expect(page.get_by_text("Exists.")).to_be_visible()
    first.button("Save and start").click()
    require_inside(page)
    assert library(first) == str(chosen)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/etc/artkeep", "This folder belongs to the system. Choose another one."),
        ("art", "art is not a whole path. Begin at the top: "),
        ("~nobody-of-that-name/art", "has no home folder here"),
    ],
)
def test_a_folder_that_cannot_be_is_refused_with_advice(
    first: Screen, path: str, said: str
) -> None:
    first.expected = ("422",)
    page = welcome(first)
    before = library(first)
    folder(page).fill(path)
    expect(page.get_by_text(said)).to_be_visible()
    expect(first.button("Save and start")).to_be_disabled()
    first.require_accessible()
    assert library(first) == before


def test_a_folder_that_turns_out_bad_is_refused_and_nothing_typed_is_lost(
    first: Screen, home: Home
) -> None:
    first.expected = ("422",)
    page = welcome(first)
    folder(page).fill(str(home.folder / "data"))
    first.button("Save and start").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("holds database and settings")
    expect(told).to_contain_text("Choose another folder, or one inside it.")
    expect(folder(page)).to_have_value(str(home.folder / "data"))
    folder(page).fill(str(home.folder / "art"))
    expect(page.get_by_text("Will be made.")).to_be_visible()
    first.button("Save and start").click()
    require_inside(page)
    assert library(first) == str(home.folder / "art")


def test_a_key_is_tried_at_its_site_only_when_the_button_is_pressed(
    first: Screen, home: Home
) -> None:
    server = home.site.server
    server.on(
        ME,
        json_reply({"error": "Unauthorized"}, status=401),
        json_reply({"username": "lena_paints"}),
    )
    server.on(LIST, trpc({"items": [{"nsfwLevel": 1}, {"nsfwLevel": 2}]}))
    page = welcome(first)
    key = page.get_by_label("Civitai key")
    key.fill("key-canary-1234567890")
    page.wait_for_load_state("networkidle")
    assert server.connections == 0
    first.button("Check").click()
    expect(page.get_by_text("Civitai does not accept this key.")).to_be_visible()
    assert [one.path for one in server.requests] == [ME]
    first.button("Check").click()
    expect(page.get_by_text("Works, as lena_paints. Sees: PG, PG-13.")).to_be_visible()
    first.button("Save").click()
    expect(page.get_by_text("A key is saved. It ends in 7890.")).to_be_visible()
    first.require_accessible()
    first.button("Save and start").click()
    require_inside(page)


def test_who_skips_the_questions_is_not_asked_again(first: Screen, home: Home) -> None:
    page = welcome(first)
    before = library(first)
    folder(page).fill("/etc")
    expect(page.get_by_text("This folder belongs to the system.")).to_be_visible()
    first.button("Skip, take me in").click()
    require_inside(page)
    assert library(first) == before
    page.reload()
    require_inside(page)
    assert home.site.server.connections == 0


def test_a_link_to_another_page_is_not_held_up_by_the_questions(first: Screen) -> None:
    page = first.go("/database")
    expect(page.get_by_role("heading", name="Welcome to Artkeep")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Search the database")).to_be_visible()


def test_the_sample_site_is_offered_by_the_command_that_starts_it(
    first: Screen, home: Home, painted: Path, browser: Browser
) -> None:
    page = welcome(first)
    first.button("Try it with the sample site").click()
    expect(page.get_by_text("python launch_gui.py --demo")).to_be_visible()
    first.require_accessible()
    with screen(browser, start_demo(home, painted)) as demo:
        require_inside(demo.go("/"))  # it asks nothing
        demo.require_quiet()
