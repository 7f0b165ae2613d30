"""The browser extension in a real Chromium: paired, and then only browsed with (SE-20).

Pages that imitate the services lie behind the services' own names, so that what is tested is
the extension as it is shipped.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from tests.e2e.page import Screen, page_is_built, start_page
from tests.e2e.program import ROOT, Home
from tests.faults.importing import SAMPLES, reads, serve_media
from tests.faulty import Exchange, FaultyServer, in_thread
from tests.faulty_answers import html, json_reply
from tests.gallery import Gallery
from tests.web.chromium import chromium_path

EXTENSION = ROOT / "frontend" / "dist" / "extension"
CERTIFICATE = ROOT / "tests" / "net" / "fixtures" / "self_signed.pem"
pytestmark = pytest.mark.skipif(
    not page_is_built() or not (EXTENSION / "manifest.json").exists(),
    reason="the page and its extension are not built: npm run build in frontend",
)

STARRYAI = SAMPLES / "starryai-creationsV2.response.json"
CHANNEL = SAMPLES / "nightcafe-firestore-channel.raw.txt"
NEXT_DATA = SAMPLES / "nightcafe-nextdata-creation.json"
CANARY = "cAnArY"
NAMES = (
    "app.starryai.com",
    "creator.nightcafe.studio",
    "firestore.googleapis.com",
    "a.example",
)
CHANNEL_URL = "https://firestore.googleapis.com/google.firestore/channel?gsessionid=x&SID=y"

STARRYAI_PAGE = f"""<title>mine</title><script>
  document.cookie = 'login={CANARY}; Secure'
  const options = {{ method: 'POST', headers: {{ authorization: '{CANARY}' }}, body: '{{}}' }}
  fetch('https://a.example/list').catch(() => 0)
  fetch('/graphql', options).then((answer) => answer.json()).then((told) => {{
    document.title = told.data.creationsV2.length + ' of mine'
  }})
</script>"""
NIGHTCAFE_PAGE = """<title>mine</title>
<script id="__NEXT_DATA__" type="application/json">%s</script><script>
  const asked = new XMLHttpRequest()
  asked.open('GET', '%s')
  asked.onprogress = () => { document.title = 'listening' }
  asked.send()
</script>"""


async def open_channel(exchange: Exchange) -> None:
    """Says what there is, and goes on for as long as the page is open."""
    body = CHANNEL.read_bytes()
    head = {"Content-Type": "text/plain", "Access-Control-Allow-Origin": "*"}
    await exchange.send_head(200, head | {"Content-Length": str(len(body) + 1)})
    await exchange.send(body)
    await exchange.wait()


@pytest.fixture
def services_pages() -> Iterator[FaultyServer]:
    """Both services, behind one port."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    with in_thread(tls) as server:
        server.on("/app/my-creations", html(STARRYAI_PAGE))
        server.on("/graphql", json_reply(json.loads(STARRYAI.read_text("utf-8"))))
        foreign = {"Access-Control-Allow-Origin": "*"}
        server.on("/list", json_reply({"secret": CANARY}, headers=foreign))
        told = {"props": json.loads(NEXT_DATA.read_text("utf-8"))}
        server.on("/creation/x", html(NIGHTCAFE_PAGE % (json.dumps(told), CHANNEL_URL)))
        server.on("/google.firestore/channel", open_channel)
        yield server


@contextmanager
def with_extension(folder: Path, server: FaultyServer) -> Iterator[BrowserContext]:
    """A Chromium that has the extension and finds the services here."""
    places = ",".join(f"MAP {name}:443 127.0.0.1:{server.port}" for name in NAMES)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=chromium_path(),
            headless=False,  # the old kind of headless has no extensions, --headless=new has
            args=[
                "--headless=new",
                "--no-proxy-server",
                "--ignore-certificate-errors",
                f"--disable-extensions-except={EXTENSION}",
                f"--load-extension={EXTENSION}",
                f"--host-resolver-rules={places}",
            ],
            viewport={"width": 1280, "height": 720},
            locale="en-US",
        )
        try:
            yield context
        finally:
            context.close()


def popup_of(context: BrowserContext) -> Page:
    """The extension's window, as a tab."""
    worker = context.service_workers[0] if context.service_workers else None
    worker = worker or context.wait_for_event("serviceworker")
    page = context.new_page()
    page.goto(worker.url.replace("background.js", "popup.html"))
    return page


def test_creations_arrive_while_their_pages_are_looked_at(
    home: Home, site: Gallery, services_pages: FaultyServer, tmp_path: Path
) -> None:
    serve_media(site, reads(STARRYAI).creations)
    url = start_page(home, ARTKEEP_SITES__CAPTURES__MEDIA_URL=site.url)
    with with_extension(tmp_path / "profile", services_pages) as context:
        tab = Screen(context.new_page(), url)
        page = tab.go("/import")
        pairing = page.get_by_test_id("pairing")
        tab.button("Pair", pairing).click()
        code = pairing.get_by_test_id("code").inner_text()

        popup = popup_of(context)
        popup.get_by_label("Code").fill("22222-22222@" + code.partition("@")[2])
        popup.get_by_role("button", name="Pair").click()
        expect(popup.locator("#failed")).to_have_text(
            "This is not the code that Artkeep shows."
        )
        popup.get_by_label("Code").fill(code.lower())
        popup.get_by_role("button", name="Pair").click()
        expect(popup.locator("#ready")).to_contain_text(url.replace("http://", ""))
        expect(pairing).to_contain_text("Chrome, Artkeep")
        expect(pairing.get_by_test_id("code")).to_have_count(0)

        service = context.new_page()
        service.goto("https://app.starryai.com/app/my-creations")
        expect(service).to_have_title("2 of mine")
        inbox = page.get_by_test_id("inbox")
        expect(inbox).to_contain_text("2 creations wait for you")
        expect(inbox).to_contain_text("StarryAI 2")
        expect(inbox).to_contain_text("from app.starryai.com")
        expect(popup.locator("#sent")).to_have_text("Picked up: 2")
        tab.require_accessible()

        tab.button("Look at it", inbox).click()
        found = page.get_by_test_id("import-found")
        expect(found).to_contain_text("StarryAI2 creations5 new")
        service.goto("https://creator.nightcafe.studio/creation/x")
        expect(service).to_have_title("listening")
        expect(inbox).to_contain_text("more have come")  # of a channel that never ends
        tab.button("Import 5", found).click()
        job = page.get_by_test_id("library-job")
        expect(job).to_contain_text("Import 5 of StarryAI")
        expect(job).to_contain_text("completed")
        expect(inbox).to_contain_text("NightCafe")
        expect(inbox).not_to_contain_text("StarryAI 2")

        tab.button("Revoke", pairing).click()
        expect(pairing.get_by_role("button", name="Revoke")).to_have_count(0)
        service.goto("https://app.starryai.com/app/my-creations")
        expect(popup.locator("#trouble")).to_contain_text("Pair it again")
        tab.require_quiet()
    kept = [path for part in ("data", "library") for path in (home.folder / part).rglob("*")]
    assert not [
        path for path in kept if path.is_file() and CANARY.encode() in path.read_bytes()
    ]
