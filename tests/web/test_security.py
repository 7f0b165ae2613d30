"""Who may ask: Host, Origin, Sec-Fetch-Site, body types, and the headers of every reply."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.faults.scene import SHORT, Scene
from tests.gallery import gallery
from tests.web.conftest import PORT, Served, serve
from tests.web.raw import Reply, Wire, ask

from artkeep.web.security import own_hosts
from artkeep.web.services import Services

JSON = "Content-Type: application/json"
UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
PATHS = ("/", "/assets/none.js", "/favicon.svg", "/api/status", "/api/nothing", "/media/1")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all of this file: nothing here changes anything."""
    with gallery() as site:
        scene = Scene(tmp_path_factory.mktemp("home"), site)
        with (
            scene.running(SHORT) as (engine, store),
            serve(Services(scene.settings, store, engine, PORT)) as running,
        ):
            yield running


def with_host(served: Served, *lines: str, path: str = "/api/status") -> Reply:
    """A request whose Host lines are exactly these; {port} is filled in."""
    head = [f"GET {path} HTTP/1.1", *(line.format(port=served.port) for line in lines)]
    with Wire(served.port) as wire:
        wire.send("\r\n".join([*head, "", ""]).encode("latin-1"))
        return wire.reply()


OWN = ("Host: 127.0.0.1:{port}", "Host: localhost:{port}", "Host: [::1]:{port}")
FOREIGN = (
    "Host: evil.test",
    "Host: evil.test:{port}",
    "Host: 127.0.0.1",
    "Host: 127.0.0.1:1{port}",
    "Host: 127.0.0.1:0{port}",
    "Host: 127.0.0.1:{port}0",
    "Host: 127.0.0.1:",
    "Host: 127.0.0.1:{port}.evil.test",
    "Host: 127.0.0.1.evil.test:{port}",
    "Host: evil.test#127.0.0.1:{port}",
    "Host: user@127.0.0.1:{port}",
    "Host: 127.0.0.1:{port}@evil.test",
    "Host: 127.0.0.1:{port}/",
    "Host: http://127.0.0.1:{port}",
    "Host: 127.1:{port}",
    "Host: 0x7f.0.0.1:{port}",
    "Host: 2130706433:{port}",
    "Host: 0177.0.0.1:{port}",
    "Host: 127.0.0.2:{port}",
    "Host: 0.0.0.0:{port}",
    "Host: 0:{port}",
    "Host: localhost.:{port}",
    "Host: LOCALHOST:{port}",
    "Host: localhost.localdomain:{port}",
    "Host: evil.localhost:{port}",
    "Host: localhost",
    "Host: ::1:{port}",
    "Host: [::1]",
    "Host: [0:0:0:0:0:0:0:1]:{port}",
    "Host: [::ffff:127.0.0.1]:{port}",
    "Host: 127.0.0.1:{port}, evil.test",
    "Host: 127.0.0.1:{port} evil.test",
    "Host: 127.0.0.1\t:{port}",
    "Host: １２７.0.0.1:{port}".encode().decode("latin-1"),
    "Host:",
    "X-Forwarded-Host: 127.0.0.1:{port}",
    "Host : evil.test",
)


@pytest.mark.parametrize("line", OWN)
def test_our_own_names_are_answered(served: Served, line: str) -> None:
    assert with_host(served, line).status == 200


def test_names_that_the_user_has_listed_mean_us_too() -> None:
    hosts = own_hosts(5000, "art.lan:8080, [fd00::7]:80")
    assert {"art.lan:8080", "[fd00::7]:80", "localhost:5000"} <= hosts
    assert not {"art.lan:5000", "art.lan", "lan:8080", ""} & hosts
    assert (
        own_hosts(5000)
        == own_hosts(5000, "")
        == {*("127.0.0.1:5000", "localhost:5000", "[::1]:5000")}
    )


@pytest.mark.parametrize("line", FOREIGN)
def test_every_other_spelling_of_host_is_refused_everywhere(served: Served, line: str) -> None:
    for path in PATHS:
        reply = with_host(served, line, path=path)
        assert (reply.status, reply.json["code"]) == (403, "foreign_host")


@pytest.mark.parametrize(
    "lines",
    [
        ("Host: 127.0.0.1:{port}", "Host: evil.test"),
        ("Host: evil.test", "Host: 127.0.0.1:{port}"),
        ("Host: evil.test", " 127.0.0.1:{port}"),
    ],
)
def test_a_host_that_is_said_twice_is_a_bad_request(
    served: Served, lines: tuple[str, str]
) -> None:
    assert with_host(served, *lines).status == 400


def test_a_header_that_only_looks_like_host_does_not_count(served: Served) -> None:
    reply = with_host(served, "Host: evil.test", "HTTP_HOST: 127.0.0.1:{port}")
    assert reply.status == 403


def test_an_address_in_the_request_line_does_not_replace_host(served: Served) -> None:
    reply = ask(served.port, "GET", f"http://evil.test:{served.port}/api/status")
    assert reply.status == 400


