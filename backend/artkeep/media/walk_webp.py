"""WebP: the RIFF container's size and every chunk in it.

Source: developers.google.com/speed/webp/docs/riff_container, RFC 9649.
"""

from __future__ import annotations

import struct

from artkeep.media.byte_source import ByteSource, cut_short, damaged
from artkeep.media.shape import Shape

_CHUNK = struct.Struct("<4sI")


def walk_webp(file: ByteSource) -> Shape:
    """Frames are counted by ANMF. Raises BadMedia."""
    riff, size, form = struct.unpack("<4sI4s", file.read(0, 12))
    if riff != b"RIFF" or form != b"WEBP":
        raise damaged("it has no WebP signature")
    end = 8 + size
    if end > file.size:
        raise cut_short()
    width = height = None
    frames = pictures = 0
    position = 12
    while position < end:
        file.count_parts()
        if end - position < 8:
            raise damaged("a chunk does not fit")
        name, length = _CHUNK.unpack(file.read(position, 8))
        if length > end - position - 8:
            raise damaged(f"the chunk {name!r} does not fit")
        if name == b"VP8X" and length >= 10:
            wide, high = file.read(position + 12, 3), file.read(position + 15, 3)
            width = int.from_bytes(wide, "little") + 1
            height = int.from_bytes(high, "little") + 1
        elif name in (b"VP8 ", b"VP8L"):
            pictures += 1
            if width is None and length >= 10:
                width, height = _coded_size(name, file.read(position + 8, 10))
        frames += name == b"ANMF"
        position += 8 + length + (length & 1)  # some writers leave the last padding byte out
    if not (pictures or frames) or not width or not height:
        raise damaged("it has no picture in it")
    return Shape(width, height, end, frames or 1, frames > 1)


def _coded_size(name: bytes, begin: bytes) -> tuple[int, int]:
    if name == b"VP8L":
        if begin[0] != 0x2F:
            raise damaged("the picture data has no signature")
        bits = int.from_bytes(begin[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if begin[3:6] != b"\x9d\x01\x2a":
        raise damaged("the picture data has no signature")
    width, height = struct.unpack("<HH", begin[6:10])
    return width & 0x3FFF, height & 0x3FFF
