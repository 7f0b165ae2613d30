"""Small forms of what is looked at: fetched by us, bounded, and shown as harmless media."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.faulty import Answer, Exchange
from tests.faulty_answers import html, json_reply, redirect, reply, serve, server_error, stall
from tests.gallery import Gallery, Picture, png
from werkzeug.test import TestResponse

from artkeep.domain.artwork import Kind
from artkeep.media import preview_cache
from artkeep.media.preview_cache import PreviewCache
from artkeep.sites._adapter import MediaSource
from artkeep.web import previewed
from artkeep.web.services import Services

SIZE = len(png(0, 40))
STILL = "width=450,optimized=true"
FRAME = "anim=false,transcode=true,width=450,optimized=true"
MOVING = "transcode=true,width=450,optimized=true"
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08"
WEBM += b"\x42\x82\x84webm" + bytes(range(256)) * 400


@pytest.fixture
def cache(services: Services) -> Path:
    """Where previews are kept."""
    return services.settings.data_dir / "cache" / "previews"


def get(client: FlaskClient, url: str, **headers: str) -> TestResponse:
    """Ask for a preview, and take all of it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(url, headers=named, buffered=True)


def kept(cache: Path) -> list[Path]:
    """Whole files and left-overs alike."""
    return sorted(path for path in cache.rglob("*") if path.is_file())


def card(client: FlaskClient, user: str = "lena") -> dict[str, Any]:
    """The only card of a user."""
    found = client.get(f"/api/browse?target=civitai:user:{user}").json["cards"]
    assert len(found) == 1
    only: dict[str, Any] = found[0]
    return only


def small(site: Gallery, picture: Picture, answer: Answer, parameters: str = STILL) -> str:
    """Answer for a small form; returns its path on the site."""
    extension = "webm" if parameters == MOVING else "jpeg"
    path = picture.path(parameters).rpartition(".")[0] + f".{extension}"
    site.server.on(path, answer)
    return path


def still_url(client: FlaskClient, site: Gallery, *answers: Answer) -> str:
    """Our address for the still of a picture that is answered like this."""
    (picture,) = site.add("lena")
    site.server.on(picture.path(STILL), *answers)
    return str(card(client)["preview_url"])


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


# --- the cache by itself


@pytest.fixture
def small_cache(tmp_path: Path) -> PreviewCache:
    """Room for about ten pictures."""
    return PreviewCache(tmp_path / "previews", most_bytes=10 * SIZE + 20)


def put(cache: PreviewCache, key: str) -> None:
    part = cache.part()
    part.write_bytes(png(0, 40))
    cache.put(part, key)


def test_the_least_recently_used_makes_room(small_cache: PreviewCache) -> None:
    for number in range(10):
        put(small_cache, str(number))
        os.utime(small_cache.path(str(number)), (number, number))
    assert small_cache.find("0") is not None  # used just now
    put(small_cache, "new")
    assert small_cache.find("0") is not None
    assert small_cache.find("new") is not None
    assert small_cache.find("1") is None
    left = sum(path.stat().st_size for path in small_cache.folder.rglob("*") if path.is_file())
    assert left <= 10 * SIZE + 20


def test_what_others_have_put_there_counts(tmp_path: Path) -> None:
    one = PreviewCache(tmp_path / "previews", most_bytes=5 * SIZE + 20)
    for number in range(5):
        put(one, str(number))
    other = PreviewCache(tmp_path / "previews", most_bytes=5 * SIZE + 20)
    put(other, "new")
    files = [path for path in one.folder.rglob("*") if path.is_file()]
    assert len(files) <= 5


def test_old_left_overs_go_and_young_ones_stay(small_cache: PreviewCache) -> None:
    old, young = small_cache.part(), small_cache.part()
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (1, 1))
    small_cache.clear_strays()
    assert (old.exists(), young.exists()) == (False, True)


def test_what_is_no_media_any_more_is_not_served(small_cache: PreviewCache) -> None:
    put(small_cache, "a")
    small_cache.path("a").write_bytes(b"<html>")
    assert small_cache.find("a") is None


@pytest.mark.skipif(os.name == "nt", reason="modes are a matter of POSIX")
def test_previews_are_for_their_owner_alone(
    client: FlaskClient, site: Gallery, cache: Path
) -> None:
    """SE-27"""
    get(client, still_url(client, site, serve(png(1))))
    (file,) = kept(cache)
    assert file.stat().st_mode & 0o077 == 0
    for folder in (file.parent, cache, cache.parent):
        assert folder.stat().st_mode & 0o077 == 0


def test_only_the_newest_tokens_and_artworks_are_remembered() -> None:
    newest: previewed._Newest[int, int] = previewed._Newest(3)
    for number in range(5):
        newest.put(number, number)
    newest.put(2, 20)
    newest.put(6, 6)
    assert [newest.get(number) for number in range(7)] == [None, None, 20, None, 4, None, 6]
