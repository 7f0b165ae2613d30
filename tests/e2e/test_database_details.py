"""The details of an artwork in a real browser: beside the list, large, and on hover."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.library import artworks, ask
from tests.e2e.page import Screen, screen
from tests.e2e.program import Home
from tests.faulty_answers import redirect, serve

HOSTILE = (
    '"\'><img src=x onerror="window.harmed=1"><script>window.harmed=1</script>'
    "{{constructor.constructor('window.harmed=1')()}}<svg/onload=window.harmed=1>\u202e"
)
WITH_PROMPT = "/database?form=table&q=has:prompt+has:seed+kind:image"


def rows(page: Page) -> Locator:
    return page.get_by_role("grid").locator("[data-index]")


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Details")


def copied(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def told(library: Screen, row: Locator) -> dict[str, str]:
    """What the server says of the artwork whose panel is open."""
    expect(library.page).to_have_url(re.compile(r"item=\d+"))
    found = re.search(r"item=(\d+)", library.page.url)
    assert found is not None
    answer: dict[str, str] = ask(f"{library.url}/api/artworks/{found[1]}")
    return answer


def require_playing(video: Locator) -> None:
    video.wait_for()
    video.evaluate(
        "(video) => new Promise((done) => video.addEventListener('timeupdate', () => "
        "video.currentTime > 0.01 && done()))"
    )


def test_a_row_shows_its_prompt_and_parameters_beside_the_list(library: Screen) -> None:
    page = library.go(WITH_PROMPT)
    rows(page).nth(1).get_by_role("rowheader").click()
    shown = panel(page)
    expect(shown.get_by_role("img")).to_be_visible()
    said = told(library, rows(page).nth(1))
    expect(shown.get_by_test_id("prompt")).to_have_text(said["prompt"])
    expect(shown.get_by_test_id("parameters")).to_contain_text(said["seed"])
    library.require_accessible()
    library.button("Copy the prompt", shown).click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert copied(page) == said["prompt"]
    shown.get_by_text("The record as it came").click()
    expect(shown.locator("pre")).to_contain_text('"prompt"')


def test_files_are_told_with_path_and_hashes(library: Screen) -> None:
    page = library.go(WITH_PROMPT)
    rows(page).first.get_by_role("rowheader").click()
    file = panel(page).get_by_test_id("file")
    said = told(library, rows(page).first)
    original = said["files"][0]
    expect(file).to_contain_text(original["paths"][0])
    library.button("Copy the path", file).click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert copied(page) == original["paths"][0]
    file.get_by_text("Hashes").click()
    expect(file).to_contain_text(original["sha256"])


def test_the_panel_follows_the_keyboard_and_a_tag_is_a_search(library: Screen) -> None:
    page = library.go(WITH_PROMPT)
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(rows(page).first).to_be_focused()
    page.keyboard.press("i")
    shown = panel(page)
    heading = shown.get_by_role("heading", level=2)
    before = heading.inner_text()
    page.keyboard.press("ArrowDown")
    expect(heading).not_to_have_text(before)
    tag = shown.get_by_test_id("tags").get_by_role("button").first
    tag.click()
    expect(page.get_by_role("combobox").first).to_have_value(re.compile(r"kind:image tag:\S+"))
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)


def test_the_large_picture_has_an_address_and_back_closes_it(library: Screen) -> None:
    page = library.go("/database?q=kind:image")
    rows(page).nth(2).locator("img").click()
    large = page.get_by_role("dialog")
    expect(large.get_by_test_id("parameters")).to_be_visible()
    expect(page).to_have_url(re.compile("show=box"))
    library.require_accessible()
    page.keyboard.press("ArrowRight")
    expect(large).to_contain_text("4 /")
    address = page.url
    page.keyboard.press("Escape")
    expect(rows(page).nth(3)).to_be_focused()
    page.go_forward()
    expect(large).to_be_visible()
    page.go_back()
    expect(large).to_have_count(0)
    page.goto(address)
    expect(large).to_contain_text("4 /")


def test_an_artwork_that_is_not_in_the_list_stands_alone(library: Screen) -> None:
    other = artworks(library.url, "kind:video")[0]["id"]
    page = library.go(f"/database?q=kind:image&item={other}&show=box")
    large = page.get_by_role("dialog")
    expect(large).to_contain_text("1 / 1")
    video = large.locator("video")
    expect(video).to_have_attribute("controls", "")
    assert video.evaluate("(video) => video.duration > 0 && video.seekable.length > 0")


@pytest.mark.parametrize("form", ["grid", "table"])
def test_a_video_plays_muted_under_the_mouse_one_at_a_time(library: Screen, form: str) -> None:
    page = library.go(f"/database?form={form}&q=kind:video")
    expect(rows(page).nth(1)).to_be_visible()
    playing = page.locator("video[autoplay]")
    for place in range(2):
        rows(page).nth(place).locator(".picture").first.hover()
        require_playing(playing)
        assert playing.evaluate("(video) => video.muted && video.loop")
        expect(playing).to_have_count(1)
    page.mouse.move(2, 2)
    expect(playing).to_have_count(0)


def test_a_video_plays_beside_the_list_until_another_one_starts(library: Screen) -> None:
    page = library.go("/database?form=table&q=kind:video")
    rows(page).first.get_by_role("rowheader").click()
    large = panel(page).locator("video")
    expect(large).to_have_attribute("controls", "")
    require_playing(large)
    rows(page).nth(1).locator(".picture").first.hover()
    require_playing(page.locator("body > .overlay video"))
    assert large.evaluate("(video) => video.paused")


def test_what_failed_says_why_and_can_be_asked_for_again(tab: Screen, home: Home) -> None:
    (picture,) = home.site.add("lena")
    small = "width=450"
    home.site.media(picture, redirect(home.site.url + picture.path(small)))
    home.site.media(picture, redirect(home.site.url + picture.path()), rung=small)
    code, _, _ = home.run("get", "--user", "lena")
    assert code == 3
    page = tab.go("/database?form=table")
    rows(page).first.get_by_role("rowheader").click()
    trouble = panel(page).get_by_test_id("failure")
    expect(trouble).to_contain_text("The site sends us round in circles")
    expect(trouble).to_contain_text("Open the artwork's page in your browser")
    tab.require_accessible()
    home.site.media(picture, serve(picture.body))
    tab.button("Download it").click()
    expect(panel(page).get_by_test_id("file")).to_be_visible()
    expect(trouble).to_have_count(0)


def test_a_hostile_catalogue_is_only_text(tab: Screen, home: Home) -> None:
    """SE-7: scripts in every text that a site can give us run nowhere."""
    meta = {
        "prompt": HOSTILE,
        "negativePrompt": HOSTILE,
        "Model": HOSTILE,
        "seed": HOSTILE,
        "sampler": HOSTILE,
        HOSTILE: HOSTILE,
        "resources": [{"type": HOSTILE, "name": HOSTILE, "weight": 1}],
    }
    home.site.add(HOSTILE, 3, tags=(HOSTILE,), changes={"meta": meta, "baseModel": HOSTILE})
    code, _, said = home.run("get", "--post", "500")
    assert code == 0, said
    page = tab.page
    for route in ("?form=table&item=1&show=panel", "?item=2&show=box", "?form=grid"):
        tab.go(f"/database{route}")
        expect(page.locator("[data-index]").first).to_be_attached()
        page.wait_for_load_state("networkidle")
    tab.go("/database?form=table&item=1&show=panel")
    shown = panel(page)
    expect(shown.get_by_test_id("prompt")).to_have_text(HOSTILE)
    shown.get_by_text("The record as it came").click()
    shown.get_by_test_id("tags").get_by_role("button").first.click()
    expect(page.get_by_test_id("amount")).to_have_text("3 artworks")
    page.get_by_role("combobox").first.fill("model:")
    expect(page.get_by_role("option").first).to_contain_text(HOSTILE[:20])
    tab.go("/database?form=targets")
    page.get_by_role("button", expanded=False).first.click()
    assert page.evaluate("window.harmed") is None
    assert page.locator("img[src=x], script:not([src])").count() == 0


def test_two_windows_side_by_side_do_not_disturb_each_other(
    library: Screen, library_page: str, browser: Browser
) -> None:
    page = library.go("/database?q=kind:image")
    with screen(browser, library_page) as other:
        beside = other.go("/database?form=table&q=kind:video")
        beside.keyboard.press("/")
        beside.get_by_role("combobox").first.fill("sky")
        expect(beside).to_have_url(re.compile("q=sky"))
        expect(page.get_by_role("combobox").first).to_have_value("kind:image")
        other.require_quiet()
