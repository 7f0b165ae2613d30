"""What the account of a key has: from the command line and in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.page import Screen
from tests.e2e.program import Home
from tests.e2e.settings_page import open_section

from artkeep.cli.demo import sample_site
from artkeep.demo.catalogue import build_catalogue

KEY = "demo-key-0a1b2c3d4e5f"
NAME = "sample_account"


@pytest.fixture
def at_sample_site(painted: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Settings that point a program at the sample site."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(painted))
    with sample_site() as url:
        yield {
            "ARTKEEP_SITES__CIVITAI__BASE_URL": url,
            "ARTKEEP_SITES__CIVITAI__MEDIA_URL": url,
            "ARTKEEP_SITES__CAPTURES__MEDIA_URL": url,
        }


# --- the command line


def test_likes_are_downloaded_and_kept_under_the_name(
    home: Home, at_sample_site: dict[str, str]
) -> None:
    key = {"ARTKEEP_SITES__CIVITAI__API_KEY": KEY}
    code, out, err = home.run("get", "civitai:liked:me", "-q", **at_sample_site, **key)
    assert code == 0, out + err
    liked = {str(number) for number in build_catalogue().account.liked}
    assert {name.split(".")[0] for name in home.files()} == liked
    assert home.rows("SELECT key FROM targets") == [(f"civitai:liked:{NAME}",)]
    assert home.job()["state"] == "completed"
    # Again, by the option: nothing new, and the same target.
    code, out, err = home.run("get", "--liked", "-q", **at_sample_site, **key)
    assert code == 0, out + err
    assert len(home.rows("SELECT id FROM targets")) == 1


def test_own_pictures_followed_creators_and_collections_are_listed(
    home: Home, at_sample_site: dict[str, str]
) -> None:
    key = {"ARTKEEP_SITES__CIVITAI__API_KEY": KEY}
    words = ("get", "--own", "--followed", "--own-collections", "-s", "-q")
    code, out, err = home.run(*words, **at_sample_site, **key)
    assert code == 0, out + err
    catalogue = build_catalogue()
    account = catalogue.account
    meant = {
        "user": {i.id for i in catalogue.images.values() if i.creator_id == account.creator_id},
        "followed": {
            i.id
            for i in catalogue.images.values()
            if i.creator_id in account.follows and not i.is_hidden
        },
        "collections": {
            image_id
            for one in catalogue.collections.values()
            if one.creator_id == account.creator_id
            for image_id in one.image_ids
        },
    }
    for kind, ids in meant.items():
        listed = home.rows(
            "SELECT a.site_id FROM artworks a JOIN target_artworks m ON m.artwork_id = a.id "
            f"JOIN targets t ON t.id = m.target_id WHERE t.kind = '{kind}'"
        )
        assert {int(number) for (number,) in listed} == ids, kind


def test_what_was_generated_is_downloaded_with_its_prompts(
    home: Home, at_sample_site: dict[str, str]
) -> None:
    """Two pages of workflows; signed addresses; no file of the site tells its prompt."""
    key = {"ARTKEEP_SITES__CIVITAI__API_KEY": KEY}
    code, out, err = home.run("get", "--generated", "-q", **at_sample_site, **key)
    assert code == 0, out + err
    made = build_catalogue().account.generated
    assert len(made) == 44
    assert home.rows(
        "SELECT count(*), count(DISTINCT prompt) > 10, count(DISTINCT group_id) "
        "FROM artworks WHERE download_status = 'done' AND embed_status = 'done'"
    ) == [(44, 1, 22)]
    assert home.rows("SELECT key FROM targets") == [(f"civitai_generator:generator:{NAME}",)]
    assert all(name.startswith("20") for name in home.files())


@pytest.mark.parametrize(
    "option", ["--own", "--liked", "--followed", "--own-collections", "--generated"]
)
def test_5_and_no_request_without_a_key(home: Home, option: str) -> None:
    code, out, err = home.run("get", option)
    assert code == 5
    assert "Settings › Sites & keys" in out + err
    assert home.site.server.requests == []


def test_5_and_the_scope_that_a_key_lacks(home: Home, at_sample_site: dict[str, str]) -> None:
    key = {"ARTKEEP_SITES__CIVITAI__API_KEY": "demo-key-scope-33"}
    code, out, err = home.run("get", "--own-collections", "-q", **at_sample_site, **key)
    assert code == 5
    assert "CollectionsRead" in out + err


# --- the page


def open_account(tab: Screen) -> Page:
    page = tab.go()
    tab.button("My account").click()
    expect(page.get_by_role("dialog", name="My account")).to_be_visible()
    return page


def test_without_a_key_the_page_says_where_to_set_it(demo: Screen) -> None:
    page = open_account(demo)
    choices = page.get_by_role("dialog").get_by_role("button")
    expect(choices).to_have_count(5)
    for choice in choices.all():
        expect(choice).to_be_disabled()
    demo.require_accessible()
    page.get_by_role("dialog").get_by_role("link", name="Settings › Sites & keys").click()
    expect(page.get_by_label("Civitai key")).to_be_visible()
    expect(page.get_by_text("opens your own account")).to_be_visible()


def test_with_a_key_the_page_says_what_it_sees_and_shows_the_likes(demo: Screen) -> None:
    page = open_section(demo, "sites")
    page.get_by_label("Civitai key").fill(KEY)
    demo.button("Save").click()
    expect(page.get_by_text("A key is saved.")).to_be_visible()
    page = open_account(demo)
    sees = page.get_by_role("dialog").get_by_role("status")
    expect(sees).to_have_text(f"Your key is {NAME}'s. It sees PG, PG-13, R, X, XXX.")
    demo.require_accessible()
    page.get_by_role("dialog").get_by_role("button", name="My likes").click()
    expect(page.get_by_role("grid").get_by_role("gridcell").first).to_be_visible()
    expect(page.get_by_role("textbox", name="Links or names")).to_have_value(
        f"civitai:liked:{NAME}"
    )
    expect(page.get_by_label("What it is")).to_have_value("user")
    expect(page.get_by_role("grid").locator("[data-badge=new]").first).to_be_visible()
    demo.require_accessible()
