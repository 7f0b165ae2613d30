"""Settings in a real browser: every key with where it comes from, and changes that hold."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect
from tests.e2e.library import ask
from tests.e2e.page import Screen, screen, start_page
from tests.e2e.program import Home
from tests.e2e.settings_page import change, field, open_section, row, settings_of, written
from tests.faulty import in_thread

SECTIONS = (
    *("folders", "names", "sites", "extension", "speed"),
    *("convert", "page", "doctor", "logs"),
)
# How a setting's origin is told; `where` is the file, the variable or the option.
ORIGINS = {
    "default": "default",
    "file": "from {where}",
    "environment": "from {where} in the environment",
    "command line": "from the command line: {where}",
}
POST = "/?t=civitai:post:500&see=civitai:post:500"


# --- what is shown


def test_every_key_is_shown_with_its_origin_and_its_default(
    home: Home, browser: Browser
) -> None:
    folder = home.folder / "data"
    folder.mkdir()
    (folder / "settings.toml").write_text("[workers]\ndownload = 3\n", "utf-8")
    with screen(browser, start_page(home)) as tab:
        left = settings_of(tab.url)
        assert {one["origin"] for one in left.values()} == {"default", "file", "environment"}
        for section in ("folders", "names", "sites", "speed", "convert", "page"):
            page = open_section(tab, section)
            codes = page.locator("main code")
            expect(codes.first).to_be_visible()
            for name in codes.all_inner_texts():
                one = left.pop(name)
                told = ORIGINS[one["origin"]].format(where=one["where"])
                line = page.locator("main p").filter(has=page.get_by_text(name, exact=True))
                expect(line).to_contain_text(told)
                has_default = one["type"] not in ("secret", "path") or one["default"]
                if one["origin"] != "default" and has_default:
                    expect(line).to_contain_text("Default: ")
        assert left == {}, "these are shown nowhere"
        page = open_section(tab, "speed")
        expect(row(page, "Downloads at a time")).to_contain_text("Default: 5")
        tab.require_quiet()


def test_every_section_is_accessible_in_both_themes_and_fits_a_phone(sample: Screen) -> None:
    for section in SECTIONS:
        sample.page.set_viewport_size({"width": 1280, "height": 720})
        sample.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page = open_section(sample, section)
        page.wait_for_load_state("networkidle")
        sample.require_accessible()
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(color_scheme="dark")
        assert page.evaluate("document.documentElement.scrollWidth") == 390, section
        sample.require_accessible()


def test_the_sections_are_links_that_can_be_gone_back_from(sample: Screen) -> None:
    page = open_section(sample, "folders")
    page.get_by_role("link", name="Speed & network").click()
    expect(row(page, "Proxy")).to_be_visible()
    page.go_back()
    expect(row(page, "Library")).to_be_visible()


# --- changing


def test_a_change_takes_effect_at_once_and_is_there_after_a_reload(
    tab: Screen, home: Home
) -> None:
    name = "Name given to sites"
    home.site.add("lena", 2)
    page = open_section(tab, "speed")
    change(tab, row(page, name), name, "Lena/1.0")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    ask(f"{tab.url}/api/browse?target=civitai:user:lena")
    assert home.site.server.requests[-1].headers["user-agent"] == "Lena/1.0"
    page.reload()
    expect(field(row(page, name), name)).to_have_value("Lena/1.0")
    expect(row(page, name)).to_contain_text("settings.toml")
    assert written(home) == {"net": {"user_agent": "Lena/1.0"}}
    tab.button("Restore default", row(page, name)).click()
    expect(field(row(page, name), name)).to_have_value("")
    assert "user_agent" not in written(home)["net"]


def test_what_is_chosen_counts_without_a_button(tab: Screen, home: Home) -> None:
    page = open_section(tab, "folders")
    chips = row(page, "Ratings for the SFW folder")
    tab.button("R", chips).click()
    expect(tab.button("R", chips)).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(tab.button("R", chips)).to_have_attribute("aria-pressed", "true")
    assert written(home) == {"safe_ratings": ["PG", "PG-13", "R"]}
    page = open_section(tab, "page")
    row(page, "Language of the command line").get_by_role("combobox").select_option("zh")
    expect(row(page, "Language of the command line")).to_contain_text("settings.toml")
    assert written(home)["ui"] == {"language": "zh"}


def test_what_needs_a_new_start_says_so(tab: Screen, home: Home, browser: Browser) -> None:
    name = "Processes that look at pictures"
    with screen(browser, start_page(home, ARTKEEP_WORKERS__EXAMINE="")) as other:
        page = open_section(other, "speed")
        change(other, row(page, name), name, "1")
        expect(row(page, name)).to_contain_text("Takes effect when Artkeep is started again.")
        other.require_quiet()
    expect(row(open_section(tab, "speed"), name)).to_contain_text("environment")


def test_a_key_that_the_environment_fixes_is_read_only_and_says_why(
    tab: Screen, home: Home
) -> None:
    library = row(open_section(tab, "folders"), "Library")
    expect(library).to_contain_text(str(home.library))
    expect(library).to_contain_text("from ARTKEEP_LIBRARY in the environment")
    expect(library).to_contain_text("Change it in settings.toml, the environment or")
    expect(library.get_by_role("textbox")).to_have_count(0)
    expect(library.get_by_role("button")).to_have_count(0)


def test_a_bad_value_gets_a_clear_sentence_and_nothing_is_lost(tab: Screen, home: Home) -> None:
    tab.expected = ("422",)
    page = open_section(tab, "speed")
    agent, proxy = "Name given to sites", "Proxy"
    change(tab, row(page, agent), agent, "Lena/1.0")
    before = written(home)
    number = field(row(page, "Requests per second"), "Requests per second")
    number.fill("2.5")  # typed and not saved yet
    field(row(page, proxy), proxy).fill("nowhere:80")
    tab.button("Save", row(page, proxy)).click()
    said = row(page, proxy).get_by_role("alert")
    expect(said).to_have_text(
        "Setting net.proxy: must start with http://, https:// or socks5://"
    )
    tab.require_accessible()
    expect(field(row(page, proxy), proxy)).to_have_value("nowhere:80")
    expect(number).to_have_value("2.5")
    assert written(home) == before
    tab.button("Discard", row(page, proxy)).click()
    expect(field(row(page, proxy), proxy)).to_have_value("")
    expect(said).to_have_count(0)
    tab.button("Save", row(page, "Requests per second")).click()
    expect(row(page, "Requests per second")).to_contain_text("settings.toml")
    assert written(home) == {"net": {"user_agent": "Lena/1.0", "requests_per_s": 2.5}}


def test_a_number_out_of_its_limits_is_not_even_sent(tab: Screen, home: Home) -> None:
    page = open_section(tab, "speed")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    workers = field(row(page, "Downloads at a time"), "Downloads at a time")
    workers.fill("21")
    tab.button("Save", row(page, "Downloads at a time")).click()
    assert "20" in workers.evaluate("(field) => field.validationMessage")
    assert "PUT" not in asked
    workers.fill("20")
    tab.button("Save", row(page, "Downloads at a time")).click()
    expect(row(page, "Downloads at a time")).to_contain_text("settings.toml")
    assert written(home) == {"workers": {"download": 20}}


def test_everything_that_is_fetched_goes_by_the_proxy_that_was_typed(
    tab: Screen, home: Home
) -> None:
    """The password of its address is shown nowhere afterwards (SE-23)."""
    home.site.add("lena", 2)
    tab.expected = ("404", "502", "503")  # the gallery has no small pictures
    with in_thread() as proxy:
        proxy.on(f"{home.site.url}/api/v1/images", home.site.listing)
        page = open_section(tab, "speed")
        address = proxy.origin.replace("//", "//lena:hidden-canary@")
        change(tab, row(page, "Proxy"), "Proxy", address)
        expect(field(row(page, "Proxy"), "Proxy")).not_to_have_value(re.compile("canary"))
        page.reload()
        expect(field(row(page, "Proxy"), "Proxy")).to_have_value(re.compile("lena:"))
        assert "canary" not in page.content()
        tab.go(POST)
        expect(page.get_by_role("gridcell")).to_have_count(2)
        page.wait_for_load_state("networkidle")
        assert all(one.path.startswith("http://") for one in proxy.requests)
        assert "proxy-authorization" in proxy.requests[0].headers
    assert home.site.server.requests == []
    assert not (home.folder / "data" / "settings.toml").exists()
    assert "canary" in (home.folder / "data" / "secrets.toml").read_text("utf-8")
