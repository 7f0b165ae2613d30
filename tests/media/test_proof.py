"""The proof tells honest encodes from everything that went wrong (CV-12)."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageFilter
from tests.media.converting import photo

from artkeep.media.picture import on_white, perceptual_hash
from artkeep.media.proof import (
    prove_alike,
    prove_alpha,
    prove_animation,
    prove_averaged,
    prove_lossy,
)
from artkeep.media.refused import NotProven


def encode(image: Image.Image, quality: int, name: str = "WEBP") -> Image.Image:
    written = BytesIO()
    image.save(written, name, quality=quality)
    return Image.open(BytesIO(written.getvalue())).convert(image.mode)


def saturated(image: Image.Image) -> Image.Image:
    return image.point(lambda sample: min(255, sample * 2))


def half_lost(image: Image.Image) -> Image.Image:
    lost = image.copy()
    lost.paste((128, 128, 128), (0, image.height // 2, image.width, image.height))
    return lost


def strip_lost(image: Image.Image) -> Image.Image:
    lost = image.copy()
    lost.paste((0, 0, 0), (0, 0, 40, image.height))
    return lost


WRONGS = {
    "swapped channels": lambda image: Image.merge("RGB", image.split()[::-1]),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "upside down": lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    "shifted by 8 pixels": lambda image: ImageChops.offset(image, 8, 0),
    "saturated": saturated,
    "half lost": half_lost,
    "a strip lost": strip_lost,
    "negative": ImageChops.invert,
    "black": lambda image: Image.new("RGB", image.size),
}


@pytest.mark.parametrize("noise", [0, 8, 20])
@pytest.mark.parametrize("quality", [90, 75, 50])
@pytest.mark.parametrize("name", ["WEBP", "AVIF"])
def test_an_honest_encode_is_proven(name, quality, noise):
    image = photo(1024, 768, noise)
    assert prove_lossy(image, encode(image, quality, name), quality) >= 32


@pytest.mark.parametrize("size", [(64, 64), (300, 20), (128, 33), (4000, 40)])
def test_small_and_odd_pictures_are_proven(size):
    image = photo(*size, 12)
    assert prove_lossy(image, encode(image, 80), 80) >= 32


@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize("size", [(1024, 768), (256, 256), (100, 150)])
def test_a_wrong_picture_is_not_proven(wrong, size):
    image = photo(*size)
    with pytest.raises(NotProven):
        prove_lossy(image, WRONGS[wrong](encode(image, 90)), 90)


def test_a_small_part_that_is_off_is_found_by_its_block():
    image = photo(1024, 768)
    spoilt = image.copy()
    box = (512, 320, 600, 408)
    spoilt.paste(ImageChops.add(image.crop(box), Image.new("RGB", (88, 88), (24, 24, 24))), box)
    with pytest.raises(NotProven, match="levels off"):
        prove_lossy(image, spoilt, 90)
    assert prove_lossy(image, spoilt, 49) > 32, "only the other rule holds below 50"


def test_the_last_blocks_at_the_edges_are_looked_at():
    image = photo(1024, 768)
    spoilt = image.copy()
    spoilt.paste((255, 0, 255), (980, 740, 1024, 768))
    with pytest.raises(NotProven):
        prove_lossy(image, spoilt, 90)


def test_below_50_less_is_asked_for():
    image = photo(1024, 768)
    blurred = ImageChops.add(image, Image.new("RGB", image.size, (9, 9, 9)))
    assert 26 <= prove_lossy(image, blurred, 49) < 32
    with pytest.raises(NotProven):
        prove_lossy(image, blurred, 50)


def test_already_reduced_pictures_are_judged_as_the_whole_ones_are():
    image = photo(1024, 1536, 8)
    result = encode(image, 85)
    whole = prove_averaged(image, result, 85)
    halves = prove_averaged(image.reduce(3), result.reduce(3), 85, reduced_by=3)
    assert abs(whole - halves) < 1


def test_alpha_has_to_be_identical():
    image = photo(200, 100, mode="RGBA")
    prove_alpha(image, encode(image, 80))
    changed = image.copy()
    changed.putpixel((150, 50), (*image.getpixel((150, 50))[:3], 7))
    for wrong in (changed, image.convert("RGB"), image.resize((100, 50))):
        with pytest.raises(NotProven):
            prove_alpha(image, wrong)
    opaque = photo(200, 100)
    prove_alpha(opaque, opaque.convert("RGBA"))


def test_colours_that_nobody_sees_do_not_count_and_those_that_show_do():
    image = photo(400, 300, mode="RGBA")
    image.putalpha(Image.new("L", image.size))
    image.paste((200, 30, 30, 255), (100, 100, 300, 200))
    hidden = image.copy()
    hidden.paste((0, 255, 0, 0), (0, 0, 400, 50))
    assert prove_lossy(image, hidden, 90) == 99
    shown = image.copy()
    shown.paste((30, 200, 30, 255), (100, 100, 300, 200))
    with pytest.raises(NotProven):
        prove_lossy(image, shown, 90)


def test_perceptual_hashes_tell_a_mirrored_picture_and_leave_plain_ones_alone():
    def prove(first: Image.Image, second: Image.Image) -> None:
        prove_alike(first, second, perceptual_hash(first), perceptual_hash(second))

    image = on_white(photo(512, 384))
    prove(image, encode(image, 40))
    with pytest.raises(NotProven, match="looks different"):
        prove(image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    plain = photo(512, 384, 2).filter(ImageFilter.GaussianBlur(90)).point(lambda s: s // 40)
    prove(plain, ImageChops.offset(plain, 3, 5))


# --- animations -----------------------------------------------------------------------------

RED, GREEN, BLUE = (Image.new("RGB", (32, 32), name) for name in ("red", "green", "blue"))
TIMELINE = [(RED, 100.0), (GREEN, 50.0), (BLUE, 70.0)]


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ([(RED, 100), (GREEN, 50)], "fewer"),
        ([*TIMELINE, (RED, 10)], "more"),
        ([(RED, 100), (GREEN, 40), (BLUE, 80)], "not shown as long"),
        ([(RED, 100), (GREEN, 50), (BLUE, 71)], "not shown as long"),
        ([(RED, 100), (BLUE, 50), (GREEN, 70)], "pixel"),
        ([(RED, 100), (GREEN, 120)], "became one"),
    ],
)
def test_a_lost_changed_or_shifted_frame_is_found(result, why):
    with pytest.raises(NotProven, match=why):
        prove_animation(TIMELINE, result, quality=None)


def test_the_same_frames_are_proven_and_equal_neighbours_may_be_one():
    assert prove_animation(TIMELINE, TIMELINE, quality=None) == 99
    prove_animation([(RED, 40.0), (RED, 60.0), *TIMELINE[1:]], TIMELINE, quality=None)


def test_every_frame_is_compared_when_there_is_loss():
    pictures = [photo(200, 100), photo(200, 100).transpose(Image.Transpose.ROTATE_180)]
    source = [(image, 100.0) for image in pictures]
    honest = [(encode(image, 80), 100.0) for image in pictures]
    assert prove_animation(source, honest, quality=80) >= 32
    with pytest.raises(NotProven):
        prove_animation(source, [honest[0], (pictures[0], 100.0)], quality=80)


def test_noise_alone_is_as_different_as_it_looks():
    noise = np.random.default_rng(1).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    image = Image.fromarray(noise, "RGB")
    with pytest.raises(NotProven):
        prove_lossy(image, ImageChops.invert(image).point(lambda s: s // 2), 90)
