"""The Tag Scraper in a real browser: see what waits, start, look on, pause, mend, go on."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.library import artworks, ask, download
from tests.e2e.page import Screen, screen, start_page
from tests.e2e.program import Home
from tests.tag_site import Fault, TagSite, refuse, say, tag_site

CALLS = "/api/trpc/tag.getVotableTags"
KEY = "a-key-of-mine"


@pytest.fixture
def voted() -> Iterator[TagSite]:
    """A site whose visitors vote, with small files."""
    with tag_site(items=120, payload_bytes=6000) as running:
        yield running


@pytest.fixture
def large() -> Iterator[TagSite]:
    """The same with several calls' worth of each creator."""
    with tag_site(items=300, payload_bytes=6000) as running:
        yield running


@contextmanager
def program(
    home: Home, browser: Browser, voted: TagSite, **settings: str
) -> Iterator[tuple[Screen, int]]:
    """A tab on a program that has one creator's pictures, and how many those are."""
    addresses = {
        "ARTKEEP_SITES__CIVITAI__BASE_URL": voted.url,
        "ARTKEEP_SITES__CIVITAI__MEDIA_URL": voted.url,
    }
    with screen(browser, start_page(home, **addresses, **settings)) as tab:
        job = download(tab.url, f"civitai:user:{most_seen(voted)}")
        assert job["state"] == "completed", job
        yield tab, job["done"]
        tab.require_quiet()


def most_seen(voted: TagSite) -> str:
    """The creator with most pictures that anybody may see."""
    catalogue = voted.sample.catalogue
    seen = Counter(catalogue.images[int(one)].creator_id for one in voted.ids)
    return catalogue.creators[seen.most_common(1)[0][0]].username


def run(page: Page) -> Locator:
    return page.get_by_test_id("library-job").first


def test_tags_arrive_while_one_looks_on_and_a_run_can_be_paused(
    home: Home, browser: Browser, large: TagSite
) -> None:
    slowly = {"ARTKEEP_SITES__CIVITAI__API_KEY": KEY, "ARTKEEP_TAGS__REQUESTS_PER_S": "1"}
    with program(home, browser, large, **slowly) as (tab, amount):
        assert amount > 60, "it would be over before one can pause it"
        page = tab.go("/tags?workers=1")
        overview = page.get_by_test_id("overview")
        expect(overview).to_contain_text(f"{amount} to ask for")
        expect(page.get_by_test_id("way")).to_have_text("With your key: the quickest way.")
        expect(page.locator("[data-standing=waiting]")).to_contain_text(str(amount))
        tab.require_accessible()

        tab.button(f"Ask for {amount}").click()
        form = page.locator("form")
        expect(page.get_by_test_id("tagged").first).to_be_visible()
        tab.button("Pause", form).click()
        expect(run(page)).to_have_attribute("data-state", "paused")
        job = f"{tab.url}/api/jobs/{run(page).get_attribute('data-job')}"
        assert 0 < ask(job)["done"] < amount
        expect(page.locator("[data-standing=done]")).to_be_visible()
        expect(page.get_by_test_id("tagged")).to_have_count(8)

        tab.button("Resume", form).click()
        expect(run(page)).to_have_attribute("data-state", "completed")
        expect(overview).to_contain_text("Nothing to ask for")
        bars = page.get_by_test_id("top-tags").get_by_role("listitem")
        said = ask(f"{job}/top-tags")["tags"]
        expect(bars.first).to_contain_text(f"{said[0]['name']}{said[0]['amount']}")
        tab.require_accessible()

        first = page.get_by_test_id("tagged").first
        first.get_by_role("button").click()
        box = page.get_by_role("dialog")
        expect(box.get_by_test_id("tags").get_by_role("button")).not_to_have_count(0)
        tab.require_accessible()
        page.keyboard.press("Escape")
        expect(box).to_be_hidden()
        bars.first.get_by_role("link").click()
        expect(page).to_have_url(re.compile(r"/database\?q=tag:"))
        assert len(artworks(tab.url, "tagging:done")) == amount


