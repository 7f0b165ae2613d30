"""The Import tab in a real browser: drop a capture, look, untick, import, and see it arrive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.page import page_is_built, screen, start_page
from tests.e2e.program import Home
from tests.faults.importing import SAMPLES, har_of, reads, serve_media
from tests.gallery import Gallery

pytestmark = pytest.mark.skipif(not page_is_built(), reason="there is no page to open")

STARRYAI = SAMPLES / "starryai-creationsV2.response.json"
HOSTILE = "<img src=x onerror=alert(1)>"


def test_a_dropped_capture_is_looked_at_and_imported(
    browser: Browser, home: Home, site: Gallery, tmp_path: Path
) -> None:
    text = STARRYAI.read_text("utf-8").replace("Paper lighthouse", HOSTILE)
    serve_media(site, reads(json.loads(text)).creations)
    har = tmp_path / "afternoon.har"
    login = {"Cookie": "a=b", "Authorization": "Bearer abcdefgh"}
    har.write_bytes(har_of({"url": "https://a.example", "text": text, "headers": login}))
    url = start_page(home, ARTKEEP_SITES__CAPTURES__MEDIA_URL=site.url)

    with screen(browser, url) as tab:
        page = tab.go("/import")
        page.locator("input[type=file]").set_input_files(har)
        found = page.get_by_test_id("import-found")
        expect(found).to_contain_text("StarryAI2 creations5 new")
        expect(found).to_contain_text("2 logins and signatures in it are not kept.")
        expect(found).to_contain_text(HOSTILE)
        assert "abcdefgh" not in page.content()
        tab.require_accessible()
        expect(found.locator("img").first).to_have_js_property("complete", True)
        found.get_by_role("checkbox").last.uncheck()
        tab.button("Import 1", found).click()

        job = page.get_by_test_id("library-job")
        expect(job).to_contain_text("completed")
        expect(job).to_contain_text("Import 1 of StarryAI")
        page.locator("input[type=file]").set_input_files(har)
        expect(found).to_contain_text("4 new1 already here")
        tab.button("Forget it", found).click()
        page.get_by_label("Paste what the service sent").fill(
            'fetch("https://api.nightcafe.studio/x", {"headers": {"a": "abcdefgh"}});'
        )
        tab.button("Look what is in it").click()
        expect(found).to_contain_text("api.nightcafe.studio, with your login in them")
        expect(tab.button("Send the request", found)).to_be_visible()
        tab.require_quiet()
