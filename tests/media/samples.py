"""Real bytes for the media tests: pictures by Pillow, videos put together box by box."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

from artkeep.media.sniff import PNG_SIGNATURE


def picture(width: int = 90, height: int = 70, mode: str = "RGB") -> Image.Image:
    """Noisy enough that its coded data is not trivial, the same in every run."""
    noise = zlib.crc32(b"seed")
    samples = bytearray()
    for _ in range(width * height * 3):
        noise = (noise * 1103515245 + 12345) & 0x7FFFFFFF
        samples.append(noise >> 16 & 0xFF)
    return Image.frombytes("RGB", (width, height), bytes(samples)).convert(mode)


def encoded(image: Image.Image, name: str, **options: Any) -> bytes:
    """`name` as in the table of types."""
    written = BytesIO()
    image.save(written, name.upper(), **options)
    return written.getvalue()


def animated(name: str, frames: int = 3) -> bytes:
    first = picture()
    others = [first.rotate(90 * turn) for turn in range(1, frames)]
    return encoded(first, name, save_all=True, append_images=others, duration=100)


def png_chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png_of_size(width: int, height: int) -> bytes:
    """A whole PNG by structure, whose header claims any size."""
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return (
        PNG_SIGNATURE
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(bytes(1000)))
        + png_chunk(b"IEND", b"")
    )


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), name) + body


def large_box(name: bytes, *content: bytes) -> bytes:
    """With a 64-bit size."""
    body = b"".join(content)
    return struct.pack(">I4sQ", 1, name, 16 + len(body)) + body


def open_box(name: bytes, *content: bytes) -> bytes:
    """Size 0: to the end of the file."""
    return struct.pack(">I4s", 0, name) + b"".join(content)


UPRIGHT = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
QUARTER_TURN = (0, 0x10000, 0, 0xFFFF0000, 0, 0, 0, 0, 0x40000000)


def moov(width: int = 640, height: int = 360, matrix: tuple[int, ...] = UPRIGHT) -> bytes:
    tkhd = (
        bytes(40) + struct.pack(">9I", *matrix) + struct.pack(">2I", width << 16, height << 16)
    )
    sound = bytes(40) + struct.pack(">9I", *UPRIGHT) + bytes(8)
    return box(
        b"moov",
        box(b"mvhd", bytes(100)),
        box(b"trak", box(b"tkhd", sound)),
        box(b"trak", box(b"tkhd", tkhd), box(b"udta", bytes(4))),
        bytes(4),
    )


def mp4(brand: bytes = b"isom") -> bytes:
    ftyp = box(b"ftyp", brand, bytes(4), b"isomavc1")
    return ftyp + moov() + box(b"free", bytes(10)) + large_box(b"mdat", bytes(range(250)) * 8)


def element(element_id: int, *content: bytes, is_open: bool = False) -> bytes:
    """An EBML element; `is_open` gives it the unknown size of a live stream."""
    body = b"".join(content)
    name = element_id.to_bytes((element_id.bit_length() + 7) // 8, "big")
    size = b"\x01" + b"\xff" * 7 if is_open else struct.pack(">Q", len(body) | 1 << 56)
    return name + size + body


def webm(doc_type: bytes = b"webm", *, is_live: bool = False) -> bytes:
    video = element(0xE0, element(0xB0, b"\x02\x80"), element(0xBA, b"\x01\x68"))
    tracks = element(0x1654AE6B, element(0xAE, element(0xD7, b"\x01"), video))
    clusters = [
        element(
            0x1F43B675, element(0xE7, bytes([at])), element(0xA3, bytes(300)), is_open=is_live
        )
        for at in range(3)
    ]
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"))
    return element(0x1A45DFA3, element(0x4282, doc_type)) + element(
        0x18538067, info, element(0xEC, bytes(20)), tracks, *clusters, is_open=is_live
    )


WHOLE = {
    "png": encoded(picture(), "png"),
    "png-alpha": encoded(picture(mode="RGBA"), "png"),
    "apng": animated("png"),
    "jpeg": encoded(picture(), "jpeg"),
    "jpeg-progressive": encoded(picture(), "jpeg", progressive=True),
    "webp": encoded(picture(), "webp"),
    "webp-lossless": encoded(picture(mode="RGBA"), "webp", lossless=True),
    "webp-animated": animated("webp"),
    "gif": encoded(picture(), "gif"),
    "gif-animated": animated("gif"),
    "avif": encoded(picture(), "avif"),
    "mp4": mp4(),
    "mov": mp4(b"qt  "),
    "webm": webm(),
    "webm-live": webm(is_live=True),
    "mkv": webm(b"matroska"),
}
