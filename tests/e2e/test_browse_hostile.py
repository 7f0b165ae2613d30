"""Browse & Download with a catalogue that means harm: everything in it is only text."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.page import Screen
from tests.faulty_answers import json_reply, serve
from tests.gallery import Gallery, model

SCRIPTS = (
    '"\'><img src=x onerror="window.harmed=1"><script>window.harmed=1</script>'
    "{{constructor.constructor('window.harmed=1')()}}<svg/onload=window.harmed=1>"
    "<iframe srcdoc='<script>parent.harmed=1</script>'></iframe>javascript:window.harmed=1//"
)
# What turns the direction of everything after it, piles up, hides, or is not there at all.
BIDI = (
    "\u202e\u2066\u202dtxet\u2069 \u200f\u061c"
    + "a\u0301\u0302\u0303" * 20
    + "\u200b\ufeff\ufffd"
)
LONG = "W" * 1_000_000
MODEL = "civitai:model:900"
AMOUNT = 2
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 720}


@pytest.fixture(
    params=[SCRIPTS, BIDI, LONG, f"{BIDI}{SCRIPTS}"], ids=["scripts", "bidi", "long", "both"]
)
def text(request: pytest.FixtureRequest) -> str:
    """What stands in every field."""
    found: str = request.param
    return found


@pytest.fixture
def catalogue(site: Gallery, text: str) -> None:
    """A model of that name, with pictures that say it everywhere."""
    meta = {
        "prompt": text,
        "negativePrompt": text,
        "Model": text,
        "seed": text,
        "sampler": text,
        text[:1000]: text,
        "resources": [{"type": text, "name": text, "weight": 1}],
    }
    odd = {"meta": meta, "baseModel": text, "hash": text}
    pictures = site.add(text, AMOUNT, model=900, version=70, tags=(text,), changes=odd)
    site.server.on("/api/v1/models/900", json_reply(model(900, text, [(70, text)])))
    for one in pictures:
        for width in (12, 450, 1200):
            site.media(one, serve(one.body), rung=f"width={width},optimized=true")


def cells(page: Page) -> Locator:
    return page.get_by_role("grid", name=re.compile("^Cards of")).get_by_role("gridcell")


def require_only_text(tab: Screen, at: str) -> None:
    """Nothing has run or become an element, and the layout holds at both sizes."""
    page = tab.page
    assert page.evaluate("window.harmed") is None, at
    assert page.locator("img[src=x], iframe, script:not([src]), [onload]").count() == 0, at
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"], at
        assert page.evaluate("document.documentElement.scrollHeight") == size["height"], at


@pytest.mark.usefixtures("catalogue")
def test_nothing_of_a_hostile_catalogue_runs_or_breaks_the_page(tab: Screen, text: str) -> None:
    """SE-7, from the preview to the end of the download."""
    page = tab.go(f"/?t={MODEL}&see={MODEL}")
    expect(cells(page)).to_have_count(AMOUNT)
    expect(cells(page).first.get_by_role("img")).to_be_visible()
    require_only_text(tab, "the cards")

    cells(page).first.click()
    box = page.get_by_role("dialog")
    expect(box.get_by_test_id("prompt")).to_contain_text(text.replace("\x00", "")[:60])
    require_only_text(tab, "the lightbox")
    tab.require_accessible()
    page.keyboard.press("Escape")

    tab.button("Download").click()
    job = page.locator("[data-job]")
    expect(job).to_have_attribute("data-state", "completed")
    expect(cells(page).first.locator("[data-badge=have]")).to_be_visible()
    tab.button("Show details", job).click()
    expect(job.get_by_text("How it was listed")).to_be_visible()
    require_only_text(tab, "the job")
    tab.require_accessible()

    tab.go(f"/?t={MODEL}&see={MODEL}&job={job.get_attribute('data-job')}")
    expect(page.get_by_role("region", name="All jobs").get_by_role("tab").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(cells(page)).to_have_count(AMOUNT)
    require_only_text(tab, "everything together with the drawer")


@pytest.mark.usefixtures("catalogue")
def test_a_hostile_name_can_be_asked_for_and_is_only_text(tab: Screen, text: str) -> None:
    """What somebody was made to paste."""
    tab.expected = ("404", "422")
    page = tab.go("/")
    page.get_by_role("textbox", name="Links or names, one per line").fill(text[:150])
    expect(page.get_by_role("list", name="What was understood")).to_be_visible()
    page.wait_for_load_state("networkidle")
    require_only_text(tab, "the form")
    tab.button("Preview").click()
    page.wait_for_load_state("networkidle")
    require_only_text(tab, "the answer")
    tab.require_accessible()
