"""GIF: block by block to the trailer. Source: CompuServe, GIF89a specification (1990)."""

from __future__ import annotations

import struct

from artkeep.media.byte_source import ByteSource, damaged
from artkeep.media.shape import Shape

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_HAS_TABLE = 0x80


def walk_gif(file: ByteSource) -> Shape:
    """Frames are counted by image descriptors. Raises BadMedia."""
    if file.read(0, 6) not in (b"GIF87a", b"GIF89a"):
        raise damaged("it has no GIF signature")
    width, height, packed = struct.unpack("<HHB", file.read(6, 5))
    position = 13 + table_size(packed)
    frames = 0
    while True:
        file.count_parts()
        introducer = file.read(position, 1)[0]
        if introducer == _TRAILER:
            break
        if introducer == _EXTENSION:
            position += 2
        elif introducer == _IMAGE:
            frames += 1
            position += 10 + table_size(file.read(position + 9, 1)[0]) + 1
        else:
            raise damaged("a block of an unknown kind")
        position = skip_sub_blocks(file, position)
    if not frames or not width or not height:
        raise damaged("it has no picture in it")
    return Shape(width, height, position + 1, frames, frames > 1)


def table_size(packed: int) -> int:
    """Bytes of the colour table that a packed field announces."""
    return 3 << ((packed & 7) + 1) if packed & _HAS_TABLE else 0


def skip_sub_blocks(file: ByteSource, position: int) -> int:
    """Past the terminator. A tight loop within each block read: there are very many."""
    while True:
        block, begin = file.block(position)
        at, end, parts = begin, len(block), 0
        while at < end:
            parts += 1
            length = block[at]
            at += length + 1
            if not length:
                file.count_parts(parts)
                return position + at - begin
        file.count_parts(parts)
        position += at - begin
