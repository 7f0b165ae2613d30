"""Browse & Download in a real browser: from a pasted name to cards that say what is there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.page import Screen

CREATOR = "aurora_atelier"
PREVIEWED = f"/?t={CREATOR}&see=civitai:user:{CREATOR}"


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Links or names, one per line")


def cards(page: Page) -> Locator:
    return page.get_by_role("grid").get_by_role("gridcell")


def badges(page: Page, name: str) -> Locator:
    return page.get_by_role("grid").locator(f"[data-badge={name}]")


def test_a_newcomer_is_told_what_to_paste_and_gets_cards_by_one_press(sample: Screen) -> None:
    page = sample.go()
    expect(page.get_by_role("heading", name="What would you like to keep?")).to_be_visible()
    sample.require_accessible()
    page.get_by_role("button", name=CREATOR).click()
    expect(cards(page).first).to_be_visible()
    expect(page).to_have_url(f"{sample.url}{PREVIEWED}")
    expect(badges(page, "new").first).to_be_visible()


def test_a_typed_name_is_understood_before_any_site_is_asked(sample: Screen) -> None:
    page = sample.go()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    field(page).fill(CREATOR)
    expect(page.get_by_text(f"User {CREATOR} on Civitai")).to_be_visible()
    assert not any("/api/browse?" in url for url in asked)
    field(page).press("Enter")
    expect(cards(page).first).to_be_visible()


def test_a_pasted_link_switches_the_kind_by_itself(sample: Screen) -> None:
    page = sample.go()
    field(page).fill("https://civitai.com/models/900004/paper-cut-worlds")
    expect(page.get_by_label("What it is")).to_have_value("model")
    sample.button("Preview").click()
    expect(cards(page).first).to_be_visible()
    expect(page.get_by_text("Paper Cut Worlds")).to_be_visible()


def test_what_nobody_can_understand_is_answered_with_what_was_meant(sample: Screen) -> None:
    page = sample.go()
    field(page).fill("https://civitia.com/user/lena")
    expect(page.get_by_role("alert")).to_contain_text("Did you mean civitai.com?")


def test_several_targets_have_a_row_each_and_one_is_looked_at(sample: Screen) -> None:
    page = sample.go()
    field(page).fill(f"{CREATOR}\nhttps://civitai.com/user/pixel_orchard\nno/such")
    rows = page.get_by_role("list", name="What was understood").get_by_role("listitem")
    expect(rows).to_have_count(3)
    sample.button("Preview").click()
    expect(cards(page).first).to_be_visible()
    sample.button("pixel_orchard").click()
    expect(page.get_by_role("grid", name="Cards of pixel_orchard")).to_be_visible()
    sample.button("Remove no/such").click()
    expect(rows).to_have_count(2)
    expect(sample.button("Download 2")).to_be_enabled()


def test_ratings_and_types_narrow_the_cards(sample: Screen) -> None:
    page = sample.go(PREVIEWED)
    expect(cards(page).first).to_be_visible()
    sample.button("Options").click()
    sample.button("Videos").click()
    videos = page.get_by_role("button", name="Play video")
    expect(cards(page).filter(has_not=videos)).to_have_count(0)
    expect(videos.first).to_be_visible()
    sample.require_accessible()
    page.reload()
    expect(sample.button("Videos")).to_have_attribute("aria-pressed", "true")
    expect(videos.first).to_be_visible()


def test_nothing_that_fits_says_so_and_offers_the_way_back(sample: Screen) -> None:
    page = sample.go(f"{PREVIEWED}&since=2999-01-01")
    expect(page.get_by_text("Nothing here fits your options.")).to_be_visible()
    sample.button("Clear the options").click()
    expect(cards(page).first).to_be_visible()


def test_a_user_that_the_site_does_not_know_is_an_error_with_a_way_out(sample: Screen) -> None:
    sample.expected = ("404",)
    page = sample.go("/?t=nobody_at_all")
    sample.button("Preview").click()
    expect(page.get_by_role("alert")).to_contain_text("nobody_at_all")
    expect(sample.button("Try again")).to_be_visible()


def video_cell(page: Page, place: int = 0) -> Locator:
    """By its place in the grid: what its button says changes when it plays."""
    found = cards(page).filter(has=page.get_by_role("button", name="Play video")).nth(place)
    return page.get_by_role("grid").locator(
        f"[data-index='{found.get_attribute('data-index')}']"
    )


def require_playing(cell: Locator) -> None:
    video = cell.locator("video")
    video.wait_for()
    video.evaluate(
        "(video) => new Promise((done) => video.addEventListener('timeupdate', () => "
        "video.currentTime > 0 && done()))"
    )
    assert video.evaluate("(video) => video.muted && video.poster !== ''")


def test_a_video_plays_muted_while_the_mouse_is_on_it_and_lets_go_afterwards(
    sample: Screen,
) -> None:
    page = sample.go(f"{PREVIEWED}&type=video")
    first, second = video_cell(page), video_cell(page, 1)
    first.hover()
    require_playing(first)
    second.hover()
    require_playing(second)
    expect(first.locator("video")).to_have_count(0)
    page.mouse.move(2, 2)
    expect(page.locator("video")).to_have_count(0)


def test_a_video_plays_when_the_keyboard_comes_to_it(sample: Screen) -> None:
    page = sample.go(f"{PREVIEWED}&type=video")
    cell = video_cell(page)
    cell.focus()
    page.keyboard.press("Shift+Tab")
    expect(cell).not_to_be_focused()
    page.keyboard.press("Tab")
    expect(cell).to_be_focused()
    require_playing(cell)


def test_nothing_plays_by_itself_for_somebody_who_wants_less_motion(sample: Screen) -> None:
    sample.page.emulate_media(reduced_motion="reduce")
    page = sample.go(f"{PREVIEWED}&type=video")
    first, second = video_cell(page), video_cell(page, 1)
    first.hover()
    second.get_by_role("button", name="Play video").click()
    require_playing(second)
    expect(first.locator("video")).to_have_count(0)


def test_a_card_opens_large_with_its_prompt_and_the_way_to_its_site(sample: Screen) -> None:
    page = sample.go(PREVIEWED)
    cards(page).first.locator("img").click()
    box = page.get_by_role("dialog")
    expect(box.get_by_test_id("prompt")).to_be_visible()
    expect(box.get_by_test_id("parameters")).to_contain_text("Model")
    link = box.get_by_role("link", name="Open on its site").first
    assert link.get_attribute("rel") == "noopener noreferrer"
    sample.require_accessible()
    page.keyboard.press("ArrowRight")
    expect(box).to_contain_text("2 /")
    page.keyboard.press("Escape")
    expect(cards(page).nth(1)).to_be_focused()


def test_two_ticked_cards_are_downloaded_and_nothing_else(demo: Screen) -> None:
    page = demo.go(PREVIEWED)
    expect(cards(page).first).to_be_visible()
    cards(page).nth(0).focus()
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    expect(page.get_by_text("2 picked")).to_be_visible()
    demo.button("Download 2").click()
    expect(badges(page, "have")).to_have_count(2)
    job = page.locator("[data-job]")
    expect(job).to_have_attribute("data-state", "completed")
    expect(job).to_contain_text("2 of 2")
    expect(cards(page).nth(2).locator("[data-badge=new]")).to_be_visible()


def test_shift_ticks_a_range_and_escape_takes_all_back(sample: Screen) -> None:
    page = sample.go(PREVIEWED)
    expect(cards(page).first).to_be_visible()
    ticks = cards(page).locator("label")
    ticks.nth(1).click()
    ticks.nth(4).click(modifiers=["Shift"])
    expect(page.get_by_text("4 picked")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("4 picked")).to_have_count(0)


def test_everything_comes_in_while_one_looks_on(demo: Screen) -> None:
    page = demo.go("/?t=Vela_Maris&see=civitai:user:Vela_Maris")
    expect(badges(page, "new").first).to_be_visible()
    demo.button("Download").click()
    job = page.locator("[data-job]")
    expect(job).to_have_attribute("data-state", "completed")
    expect(page.get_by_text("gaps 0")).to_be_visible()
    expect(badges(page, "new")).to_have_count(0)
    expect(badges(page, "have").first).to_be_visible()
    demo.button("Why?").click()
    ledger = page.get_by_role("dialog")
    expect(ledger.get_by_role("row").nth(1)).to_contain_text("at its end")
    demo.require_accessible()
    page.keyboard.press("Escape")
    job.get_by_role("link", name="Show in the Database").click()
    page.wait_for_url("**/database?q=target*")
    expect(page.get_by_role("gridcell").first).to_be_visible()


def test_the_keyboard_reaches_the_field_and_the_size_of_the_cards(sample: Screen) -> None:
    page = sample.go(PREVIEWED)
    expect(cards(page).first).to_be_visible()
    width = cards(page).first.bounding_box()["width"]  # type: ignore[index]
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.wait_for_function(
        "(width) => document.querySelector('[role=gridcell]').clientWidth > width", arg=width
    )
    page.keyboard.press("/")
    expect(field(page)).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen(sample: Screen, theme: str) -> None:
    page = sample.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    sample.go(f"{PREVIEWED}&more=1&rating=PG")
    expect(cards(page).first).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == 390
    sample.require_accessible()


def test_in_chinese_it_speaks_chinese(sample: Screen) -> None:
    page = sample.go()
    page.evaluate("localStorage.setItem('artkeep.prefs', '{\"language\": \"zh\"}')")
    sample.go(PREVIEWED)
    expect(page.get_by_role("button", name="预览", exact=True)).to_be_visible()
    expect(page.get_by_text(f"用户 {CREATOR}")).to_be_visible()
