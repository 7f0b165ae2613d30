"""The decoder child by its own protocol, and what it reads off a picture."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import imagehash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from tests.media.samples import WHOLE, animated, encoded, picture, png_of_size

import artkeep
from artkeep.media.decoder import answer
from artkeep.media.picture import MOST_FRAMES, Picture, TooLarge, read_picture


def read(content: bytes, name: str) -> Picture:
    return read_picture(BytesIO(content), name, lambda: None)


def distance(first: str, second: str) -> int:
    return (int(first, 16) ^ int(second, 16)).bit_count()


def scene(width: int = 832, height: int = 1216) -> Image.Image:
    """Smooth, as a picture is, so that a lossy copy looks the same."""
    return picture(9, 13).resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("name", ["png", "png-alpha", "apng", "jpeg", "webp", "gif", "avif"])
def test_a_picture_gives_its_facts(name):
    found = read(WHOLE[name], name.replace("apng", "png").split("-")[0])
    assert (found.width, found.height) == (90, 70)
    assert found.frames == (3 if name == "apng" else 1)
    assert len(found.picture_hash) == 64
    assert len(found.perceptual_hash) == 16
    assert len(found.blurhash) == 28
    assert Image.open(BytesIO(found.thumbnail)).size == (90, 70)


def test_metadata_and_compression_do_not_change_the_picture_hash():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("parameters", "a cat")
    image = picture()
    contents = (
        encoded(image, "png", compress_level=1),
        encoded(image, "png", pnginfo=texts),
        encoded(image.convert("RGBA"), "png"),
        encoded(image, "webp", lossless=True),
    )
    hashes = {read(contents[3], "webp").picture_hash}
    hashes |= {read(content, "png").picture_hash for content in contents[:3]}
    assert len(hashes) == 1


def test_one_changed_pixel_or_another_shape_changes_the_picture_hash():
    image = picture()
    changed = image.copy()
    changed.putpixel((89, 69), (0, 0, 0))
    reshaped = Image.frombytes("RGB", (70, 90), image.tobytes())
    hashes = {
        read(encoded(one, "png"), "png").picture_hash for one in (image, changed, reshaped)
    }
    assert len(hashes) == 3


def test_a_change_in_the_last_frame_changes_the_picture_hash():
    first, second = animated("gif", 3), animated("gif", 4)
    assert read(first, "gif").picture_hash != read(second, "gif").picture_hash


def test_deep_greyscale_is_hashed_by_its_own_samples_and_shown_at_its_brightness():
    dark = Image.new("I;16", (70, 70), 300)
    bright = Image.new("I;16", (70, 70), 40_000)
    brighter = Image.new("I;16", (70, 70), 40_001)
    found = [read(encoded(image, "png"), "png") for image in (dark, bright, brighter)]
    assert len({one.picture_hash for one in found}) == 3
    shown = Image.open(BytesIO(found[1].thumbnail)).convert("L").getpixel((35, 35))
    assert abs(shown - 156) <= 2


def test_a_lossy_copy_looks_the_same_and_a_mirrored_one_does_not():
    image = scene()
    original = read(encoded(image, "png"), "png")
    copy = read(encoded(image, "jpeg", quality=70), "jpeg")
    mirrored = read(encoded(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "png"), "png")
    assert original.picture_hash != copy.picture_hash
    assert distance(original.perceptual_hash, copy.perceptual_hash) <= 4
    assert distance(original.perceptual_hash, mirrored.perceptual_hash) > 10


def test_the_reduced_perceptual_hash_agrees_with_that_of_the_whole_picture():
    image = scene()
    whole = str(imagehash.phash(image))
    assert distance(read(encoded(image, "png"), "png").perceptual_hash, whole) <= 4


def test_the_thumbnail_is_small_and_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    found = read(encoded(scene(1000, 600), "jpeg", exif=exif), "jpeg")
    thumbnail = Image.open(BytesIO(found.thumbnail))
    assert (found.width, found.height) == (600, 1000)
    assert thumbnail.format == "WEBP"
    assert thumbnail.size == (307, 512)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (513, 2), (2, 513)])
def test_odd_shapes_are_read(size):
    found = read(encoded(Image.new("RGB", size), "png"), "png")
    assert (found.width, found.height) == size


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_png_mode_is_read(mode):
    assert read(encoded(picture(mode=mode), "png"), "png").width == 90


def test_a_large_picture_is_hashed_in_strips_as_in_one():
    image = picture(100, 60).resize((1300, 1700))
    expected = hashlib.sha256(b"1300x1700\n" + image.convert("RGBA").tobytes()).hexdigest()
    assert read(encoded(image, "png", compress_level=1), "png").picture_hash == expected


@pytest.mark.parametrize("size", [(10_001, 10_000), (2**31 - 1, 1), (60_000, 60_000)])
def test_a_decompression_bomb_is_refused_by_its_header(size):
    with pytest.raises(TooLarge):
        read(png_of_size(*size), "png")


def test_endless_animations_are_refused():
    still = encoded(Image.new("P", (1, 1)), "gif")
    begin = still.index(b"\x2c")
    frames = still[:begin] + still[begin:-1] * (MOST_FRAMES + 1) + b"\x3b"
    with pytest.raises(TooLarge, match="3001 frames"):
        read(frames, "gif")


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "gif", "avif"])
def test_a_cut_picture_does_not_decode(name, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(WHOLE[name][: len(WHOLE[name]) * 2 // 3])
    request = {"path": str(path), "type": name, "thumb": str(tmp_path / "t.webp")}
    reply = answer(request, lambda: None)
    assert (reply["failed"], reply["code"]) == ("media", "damaged")
    assert not (tmp_path / "t.webp").exists()


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "gif", "avif"])
def test_no_other_decoder_is_ever_tried(name, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n")
    request = {"path": str(path), "type": name, "thumb": str(tmp_path / "t.webp")}
    assert answer(request, lambda: None)["code"] == "damaged"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(["png", "jpeg", "webp", "gif"]), changes=st.data())
def test_mutated_pictures_are_read_or_refused_and_nothing_else(scratch, name, changes):
    content = bytearray(WHOLE[name])
    for _ in range(changes.draw(st.integers(1, 4))):
        at = changes.draw(st.integers(0, len(content) - 1))
        content[at : at + 4] = changes.draw(st.binary(max_size=8))
    path = scratch / "a"
    path.write_bytes(content)
    request = {"path": str(path), "type": name, "thumb": str(scratch / "t.webp")}
    reply = answer(request, lambda: None)
    assert reply.get("failed", "media") == "media"
    assert reply.get("code", "damaged") in ("damaged", "too_large")


# --- the program itself ---------------------------------------------------------------------


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    package = str(Path(artkeep.__file__).parent.parent)
    process = subprocess.Popen(
        [sys.executable, "-m", "artkeep.media.decoder"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": package, "MALLOC_ARENA_MAX": "1"},
    )
    yield process
    process.kill()
    process.communicate()


def ask(child: subprocess.Popen[bytes], **request: str) -> dict:
    assert child.stdin
    assert child.stdout
    child.stdin.write(json.dumps(request).encode() + b"\n")
    child.stdin.flush()
    return json.loads(child.stdout.readline())


def test_the_child_takes_many_files_and_ends_with_its_input(child, tmp_path):
    assert json.loads(child.stdout.readline()) == {"event": "ready"}
    path, thumb = tmp_path / "a.png", tmp_path / "t.webp"
    path.write_bytes(WHOLE["png"])
    first = ask(child, path=str(path), type="png", thumb=str(thumb))
    assert first["picture_hash"] == read(WHOLE["png"], "png").picture_hash
    assert thumb.read_bytes()[8:12] == b"WEBP"
    assert ask(child, path=str(path), type="jpeg", thumb=str(thumb))["code"] == "damaged"
    assert ask(child, path=str(path), type="png", thumb=str(thumb)) == first
    child.stdin.close()
    assert child.wait(timeout=30) == 0
    child.stdin = None


def test_an_animation_is_announced_before_its_answer(child, tmp_path):
    child.stdout.readline()
    path = tmp_path / "a.gif"
    path.write_bytes(WHOLE["gif-animated"])
    request = {"path": str(path), "type": "gif", "thumb": str(tmp_path / "t.webp")}
    assert ask(child, **request) == {"event": "animation"}
    assert json.loads(child.stdout.readline())["frames"] == 3


@pytest.mark.skipif(sys.platform != "linux", reason="reads limits from /proc")
def test_the_child_runs_under_limits(child):
    child.stdout.readline()
    limits = Path(f"/proc/{child.pid}/limits").read_text()
    soft = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    assert soft["Max address space"] == str(1024**3)
    assert soft["Max core file size"] == "0"
    assert os.getpriority(os.PRIO_PROCESS, child.pid) >= 10


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_a_picture_that_needs_too_much_memory_fails_alone(child, tmp_path):
    child.stdout.readline()
    path, thumb = tmp_path / "a", str(tmp_path / "t.webp")
    giant = bytearray(WHOLE["webp-animated"])
    giant[24:30] = (11_999).to_bytes(3, "little") + (7_999).to_bytes(3, "little")  # its canvas
    path.write_bytes(giant)
    reply = ask(child, path=str(path), type="webp", thumb=thumb)
    if reply == {"event": "animation"}:
        reply = json.loads(child.stdout.readline())
    assert reply["code"] == "too_large"
    path.write_bytes(WHOLE["webp"])
    assert ask(child, path=str(path), type="webp", thumb=thumb)["width"] == 90
