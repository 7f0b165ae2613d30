"""Another page in the user's browser, for real: it can neither read nor change anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import request
from playwright.sync_api import Browser, Page
from tests.web.chromium import chromium
from tests.web.conftest import Served

HOW = """
async ([url, how]) => {
  const settle = (target, good, bad) => new Promise((done) => {
    target.addEventListener(good, () => done('worked'));
    target.addEventListener(bad, () => done('refused'));
  });
  const load = (tag, address) => {
    const element = document.createElement(tag);
    const end = settle(element, 'load', 'error');
    element[tag === 'link' ? 'href' : 'src'] = url + address;
    if (tag === 'link') element.rel = 'stylesheet';
    document.body.append(element);
    return end;
  };
  const post = { method: 'POST', body: '{"kind":"download","targets":["civitai:user:x"]}' };
  const json = { headers: { 'Content-Type': 'application/json' } };
  const ask = (address, options) =>
    fetch(url + address, options).then((reply) => reply.text())
      .then((text) => 'read ' + text, () => 'refused');
  switch (how) {
    case 'read': return await ask('/api/status');
    case 'read without cors': return await ask('/api/status', { mode: 'no-cors' });
    case 'read with cookies': return await ask('/api/status', { credentials: 'include' });
    case 'change with JSON': return await ask('/api/jobs', { ...post, ...json });
    case 'change with text': return await ask('/api/jobs', { ...post, mode: 'no-cors' });
    case 'beacon': navigator.sendBeacon(url + '/api/jobs', post.body); return 'refused';
    case 'picture': return await load('img', '/favicon.svg');
    case 'script': return await load('script', '/theme.js');
    case 'style': return await load('link', '/assets/index.css');
    case 'socket':
      return await settle(
        new WebSocket(url.replace('http', 'ws') + '/api/events'), 'open', 'error');
    case 'form': {
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', action: url + '/api/jobs', enctype: 'text/plain' });
      const frame = document.createElement('iframe');
      frame.name = form.target = 'there';
      document.body.append(frame, form);
      const done = settle(frame, 'load', 'error');
      form.submit();
      await done;
      return 'refused';
    }
  }
}
"""
WAYS = (
    *("read", "read without cors", "read with cookies", "change with JSON", "change with text"),
    *("beacon", "picture", "script", "style", "socket", "form"),
)


class OtherSite(BaseHTTPRequestHandler):
    """A page of somebody else, on another port of this machine."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>other</title><body>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--host-resolver-rules=MAP *.test 127.0.0.1") as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def other_site() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherSite)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def reached(served: Served) -> list[str]:
    """What gets past the guard."""
    seen: list[str] = []

    @served.app.before_request
    def note() -> None:
        seen.append(request.path)

    return seen


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "evil.test"])
def test_another_page_gets_nothing(
    served: Served, other_site: int, page: Page, reached: list[str], name: str
) -> None:
    page.goto(f"http://{name}:{other_site}/")
    for how in WAYS:
        said = page.evaluate(HOW, [served.url, how])
        assert said in ("refused", "read "), how  # an opaque answer reads as nothing
    page.wait_for_load_state("networkidle")
    assert reached == []


def test_a_name_that_was_pointed_at_us_meets_a_closed_door(
    served: Served, page: Page, reached: list[str]
) -> None:
    reply = page.goto(f"http://rebound.test:{served.port}/")
    assert reply is not None
    assert reply.status == 403
    assert page.evaluate(HOW, [f"http://rebound.test:{served.port}", "socket"]) == "refused"
    assert reached == []


def test_our_own_page_may_do_all_of_it(served: Served, page: Page, reached: list[str]) -> None:
    page.goto(served.url + "/")
    assert '"version"' in page.evaluate(HOW, [served.url, "read"])
    assert page.evaluate(HOW, [served.url, "socket"]) == "worked"
    assert "/api/status" in reached
    assert "/api/events" in reached


def test_a_link_on_another_page_opens_ours(served: Served, other_site: int, page: Page) -> None:
    page.goto(f"http://evil.test:{other_site}/")
    page.evaluate("url => { location.href = url }", f"{served.url}/browse")
    page.wait_for_url(f"{served.url}/browse")
    assert page.evaluate("document.contentType") == "text/html"


def test_no_other_page_can_frame_ours(
    served: Served, other_site: int, page: Page, reached: list[str]
) -> None:
    page.goto(f"http://127.0.0.1:{other_site}/")
    page.evaluate(
        """url => new Promise((done) => {
          const frame = document.createElement('iframe');
          frame.addEventListener('load', done);
          frame.src = url;
          document.body.append(frame);
        })""",
        f"{served.url}/",
    )
    assert reached == []
