"""Continuing a large body where it broke off: only when nothing can be mixed up (CR-6)."""

from __future__ import annotations

import random

import pytest
from PIL import Image
from tests.faults.scene import Scene
from tests.faulty import Answer, Exchange
from tests.faulty_answers import reply, serve
from tests.gallery import Gallery, Picture
from tests.media.samples import encoded

SIDE = 500
LARGE = encoded(
    Image.frombytes("RGB", (SIDE, SIDE), random.Random(1).randbytes(SIDE * SIDE * 3)),
    "png",
    compress_level=0,
)
OTHER = encoded(Image.new("RGB", (SIDE, SIDE), (7, 7, 7)), "png", compress_level=0)
HALF = len(LARGE) // 2


def broken_off(etag: str = '"v1"', **headers: str) -> Answer:
    """Half of the body, then a clean close."""
    named = {"ETag": etag} if etag else {}
    return reply(LARGE[:HALF], length=len(LARGE), headers={**named, **headers})


def large(site: Gallery) -> Picture:
    (picture,) = site.add("lena", body=LARGE)
    return picture


def partial(body: bytes, content_range: str) -> Answer:
    """A 206 that says what it likes."""
    headers = {"ETag": '"v1"', "Content-Range": content_range}
    return reply(body, status=206, headers=headers)


def ranges(site: Gallery, picture: Picture) -> list[tuple[str | None, str | None]]:
    """`Range` and `If-Range` of every request for it."""
    asked = [request.headers for request in site.asked(picture)]
    return [(one.get("range"), one.get("if-range")) for one in asked]


def test_a_broken_off_body_goes_on_where_it_broke(scene: Scene, site: Gallery) -> None:
    picture = large(site)
    site.media(picture, broken_off(), serve(LARGE))

    report = scene.get("lena")

    assert report.state == "completed"
    assert ranges(site, picture) == [(None, None), (f"bytes={HALF}-", '"v1"')]
    assert report.progress.bytes <= len(LARGE)
    scene.require_exactly([picture])


def test_an_old_date_is_as_good_as_a_strong_tag(scene: Scene, site: Gallery) -> None:
    picture = large(site)
    then, now = "Mon, 06 Jul 2026 10:00:00 GMT", "Tue, 07 Jul 2026 10:00:00 GMT"
    site.media(
        picture,
        broken_off("", Date=now, **{"Last-Modified": then}),
        serve(LARGE, etag=then),
    )

    report = scene.get("lena")

    assert report.state == "completed"
    assert ranges(site, picture)[1] == (f"bytes={HALF}-", then)
    scene.require_exactly([picture])


@pytest.mark.parametrize("etag", ['W/"weak"', "", "unquoted"])
def test_without_a_strong_tag_it_starts_over(scene: Scene, site: Gallery, etag: str) -> None:
    picture = large(site)
    site.media(picture, broken_off(etag), serve(LARGE))

    report = scene.get("lena")

    assert report.state == "completed"
    assert ranges(site, picture) == [(None, None), (None, None)]
    scene.require_exactly([picture])


def test_a_file_that_changed_meanwhile_is_taken_whole(scene: Scene, site: Gallery) -> None:
    """`If-Range` does not match any more, so 200 comes: the part is thrown away."""
    (picture,) = site.add("lena", body=OTHER)
    site.media(picture, broken_off(), serve(OTHER, etag='"v2"'))

    report = scene.get("lena")

    assert report.state == "completed"
    assert len(site.asked(picture)) == 2
    scene.require_exactly([picture])


def test_200_to_a_range_request_restarts_from_zero(scene: Scene, site: Gallery) -> None:
    picture = large(site)
    site.media(picture, broken_off(), reply(LARGE))

    report = scene.get("lena")

    assert report.state == "completed"
    assert len(site.asked(picture)) == 2
    scene.require_exactly([picture])


@pytest.mark.parametrize(
    "liar",
    [
        pytest.param(
            partial(LARGE[HALF - 9 :], f"bytes {HALF - 9}-{len(LARGE) - 1}/{len(LARGE)}"),
            id="another start",
        ),
        pytest.param(
            partial(LARGE[HALF:], f"bytes {HALF}-{len(LARGE) - 1}/{len(LARGE) + 1}"),
            id="another total",
        ),
        pytest.param(partial(LARGE[HALF:], "bytes garbage"), id="garbage"),
        pytest.param(partial(LARGE[HALF:], f"bytes */{len(LARGE)}"), id="no range"),
        pytest.param(
            reply(status=416, headers={"Content-Range": f"bytes */{len(LARGE)}"}),
            id="416 although bytes are missing",
        ),
        pytest.param(reply(status=416), id="416 without a word"),
    ],
)
def test_another_part_of_the_file_is_discarded(
    scene: Scene, site: Gallery, liar: Answer
) -> None:
    picture = large(site)
    site.media(picture, broken_off(), liar, serve(LARGE))

    report = scene.get("lena")

    assert report.state == "completed"
    assert ranges(site, picture) == [
        (None, None),
        (f"bytes={HALF}-", '"v1"'),
        (None, None),
    ]
    scene.require_exactly([picture])


def test_a_continuation_of_other_bytes_is_not_taken_for_whole(
    scene: Scene, site: Gallery
) -> None:
    """The tag says that it is the same file, and it is not: the walk sees it."""
    picture = large(site)
    rest = bytes(len(LARGE) - HALF)
    content_range = f"bytes {HALF}-{len(LARGE) - 1}/{len(LARGE)}"
    site.media(picture, broken_off(), partial(rest, content_range), serve(LARGE))

    report = scene.get("lena")

    assert report.state == "completed"
    assert ranges(site, picture)[2] == (None, None)
    scene.require_exactly([picture])


def test_a_part_outlives_the_visit_and_is_taken_up_at_the_next(
    scene: Scene, site: Gallery
) -> None:
    picture = large(site)

    async def no_more(exchange: Exchange) -> None:
        has_part = "range" in exchange.request.headers
        await (reply(status=503) if has_part else broken_off())(exchange)

    site.media(picture, no_more)
    report = scene.get("lena")
    assert scene.deferred(picture) == ("server_error", 1)
    (part,) = scene.on_disk().values()
    assert part == LARGE[:HALF]

    asked_before = len(site.asked(picture))
    site.media(picture, serve(LARGE))
    report = scene.come_back_later(report)

    assert report.state == "completed"
    assert ranges(site, picture)[asked_before:] == [(f"bytes={HALF}-", '"v1"')]
    scene.require_exactly([picture])


def test_a_small_part_is_not_left_behind(scene: Scene, site: Gallery) -> None:
    (picture,) = site.add("lena")
    site.media(picture, reply(picture.body[:50], length=900, headers={"ETag": '"v1"'}))

    scene.get("lena")

    assert scene.deferred(picture) == ("cut_short", 1)
    scene.require_exactly([])
