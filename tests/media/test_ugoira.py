"""Archives of pictures: known by what they hold, whole or refused, and rendered as they are to
be shown."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from PIL import Image
from tests.media.ugoiras import archive, frame

from artkeep.domain.ugoira import Frame, read_frames, saved_frames
from artkeep.errors import BadMedia
from artkeep.media.convert_plan import ConvertPlan
from artkeep.media.converter import answer
from artkeep.media.sniff import MEDIA_TYPES, sniff
from artkeep.media.structure import walk
from artkeep.media.ugoira import read_ugoira

UGOIRA = MEDIA_TYPES["ugoira"]
FRAMES = (Frame(100, "000000.jpg"), Frame(120, "000001.jpg"), Frame(80, "000002.jpg"))
WHOLE = archive(frame(0), frame(1), frame(2))


def render(tmp_path, content, frames=FRAMES, **plan):
    (tmp_path / "a.zip").write_bytes(content)
    request = {
        "path": str(tmp_path / "a.zip"),
        "format": "ugoira",
        "part": str(tmp_path / "part"),
        "plan": ConvertPlan(**plan).to_json(),
        "knowledge": None,
        "frames": saved_frames(frames),
    }
    return answer(request, lambda: None)


def shown(tmp_path):
    with Image.open(tmp_path / "part") as image:
        durations = []
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            durations.append(image.info.get("duration", 0))
        return image.n_frames, durations


@pytest.mark.parametrize(
    "content",
    [
        WHOLE,
        archive(frame(0), frame(1), is_packed=True),
        archive(frame(0), more={"animation.json": b"{}"}),
    ],
)
def test_an_archive_of_pictures_is_known_and_walked_to_its_end(content):
    assert sniff(content[:4096]) == UGOIRA
    assert walk(content, UGOIRA).end == len(content)


def test_any_other_archive_is_no_media():
    for name in ("page1.jpg", "word/document.xml", "000000.exe", "../000000.jpg"):
        assert sniff(archive(frame(0), names=(name,))[:4096]) is None


def test_every_cut_and_every_changed_byte_of_a_picture_is_noticed():
    pictures = b"\xff\xd8\xff" + bytes(20), b"\xff\xd8\xff" + bytes(10)
    small = archive(*pictures)
    for cut in range(1, len(small)):
        with pytest.raises(BadMedia):
            walk(small[:cut], UGOIRA)
    for picture in pictures:
        begin = small.index(picture)
        for at in range(begin, begin + len(picture)):
            changed = small[:at] + bytes([small[at] ^ 0x55]) + small[at + 1 :]
            with pytest.raises(BadMedia, match="checksum"):
                walk(changed, UGOIRA)


@pytest.mark.parametrize(
    "content",
    [
        archive(frame(0), more={"evil.sh": b"#!"}),
        archive(frame(0), more={"../../000001.jpg": frame(1)}),
        archive(more={"animation.json": b"{}"}),
    ],
)
def test_what_holds_anything_but_pictures_is_refused(content):
    with pytest.raises(BadMedia, match="pictures"):
        walk(content, UGOIRA)


def test_it_is_examined_picture_by_picture():
    found = read_ugoira(BytesIO(WHOLE), lambda: None)
    assert (found.width, found.height, found.frames) == (60, 40, 3)
    packed = archive(frame(0), frame(1), frame(2), is_packed=True)
    assert read_ugoira(BytesIO(packed), lambda: None).picture_hash == found.picture_hash
    other = archive(frame(0), frame(2), frame(1))
    assert read_ugoira(BytesIO(other), lambda: None).picture_hash != found.picture_hash
    with Image.open(BytesIO(found.thumbnail)) as thumbnail:
        assert thumbnail.size == (60, 40)


def test_it_is_rendered_with_every_picture_for_as_long_as_it_is_shown(tmp_path):
    reply = render(tmp_path, WHOLE)
    assert (reply["width"], reply["height"], reply["frames"]) == (60, 40, 3)
    assert reply["psnr"] > 30
    assert shown(tmp_path) == (3, [100, 120, 80])


def test_the_order_told_is_the_order_shown(tmp_path):
    turned = (Frame(50, "000002.jpg"), Frame(60, "000000.jpg"), Frame(70, "000001.jpg"))
    render(tmp_path, WHOLE, turned)
    assert shown(tmp_path) == (3, [50, 60, 70])
    with Image.open(tmp_path / "part") as image, Image.open(BytesIO(frame(2))) as first:
        spots = [
            (image.convert("RGB").getpixel((x, 8)), first.getpixel((x, 8))) for x in (5, 30)
        ]
    assert all(abs(a - b) < 40 for one, other in spots for a, b in zip(one, other, strict=True))


def test_delays_without_names_go_by_the_order_of_the_names(tmp_path):
    render(tmp_path, WHOLE, read_frames([100, 110, 90]))
    assert shown(tmp_path) == (3, [100, 110, 90])


def test_delays_may_lie_in_the_archive(tmp_path):
    rows = [{"file": f"{n:06}.jpg", "delay": 40 + n} for n in range(2)]
    told = json.dumps({"frames": rows}).encode()
    render(tmp_path, archive(frame(0), frame(1), more={"animation.json": told}), ())
    assert shown(tmp_path) == (2, [40, 41])


@pytest.mark.parametrize(
    "frames", [(), FRAMES[:2], (*FRAMES, Frame(5, "000009.jpg")), read_frames([1, 2])]
)
def test_without_delays_for_all_of_it_nothing_is_rendered(tmp_path, frames):
    reply = render(tmp_path, WHOLE, frames)
    assert (reply["failed"], reply["code"]) == ("skip", "no_delays")
    assert not (tmp_path / "part").exists()


def test_a_single_picture_and_one_shown_twice_are_rendered(tmp_path):
    assert render(tmp_path, archive(frame(0)), FRAMES[:1])["frames"] == 1
    (tmp_path / "part").unlink()
    twice = archive(frame(0), frame(0), frame(1))
    render(tmp_path, twice)
    amount, durations = shown(tmp_path)
    assert (amount, sum(durations)) in ((2, 300), (3, 300))


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (archive(frame(0), frame(1, (50, 40)), frame(2)), "media", "damaged"),
        (archive(frame(0), b"no picture", frame(2)), "media", "damaged"),
        (WHOLE[:-30], "media", "cut_short"),
    ],
)
def test_what_cannot_be_rendered_leaves_nothing(tmp_path, content, kind, code):
    reply = render(tmp_path, content)
    assert (reply["failed"], reply["code"]) == (kind, code)
    assert not (tmp_path / "part").exists()


@pytest.mark.parametrize(
    "rows", [None, "100", [0], [-5], [True], ["100"], [70_000], [{"delay": 5, "file": 7}]]
)
def test_delays_that_make_no_sense_are_none(rows):
    assert read_frames(rows) == ()
