"""JPEG: marker by marker, through the coded scans, to EOI.

Source: ITU-T T.81, annex B.
"""

from __future__ import annotations

import re
import struct

from artkeep.media.byte_source import ByteSource, cut_short, damaged
from artkeep.media.shape import Shape

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset(range(0xD0, 0xD8)) | {0x01}
# In coded data FF 00 is a byte FF, FF D0…D7 a restart, FF FF a fill byte.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def walk_jpeg(file: ByteSource) -> Shape:
    """The first EOI is the end: a second picture behind it (MPF) trails. Raises BadMedia."""
    if file.read(0, 2) != b"\xff\xd8":
        raise damaged("it has no JPEG signature")
    width = height = None
    has_scan = False
    position = 2
    while True:
        file.count_parts()
        lead, marker = file.read(position, 2)
        if lead != 0xFF:
            raise damaged("a marker is missing")
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        position += 2
        if marker == _EOI:
            break
        if marker in _WITHOUT_LENGTH:
            continue
        if marker in (0x00, _SOI):
            raise damaged("a marker is out of place")
        (length,) = struct.unpack(">H", file.read(position, 2))
        if length < 2:
            raise damaged("a segment has no length")
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack(">HH", file.read(position + 3, 4))
        position += length
        if position > file.size:
            raise cut_short()
        if marker == _SOS:
            has_scan = True
            position = _end_of_scan(file, position)
    if not has_scan or not width or not height:
        raise damaged("it has no picture in it")
    return Shape(width, height, position)


def _end_of_scan(file: ByteSource, position: int) -> int:
    while True:
        block, begin = file.block(position, at_least=2)
        if found := _MARKER.search(block, begin):
            return position - begin + found.start()
        file.count_parts()
        # the last byte may be the first half of a marker
        position += len(block) - begin - 1
