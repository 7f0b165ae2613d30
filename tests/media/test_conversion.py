"""Every way in which a conversion could lose something, on real files (CV-1…CV-14)."""

from __future__ import annotations

import hashlib
import struct
import zlib
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image, ImageChops, ImageOps
from tests.media.converting import (
    AVIF,
    LOSSLESS,
    PAD,
    SRGB,
    closeness,
    convert,
    converted,
    new_picture,
    photo,
    png,
    same_pixels,
    with_chunks,
)
from tests.media.samples import WHOLE, encoded, png_chunk, png_of_size

from artkeep.media import conversion
from artkeep.media.convert_plan import ConvertPlan
from artkeep.media.converter import answer
from artkeep.media.picture import read_picture

# --- what is made -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["png", "jpeg"])
@pytest.mark.parametrize("plan", [ConvertPlan(), AVIF, ConvertPlan(quality=30)])
def test_a_converted_file_tells_its_facts(tmp_path, name, plan):
    options = {"quality": 97} if name == "jpeg" else {}
    content = encoded(photo(), name, **options)
    reply = convert(content, name, tmp_path, plan)
    new = (tmp_path / "part").read_bytes()
    facts = read_picture(BytesIO(new), plan.format, lambda: None)
    assert reply["size"] == len(new) < len(content)
    assert reply["sha256"] == hashlib.sha256(new).hexdigest()
    assert reply["source_sha256"] == hashlib.sha256(content).hexdigest()
    assert (reply["width"], reply["height"], reply["frames"]) == (400, 300, 1)
    assert reply["picture_hash"] == facts.picture_hash
    assert reply["perceptual_hash"] == facts.perceptual_hash
    assert reply["psnr"] >= 26


def test_quality_is_obeyed(tmp_path):
    content = encoded(photo(), "png")
    sizes = [
        convert(content, "png", tmp_path, ConvertPlan(quality=quality))["size"]
        for quality in (20, 60, 95)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] * 3 < sizes[2]


def test_without_loss_every_pixel_is_the_same(tmp_path):
    image = photo()
    reply = convert(encoded(image, "png", compress_level=1), "png", tmp_path, LOSSLESS)
    assert reply["psnr"] == 99
    assert same_pixels(new_picture(tmp_path), image)


def test_a_large_picture_is_made_smaller_when_asked(tmp_path):
    plan = ConvertPlan(max_side=200)
    reply = convert(encoded(photo(), "png"), "png", tmp_path, plan)
    assert (reply["width"], reply["height"], reply["flags"]) == (200, 150, ["resized"])
    assert (
        convert(encoded(photo(), "png"), "png", tmp_path, ConvertPlan(max_side=400))["flags"]
        == []
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "jpeg"},
        {"quality": 0},
        {"quality": 101},
        {"effort": 7},
        {"max_side": 0},
        {"format": "avif", "is_lossless": True},
    ],
)
def test_a_plan_that_is_none_is_refused(fields):
    with pytest.raises(ValueError, match=r"."):
        ConvertPlan.from_json(ConvertPlan().to_json() | fields)


# --- CV-1 -------------------------------------------------------------------------------------


def animation(name: str, frames: int = 5, mode: str = "RGB", **options: object) -> bytes:
    first = photo(160, 120, mode=mode)
    pictures = [first.rotate(72 * turn) for turn in range(frames)]
    options = {"duration": [100, 70, 40, 90, 200][:frames], "loop": 0} | options
    written = BytesIO()
    pictures[0].save(written, name, save_all=True, append_images=pictures[1:], **options)
    return written.getvalue()


def durations(image: Image.Image) -> list[float]:
    found = []
    for number in range(image.n_frames):
        image.seek(number)
        image.load()
        found.append(image.info["duration"])
    return found