def test_host_stands_above_the_socket_too(served: Served) -> None:
    assert with_host(served, "Host: evil.test", *UPGRADE, path="/api/events").status == 403


OTHER_ORIGINS = (
    "http://127.0.0.1:1",
    "http://127.0.0.1",
    "https://127.0.0.1:{port}",
    "http://localhost:{port}",
    "http://evil.test",
    "http://127.0.0.1:{port}.evil.test",
    "http://127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}",
    "null",
    "file://",
    "chrome-extension://abc",
    "",
)


@pytest.mark.parametrize("origin", OTHER_ORIGINS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_another_origin_is_refused(served: Served, method: str, origin: str) -> None:
    line = f"Origin: {origin.format(port=served.port)}"
    for path in PATHS:
        reply = ask(served.port, method, path, line, JSON)
        assert (reply.status, reply.json["code"]) == (403, "foreign_origin")


def test_our_own_origin_may_ask(served: Served) -> None:
    own = f"Origin: {served.url}"
    assert ask(served.port, "GET", "/api/status", own).status == 200
    assert ask(served.port, "POST", "/api/status", own, JSON).status == 405  # but no 403


def test_an_origin_that_is_said_twice_is_a_bad_request(served: Served) -> None:
    lines = (f"Origin: {served.url}", "Origin: http://evil.test")
    assert ask(served.port, "GET", "/api/status", *lines).status == 400


@pytest.mark.parametrize("origin", ["cross-site", "same-site", "something-new", ""])
@pytest.mark.parametrize("path", ["/api/status", "/favicon.svg", "/media/1", "/assets/x.js"])
def test_what_another_page_loads_is_refused(served: Served, path: str, origin: str) -> None:
    for more in ((), ("Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")):
        reply = ask(served.port, "GET", path, f"Sec-Fetch-Site: {origin}", *more)
        assert (reply.status, reply.json["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize("path", ["/", "/browse", "/database?q=cat"])
def test_a_link_elsewhere_may_lead_to_the_empty_page(served: Served, path: str) -> None:
    visit = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
    allowed = ask(served.port, "GET", path, *visit, "Sec-Fetch-Dest: document")
    framed = ask(served.port, "GET", path, *visit, "Sec-Fetch-Dest: iframe")
    assert allowed.headers["content-type"].startswith("text/html")
    assert framed.status == 403
    assert ask(served.port, "GET", path, "Sec-Fetch-Site: cross-site").status == 403


@pytest.mark.parametrize("origin", ["same-origin", "none"])
def test_our_page_and_the_address_bar_may_read(served: Served, origin: str) -> None:
    assert ask(served.port, "GET", "/api/status", f"Sec-Fetch-Site: {origin}").status == 200


def test_what_changes_something_comes_from_our_page_only(served: Served) -> None:
    reply = ask(served.port, "POST", "/api/status", "Sec-Fetch-Site: none", JSON)
    assert reply.status == 403


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "text/plain; application/json",
        "application/jsonp",
        "application/json, text/plain",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_form_changes_nothing(served: Served, method: str, kind: str) -> None:
    reply = ask(served.port, method, "/api/status", f"Content-Type: {kind}", body=b"{}")
    assert (reply.status, reply.json["code"]) == (415, "not_json")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_gets_through(client: FlaskClient, kind: str) -> None:
    reply = client.post("/api/status", data=b"{}", headers={"Content-Type": kind})
    assert reply.status_code == 405  # the address does not take it, the guard did


@pytest.mark.parametrize("path", ["/api/status", "/api/nothing", "/", "*"])
def test_a_preflight_is_refused(served: Served, path: str) -> None:
    lines = (f"Origin: {served.url}", "Access-Control-Request-Method: POST")
    assert ask(served.port, "OPTIONS", path, *lines).status == 403


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_an_odd_method_is_refused(served: Served, method: str) -> None:
    assert ask(served.port, method, "/api/status").status == 405


def test_every_reply_carries_the_policy_and_none_lets_others_read(
    app: Flask, client: FlaskClient
) -> None:
    paths = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not rule.arguments and not rule.websocket
    ]
    assert "/api/status" in paths
    for path in [*paths, *PATHS]:
        for headers in ({}, {"Origin": f"http://127.0.0.1:{PORT}"}, {"Origin": "null"}):
            for method in ("GET", "POST", "OPTIONS", "HEAD"):
                reply = client.open(path, method=method, headers=headers)
                assert reply.headers["X-Content-Type-Options"] == "nosniff"
                assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
                assert "unsafe" not in reply.headers["Content-Security-Policy"]
                assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"
                assert "access-control" not in str(reply.headers).lower()


def test_what_the_server_itself_refuses_carries_it_too(served: Served) -> None:
    with Wire(served.port) as wire:
        wire.send(b"nonsense\r\n\r\n")
        reply = wire.reply()
    assert (reply.status, reply.json["code"]) == (400, "bad_request")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["content-security-policy"]


def test_the_page_may_load_from_itself_only(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"].split("; ")
    assert policy == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
    ]
