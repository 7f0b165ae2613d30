"""A file is whole when its structure can be walked to the end (CR-9)."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.media.samples import (
    QUARTER_TURN,
    WHOLE,
    animated,
    box,
    element,
    encoded,
    moov,
    open_box,
    picture,
    png_chunk,
    webm,
)
from tests.media.ugoiras import archive, frame

from artkeep.errors import BadMedia
from artkeep.media.byte_source import MOST_PARTS
from artkeep.media.shape import Shape
from artkeep.media.sniff import MEDIA_TYPES, PNG_SIGNATURE, sniff
from artkeep.media.structure import walk

FIXTURES = Path(__file__).parent / "fixtures"
EVERY = WHOLE | {"ugoira": archive(frame(0), frame(1))}


def walked(content: bytes) -> Shape:
    media_type = sniff(content[:4096])
    assert media_type is not None
    return walk(content, media_type)


def refusal(content: bytes, name: str) -> str:
    with pytest.raises(BadMedia) as caught:
        walk(content, MEDIA_TYPES[name])
    return caught.value.code


def type_of(name: str) -> str:
    return name.replace("apng", "png").split("-")[0]


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_is_walked_to_its_end(name):
    shape = walked(WHOLE[name])
    assert shape.end == len(WHOLE[name])
    if MEDIA_TYPES[type_of(name)].kind == "video":
        assert (shape.width, shape.height, shape.frames) == (640, 360, None)
    else:
        frames = 3 if name in ("apng", "webp-animated", "gif-animated") else 1
        assert shape == Shape(90, 70, len(WHOLE[name]), frames, frames > 1)


@pytest.mark.parametrize("path", [*FIXTURES.glob("sd*.*")], ids=lambda path: path.name)
def test_real_files_are_whole(path):
    media_type = sniff(path.read_bytes()[:4096])
    assert walk(path, media_type).end == path.stat().st_size


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_anywhere_is_refused(name):
    whole = WHOLE[name]
    cuts = {len(whole) * part // 7 for part in range(7)} | {len(whole) - 5, len(whole) - 1}
    for cut in cuts:
        assert refusal(whole[:cut], type_of(name)) in ("cut_short", "damaged"), cut
    assert refusal(whole[:-5], type_of(name)) == "cut_short"


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "gif", "mp4", "webm"])
def test_every_single_cut_is_refused(name):
    whole = WHOLE[name]
    step = max(1, len(whole) // 500)
    for cut in range(0, len(whole), step):
        with pytest.raises(BadMedia):
            walk(whole[:cut], MEDIA_TYPES[name])


def test_paths_open_files_and_memory_give_the_same_shape(tmp_path):
    content = encoded(picture(700, 600), "png")  # larger than one block
    path = tmp_path / "a.png"
    path.write_bytes(content)
    png = MEDIA_TYPES["png"]
    with path.open("rb") as file:
        shapes = {
            walk(path, png),
            walk(file, png),
            walk(content, png),
            walk(BytesIO(content), png),
        }
    assert shapes == {Shape(700, 600, len(content))}


def test_a_damaged_chunk_of_a_png_is_found_by_its_checksum():
    content = bytearray(WHOLE["png"])
    content[len(content) // 2] ^= 1
    assert refusal(bytes(content), "png") == "damaged"


@pytest.mark.parametrize(
    "content",
    [
        PNG_SIGNATURE + png_chunk(b"IEND", b""),
        PNG_SIGNATURE + png_chunk(b"IHDR", bytes(13)) + png_chunk(b"IEND", b""),
        WHOLE["png"][:33] + png_chunk(b"IEND", b""),
        WHOLE["png"][:33] + struct.pack(">I4s", 2**32 - 1, b"IDAT") + WHOLE["png"][41:],
        WHOLE["jpeg"],
    ],
    ids=["no header", "no size", "no picture", "giant chunk", "another format"],
)
def test_a_png_that_contradicts_itself_is_refused(content):
    assert refusal(content, "png") == "damaged"


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "gif"])
def test_bytes_after_the_end_are_kept_but_not_without_limit(name):
    whole = WHOLE[name]
    assert walked(whole + b"something of a camera's").end == len(whole)
    assert refusal(whole + bytes(33 * 1024 * 1024), name) == "damaged"


def test_a_jpeg_ends_at_its_own_end_not_at_its_thumbnails():
    thumbnail = encoded(picture(8, 8), "jpeg")
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    with_thumbnail = WHOLE["jpeg"][:2] + segment + WHOLE["jpeg"][2:]
    assert walked(with_thumbnail) == Shape(90, 70, len(with_thumbnail))
    assert refusal(with_thumbnail[:-2], "jpeg") == "cut_short"


@pytest.mark.parametrize("filler", [200_000, 262_143, 262_144, 300_000])
def test_a_marker_on_the_border_of_two_blocks_is_seen(filler):
    scan = WHOLE["jpeg"].rindex(b"\xff\xda")
    begin = scan + 2 + struct.unpack_from(">H", WHOLE["jpeg"], scan + 2)[0]
    for shift in range(4):
        content = WHOLE["jpeg"][:begin] + b"\x55" * (filler - begin + shift) + b"\xff\xd9"
        assert walked(content).end == len(content)
        assert refusal(content[:-1], "jpeg") == "cut_short"


@pytest.mark.parametrize("damage", [b"\xff\xd8", b"\x00\x00", b"\xff\xe0\x00\x01", b"\xff\x00"])
def test_a_jpeg_with_broken_segments_is_refused(damage):
    assert refusal(WHOLE["jpeg"][:2] + damage + WHOLE["jpeg"][2:], "jpeg") == "damaged"


def test_an_animation_needs_more_than_one_frame():
    assert not walked(animated("gif", frames=1)).is_animated
    assert walked(animated("gif", frames=9)).frames == 9


def test_a_webp_chunk_may_not_leave_its_container():
    content = bytearray(WHOLE["webp"])
    struct.pack_into("<I", content, 16, len(content))
    assert refusal(bytes(content), "webp") == "damaged"


def test_a_turned_video_is_measured_as_it_is_shown():
    content = box(b"ftyp", b"isom", bytes(4)) + moov(matrix=QUARTER_TURN) + box(b"mdat", b"x")
    shape = walked(content)
    assert (shape.width, shape.height) == (360, 640)


def test_the_last_box_may_be_open_ended():
    content = box(b"ftyp", b"isom", bytes(4)) + moov() + open_box(b"mdat", bytes(99))
    assert walked(content).end == len(content)


@pytest.mark.parametrize(
    "boxes",
    [
        moov(),
        box(b"mdat", bytes(9)),
        open_box(b"mdat", bytes(9)) + moov(),
        moov() + box(b"mdat", b"") + b"\x00\x00\x00\x07free",
        moov() + box(b"mdat", b"") + struct.pack(">I4sQ", 1, b"free", 3),
        moov() + box(b"mdat", b"") + box(b"\x00\x01\x02\x03", b""),
        box(b"moov", box(b"trak", box(b"tkhd", bytes(20)))) + box(b"mdat", b""),
        box(b"moov", struct.pack(">I4s", 99, b"trak")) + box(b"mdat", b""),
        box(b"moov", struct.pack(">I4s", 0, b"trak")) + box(b"mdat", b""),
    ],
)
def test_a_video_with_missing_or_broken_boxes_is_refused(boxes):
    assert refusal(box(b"ftyp", b"isom", bytes(4)) + boxes, "mp4") == "damaged"


HEADER = element(0x1A45DFA3, element(0x4282, b"webm"))


@pytest.mark.parametrize(
    "content",
    [
        HEADER,
        HEADER + element(0x18538067),
        HEADER + element(0x18538067, element(0x1F43B675)),
        HEADER + element(0x18538067, element(0x1654AE6B, is_open=True)),
        HEADER + element(0x18538067, element(0x77)),
        HEADER + element(0x1F43B675),
        webm() + b"\x00" * 10,
        webm() + element(0x1F43B675, bytes(10)),
    ],
)
def test_a_webm_with_missing_or_broken_elements_is_refused(content):
    assert refusal(content, "webm") == "damaged"


def test_a_tower_of_nested_elements_is_no_danger():
    tower = b""
    for _ in range(3000):
        tower = element(0x18538067, tower, is_open=True)
    assert refusal(HEADER + tower, "webm") == "damaged"


def test_millions_of_parts_end_the_walk():
    parts = b"\xff\x01" * MOST_PARTS  # markers without a length
    assert refusal(b"\xff\xd8\xff\xe0\x00\x02" + parts, "jpeg") == "damaged"


def test_an_empty_file_is_cut_short():
    assert {refusal(b"", name) for name in MEDIA_TYPES} == {"cut_short"}


@example("webm", b"\x1a\x45\xdf\xa3\x81", 0)
@settings(deadline=None)
@given(st.sampled_from(sorted(MEDIA_TYPES)), st.binary(max_size=200), st.integers(0, 60))
def test_noise_is_refused(name, noise, kept):
    with pytest.raises(BadMedia):
        walk(EVERY[name][:kept] + noise, MEDIA_TYPES[name])


@settings(deadline=None)
@given(st.sampled_from(sorted(EVERY)), st.data())
def test_mutated_files_are_walked_or_refused_and_nothing_else(name, data):
    content = bytearray(EVERY[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        patch = data.draw(st.binary(min_size=1, max_size=8))
        content[at : at + data.draw(st.sampled_from((0, len(patch))))] = patch
    try:
        verdict = walk(bytes(content), MEDIA_TYPES[type_of(name)]).end <= len(content)
    except BadMedia as error:
        verdict = error.code in ("damaged", "cut_short")
    assert verdict
