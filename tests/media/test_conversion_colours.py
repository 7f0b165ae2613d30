"""Colours, depth and transparency through a conversion (CV-5, CV-6, CV-7, CV-11)."""

from __future__ import annotations

import struct
from io import BytesIO
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.media.converting import (
    LOSSLESS,
    PAD,
    SRGB,
    convert,
    converted,
    new_picture,
    photo,
    png,
    raw_png,
    same_pixels,
    with_chunks,
)
from tests.media.samples import encoded, png_chunk

from artkeep.media.convert_plan import ConvertPlan


def deep_rgb(size: int = 200) -> bytes:
    """16 bits a sample: 8-bit noise in the upper, and in the lower byte."""
    chance = np.random.default_rng(1)
    rows = b"".join(b"\0" + chance.bytes(6 * size) for _ in range(size))
    return raw_png(size, size, 16, 2, rows)


# --- CV-5, CV-6 -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["grey", "colour"])
def test_sixteen_bits_are_refused_by_the_header(tmp_path, kind):
    grey = np.asarray(photo(mode="L"), np.uint16) * 257
    content = encoded(Image.fromarray(grey), "png") if kind == "grey" else deep_rgb()
    assert convert(content, "png", tmp_path)["code"] == "sixteen_bit"


def test_sixteen_bits_become_eight_where_that_is_allowed(tmp_path):
    grey = np.asarray(photo(mode="L"), np.uint16) * 257
    plan = ConvertPlan(may_reduce_depth=True, is_lossless=True)
    content = encoded(Image.fromarray(grey), "png", compress_level=0)
    reply = convert(content, "png", tmp_path, plan)
    assert reply["flags"] == ["depth_reduced"]
    assert same_pixels(new_picture(tmp_path), photo(mode="L"))
    reply = convert(deep_rgb(), "png", tmp_path, plan)
    assert reply["flags"] == ["depth_reduced"]


# --- CV-7 -------------------------------------------------------------------------------------


def test_cmyk_without_a_profile_is_refused(tmp_path):
    content = encoded(photo(mode="CMYK"), "jpeg", quality=97)
    assert convert(content, "jpeg", tmp_path)["code"] == "cmyk_without_profile"
    content = encoded(photo(mode="CMYK"), "jpeg", quality=97, icc_profile=SRGB)
    assert convert(content, "jpeg", tmp_path)["code"] == "cmyk_without_profile"


def test_cmyk_is_shown_through_its_profile(tmp_path):
    """Half black ink is L* 50 by this profile: 119 in sRGB. Without it, it would be 127."""
    image = Image.new("CMYK", (300, 300), (0, 0, 0, 128))
    content = encoded(image, "jpeg", quality=100, icc_profile=cmyk_profile())
    padding = b"\xff\xe5" + struct.pack(">H", 60_002) + bytes(60_000)
    reply = convert(content[:2] + padding + content[2:], "jpeg", tmp_path)
    assert reply["flags"] == ["colours_managed"]
    new = new_picture(tmp_path)
    assert all(abs(sample - 119) <= 2 for sample in new.getpixel((9, 9)))
    assert "icc_profile" not in new.info


def cmyk_profile() -> bytes:
    """Lightness falls with black ink, and with the mean of the others; no colours."""
    identity = [65536 * (row == column) for row in range(3) for column in range(3)]
    ramp = bytes(range(256))
    cells = b"".join(
        bytes([round(255 * (1 - k) * (1 - (c + m + y) / 3)), 128, 128])
        for c, m, y, k in product((0, 1), repeat=4)
    )
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + struct.pack(">9i", *identity)
    return icc_profile(
        b"prtr", b"CMYK", b"Lab ", {b"A2B0": table + ramp * 4 + cells + ramp * 3}
    )


def test_a_grey_profile_is_applied(tmp_path):
    """A linear grey profile: 50% ink of light is 188 in sRGB."""
    profile = bytearray(grey_profile(1.0))
    content = encoded(Image.new("L", (300, 300), 128), "png", icc_profile=bytes(profile))
    image = converted(with_chunks(content, PAD), "png", tmp_path, LOSSLESS)
    assert abs(image.getpixel((9, 9))[0] - 188) <= 1
    assert "icc_profile" not in image.info


def grey_profile(gamma: float) -> bytes:
    curve = b"curv" + struct.pack(">IIHxx", 0, 1, round(gamma * 256))
    return icc_profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": curve})


