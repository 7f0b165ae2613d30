"""The picture that is to be converted: what it is, and its pixels as they are to be seen.

Everything that would be lost without a word is found here and handled or refused: samples of 16
bits, CMYK, colours of a PNG's own, grey profiles, bytes behind the picture (CV-5…CV-11, CV-14).
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms, ImageFile

from artkeep.errors import BadMedia
from artkeep.media.byte_source import ByteSource
from artkeep.media.child_program import MOST_FILE_BYTES
from artkeep.media.convert_plan import ConvertPlan
from artkeep.media.picture import (
    MOST_FRAME_PIXELS,
    MOST_FRAMES,
    MOST_PIXELS,
    PLUGINS,
    TooLarge,
)
from artkeep.media.png_colour import PngFacts, profile_of, read_png_facts
from artkeep.media.refused import Refused
from artkeep.media.sniff import sniff
from artkeep.media.structure import walk

_SOURCES = frozenset({"png", "jpeg", "gif", "webp"})  # CV-14: all else is left alone
_MOST_SIDE = {"webp": 16_383, "avif": 32_768}
_MOST_TRAILING = 64  # padding; more is a film, a second picture, an archive
_GREY_DEPTHS = (2, 4)
_IPTC = 0x0404


@dataclass(slots=True)
class Source:
    """`flags` gathers what had to be done besides encoding."""

    content: bytes
    name: str
    image: ImageFile.ImageFile
    frames: int
    png: PngFacts | None
    icc: bytes | None
    flags: list[str] = field(default_factory=list)

    def reopen(self) -> ImageFile.ImageFile:
        """From its first frame on."""
        return PLUGINS[self.name](BytesIO(self.content))


def read_content(path: Path) -> bytes:
    """All of a plain file, following no link (SE-18). Raises OSError and TooLarge."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as file:  # noqa: PTH123 - it is a descriptor
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise BadMedia("This is not a plain file.", code="damaged")
        if status.st_size > MOST_FILE_BYTES:
            raise TooLarge(f"{status.st_size} bytes")
        return file.read(MOST_FILE_BYTES + 1)


def open_source(content: bytes, expected: str, plan: ConvertPlan) -> Source:
    """Look at the whole structure before anything is decoded.

    Raises Refused, BadMedia (`cut_short damaged`), TooLarge, or what Pillow raises.
    """
    media_type = sniff(content[:4096])
    if not content:
        raise BadMedia("The file is empty.", code="cut_short")
    if media_type is None:
        raise BadMedia("This is no picture that we know.", code="damaged")
    if media_type.kind == "video":
        raise Refused("video")
    name = media_type.name
    if name != expected:
        raise BadMedia(f"It was {expected} and is {name} now.", code="damaged")
    if name not in _SOURCES:
        raise Refused("not_convertible", name)
    shape = walk(content, media_type)
    if len(content) - shape.end > _MOST_TRAILING:
        raise Refused("trailing_data", str(len(content) - shape.end))
    if name == "webp" and _is_lossy_webp(content):
        raise Refused("already_webp")
    png = _png_facts(content, plan) if name == "png" else None
    image = PLUGINS[name](BytesIO(content))
    frames = 1 if name == "jpeg" else int(getattr(image, "n_frames", 1))
    source = Source(content, name, image, frames, png, image.info.get("icc_profile"))
    _check_size(source, plan)
    if _has_signature(image, png):
        source.flags.append("signature_left_out")  # of any other file it would be wrong
    if _IPTC in image.info.get("photoshop", ()):
        source.flags.append("iptc_left_out")  # neither format has a place for it; XMP stays
    if png and png.has_own_colours:
        _name_own_colours(source, png)
    return source


