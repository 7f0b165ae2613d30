"""PNG and APNG: every chunk with its CRC, from the signature to IEND.

Source: PNG specification, third edition (W3C, 2025), §5 and §11.
"""

from __future__ import annotations

import struct

from artkeep.media.byte_source import ByteSource, damaged
from artkeep.media.shape import Shape
from artkeep.media.sniff import PNG_SIGNATURE

_HEADER = struct.Struct(">I4s")
_CRC_AND_HEADER = struct.Struct(">II4s")
_BIGGEST = 2**31 - 1


def walk_png(file: ByteSource) -> Shape:
    """Frames are counted by fcTL. Raises BadMedia."""
    if file.read(0, 8) != PNG_SIGNATURE:
        raise damaged("it has no PNG signature")
    length, name = _HEADER.unpack(file.read(8, 8))
    if name != b"IHDR" or length != 13:
        raise damaged("a PNG begins with its header")
    width, height = struct.unpack(">II", file.read(16, 8))
    if not 0 < width <= _BIGGEST or not 0 < height <= _BIGGEST:
        raise damaged("it has no size")
    position = 8
    frames = 0
    has_picture = is_animated = False
    while name != b"IEND":
        file.count_parts()
        if length > _BIGGEST:
            raise damaged(f"a chunk claims {length} bytes")
        crc = file.crc32(position + 4, length + 4)
        position += 12 + length
        # the CRC and the next chunk's header in one read
        declared, length, following = _CRC_AND_HEADER.unpack(file.read(position - 4, 12))
        if crc != declared:
            raise damaged(f"the checksum of {name!r} is wrong")
        has_picture = has_picture or name == b"IDAT"
        is_animated = is_animated or (name == b"acTL" and not has_picture)
        frames += name == b"fcTL"
        name = following
    if length != 0 or not has_picture:
        raise damaged("it has no picture in it")
    (declared,) = struct.unpack(">I", file.read(position + 8, 4))
    if declared != file.crc32(position + 4, 4):
        raise damaged("the checksum of its end is wrong")
    frames = max(frames, 1) if is_animated else 1
    return Shape(width, height, position + 12, frames, frames > 1)
