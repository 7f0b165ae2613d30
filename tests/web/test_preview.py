"""Small forms of what is looked at: fetched by us, bounded, and shown as harmless media."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.faulty import Exchange
from tests.faulty_answers import serve
from tests.gallery import Gallery, png
from tests.web.asking_previews import FRAME, MOVING, WEBM, card, get, kept, small, still_url

from artkeep.domain.artwork import Kind
from artkeep.sites._adapter import MediaSource
from artkeep.web import previewed
from artkeep.web.services import Services

WEBM += b"\x42\x82\x84webm" + bytes(range(256)) * 400


def test_a_still_comes_through_us(client: FlaskClient, site: Gallery, cache: Path) -> None:
    body = png(5, 40)
    url = still_url(client, site, serve(body, content_type="text/html"))
    shown = get(client, url)
    assert (shown.status_code, shown.data) == (200, body)
    assert shown.content_type == "image/png"
    assert len(kept(cache)) == 1


def test_it_leaves_like_media_of_ours(client: FlaskClient, site: Gallery) -> None:
    """SE-6"""
    headers = get(client, still_url(client, site, serve(png(1)))).headers
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "private" in headers["Cache-Control"]
    assert not [name for name in headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


def test_what_was_fetched_once_is_not_fetched_again(client: FlaskClient, site: Gallery) -> None:
    url = still_url(client, site, serve(png(1)))
    first = get(client, url)
    again = get(client, url)
    known = get(client, url, If_None_Match=first.headers["ETag"])
    assert again.data == first.data
    assert known.status_code == 304
    assert len(site.media_requests()) == 1


def test_many_who_ask_at_once_share_one_fetch(client: FlaskClient, site: Gallery) -> None:
    asked = threading.Barrier(6, timeout=30)
    body = png(3, 60)

    async def slow(exchange: Exchange) -> None:
        await exchange.wait(0.1)
        await serve(body)(exchange)

    url = still_url(client, site, slow)

    def ask(_: int) -> bytes:
        asked.wait()
        return bytes(get(client.application.test_client(), url).data)

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(ask, range(6))) == {body}
    assert len(site.media_requests()) == 1


@pytest.fixture
def video_url(client: FlaskClient, site: Gallery) -> str:
    """Our address for the small form of a video."""
    (picture,) = site.add("lena", kind="video")
    small(site, picture, serve(WEBM), MOVING)
    small(site, picture, serve(png(9)), FRAME)
    return str(card(client)["video_url"])


def test_a_video_can_be_asked_for_in_ranges(client: FlaskClient, video_url: str) -> None:
    whole = get(client, video_url)
    assert (whole.status_code, whole.data, whole.content_type) == (200, WEBM, "video/webm")
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = get(client, video_url, Range="bytes=100-199")
    assert (part.status_code, part.data) == (206, WEBM[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(WEBM)}"
    tail = get(client, video_url, Range="bytes=-10")
    assert (tail.status_code, tail.data) == (206, WEBM[-10:])
    rest = get(
        client,
        video_url,
        Range=f"bytes={len(WEBM) - 3}-",
        If_Range=whole.headers["ETag"],
    )
    assert (rest.status_code, rest.data) == (206, WEBM[-3:])
    beyond = get(client, video_url, Range=f"bytes={len(WEBM)}-")
    assert beyond.status_code == 416


def test_a_video_has_a_poster(client: FlaskClient, site: Gallery, video_url: str) -> None:
    assert get(client, card(client)["preview_url"]).content_type == "image/png"


def test_the_second_form_is_tried_when_there_is_no_first(
    client: FlaskClient, site: Gallery
) -> None:
    (picture,) = site.add("lena", kind="video")
    site.server.on(picture.path(MOVING), serve(WEBM))  # .mp4; there is no .webm
    assert get(client, card(client)["video_url"]).data == WEBM


@pytest.mark.parametrize(
    "token", ["x", "0" * 32, "..%2f..%2fetc%2fpasswd", "%00", "a" * 64, "http:%2f%2f127.0.0.1"]
)
def test_nobody_else_can_make_a_token(client: FlaskClient, site: Gallery, token: str) -> None:
    """SE-9"""
    still_url(client, site, serve(png(1)))
    assert client.get(f"/preview/{token}").status_code in (404, 422)
    assert site.media_requests() == []


def test_a_token_of_another_process_means_nothing(
    client: FlaskClient, services: Services
) -> None:
    source = (MediaSource("https://image.civitai.com/a", accepts=frozenset({Kind.IMAGE})),)
    theirs = previewed.Previewed(services).url(source)
    ours = services.previewed.url(source)
    assert theirs != ours
    assert get(client, theirs).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/a.png",
        "http://evil.test/a.png",
        "http://user:pw@civitai.com/a",
    ],
)
def test_an_address_planted_in_a_listing_is_not_asked(
    client: FlaskClient, site: Gallery, address: str
) -> None:
    """SE-9"""
    site.add("lena", changes={"url": address})
    shown = get(client, card(client)["preview_url"])
    assert (shown.status_code, shown.json["code"]) == (403, "address_refused")