@pytest.mark.parametrize(("name", "plan"), [("gif", ConvertPlan()), ("png", ConvertPlan())])
def test_frames_durations_and_loops_are_kept(tmp_path, name, plan):
    reply = convert(animation(name), name, tmp_path, plan)
    assert reply["frames"] == 5, reply
    image = new_picture(tmp_path)
    assert durations(image) == [100, 70, 40, 90, 200]
    assert image.info["loop"] == 0


@pytest.mark.parametrize(
    ("name", "loop", "plays"), [("gif", None, 1), ("gif", 0, 0), ("gif", 3, 4), ("png", 3, 3)]
)
def test_it_plays_as_often_as_it_did(tmp_path, name, loop, plays):
    content = animation(name, loop=loop)
    reply = convert(content, name, tmp_path)
    assert "failed" not in reply, reply
    assert new_picture(tmp_path).info["loop"] == plays


def test_a_transparent_animation_without_loss_shows_the_same(tmp_path):
    pictures = []
    for turn in range(3):
        image = Image.new("RGBA", (200, 200))
        image.paste(photo(90, 90).convert("RGBA"), (20 * turn, 30 * turn))
        pictures.append(image.quantize(64, method=Image.Quantize.FASTOCTREE))
    written = BytesIO()
    options = {"save_all": True, "append_images": pictures[1:], "duration": 80, "disposal": 2}
    pictures[0].save(written, "GIF", **options)
    content = written.getvalue()
    padding = b"\x21\xfe" + (b"\xff" + bytes(255)) * 400 + b"\0"  # a comment
    at = content.index(b"\x21\xf9")  # the first graphic control extension
    reply = convert(content[:at] + padding + content[at:], "gif", tmp_path, LOSSLESS)
    assert reply.get("frames") == 3, reply
    before, after = Image.open(BytesIO(content)), new_picture(tmp_path)
    for number in range(3):
        before.seek(number)
        after.seek(number)
        white = Image.new("RGBA", (200, 200), "white")
        shown = [Image.alpha_composite(white, one.convert("RGBA")) for one in (before, after)]
        assert same_pixels(*shown)


def test_a_lost_frame_keeps_the_original(tmp_path, monkeypatch):
    real = conversion.encode_animation

    def lose_one(source, plan, blocks):
        return convert_bytes(real(source, plan, blocks))

    def convert_bytes(content: bytes) -> bytes:
        image = Image.open(BytesIO(content))
        pictures = []
        for number in range(image.n_frames - 1):
            image.seek(number)
            pictures.append(image.convert("RGB"))
        written = BytesIO()
        pictures[0].save(written, "WEBP", save_all=True, append_images=pictures[1:], loop=0)
        return written.getvalue()

    monkeypatch.setattr(conversion, "encode_animation", lose_one)
    reply = convert(animation("gif"), "gif", tmp_path)
    assert (reply["failed"], reply["code"]) == ("item", "proof_failed")


def test_other_loops_keep_the_original(tmp_path, monkeypatch):
    looping = convert_to_webp(loop=7)
    monkeypatch.setattr(conversion, "encode_animation", lambda *_: looping)
    assert convert(animation("gif"), "gif", tmp_path)["code"] == "proof_failed"
    same = convert_to_webp(loop=0)
    monkeypatch.setattr(conversion, "encode_animation", lambda *_: same)
    assert "failed" not in convert(animation("gif"), "gif", tmp_path)


def convert_to_webp(loop: int) -> bytes:
    image = Image.open(BytesIO(animation("gif")))
    return encoded(image, "webp", save_all=True, duration=durations(image), loop=loop)


@pytest.mark.parametrize("plan", [AVIF, ConvertPlan(max_side=50)])
def test_an_animation_that_would_not_be_kept_is_refused(tmp_path, plan):
    assert convert(animation("gif"), "gif", tmp_path, plan)["code"] == "animated"


def test_an_animation_is_announced(tmp_path):
    (tmp_path / "a").write_bytes(animation("gif"))
    said: list[str] = []
    request = {"path": str(tmp_path / "a"), "format": "gif", "part": str(tmp_path / "p")}
    request |= {"plan": ConvertPlan().to_json(), "knowledge": None}
    answer(request, lambda: said.append("animation"))
    assert said == ["animation"]