def test_failures_stand_by_reason_and_are_asked_for_again(
    home: Home, browser: Browser, voted: TagSite
) -> None:
    with program(home, browser, voted, ARTKEEP_SITES__CIVITAI__API_KEY=KEY) as (tab, amount):
        voted.always(CALLS, refuse(400))
        page = tab.go("/tags?method=key")
        expect(page.get_by_test_id("way")).to_have_text("With your key, as you chose.")
        tab.button(f"Ask for {amount}").click()
        expect(run(page)).to_have_attribute("data-state", "incomplete")
        expect(page.locator("[data-standing=failed]")).to_contain_text(str(amount))
        tab.require_accessible()
        voted.honest()
        tab.button("Retry all", run(page)).click()
        expect(run(page)).to_have_attribute("data-state", "completed")
        expect(page.locator("[data-standing=done]")).to_contain_text(str(amount))


def test_without_a_browser_it_says_how_to_get_one_and_a_key_does(
    home: Home, browser: Browser, voted: TagSite
) -> None:
    (home.folder / "no programs").mkdir()
    nothing = str(home.folder / "no programs")
    with program(home, browser, voted, PATH=nothing) as (tab, amount):
        page = tab.go("/tags")
        problem = page.get_by_test_id("way-problem")
        command = ask(f"{tab.url}/api/tags/method")["browser"]["install_command"]
        expect(problem.get_by_test_id("install")).to_contain_text(command)
        expect(tab.button(f"Ask for {amount}")).to_be_disabled()
        expect(tab.button("Log in in a window")).to_be_disabled()
        tab.require_accessible()

        problem.get_by_role("link", name="Settings › Sites & keys").click()
        page.get_by_label("Civitai key").fill(KEY)
        tab.button("Save").click()
        expect(page.get_by_text("A key is saved.")).to_be_visible()
        tab.require_accessible()
        page.get_by_role("link", name="Tag Scraper").click()
        expect(page.get_by_test_id("way")).to_have_text("With your key: the quickest way.")
        expect(problem).to_be_hidden()
        tab.button(f"Ask for {amount}").click()
        expect(run(page)).to_have_attribute("data-state", "completed")
        expect(page.get_by_test_id("tagged").first).to_be_visible()


def test_tags_behind_a_download_show_up_and_a_later_look_tells_what_changed(
    home: Home, browser: Browser, voted: TagSite
) -> None:
    with program(home, browser, voted, ARTKEEP_SITES__CIVITAI__API_KEY=KEY) as (tab, _):
        have = {found["site_id"] for found in artworks(tab.url)}
        one = next(other for other in voted.ids if other not in have and voted.truth(other))
        asked = {"targets": [f"civitai:image:{one}"], "then": ["tags"]}
        job = ask(f"{tab.url}/api/jobs", asked)["id"]
        page = tab.go("/tags")
        chained = page.get_by_test_id("chained-run")
        expect(chained).to_have_attribute("data-job", str(job))
        expect(chained).to_contain_text("tags of 1 of 1")
        expect(page.get_by_test_id("tagged")).to_have_count(1)
        said = ask(f"{tab.url}/api/jobs/{job}/top-tags")["tags"]
        bars = page.get_by_test_id("top-tags").get_by_role("listitem")
        expect(bars.first).to_contain_text(said[0]["name"])
        tab.require_accessible()

        voted.on(CALLS, votes(("brand new", 7)))
        page = tab.go(f"/tags?q=id:{one}&which=again")
        page.get_by_label("Questions at most").select_option(label="2 a second")
        tab.button("Ask for one").click()
        changes = page.get_by_test_id("tag-changes")
        expect(changes).to_contain_text("brand new")
        expect(changes).to_contain_text(said[0]["name"])
        shown = ask(f"{tab.url}/api/jobs/{run(page).get_attribute('data-job')}")
        assert shown["options"]["stages"]["tags"]["rate"] == 2
        tab.require_accessible()
        page.get_by_test_id("tagged").first.get_by_role("button").click()
        history = page.get_by_role("dialog").get_by_test_id("tag-history")
        expect(history).to_contain_text("brand new")
        tab.require_accessible()


def votes(*tags: tuple[str, int]) -> Fault:
    """The call says that these are all."""
    rows = [
        {"id": 9000 + number, "name": name, "type": "Label", "score": score}
        for number, (name, score) in enumerate(tags)
    ]
    return say(json.dumps([{"result": {"data": {"json": rows}}}]), kind="application/json")
