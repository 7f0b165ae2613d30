"""EXIF blocks: ours are read by others, and what others wrote stays."""

from __future__ import annotations

import struct
from contextlib import suppress
from io import BytesIO

import piexif
import piexif.helper
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import characters
from PIL import Image
from tests.media.samples import encoded, picture

from artkeep.errors import BadMedia
from artkeep.media.exif_block import build_exif, exif_texts

INFOTEXT = "Straße 猫 🐈\nSteps: 20, Sampler: Euler a, Size: 64x64"


def texts(block: bytes) -> dict[str, str]:
    return {text.place: text.value for text in exif_texts(block)}


def full_block(order: str = "MM") -> bytes:
    """With orientation, GPS, a thumbnail and a comment, as a camera or an editor writes it."""
    thumbnail = encoded(picture(16, 16), "jpeg")
    block = piexif.dump(
        {
            "0th": {0x010F: b"Maker", 0x0112: 6, 0x0131: b"Editor"},
            "Exif": {0x9286: b"UNICODE\0" + "old".encode("utf-16-be"), 0xA420: b"unique id"},
            "GPS": {1: b"N", 2: ((48, 1), (8, 1), (0, 1))},
            "Interop": {1: b"R98"},
            "1st": {0x0112: 6},
            "thumbnail": thumbnail,
        }
    ).removeprefix(b"Exif\0\0")
    assert block.startswith(b"MM")
    return block if order == "MM" else little_endian(block)


def little_endian(block: bytes) -> bytes:
    """The same through Pillow, which keeps an order it was given."""
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + block)
    for ifd in (0x8769, 0x8825):
        exif.get_ifd(ifd)
    exif.endian = "<"
    return exif.tobytes().removeprefix(b"Exif\0\0")


def test_a_new_block_is_big_endian_and_read_by_piexif_and_pillow():
    block = build_exif(
        None, user_comment=INFOTEXT, texts={"Make": "workflow:{}", "Model": "猫"}
    )
    assert block.startswith(b"MM\0*")
    loaded = piexif.load(b"Exif\0\0" + block)
    assert piexif.helper.UserComment.load(loaded["Exif"][0x9286]) == INFOTEXT
    assert loaded["0th"][0x0110] == "猫".encode()
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + block)
    assert exif[0x010F] == "workflow:{}"
    assert texts(block) == {
        "EXIF:Make": "workflow:{}",
        "EXIF:Model": "猫",
        "EXIF:UserComment": INFOTEXT,
    }


@pytest.mark.parametrize("order", ["MM", "II"])
def test_all_else_in_an_existing_block_stays(order):
    before = full_block(order)
    after = build_exif(before, user_comment=INFOTEXT, texts={"ImageDescription": "said"})
    assert after[:2] == order.encode()
    old, new = (piexif.load(b"Exif\0\0" + block) for block in (before, after))
    assert new["0th"].pop(0x010E) == b"said"
    assert piexif.helper.UserComment.load(new["Exif"].pop(0x9286)) == INFOTEXT
    old["Exif"].pop(0x9286)
    for block in (old, new):
        block["0th"].pop(0x8769)  # the offset of the other directory
    assert new == old


def test_big_endian_text_in_a_little_endian_block_is_read_right():
    after = build_exif(full_block("II"), user_comment=INFOTEXT)
    assert b"UNICODE\0" + INFOTEXT.encode("utf-16-be") in after
    assert texts(after)["EXIF:UserComment"] == INFOTEXT


def test_writing_again_does_not_let_it_grow():
    once = build_exif(full_block(), user_comment="a" * 1000, texts={"Make": "m" * 100})
    twice = build_exif(once, user_comment="b" * 1000)
    for _ in range(20):
        twice = build_exif(twice, user_comment="b" * 1000)
    assert len(twice) <= len(once)
    assert texts(twice)["EXIF:Make"] == "m" * 100
    assert texts(twice)["EXIF:UserComment"] == "b" * 1000


def test_a_thumbnail_is_still_a_picture():
    after = build_exif(full_block(), user_comment=INFOTEXT * 100)
    with Image.open(BytesIO(piexif.load(b"Exif\0\0" + after)["thumbnail"])) as thumbnail:
        thumbnail.load()
        assert thumbnail.size == (16, 16)


def test_maker_notes_keep_their_offset():
    note = bytes(range(200))
    before = piexif.dump({"Exif": {0x927C: note, 0x9286: b"x" * 500}}).removeprefix(b"Exif\0\0")
    after = build_exif(before, user_comment="new")
    assert after.index(note) == before.index(note)
    assert after[8 : len(before)] == before[8:]


@pytest.mark.parametrize(
    "block",
    [
        b"JUNK" * 10,
        b"MM\0*" + struct.pack(">I", 5000),
        b"MM\0*" + struct.pack(">IH", 8, 60000),
        b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x010F, 2, 100, 0xFFFFFF00, 0),
        b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 0xFFFFFF00, 0),
        b"II*\0",
    ],
    ids=["junk", "outside", "short", "value outside", "pointer outside", "header"],
)
def test_a_broken_block_is_refused_and_not_lost(block):
    with pytest.raises(BadMedia) as caught:
        build_exif(block, user_comment="x")
    assert caught.value.code == "bad_exif"
    assert texts(block) == {}


def test_directories_that_point_at_each_other_end():
    loop = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8)
    assert texts(loop) == {}
    assert texts(build_exif(loop, user_comment="x"))["EXIF:UserComment"] == "x"


def test_two_entries_of_one_tag_both_stay():
    entry = struct.pack("<HHI4s", 0x010F, 2, 4, b"one\0")
    other = struct.pack("<HHI4s", 0x010F, 2, 4, b"two\0")
    block = b"II*\0" + struct.pack("<IH", 8, 2) + entry + other + bytes(4)
    after = build_exif(block, user_comment="x")
    values = [text.value for text in exif_texts(after) if text.place == "EXIF:Make"]
    assert values == ["one", "two"]


TEXTS = characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")


@given(st.text(TEXTS), st.sampled_from([None, full_block(), full_block("II")]))
def test_every_text_comes_back_from_every_block(text, existing):
    text += INFOTEXT[-45:]
    assert texts(build_exif(existing, user_comment=text))["EXIF:UserComment"] == text


@given(st.binary(max_size=300), st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_no_block_brings_it_down(junk, header):
    before = texts(header + junk)
    with suppress(BadMedia):
        after = texts(build_exif(header + junk, user_comment="new"))
        assert after["EXIF:UserComment"] == "new"
    assert before == texts(header + junk)