# --- CV-2 -------------------------------------------------------------------------------------


def test_alpha_is_identical(tmp_path):
    image = photo(mode="RGBA")
    new = converted(encoded(image, "png"), "png", tmp_path)
    assert new.getchannel("A").tobytes() == image.getchannel("A").tobytes()


def test_without_loss_the_colours_below_transparent_pixels_stay(tmp_path):
    image = photo().copy()
    image.putalpha(0)
    assert same_pixels(
        converted(with_chunks(png(image), PAD), "png", tmp_path, LOSSLESS), image
    )


def test_alpha_that_is_opaque_everywhere_needs_no_channel(tmp_path):
    image = photo().copy()
    image.putalpha(255)
    assert converted(encoded(image, "png"), "png", tmp_path).mode == "RGB"
    assert converted(encoded(image, "png"), "png", tmp_path, AVIF).mode == "RGB"


def test_avif_is_refused_where_it_would_change_alpha(tmp_path):
    content = encoded(photo(mode="RGBA"), "png")
    assert convert(content, "png", tmp_path, AVIF)["code"] == "alpha_not_kept"


# --- CV-3, CV-4 -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("png", ConvertPlan()),
        ("png", AVIF),
        ("png", LOSSLESS),
        ("jpeg", ConvertPlan()),
        ("jpeg", AVIF),
    ],
)
def test_a_profile_is_carried_byte_for_byte(tmp_path, plan, name):
    options = {"quality": 97} if name == "jpeg" else {}
    content = encoded(photo(), name, icc_profile=SRGB, **options)
    reply = convert(content, name, tmp_path, plan)
    assert new_picture(tmp_path).info["icc_profile"] == SRGB
    assert "ICC" in reply["metadata"]


@pytest.mark.parametrize("plan", [ConvertPlan(), AVIF])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_shown_as_it_was_and_turned_only_once(tmp_path, plan, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x0131] = "a program"
    content = encoded(photo(), "jpeg", quality=97, exif=exif)
    reply = convert(content, "jpeg", tmp_path, plan)
    before = ImageOps.exif_transpose(Image.open(BytesIO(content)))
    after = ImageOps.exif_transpose(new_picture(tmp_path))
    assert before.size == after.size == (reply["width"], reply["height"])
    assert closeness(before, after) < 6
    assert new_picture(tmp_path).getexif()[0x0131] == "a program"


