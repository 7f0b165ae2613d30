"""Whether everything is there, what to press if not, and targets that look after themselves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.library import ask, download
from tests.e2e.page import Screen, screen
from tests.e2e.program import Home
from tests.faulty_answers import reply, serve
from tests.gallery import Gallery

LENA = "civitai:user:lena"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ALL = "You have everything that can be reached."  # there is no key
A_DAY = re.compile(r"next check (in 2\d hours|tomorrow)")
HALF_A_DAY = re.compile(r"next check in 1[0-3] hours")


def target(page: Page) -> Locator:
    return page.get_by_test_id("targets").get_by_role("listitem").first


def test_watching_from_the_form_downloads_now_and_looks_again_by_itself(
    tab: Screen, home: Home, site: Gallery
) -> None:
    site.add("lena", 2)
    page = tab.go("/")
    page.get_by_role("textbox", name="Links or names").fill("lena")
    tab.button("Watch this").click()
    expect(page.get_by_text("Watched from now on, while Artkeep runs.")).to_be_visible()
    row = page.get_by_role("list", name="What was understood").get_by_role("listitem")
    expect(row).to_contain_text(ALL)
    expect(row).to_contain_text(A_DAY)
    expect(row.get_by_role("switch", name="Watch")).to_be_checked()
    tab.require_accessible()

    site.add("lena", 1)
    home.change("UPDATE targets SET next_check_at = '2026-01-01 00:00:00.000000'")
    expect(row).to_contain_text("have 3")  # nobody has pressed anything
    expect(row).to_contain_text(ALL)
    expect(row).to_contain_text(HALF_A_DAY)
    assert len(ask(f"{tab.url}/api/jobs")["jobs"]) == 2


def test_a_target_says_how_it_stands_and_one_button_mends_it(
    tab: Screen, site: Gallery
) -> None:
    fine, broken = site.add("lena", 2)
    site.media(broken, reply(broken.body[:-9]))
    download(tab.url, LENA)
    page = tab.go("/database?form=targets")
    line = target(page)
    expect(line).to_contain_text("All is listed, but one could not be fetched.")
    expect(line.locator("[data-verdict=failed]").get_by_role("button")).to_have_count(1)
    tab.require_accessible()
    site.media(broken, serve(broken.body))
    tab.button("Retry", line).click()
    expect(line).to_contain_text(ALL)
    expect(line).to_contain_text("have 2")
    tab.button("Check again", line).click()
    expect(page.get_by_text("Started:")).to_be_visible()
    expect(line).to_contain_text(ALL)
    assert len(ask(f"{tab.url}/api/jobs")["jobs"]) == 2
    assert len(site.asked(fine)) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_switch_in_the_database_starts_and_ends_watching(
    tab: Screen, browser: Browser, site: Gallery, theme: str
) -> None:
    site.add("lena", 1)
    download(tab.url, LENA)
    with screen(browser, tab.url, color_scheme=theme, **PHONE) as phone:
        page = phone.go("/database?form=targets")
        switch = target(page).get_by_role("switch", name="Watch lena")
        expect(switch).not_to_be_checked()
        target(page).get_by_text("Watch", exact=True).click()
        expect(switch).to_be_checked()
        expect(page.get_by_test_id("next-check")).to_contain_text("next check")
        phone.require_accessible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.reload()
        expect(switch).to_be_checked()
        target(page).get_by_text("Watch", exact=True).click()
        expect(switch).not_to_be_checked()
        expect(page.get_by_test_id("next-check")).to_be_hidden()
        phone.require_quiet()
    (line,) = ask(f"{tab.url}/api/targets")["targets"]
    assert (line["is_watched"], line["next_check_at"]) == (False, None)


def test_a_watched_target_that_is_gone_says_so(tab: Screen, home: Home) -> None:
    code, _, _ = home.run("get", "--user", "nobody_here", "--watch")
    assert code == 4
    page = tab.go("/database?form=targets")
    expect(target(page).get_by_role("switch")).to_be_checked()
    for words in ("The site did not know it at the last check.", "Not checked any more"):
        home.change("UPDATE targets SET next_check_at = '2026-01-01 00:00:00.000000'")
        expect(target(page)).to_contain_text(words)
    expect(target(page).get_by_role("switch")).not_to_be_checked()
    tab.require_accessible()
