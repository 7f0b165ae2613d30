"""Pictures like photos, and a conversion without its child process."""

from __future__ import annotations

import functools
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageCms, PngImagePlugin
from tests.media.samples import png_chunk

from artkeep.domain.embedded import Knowledge
from artkeep.media.convert_plan import ConvertPlan, knowledge_to_json
from artkeep.media.converter import answer
from artkeep.media.sniff import PNG_SIGNATURE

LOSSLESS = ConvertPlan(is_lossless=True)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
AVIF = ConvertPlan(format="avif")
PAD = png_chunk(b"paDd", bytes(100_000))  # makes a file that surely becomes smaller


@functools.cache
def photo(
    width: int = 400, height: int = 300, noise: int = 6, mode: str = "RGB"
) -> Image.Image:
    """Soft shapes under noise; RGBA fades from left to right."""
    chance = np.random.default_rng(width * height)
    cells = chance.integers(0, 255, (8, 6, 3), dtype=np.uint8)
    soft = Image.fromarray(cells, "RGB").resize((width, height), Image.Resampling.BICUBIC)
    grainy = np.asarray(soft, np.int16) + chance.integers(-noise, noise + 1, (height, width, 3))
    image = Image.fromarray(np.clip(grainy, 0, 255).astype(np.uint8), "RGB")
    if mode == "RGBA":
        fade = np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))
        image.putalpha(Image.fromarray(fade, "L"))
        return image
    return image.convert(mode)


def png(image: Image.Image, texts: dict[str, str] | None = None, **options: Any) -> bytes:
    info = PngImagePlugin.PngInfo()
    for keyword, text in (texts or {}).items():
        info.add_text(keyword, text)
    written = BytesIO()
    image.save(written, "PNG", pnginfo=info, **options)
    return written.getvalue()


def convert(
    content: bytes,
    name: str,
    folder: Path,
    plan: ConvertPlan | None = None,
    knowledge: Knowledge | None = None,
) -> dict[str, Any]:
    """The child's reply; the new file is `folder`/part, the old one `folder`/source."""
    source, part = folder / "source", folder / "part"
    source.write_bytes(content)
    part.unlink(missing_ok=True)
    request = {
        "path": str(source),
        "format": name,
        "part": str(part),
        "plan": (plan or ConvertPlan()).to_json(),
        "knowledge": knowledge_to_json(knowledge),
    }
    reply = answer(request, lambda: None)
    assert source.read_bytes() == content
    assert part.exists() is ("failed" not in reply)
    return reply


def converted(*args: Any, **options: Any) -> Image.Image:
    """The new picture, decoded; fails when there is none."""
    reply = convert(*args, **options)
    assert "failed" not in reply, reply
    return new_picture(args[2])


def new_picture(folder: Path) -> Image.Image:
    """What `convert` left in this folder, decoded."""
    image = Image.open(BytesIO((folder / "part").read_bytes()))
    image.load()
    return image


def with_chunks(content: bytes, *chunks: bytes) -> bytes:
    """A PNG with these chunks behind its header."""
    return content[:33] + b"".join(chunks) + content[33:]


def raw_png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """`rows` with their filter bytes."""
    header = struct.pack(">2I5B", width, height, depth, colour, 0, 0, 0)
    return (
        PNG_SIGNATURE
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def same_pixels(first: Image.Image, second: Image.Image) -> bool:
    return first.convert("RGBA").tobytes() == second.convert("RGBA").tobytes()


def closeness(first: Image.Image, second: Image.Image) -> float:
    """Mean difference in levels."""
    difference = ImageChops.difference(first.convert("RGB"), second.convert("RGB"))
    return float(np.asarray(difference, np.float32).mean())
