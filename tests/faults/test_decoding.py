"""What examining meets: pictures that do not decode, and videos with and without a still."""

from __future__ import annotations

import struct
import zlib

import pytest
from PIL import Image
from tests.faults.scene import Scene
from tests.faulty import Answer
from tests.faulty_answers import html, reply, serve, stall
from tests.gallery import Gallery, Picture
from tests.media.samples import encoded, mp4, picture, png_chunk

from artkeep.media.sniff import PNG_SIGNATURE
from artkeep.stages.examine import thumb_path

STILL = "anim=false,transcode=true,width=450,optimized=true"

BROKEN = (
    PNG_SIGNATURE
    + png_chunk(b"IHDR", struct.pack(">2I5B", 12, 12, 8, 2, 0, 0, 0))
    + png_chunk(b"IDAT", zlib.compress(bytes(12 * 37))[:-8] + b"rubbish!")
    + png_chunk(b"IEND", b"")
)


def with_decoder(scene: Scene) -> Scene:
    workers = scene.settings.workers.model_copy(update={"examine": 1})
    scene.settings = scene.settings.model_copy(update={"workers": workers})
    return scene


def test_a_picture_that_does_not_decode_is_fetched_twice_more_and_then_fails(
    scene: Scene, site: Gallery
) -> None:
    broken, good = site.add("lena", 2)
    site.media(broken, serve(BROKEN))

    report = with_decoder(scene).get("lena", examine=True)

    assert len(site.asked(broken)) == 3
    assert scene.failure(broken) == "damaged"
    assert scene.rows(
        "SELECT stage FROM failures JOIN artworks ON artworks.id = artwork_id"
    ) == [("examine",)]
    assert [group.reason for group in report.progress.failures] == ["damaged"]
    assert "does not decode" in str(report.progress.failures[0].example)
    on_disk = scene.on_disk()
    aside = {name for name in on_disk if name.startswith(".artkeep/damaged/")}
    assert {on_disk[name] for name in aside} == {BROKEN}
    place = scene.place(broken)
    assert place.read_bytes() == BROKEN  # the last copy stays where people look for it
    ours = {place.relative_to(scene.library).as_posix()}
    ours |= {place.with_suffix(".json").relative_to(scene.library).as_posix()}
    scene.require_exactly([good], apart=aside | ours)


def test_a_picture_that_decodes_at_the_second_time_is_whole(
    scene: Scene, site: Gallery
) -> None:
    (picture,) = site.add("lena")
    site.media(picture, serve(BROKEN), serve(picture.body))

    report = with_decoder(scene).get("lena", examine=True)

    assert len(site.asked(picture)) == 2
    assert scene.failure(picture) is None
    assert report.progress.failed == 0
    assert scene.rows("SELECT examine_status FROM artworks") == [("done",)]
    aside = [name for name in scene.on_disk() if name.startswith(".artkeep/damaged/")]
    assert [scene.on_disk()[name] for name in aside] == [BROKEN]
    scene.require_exactly([picture], apart=aside)


# --- videos


def add_video(site: Gallery, *still: Answer) -> Picture:
    """A video of which the site shows this still, and of whose colours it says nothing."""
    (video,) = site.add("lena", body=mp4(), kind="video", changes={"hash": None})
    site.server.on(still_path(video), *still)
    return video


def still_path(video: Picture) -> str:
    return video.path(STILL).removesuffix(".mp4") + ".jpeg"


def found_of(scene: Scene) -> tuple[str, str | None, str | None, bool]:
    """Of the only artwork: examined or not, blurhash, perceptual hash, thumbnail or none."""
    ((number, status, blurhash, perceptual),) = scene.rows(
        "SELECT artworks.id, examine_status, blurhash, perceptual_hash FROM artworks "
        "JOIN places ON places.artwork_id = artworks.id JOIN files ON files.id = file_id"
    )
    thumbnail = thumb_path(scene.settings.data_dir / "thumbs", number)
    return status, blurhash, perceptual, thumbnail.exists()


def test_a_video_has_thumbnail_and_hashes_of_the_still_that_its_site_shows(
    scene: Scene, site: Gallery
) -> None:
    video = add_video(site, serve(encoded(picture(), "jpeg"), content_type="image/jpeg"))

    report = with_decoder(scene).get("lena", examine=True)

    status, blurhash, perceptual, has_thumbnail = found_of(scene)
    assert (status, report.progress.failed, has_thumbnail) == ("done", 0, True)
    assert blurhash
    assert perceptual
    assert len(perceptual) == 16
    with Image.open(thumb_path(scene.settings.data_dir / "thumbs", 1)) as shown:
        assert (shown.format, shown.width > shown.height) == ("WEBP", True)
    assert len(site.server.requests_to(still_path(video))) == 1
    scene.require_exactly([video])


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(status=404), id="missing"),
        pytest.param(html(), id="a web page"),
        pytest.param(reply(b"\xff\xd8\xff\xe0 no", content_type="image/jpeg"), id="broken"),
        pytest.param(stall(has_head=False), id="silent"),
        pytest.param(stall(b"\xff\xd8\xff\xe0"), id="too slow"),
    ],
)
def test_a_video_without_a_usable_still_is_examined_and_has_no_thumbnail(
    scene: Scene, site: Gallery, answer: Answer
) -> None:
    video = add_video(site, answer)

    report = with_decoder(scene).get("lena", examine=True)

    assert found_of(scene) == ("done", None, None, False)
    assert (report.state, report.progress.failed) == ("completed", 0)
    assert scene.failure(video) is None
    assert len(site.server.requests_to(still_path(video))) >= 1
    scene.require_exactly([video])
