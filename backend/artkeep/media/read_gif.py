"""Comments and the XMP packet of a GIF.

Source: CompuServe GIF89a (1990); Adobe XMP specification part 3 §1.1.2: the packet lies bare in
its extension, and a trailer of 258 bytes lets others skip it.
"""

from __future__ import annotations

from artkeep.media.byte_source import ByteSource, damaged
from artkeep.media.found import Found, decode_loose
from artkeep.media.walk_gif import skip_sub_blocks, table_size

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF
_XMP = b"\x0bXMP DataXMP"
_MAGIC = b"\x01\xff\xfe\xfd"


def read_gif(file: ByteSource, found: Found) -> None:
    """Raises BadMedia at the first damage; `found` has what came before it."""
    position = 13 + table_size(file.read(10, 1)[0])
    while (introducer := file.read(position, 1)[0]) != _TRAILER:
        file.count_parts()
        if introducer == _IMAGE:
            position += 10 + table_size(file.read(position + 9, 1)[0]) + 1
            position = skip_sub_blocks(file, position)
            continue
        if introducer != _EXTENSION:
            raise damaged("a block of an unknown kind")
        label = file.read(position + 1, 1)[0]
        begin = position + 2
        position = skip_sub_blocks(file, begin)
        if label not in (_COMMENT, _APPLICATION):
            continue
        content = found.take(file, begin, position - begin)
        if content is None:
            continue
        if label == _COMMENT:
            found.add("GIF:comment", decode_loose(_join(content)))
        elif content.startswith(_XMP):
            found.xmp = content[len(_XMP) :].partition(_MAGIC)[0]


def _join(blocks: bytes) -> bytes:
    """The contents of a chain of sub-blocks that is known to be whole."""
    joined = bytearray()
    position = 0
    while blocks[position]:
        joined += blocks[position + 1 : position + 1 + blocks[position]]
        position += 1 + blocks[position]
    return bytes(joined)