def test_a_turned_result_keeps_the_original(tmp_path, monkeypatch):
    monkeypatch.setattr(
        conversion,
        "_encode_still",
        lambda pixels, plan, blocks: encoded(pixels, "webp", quality=80),
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    reply = convert(encoded(photo(), "jpeg", quality=97, exif=exif), "jpeg", tmp_path)
    assert (reply["failed"], reply["code"]) == ("item", "metadata_not_kept")


def test_what_no_webp_can_hold_is_named(tmp_path):
    signature = png_chunk(b"caBX", bytes(100))
    reply = convert(with_chunks(png(photo()), signature), "png", tmp_path)
    assert reply["flags"] == ["signature_left_out"]
    record = b"\x1c\x02\x19\x00\x03cat"
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record
    segment = b"\xff\xed" + struct.pack(">H", len(block) + 2) + block
    content = encoded(photo(), "jpeg", quality=97)
    reply = convert(content[:2] + segment + content[2:], "jpeg", tmp_path)
    assert reply["flags"] == ["iptc_left_out"]


def test_a_picture_that_cannot_be_encoded_stays(tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise ValueError("encoding error 1")  # libwebp's word for too little memory

    monkeypatch.setattr(Image.Image, "save", fail)
    assert convert(WHOLE["png"], "png", tmp_path)["code"] == "too_large"


def test_a_result_that_is_turned_is_found_whatever_its_tags_say(tmp_path, monkeypatch):
    monkeypatch.setattr(conversion, "check_carried", lambda *_: [])
    real = conversion._encode_still
    monkeypatch.setattr(
        conversion, "_encode_still", lambda pixels, plan, blocks: real(pixels, plan, {})
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    reply = convert(encoded(photo(), "jpeg", quality=97, exif=exif), "jpeg", tmp_path)
    assert (reply["code"], reply["message"]) == ("proof_failed", "it is turned")


# --- CV-9, CV-13, CV-14 -----------------------------------------------------------------------


def test_what_the_format_cannot_hold_is_skipped(tmp_path):
    content = encoded(Image.new("RGB", (16_384, 2)), "png")
    assert convert(content, "png", tmp_path)["code"] == "too_large"
    content = with_chunks(encoded(Image.new("RGB", (16_383, 2)), "png"), PAD)
    assert "failed" not in convert(content, "png", tmp_path)
    content = with_chunks(encoded(photo(16_384, 8), "png"), PAD)
    assert convert(content, "png", tmp_path, ConvertPlan(max_side=1000))["width"] == 1000


def test_a_file_that_would_not_become_smaller_stays(tmp_path):
    content = encoded(photo(), "jpeg", quality=30)
    assert convert(content, "jpeg", tmp_path, ConvertPlan(quality=95))["code"] == "no_gain"


@pytest.mark.parametrize(("share", "code"), [(0.94, None), (0.96, "no_gain")])
def test_five_percent_are_asked_for(tmp_path, share, code):
    picture = encoded(photo(), "jpeg", quality=60)
    new_size = _size_of_webp(photo_of(picture))
    padding = round(new_size / share) - len(picture)
    assert padding > 4, "a WebP of quality 99 is larger than this JPEG"
    lengths = [60_000] * (padding // 60_000) + [padding % 60_000]
    segments = [b"\xff\xe5" + struct.pack(">H", n - 2) + bytes(n - 4) for n in lengths if n > 4]
    padded = picture[:2] + b"".join(segments) + picture[2:]
    reply = convert(padded, "jpeg", tmp_path, ConvertPlan(quality=99))
    assert reply.get("code") == code


def photo_of(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def _size_of_webp(image: Image.Image) -> int:
    return len(encoded(image, "webp", quality=99, method=4))


def test_what_is_not_to_be_converted_is_left_alone(tmp_path):
    assert convert(WHOLE["webp"], "webp", tmp_path)["code"] == "already_webp"
    assert convert(WHOLE["webp-animated"], "webp", tmp_path)["code"] == "already_webp"
    assert convert(WHOLE["avif"], "avif", tmp_path)["code"] == "not_convertible"
    assert convert(WHOLE["mp4"], "mp4", tmp_path)["code"] == "video"
    lossless = encoded(photo(), "webp", lossless=True)
    assert "failed" not in convert(lossless, "webp", tmp_path)


def test_data_behind_the_picture_is_not_thrown_away(tmp_path):
    content = encoded(photo(), "jpeg", quality=97)
    reply = convert(content + b"PK\x03\x04" + bytes(200), "jpeg", tmp_path)
    assert reply["code"] == "trailing_data"
    assert "failed" not in convert(content + bytes(16), "jpeg", tmp_path)


# --- CV-10 and hostile bytes ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["png", "jpeg", "gif"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(tmp_path, name, share):
    content = encoded(photo(), name)
    reply = convert(content[: int(len(content) * share)], name, tmp_path)
    assert reply["failed"] == "media"


def test_a_flipped_bit_in_a_png_is_found(tmp_path):
    content = bytearray(encoded(photo(), "png"))
    content[len(content) // 2] ^= 1
    assert convert(bytes(content), "png", tmp_path)["code"] == "damaged"


@pytest.mark.parametrize("size", [(30_000, 30_000), (2**31 - 1, 1)])
def test_a_bomb_is_refused_by_its_header(tmp_path, size):
    assert convert(png_of_size(*size), "png", tmp_path)["code"] == "too_large"


def test_a_bomb_of_text_is_refused(tmp_path):
    bomb = b"parameters\0\0" + zlib.compress(bytes(80 * 1024 * 1024))
    content = with_chunks(encoded(photo(), "png"), png_chunk(b"zTXt", bomb))
    assert convert(content, "png", tmp_path)["code"] in ("metadata_not_kept", "damaged")


def test_a_file_of_another_type_than_it_was_is_not_touched(tmp_path):
    reply = convert(encoded(photo(), "jpeg"), "png", tmp_path)
    assert (reply["failed"], reply["code"]) == ("media", "damaged")
    assert convert(b"%!PS-Adobe-3.0 EPSF-3.0\n", "png", tmp_path)["code"] == "damaged"


# --- CV-12 ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        lambda image: Image.merge("RGB", image.split()[::-1]),
        lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        lambda image: ImageChops.offset(image, 8, 0),
        lambda image: image.resize((200, 150)),
    ],
)
@pytest.mark.parametrize("plan", [ConvertPlan(quality=90), LOSSLESS])
def test_a_wrong_result_is_deleted_and_the_original_kept(tmp_path, monkeypatch, spoil, plan):
    real = conversion._encode_still
    monkeypatch.setattr(
        conversion,
        "_encode_still",
        lambda pixels, plan, blocks: real(spoil(pixels), plan, blocks),
    )
    reply = convert(with_chunks(png(photo()), PAD), "png", tmp_path, plan)
    assert (reply["failed"], reply["code"]) == ("item", "proof_failed")


def test_one_changed_pixel_is_found_without_loss(tmp_path, monkeypatch):
    real = conversion._encode_still

    def change_one(pixels, plan, blocks):
        changed = pixels.copy()
        changed.putpixel((0, 0), (1, 2, 3))
        return real(changed, plan, blocks)

    monkeypatch.setattr(conversion, "_encode_still", change_one)
    reply = convert(with_chunks(png(photo()), PAD), "png", tmp_path, LOSSLESS)
    assert reply["code"] == "proof_failed"


def test_a_picture_that_looks_different_is_found_by_its_hash_alone(tmp_path, monkeypatch):
    real = conversion._encode_still
    monkeypatch.setattr(conversion, "prove_averaged", lambda *_, **__: 34.0)
    monkeypatch.setattr(
        conversion,
        "_encode_still",
        lambda pixels, plan, blocks: real(ImageOps.mirror(pixels), plan, blocks),
    )
    reply = convert(encoded(photo(), "png"), "png", tmp_path)
    assert "looks different" in reply["message"]


def test_lost_metadata_is_found(tmp_path, monkeypatch):
    real = conversion._encode_still
    monkeypatch.setattr(
        conversion, "_encode_still", lambda pixels, plan, blocks: real(pixels, plan, {})
    )
    reply = convert(png(photo(), {"parameters": "a cat"}), "png", tmp_path)
    assert (reply["failed"], reply["code"]) == ("item", "metadata_not_kept")


def test_what_is_proven_is_what_the_disk_gives_back(tmp_path, monkeypatch):
    real = conversion.Conversion.prove

    def spoil_the_disk(self, part):
        content = bytearray(part.read_bytes())
        content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
        part.write_bytes(content)
        return real(self, part)

    monkeypatch.setattr(conversion.Conversion, "prove", spoil_the_disk)
    assert convert(encoded(photo(), "png"), "png", tmp_path)["failed"] in ("media", "item")


def test_rising_noise_is_converted_at_every_quality(tmp_path):
    results = [
        convert(encoded(photo(512, 512, noise), "png"), "png", tmp_path, ConvertPlan(quality=q))
        for noise in (0, 10, 20)
        for q in (40, 70, 90)
    ]
    assert all("failed" not in reply for reply in results)
    assert all(a["size"] < b["size"] for a, b in pairwise(results[:3]))