def icc_profile(
    kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]
) -> bytes:
    d50 = struct.pack(">3i", 63190, 65536, 54061)
    text = b"desc" + struct.pack(">II", 0, 5) + b"test\0" + bytes(78 + 1)
    tags = {b"desc": text, b"wtpt": b"XYZ " + bytes(4) + d50} | tags
    begin = 128 + 4 + 12 * len(tags)
    body, table = b"", b""
    for name, content in tags.items():
        table += name + struct.pack(">II", begin + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I4sI", begin + len(body), bytes(4), 0x02100000) + kind + space
    header += connection + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp"
    header = header.ljust(68, b"\0") + d50
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


# --- CV-11 ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_shows_the_same_without_loss(tmp_path, mode):
    image = photo(mode="RGBA").convert("LA") if mode == "LA" else photo(mode=mode)
    content = with_chunks(png(image), PAD)
    assert same_pixels(converted(content, "png", tmp_path, LOSSLESS), image)


def test_a_palette_with_degrees_of_transparency_shows_the_same(tmp_path):
    image = photo(mode="RGBA").quantize(32, method=Image.Quantize.FASTOCTREE)
    content = with_chunks(png(image), PAD)
    shown = Image.open(BytesIO(content)).convert("RGBA")
    assert len(set(shown.getchannel("A").tobytes())) > 2
    assert same_pixels(converted(content, "png", tmp_path, LOSSLESS), shown)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_one_transparent_grey_is_transparent_at_every_depth(tmp_path, depth):
    levels = 2**depth
    per_byte = 8 // depth
    row = b"\0" + bytes((levels - 1) << (8 - depth) for _ in range(64 // per_byte))
    content = raw_png(64, 64, depth, 0, row * 64)
    chunk = png_chunk(b"tRNS", struct.pack(">H", levels - 1))
    content = with_chunks(content, chunk, PAD)
    image = converted(content, "png", tmp_path, LOSSLESS)
    assert image.mode == "RGBA"
    assert image.getpixel((0, 0))[3] == 0
    if per_byte > 1:
        assert image.getpixel((1, 0))[3] == 255


def test_one_transparent_colour_is_transparent(tmp_path):
    image = Image.new("RGB", (64, 64), (10, 20, 30))
    image.paste((11, 20, 30), (0, 0, 32, 64))
    chunk = png_chunk(b"tRNS", struct.pack(">3H", 10, 20, 30))
    result = converted(with_chunks(png(image), chunk, PAD), "png", tmp_path, LOSSLESS)
    assert [result.getpixel((x, 0))[3] for x in (0, 40)] == [255, 0]


@pytest.mark.parametrize("gamma", [100_000, 55_556])
def test_gamma_without_a_profile_shows_the_same(tmp_path, gamma):
    ramp = Image.new("RGB", (256, 64))
    for level in range(256):
        ramp.paste((level, level, level), (level, 0, level + 1, 64))
    content = with_chunks(png(ramp), png_chunk(b"gAMA", struct.pack(">I", gamma)), PAD)
    image = converted(content, "png", tmp_path, LOSSLESS)
    assert same_pixels(image, ramp), "no sample changes: the profile says what gAMA said"
    shown = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"])),
        ImageCms.createProfile("sRGB"),
    )
    for level in range(8, 256, 31):
        light = (level / 255) ** (100_000 / gamma)
        curve = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
        assert abs(shown.getpixel((level, 5))[1] - curve * 255) <= 1.5


def test_other_primaries_become_a_profile(tmp_path):
    adobe = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
    gamma = png_chunk(b"gAMA", struct.pack(">I", 45455))
    content = with_chunks(png(photo()), gamma, png_chunk(b"cHRM", adobe), PAD)
    image = converted(content, "png", tmp_path, LOSSLESS)
    assert same_pixels(image, photo())
    profile = ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"]))
    green = Image.new("RGB", (1, 1), (128, 255, 128))
    shown = ImageCms.profileToProfile(green, profile, ImageCms.createProfile("sRGB"))
    assert shown.getpixel((0, 0))[0] < 20, "the green of Adobe RGB has less red in sRGB"


@pytest.mark.parametrize(
    "chunk", [png_chunk(b"sRGB", b"\0"), png_chunk(b"gAMA", b"\0\0\xb1\x8f")]
)
def test_usual_colours_need_no_profile(tmp_path, chunk):
    content = with_chunks(png(photo()), chunk, PAD)
    assert "icc_profile" not in converted(content, "png", tmp_path).info


def test_impossible_primaries_and_hdr_are_refused(tmp_path):
    gamma = png_chunk(b"gAMA", struct.pack(">I", 100_000))
    nothing = png_chunk(b"cHRM", bytes(32))
    reply = convert(with_chunks(png(photo()), gamma, nothing), "png", tmp_path)
    assert reply["code"] == "colour_profile"
    hdr = png_chunk(b"cICP", b"\x09\x10\x00\x01")
    reply = convert(with_chunks(png(photo()), hdr), "png", tmp_path)
    assert reply["code"] == "colour_profile"
