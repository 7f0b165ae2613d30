"""What comes instead of a picture never gets its name; the other artworks are not disturbed."""

from __future__ import annotations

import pytest
from tests.faults.scene import Scene
from tests.faulty import Answer
from tests.faulty_answers import (
    challenge,
    chunked,
    drip,
    html,
    json_reply,
    raw,
    reply,
    reset_after,
    serve,
    stall,
    until_close,
)
from tests.gallery import Gallery
from tests.media.samples import encoded, picture

BODY = encoded(picture(), "png")  # some 19 kB


def test_a_quiet_day(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 5)
    site.page_size = 2

    report = scene.get("lena")

    assert report.state == "completed"
    assert report.codes == []
    scene.require_exactly(pictures)
    assert [page.get("cursor", "")[:1] for page in site.page_requests()] == ["", "2", "4"]
    assert len(site.media_requests()) == 5


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(raw(b"", is_reset=True), id="reset before any header"),
        pytest.param(raw(b""), id="closed before any header"),
        pytest.param(raw(b"HTTP/1.1 200"), id="half a status line"),
        pytest.param(reset_after(BODY[:200], length=len(BODY)), id="reset in the body"),
        pytest.param(reply(BODY[:200], length=len(BODY)), id="cut short"),
        pytest.param(chunked(BODY[:200], has_end=False), id="no last chunk"),
        pytest.param(reply(b""), id="zero bytes"),
        pytest.param(stall(BODY[:200], length=len(BODY)), id="stalled in the body"),
        pytest.param(stall(has_head=False), id="no answer at all"),
        pytest.param(drip(BODY, every_s=0.01), id="dripping"),
        pytest.param(reply(BODY + b"more", length=len(BODY)), id="more than announced"),
        pytest.param(until_close(BODY[:-20]), id="without length and cut short"),
        pytest.param(reply(BODY[:-20]), id="whole by length, cut short by structure"),
    ],
)
def test_a_body_that_breaks_once_is_fetched_again(
    scene: Scene, site: Gallery, fault: Answer
) -> None:
    first, second = site.add("lena", 2, body=BODY)
    site.media(first, fault, serve(BODY))

    report = scene.get("lena")

    assert report.state == "completed"
    scene.require_exactly([first, second])
    assert len(site.asked(first)) == 2
    assert len(site.asked(second)) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(until_close(BODY), id="no length, but a clean end"),
        pytest.param(chunked(BODY[:99], BODY[99:]), id="chunked"),
        pytest.param(reply(BODY, content_type="text/html"), id="called a web page"),
        pytest.param(reply(BODY, content_type="application/json"), id="called JSON"),
        pytest.param(reply(BODY, headers={"Content-Disposition": "x"}), id="odd header"),
    ],
)
def test_right_bytes_in_odd_wrapping_are_taken(
    scene: Scene, site: Gallery, answer: Answer
) -> None:
    (only,) = site.add("lena", body=BODY)
    site.media(only, answer)

    report = scene.get("lena")

    assert report.state == "completed"
    scene.require_exactly([only])
    assert len(site.asked(only)) == 1


@pytest.mark.parametrize(
    ("fault", "reason", "tries"),
    [
        pytest.param(html(), "html", 1, id="a web page"),
        pytest.param(json_reply({"error": "no such thing"}), "json_error", 1, id="JSON"),
        pytest.param(reply(b"\x00\x01 no picture" * 99), "not_media", 1, id="other bytes"),
        pytest.param(reply(b""), "empty", 6, id="nothing"),
        pytest.param(reply(BODY[:200], length=len(BODY)), "cut_short", 6, id="cut short"),
        pytest.param(stall(BODY[:200], length=len(BODY)), "stalled", 6, id="stalled"),
    ],
)
def test_what_stays_broken_is_left_for_a_later_visit(
    scene: Scene, site: Gallery, fault: Answer, reason: str, tries: int
) -> None:
    broken, whole = site.add("lena", 2)
    site.media(broken, fault)

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert "deferred" in report.codes
    assert "1 put off" in report.words
    assert scene.deferred(broken) == (reason, 1)
    assert scene.status(broken) == "queued"
    assert len(site.asked(broken)) == tries
    scene.require_exactly([whole])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param(reply(BODY[:-20]), "damaged", id="no end in its structure"),
        pytest.param(until_close(BODY[:-20]), "damaged", id="the same without length"),
        pytest.param(reply(BODY + b"more", length=len(BODY)), "too_long", id="over-long"),
    ],
)
def test_what_is_damaged_at_the_source_is_tried_twice_and_fails(
    scene: Scene, site: Gallery, fault: Answer, reason: str
) -> None:
    broken, whole = site.add("lena", 2)
    site.media(broken, fault)

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert report.codes == [reason]
    assert (scene.status(broken), scene.failure(broken)) == ("failed", reason)
    assert len(site.asked(broken)) == 2
    scene.require_exactly([whole])


def test_a_web_page_instead_of_a_picture_fails_at_the_third_visit(
    scene: Scene, site: Gallery
) -> None:
    (only,) = site.add("lena")
    site.media(only, html())

    report = scene.come_back_later(scene.get("lena"))
    assert scene.deferred(only) == ("html", 2)
    report = scene.come_back_later(report)

    assert (scene.status(only), scene.failure(only)) == ("failed", "html")
    assert "Got a web page" in report.words
    assert report.codes == ["html"]
    assert len(site.asked(only)) == 3
    scene.require_exactly([])


def test_a_browser_check_stops_all_requests_to_the_host(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 4)
    site.media(pictures[0], challenge(status=200, has_header=False))

    report = scene.get("lena", concurrency=1)

    assert report.state == "incomplete"
    assert scene.deferred(pictures[0]) == ("challenge", 1)
    assert [scene.deferred(one)[0] for one in pictures[1:]] == ["host_paused"] * 3
    assert len(site.media_requests()) == 1
    scene.require_exactly([])
