"""Pictures whose structure is whole and which do not decode: fetched again, twice at most."""

from __future__ import annotations

import struct
import zlib

from tests.faults.scene import Scene
from tests.faulty_answers import serve
from tests.gallery import Gallery
from tests.media.samples import png_chunk

from artkeep.media.sniff import PNG_SIGNATURE

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