def still_pixels(source: Source, plan: ConvertPlan) -> Image.Image:
    """The only frame as RGB or RGBA, decoded whole, of the size it is to have.

    The pixels are those to be shown with the source's profile (which changes when the colours
    had to be managed); they are not turned: orientation stays with EXIF (CV-4).
    """
    image: Image.Image = source.image
    image.load()  # raises for truncated data: tolerance of that is never switched on (CV-10)
    if source.png and source.png.transparency and source.png.depth in _GREY_DEPTHS:
        _scale_transparency(image, source.png)
    if image.mode == "CMYK":
        image = _managed(source, image, "CMYK", "cmyk_without_profile")
    elif image.mode in ("L", "LA") and source.icc and source.icc[16:20] == b"GRAY":
        image = _managed(source, image, "GRAY", "colour_profile")
    elif image.mode.startswith("I"):  # 16-bit grey; allowed, or we would not be here
        image = image.convert("I").point(lambda sample: sample / 257).convert("L")
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode == "RGB" and image.has_transparency_data:
        image = image.convert("RGBA")
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    return _fitted(source, image, plan)


def _png_facts(content: bytes, plan: ConvertPlan) -> PngFacts:
    with ByteSource(content) as file:
        facts = read_png_facts(file)
    if facts.depth == 16 and (not plan.may_reduce_depth or facts.transparency):
        raise Refused("sixteen_bit")
    if facts.is_coded_otherwise:
        raise Refused("colour_profile", "cICP")
    return facts


def _has_signature(image: ImageFile.ImageFile, png: PngFacts | None) -> bool:
    """C2PA: a chunk of a PNG, APP11 of a JPEG."""
    segments = getattr(image, "applist", ())
    return bool(png and png.has_signature) or any(name == "APP11" for name, _ in segments)


def _check_size(source: Source, plan: ConvertPlan) -> None:
    width, height = source.image.size
    if width * height > MOST_FRAME_PIXELS:
        raise TooLarge(f"{width} x {height} pixels")
    if source.frames > MOST_FRAMES or source.frames * width * height > MOST_PIXELS:
        raise TooLarge(f"{source.frames} frames of {width} x {height} pixels")
    side = max(width, height)
    if plan.max_side:
        side = min(side, plan.max_side)
    if side > _MOST_SIDE[plan.format]:
        raise Refused("too_large", f"{width} x {height} pixels")
    if source.png and source.png.depth == 16:
        source.flags.append("depth_reduced")


def _is_lossy_webp(content: bytes) -> bool:
    """Whether any frame is VP8; ANMF chunks hold their own chunks behind 16 bytes."""
    position = 12
    while position + 8 <= len(content):
        name = content[position : position + 4]
        if name == b"VP8 ":
            return True
        length = int.from_bytes(content[position + 4 : position + 8], "little")
        position += 24 if name == b"ANMF" else 8 + length + (length & 1)
    return False


def _name_own_colours(source: Source, png: PngFacts) -> None:
    try:
        source.icc = profile_of(png.gamma or 0, png.points)
    except (ValueError, ArithmeticError) as error:
        raise Refused("colour_profile", "gAMA, cHRM") from error
    source.flags.append("colours_as_profile")


def _scale_transparency(image: Image.Image, png: PngFacts) -> None:
    """Pillow widens grey samples of 2 and 4 bits to 8, but not the one that is transparent."""
    if png.colour_type == 0 and "transparency" in image.info and png.transparency:
        value = int.from_bytes(png.transparency[:2], "big")
        image.info["transparency"] = value * 255 // (2**png.depth - 1)


def _managed(source: Source, image: Image.Image, space: str, code: str) -> Image.Image:
    """Through the embedded profile to sRGB, which needs no profile of its own (CV-7)."""
    if not source.icc or source.icc[16:20].strip() != space.encode():
        raise Refused(code)
    alpha = image.getchannel("A") if image.mode == "LA" else None
    inked = image.convert("L") if alpha else image
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(source.icc))
        shown = ImageCms.profileToProfile(
            inked, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError) as error:
        raise Refused(code, str(error)) from error
    assert shown is not None  # only in-place conversions give nothing
    if alpha:
        shown.putalpha(alpha)
    source.icc = None
    source.flags.append("colours_managed")
    return shown


def _fitted(source: Source, image: Image.Image, plan: ConvertPlan) -> Image.Image:
    longest = max(image.size)
    if not plan.max_side or longest <= plan.max_side:
        return image
    size = tuple(max(1, round(side * plan.max_side / longest)) for side in image.size)
    source.flags.append("resized")
    return image.resize((size[0], size[1]), Image.Resampling.LANCZOS)
