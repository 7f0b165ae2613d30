"""Keys, doctor and logs in Settings in a real browser, and what is the browser's own."""

from __future__ import annotations

import json
import re
import urllib.request

from playwright.sync_api import Browser, expect
from tests.e2e.library import ask
from tests.e2e.page import Screen, screen, start_page
from tests.e2e.program import Home
from tests.e2e.settings_page import open_section, settings_of

KEY = "demo-key-0a1b2c3d4e5f"


# --- keys


def test_a_key_is_checked_at_the_site_and_goes_in_and_never_out(demo: Screen) -> None:
    """SE-23: the page shows that there is one, and its last four characters."""
    heard: list[bytes] = []
    page = demo.page
    page.on(
        "response",
        lambda reply: heard.append(reply.body()) if "/api/settings" in reply.url else None,
    )
    open_section(demo, "sites")
    key = page.get_by_label("Civitai key")
    expect(key).to_have_attribute("type", "password")
    expect(page.get_by_text("No key: what needs one cannot be seen.")).to_be_visible()
    key.fill("made-up-key-000000")
    demo.button("Check").click()
    expect(page.get_by_text("Civitai does not accept this key.")).to_be_visible()
    key.fill(KEY)
    demo.button("Check").click()
    expect(page.get_by_role("status").get_by_text("Works")).to_be_visible()
    assert not settings_of(demo.url)["sites.civitai.api_key"]["is_set"], "it was only tried"
    demo.button("Save").click()
    expect(page.get_by_text(f"A key is saved. It ends in {KEY[-4:]}.")).to_be_visible()
    expect(key).to_have_value("")
    demo.button("Check").click()  # the saved one
    expect(page.get_by_role("status").get_by_text("Works")).to_be_visible()
    page.reload()
    expect(page.get_by_text("secrets.toml")).to_be_visible()
    demo.require_accessible()
    assert KEY not in page.content()
    assert heard
    assert KEY.encode() not in b"".join(heard)
    assert KEY not in json.dumps(ask(f"{demo.url}/api/settings"))
    demo.button("Remove key").click()
    expect(page.get_by_text("No key: what needs one cannot be seen.")).to_be_visible()
    assert not settings_of(demo.url)["sites.civitai.api_key"]["is_set"]


def test_a_key_that_the_environment_gives_cannot_be_changed_here(
    home: Home, browser: Browser
) -> None:
    with screen(browser, start_page(home, ARTKEEP_SITES__CIVITAI__API_KEY=KEY)) as tab:
        page = open_section(tab, "sites")
        expect(page.get_by_text(f"It ends in {KEY[-4:]}.")).to_be_visible()
        expect(page.get_by_text("from ARTKEEP_SITES__CIVITAI__API_KEY in")).to_be_visible()
        expect(page.get_by_label("Civitai key")).to_have_count(0)
        assert KEY not in page.content()
        tab.require_quiet()


# --- doctor, logs


def test_the_doctor_says_what_is_missing_and_what_is_off_without_it(
    home: Home, browser: Browser
) -> None:
    (home.folder / "no programs").mkdir()
    with screen(browser, start_page(home, PATH=str(home.folder / "no programs"))) as tab:
        page = open_section(tab, "doctor")
        missing = page.get_by_role("listitem").filter(has_text="not installed")
        expect(missing.filter(has_text="exiftool")).to_contain_text("Install it with")
        told = ask(f"{tab.url}/api/doctor")
        for program in told["programs"]:
            expect(missing.filter(has_text=program["name"])).to_contain_text(program["feature"])
        for check in told["checks"]:
            expect(
                page.get_by_role("listitem").filter(has_text=check["name"])
            ).not_to_have_count(0)
        expect(page.get_by_text("this one")).to_be_visible()
        (home.folder / "data").chmod(0o755)
        tab.button("Check again").click()
        expect(page.get_by_text("can be read by other users of this computer")).to_be_visible()
        expect(page.get_by_text(f"chmod 700 {home.folder / 'data'}")).to_be_visible()
        tab.require_quiet()


def test_the_log_follows_and_can_be_filtered_and_taken_along(tab: Screen, home: Home) -> None:
    home.site.add("lena", 2)
    page = open_section(tab, "logs")
    lines = page.get_by_role("list", name="Log lines, the newest first").get_by_role("listitem")
    expect(lines.first).to_be_visible()
    ask(f"{tab.url}/api/jobs", {"targets": ["civitai:user:lena"]})
    expect(page.get_by_role("link", name="job 1").first).to_be_visible()
    before = lines.count()
    page.get_by_role("searchbox", name="Search the log").fill("job")
    expect(page).to_have_url(re.compile("q=job"))
    expect(lines).not_to_have_count(before)
    expect(lines.filter(has_not_text="job")).to_have_count(0)
    page.get_by_role("searchbox", name="Search the log").fill("no such line anywhere")
    expect(page.get_by_text("No line is like that.")).to_be_visible()
    tab.button("Clear the filter").click()
    expect(lines.first).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download", exact=True).click()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    assert taken.value.suggested_filename == "artkeep-log.txt"
    with opener.open(f"{tab.url}/api/logs.txt", timeout=20) as reply:
        assert taken.value.path().read_bytes()[:500] == reply.read()[:500]


# --- this browser


def test_how_the_page_looks_belongs_to_the_browser(tab: Screen) -> None:
    page = open_section(tab, "page")
    page.get_by_role("radio", name="Dark").check()
    page.get_by_role("radio", name="简体中文").check()
    expect(page.get_by_role("heading", name="设置")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="设置")).to_be_visible()
    expect(page.locator("html")).to_have_class("dark")
