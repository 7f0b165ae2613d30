"""Decodes one picture completely and reads off what we keep of it. Runs in the decoder child.

picture_hash    SHA-256 over `WIDTHxHEIGHT\\n` and the 8-bit RGBA rows of every frame in order,
                as coded (before EXIF orientation). Deep greyscale goes in with its own samples.
                Metadata, compression and palette order do not change it.
perceptual_hash imagehash's 64-bit pHash of the first frame as shown, on white, reduced first
blurhash        4 x 3 components of the same
thumbnail       WebP of the first frame as shown, at most 512 px on the long side
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

import blurhash
import imagehash
from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

MOST_FRAME_PIXELS, MOST_PIXELS, MOST_FRAMES = 100_000_000, 1_000_000_000, 3000
THUMB_SIDE, THUMB_QUALITY = 512, 80

# Opened by their own class: nothing else is ever tried, and a JPEG stays one picture (no MPO).
PLUGINS: dict[str, Callable[[BinaryIO], ImageFile.ImageFile]] = {
    "png": PngImagePlugin.PngImageFile,
    "jpeg": JpegImagePlugin.JpegImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "avif": AvifImagePlugin.AvifImageFile,
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")
_STRIP_PIXELS = 1_000_000  # decoded pictures are copied in strips: 100 Mpx take 400 MB once
_HASH_SIDE, _BLUR_SIDE = 64, 20
_LARGEST_PROFILE = 16 * 1024


class TooLarge(Exception):
    """More pixels or frames than we decode (RB-5)."""


class Picture(NamedTuple):
    """Width and height as shown, after EXIF orientation."""

    width: int
    height: int
    frames: int
    picture_hash: str
    perceptual_hash: str
    blurhash: str
    thumbnail: bytes


def restrict_pillow() -> None:
    """Once per process: its limits agree with ours, and broken files cannot make it talk."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    PngImagePlugin.MAX_TEXT_CHUNK = 32 * 1024 * 1024  # workflows: megabytes of compressed text
    Image.MAX_IMAGE_PIXELS = MOST_FRAME_PIXELS
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def read_picture(file: BinaryIO, name: str, on_animation: Callable[[], None]) -> Picture:
    """`name` is the sniffed type. `on_animation` is called before the frames are decoded.

    Raises TooLarge, or whatever Pillow raises for bytes that do not decode.
    """
    with PLUGINS[name](file) as image:
        width, height = image.size
        if width * height > MOST_FRAME_PIXELS:
            raise TooLarge(f"{width} x {height} pixels")
        frames = 1 if name == "jpeg" else int(getattr(image, "n_frames", 1))
        if frames > MOST_FRAMES or frames * width * height > MOST_PIXELS:
            raise TooLarge(f"{frames} frames of {width} x {height} pixels")
        if frames > 1:
            on_animation()
        digest = hashlib.sha256(b"%dx%d\n" % (width, height))
        first = read_frame(image, digest, thumb_factor(image))
        for frame in range(1, frames):
            image.seek(frame)
            read_frame(image, digest, None)
        orientation = orientation_of(image)
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
    if orientation >= 5:
        width, height = height, width
    first = as_shown(first, orientation)
    return picture_of(first, width, height, frames, digest.hexdigest(), profile)


def picture_of(
    first: Image.Image,
    width: int,
    height: int,
    frames: int,
    picture_hash: str,
    profile: bytes | None = None,
) -> Picture:
    """All that is kept, from the first frame as shown (`as_shown`) and what was counted."""
    flat = on_white(first)
    return Picture(
        width=width,
        height=height,
        frames=frames,
        picture_hash=picture_hash,
        perceptual_hash=perceptual_hash(flat),
        blurhash=_blurhash(flat),
        thumbnail=_webp(first, profile),
    )


def thumb_factor(image: Image.Image) -> int:
    """By how much a frame is reduced before its thumbnail and its perceptual hash are made."""
    return max(1, max(image.size) // THUMB_SIDE)


def as_shown(first: Image.Image, orientation: int) -> Image.Image:
    """The reduced first frame upright, as large as a thumbnail."""
    if turn := _TURNS.get(orientation):
        first = first.transpose(turn)
    first.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    return first


def read_frame(image: Image.Image, digest: Any, shrink: int | None) -> Image.Image:
    """Decode the frame and feed it to `digest`; give it back reduced by the factor `shrink`."""
    image.load()
    width, height = image.size
    if width * height > MOST_FRAME_PIXELS:
        raise TooLarge(f"a frame of {width} x {height} pixels")
    is_deep = image.mode in _DEEP_MODES
    mode = "RGBA" if image.has_transparency_data else "RGB"
    factor = shrink or 1
    reduced = Image.new(mode, (-(-width // factor), -(-height // factor)) if shrink else (1, 1))
    if is_deep:
        digest.update(b"deep\n")
    rows = max(1, _STRIP_PIXELS // width // factor) * factor
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(height, top + rows)))
        if is_deep:
            strip = strip.convert("I")
            digest.update(strip.tobytes())
            strip = strip.point(lambda sample: sample / 257).convert("L")
        else:
            digest.update(strip.convert("RGBA").tobytes())
        if shrink:
            reduced.paste(strip.convert(mode).reduce(factor), (0, top // factor))
    return reduced


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation, 1 where none can be read."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # broken EXIF raises anything; the picture is whole all the same
        return 1


def on_white(image: Image.Image) -> Image.Image:
    """Without alpha."""
    if image.mode == "RGB":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def perceptual_hash(image: Image.Image) -> str:
    """Of a frame as shown, on white."""
    factor = max(1, min(image.size) // _HASH_SIDE)
    return str(imagehash.phash(image.reduce(factor)))


def _blurhash(image: Image.Image) -> str:
    tiny = image.resize(
        (min(image.width, _BLUR_SIDE), min(image.height, _BLUR_SIDE)), Image.Resampling.BOX
    )
    samples = list(tiny.tobytes())
    pixels = [samples[at : at + 3] for at in range(0, len(samples), 3)]
    rows = [pixels[at : at + tiny.width] for at in range(0, len(pixels), tiny.width)]
    return str(blurhash.encode(rows, 4, 3))


def _webp(image: Image.Image, profile: bytes | None) -> bytes:
    written = BytesIO()
    keep = profile if profile and len(profile) <= _LARGEST_PROFILE else None
    image.save(written, "WEBP", quality=THUMB_QUALITY, method=2, icc_profile=keep)
    return written.getvalue()
