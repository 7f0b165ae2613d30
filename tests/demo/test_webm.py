from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from itertools import pairwise

import pytest
from PIL import Image, ImageChops, ImageStat

from artkeep.demo.catalogue import build_catalogue
from artkeep.demo.files import FRAMES, upload
from artkeep.demo.webm import NotAKeyFrame, key_frame, write_webm

MASTERS = {
    0x1A45DFA3,
    0x18538067,
    0x1549A966,
    0x1654AE6B,
    0xAE,
    0xE0,
    0x1F43B675,
    0x1C53BB6B,
    0xBB,
    0xB7,
}


def elements(body: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Id, start and end of the content of each EBML element; a size beyond `end` fails."""
    at = start
    while at < end:
        id_width = 9 - body[at].bit_length()
        element_id = int.from_bytes(body[at : at + id_width], "big")
        at += id_width
        size_width = 9 - body[at].bit_length()
        size = int.from_bytes(body[at : at + size_width], "big") - (1 << (7 * size_width))
        at += size_width
        assert at + size <= end
        yield element_id, at, at + size
        if element_id in MASTERS:
            yield from elements(body, at, at + size)
        at += size


def as_picture(frame: bytes) -> Image.Image:
    """A VP8 key frame put back into a WebP file and decoded."""
    chunk = b"VP8 " + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) % 2)
    picture = Image.open(
        io.BytesIO(b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk)
    )
    picture.load()
    return picture


def still(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "WEBP", quality=80)
    return out.getvalue()


def test_a_video_of_the_site_is_a_webm_whose_every_frame_decodes() -> None:
    catalogue = build_catalogue(120)
    image = next(i for i in catalogue.images.values() if i.is_video)
    body = upload(catalogue, image)
    parts = list(elements(body, 0, len(body)))
    values = {element_id: body[start:end] for element_id, start, end in parts}
    assert values[0x4282] == b"webm"
    assert values[0x86] == b"V_VP8"
    assert int.from_bytes(values[0xB0], "big") == image.width
    assert int.from_bytes(values[0xBA], "big") == image.height
    assert struct.unpack(">d", values[0x4489])[0] == pytest.approx(2000)
    frames = [as_picture(body[start + 4 : end]) for id_, start, end in parts if id_ == 0xA3]
    assert len(frames) == FRAMES
    assert {frame.size for frame in frames} == {(image.width, image.height)}


def test_times_rise_and_cues_point_at_clusters() -> None:
    frames = [key_frame(still(colour)) for colour in ("red", "green", "blue", "white", "black")]
    body = write_webm(frames, 64, 48, frames_per_s=2)
    parts = list(elements(body, 0, len(body)))
    segment = next(start for element_id, start, _ in parts if element_id == 0x18538067)
    clusters = [int.from_bytes(body[s:e], "big") for id_, s, e in parts if id_ == 0xE7]
    assert clusters == [0, 1000, 2000]
    for element_id, start, end in parts:
        if element_id == 0xF1:
            at = segment + int.from_bytes(body[start:end], "big")
            assert body[at : at + 4] == bytes.fromhex("1F43B675")


def test_a_loop_ends_where_it_begins() -> None:
    catalogue = build_catalogue(120)
    image = next(i for i in catalogue.images.values() if i.is_video and i.style != "skyline")
    body = upload(catalogue, image)
    parts = elements(body, 0, len(body))
    frames = [as_picture(body[start + 4 : end]) for id_, start, end in parts if id_ == 0xA3]

    def change(first: Image.Image, second: Image.Image) -> float:
        difference = ImageChops.difference(first.convert("RGB"), second.convert("RGB"))
        return sum(ImageStat.Stat(difference).mean)

    steps = [change(first, second) for first, second in pairwise(frames)]
    assert max(steps) > 0
    assert change(frames[-1], frames[0]) <= max(steps) * 1.5


def test_a_lossless_webp_holds_no_key_frame() -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "WEBP", lossless=True)
    with pytest.raises(NotAKeyFrame):
        key_frame(out.getvalue())
