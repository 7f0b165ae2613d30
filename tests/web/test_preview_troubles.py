"""Previews that do not come: what is said, how long it takes, and how much is taken."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.faulty import Answer, Exchange
from tests.faulty_answers import html, json_reply, redirect, reply, serve, server_error, stall
from tests.gallery import Gallery, png
from tests.web.asking_previews import MOVING, WEBM, card, get, kept, small, still_url

from artkeep.media import preview_cache
from artkeep.media.preview_cache import PreviewCache
from artkeep.web import previewed
from artkeep.web.services import Services


def test_a_still_in_place_of_a_video_is_refused(client: FlaskClient, site: Gallery) -> None:
    (picture,) = site.add("lena", kind="video")
    small(site, picture, serve(png(1)), MOVING)
    answer = get(client, card(client)["video_url"])
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (html(), 503, "html"),
        (html("<svg onload=alert(1)>"), 503, "html"),
        (reply(b"<svg xmlns='x' onload='a()'/>", content_type="image/svg+xml"), 503, "html"),
        (reply(b"%PDF-1.7 " + b"x" * 5000, content_type="image/png"), 404, "not_media"),
        (reply(b"GIF8", content_type="image/gif"), 404, "not_media"),
        (reply(WEBM, content_type="image/webp"), 404, "not_media"),
        (json_reply({"error": "no"}), 503, "json_error"),
        (json_reply({}, status=404), 404, "not_found"),
        (json_reply({}, status=410), 404, "gone"),
        (json_reply({}, status=403), 403, "not_permitted"),
        (server_error(503), 503, "server_error"),
        (reply(b""), 503, "empty"),
        (reply(png(1), length=len(png(1)) + 5), 503, "cut_short"),
        (redirect("http://169.254.169.254/latest/meta-data"), 403, "redirect_refused"),
        (redirect("file:///etc/passwd"), 403, "redirect_refused"),
    ],
)
def test_what_is_no_small_picture_is_a_small_problem(
    client: FlaskClient, site: Gallery, cache: Path, answer: Answer, status: int, code: str
) -> None:
    shown = get(client, still_url(client, site, answer))
    assert (shown.status_code, shown.json["code"]) == (status, code)
    assert kept(cache) == []


def test_a_failure_is_remembered_for_a_minute(
    client: FlaskClient, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = still_url(client, site, json_reply({}, status=410), serve(png(1)))
    assert [get(client, url).status_code for _ in range(3)] == [404, 404, 404]
    assert len(site.media_requests()) == 1
    monkeypatch.setattr(previewed.time, "monotonic", lambda: time.time() + 10**6)
    assert get(client, url).status_code == 200


@pytest.mark.parametrize("is_announced", [True, False])
def test_too_much_is_cut_off(
    client: FlaskClient,
    site: Gallery,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_announced: bool,
) -> None:
    monkeypatch.setattr(preview_cache, "LARGEST_STILL", 10_000)
    body = png(1) + bytes(50_000)

    async def unannounced(exchange: Exchange) -> None:
        await exchange.send_head(200, {"Transfer-Encoding": "chunked"})
        await exchange.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))

    shown = get(client, still_url(client, site, serve(body) if is_announced else unannounced))
    assert (shown.status_code, shown.json["code"]) == (404, "too_large")
    assert kept(cache) == []


def test_the_limits_are_those_that_were_promised() -> None:
    assert (preview_cache.LARGEST_STILL, preview_cache.LARGEST_VIDEO) == (8 << 20, 64 << 20)
    assert preview_cache.MOST_BYTES == 256 << 20


def test_a_site_that_stalls_does_not_hold_who_asks(
    client: FlaskClient, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewed, "_PATIENCE_S", 0.05)
    shown = get(client, still_url(client, site, stall(has_head=False)))
    assert (shown.status_code, shown.json["code"]) == (503, "site_slow")
    assert int(shown.headers["Retry-After"]) > 0


def test_what_somebody_stopped_waiting_for_is_there_the_next_time(
    client: FlaskClient, site: Gallery, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    async def held(exchange: Exchange) -> None:
        while not go_on.is_set():
            await exchange.wait(0.01)
        await serve(png(1))(exchange)

    url = still_url(client, site, held)
    monkeypatch.setattr(previewed, "_PATIENCE_S", 0.05)
    assert get(client, url).status_code == 503
    monkeypatch.setattr(previewed, "_PATIENCE_S", 30)
    go_on.set()
    assert get(client, url).data == png(1)
    assert len(site.media_requests()) == 1


def test_a_disk_that_takes_nothing_is_named(
    client: FlaskClient, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: PreviewCache) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(PreviewCache, "part", full)
    shown = get(client, still_url(client, site, serve(png(1))))
    assert (shown.status_code, shown.json["code"]) == (503, "disk_error")
    assert "No space left" in shown.json["message"]
