"""Browsing what cannot be had: targets, cursors and filters made up, sites that fail."""

from __future__ import annotations

from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.faulty_answers import json_reply, stall
from tests.gallery import Gallery, trpc
from tests.web.asking_browse import LENA, browse, refused

from artkeep.jobs import preview
from artkeep.web import browse as view
from artkeep.web.services import Services


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("civitay:user:lena", "Did you mean civitai:user:lena"),
        ("civitai:usr:lena", "Did you mean civitai:user"),
        ("https://civitai.con/user/lena", "Did you mean civitai.com"),
        ("https://civitai.com@evil.test/user/lena", "Known sites"),
        ("", "Paste a link"),
        ("civitai:model:abc", "not the number"),
    ],
)
def test_what_is_no_target_is_refused_with_a_hint(
    client: FlaskClient, site: Gallery, target: str, hint: str
) -> None:
    status, _, message = refused(client, target)
    assert status == 422
    assert hint in message
    assert site.server.requests == []


def test_a_target_that_the_site_does_not_know_is_not_found(client: FlaskClient) -> None:
    status, code, message = refused(client)
    assert (status, code) == (404, "target_not_found")
    assert "does not know the user lena" in message


def test_a_private_collection_says_that_a_key_helps(client: FlaskClient, site: Gallery) -> None:
    site.server.on("/api/trpc/collection.getById", trpc({"collection": None}))
    status, code, message = refused(client, "civitai:collection:5")
    assert (status, code) == (403, "auth_required")
    assert "set your Civitai key" in message


@pytest.mark.parametrize(
    ("status", "body", "shown"),
    [
        (500, {"error": "down"}, (503, "server_error")),
        (503, {"error": "down"}, (503, "server_error")),
        (403, {"error": "no"}, (403, "not_permitted")),
        (451, {"error": "x", "code": "REGION_BLOCKED"}, (451, "region_blocked")),
        (400, {"error": "bad"}, (503, "request_refused")),
    ],
)
def test_a_site_that_refuses_is_quoted_in_words(
    client: FlaskClient, site: Gallery, status: int, body: Any, shown: tuple[int, str]
) -> None:
    site.add("lena")
    site.pages(json_reply(body, status=status))
    found = refused(client)
    assert found[:2] == shown
    assert found[2].endswith(".")


def test_a_rate_limit_says_when_it_is_over(client: FlaskClient, site: Gallery) -> None:
    site.add("lena")
    site.pages(json_reply({"error": "slow"}, status=429, headers={"Retry-After": "900"}))
    reply = client.get("/api/browse", query_string={"target": LENA})
    assert (reply.status_code, reply.json["code"]) == (429, "rate_limited")
    assert "asks to wait until" in reply.json["message"]
    assert reply.headers["Retry-After"] == "900"
    before = len(site.server.requests)
    assert refused(client)[:2] == (429, "rate_limited")  # at once, and nobody is asked
    assert len(site.server.requests) == before


def test_a_silent_site_is_given_up_in_time(
    client: FlaskClient, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "PATIENCE_S", 0.2)
    site.add("lena")
    site.pages(stall(has_head=False))
    assert refused(client)[:2] == (503, "site_slow")


def test_a_short_fault_is_tried_again(client: FlaskClient, site: Gallery) -> None:
    (one,) = site.add("lena")
    site.pages(json_reply({"error": "down"}, status=502), site.page([one]))
    assert len(browse(client)["cards"]) == 1


@pytest.mark.parametrize("cursor", ["x", ".", "a.0", "..", "1|2", "0" * 200])
def test_a_cursor_made_up_is_refused(client: FlaskClient, site: Gallery, cursor: str) -> None:
    site.add("lena")
    assert refused(client, cursor=cursor)[:2] == (422, "preview_over")


def test_a_cursor_only_fits_the_walk_it_is_of(client: FlaskClient, site: Gallery) -> None:
    site.page_size = 1
    site.add("lena", 2)
    site.add("mio", 2)
    cursor = browse(client)["next_cursor"]
    walk, _, number = cursor.partition(".")
    assert refused(client, "civitai:user:mio", cursor=cursor)[1] == "preview_over"
    assert refused(client, cursor=cursor, kind="video")[1] == "preview_over"
    assert refused(client, cursor=f"{walk}.{int(number) + 99}")[1] == "preview_over"


def test_the_site_cursor_never_leaves_the_program(client: FlaskClient, site: Gallery) -> None:
    (one,) = site.add("lena")
    site.pages(site.page([one], "secret-site-cursor|1"))
    assert "secret" not in client.get("/api/browse", query_string={"target": LENA}).text


def test_walks_beyond_sixteen_are_forgotten(client: FlaskClient, site: Gallery) -> None:
    site.page_size = 1
    site.add("lena", 2)
    first = browse(client)["next_cursor"]
    for _ in range(16):
        browse(client)
    status, code, message = refused(client, cursor=first)
    assert (status, code) == (422, "preview_over")
    assert "Preview it again" in message


@pytest.mark.parametrize("query", [{"rating": "adult"}, {"kind": "sound"}, {"since": "soon"}])
def test_an_unknown_filter_word_is_refused(
    client: FlaskClient, site: Gallery, query: dict[str, str]
) -> None:
    site.add("lena")
    assert refused(client, **query)[0] == 422


def test_so_many_at_once_are_told_to_come_again(
    client: FlaskClient, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def acquire(self, *, blocking: bool) -> bool:
            return False

    monkeypatch.setattr(view, "_AT_A_TIME", Full())
    assert refused(client)[:2] == (503, "busy")


def test_while_the_program_ends_nobody_sees_a_bug(
    client: FlaskClient, site: Gallery, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        coroutine.close()
        future: Future[Any] = Future()
        future.cancel()
        return future

    with monkeypatch.context() as patch:
        patch.setattr(services.engine, "submit", ended)
        assert refused(client)[:2] == (503, "stopping")
