"""The EXIF, XMP and ICCP chunks of a WebP. Source: RFC 9649 §2.7."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from artkeep.media.byte_source import ByteSource, damaged
from artkeep.media.found import Found

EXIF_PREFIX = b"Exif\0\0"


class Chunk(NamedTuple):
    """`begin` and `end` are the offsets of its content, without the padding byte."""

    name: bytes
    begin: int
    end: int


def chunks(file: ByteSource) -> Iterator[Chunk]:
    """Those within the container's declared size. Raises BadMedia."""
    (size,) = struct.unpack("<I", file.read(4, 4))
    end = 8 + size
    position = 12
    while position < end:
        file.count_parts()
        name, length = struct.unpack("<4sI", file.read(position, 8))
        begin = position + 8
        if length > end - begin:
            raise damaged(f"the chunk {name!r} does not fit")
        yield Chunk(name, begin, begin + length)
        position = begin + length + (length & 1)


def read_webp(file: ByteSource, found: Found) -> None:
    """Raises BadMedia at the first damage; `found` has what came before it."""
    for chunk in chunks(file):
        if chunk.name not in (b"EXIF", b"XMP ", b"ICCP"):
            continue
        content = found.take(file, chunk.begin, chunk.end - chunk.begin)
        if content is None:
            continue
        if chunk.name == b"EXIF":
            found.exif = content.removeprefix(EXIF_PREFIX)
        elif chunk.name == b"XMP ":
            found.xmp = content
        else:
            found.icc = content
