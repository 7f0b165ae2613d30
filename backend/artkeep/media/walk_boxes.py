"""MP4, QuickTime and AVIF: boxes to the last byte.

Source: ISO/IEC 14496-12 (boxes, tkhd), ISO/IEC 23008-12 (ispe), AVIF 1.1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from artkeep.media.byte_source import ByteSource, cut_short, damaged
from artkeep.media.shape import Shape

_HEADER = struct.Struct(">I4s")
_FULL_BOX = 4  # version and flags come before the children of a meta box
_TURNED = (0x00010000, 0xFFFF0000)  # 1 and -1 in 16.16


class Box(NamedTuple):
    """`begin` and `end` are the offsets of its content."""

    name: bytes
    begin: int
    end: int


def walk_mp4(file: ByteSource) -> Shape:
    """Needs moov and mdat; the size is the largest track's, as it is shown. Raises BadMedia."""
    found: set[bytes] = set()
    width = height = None
    for box in boxes(file, 0, file.size, is_top=True):
        found.add(box.name)
        if box.name != b"moov":
            continue
        for track in boxes(file, box.begin, box.end):
            if track.name != b"trak":
                continue
            for child in boxes(file, track.begin, track.end):
                size = _track_size(file, child) if child.name == b"tkhd" else None
                if size and size[0] * size[1] > (width or 0) * (height or 0):
                    width, height = size
    if not {b"moov", b"mdat"} <= found:
        raise damaged("a video needs moov and mdat")
    return Shape(width, height, file.size, frames=None)


def walk_avif(file: ByteSource) -> Shape:
    """Needs meta and the coded picture; frames of a sequence are left to the decoder (None)."""
    found: set[bytes] = set()
    brand = b""
    width = height = None
    for box in boxes(file, 0, file.size, is_top=True):
        found.add(box.name)
        if box.name == b"ftyp":
            brand = file.read(box.begin, 4)
        if box.name != b"meta":
            continue
        for child in boxes(file, box.begin + _FULL_BOX, box.end):
            if child.name == b"idat":
                found.add(b"mdat")
            for size in _picture_sizes(file, child):
                if size[0] * size[1] > (width or 0) * (height or 0):
                    width, height = size
    if b"mdat" not in found or not found & {b"meta", b"moov"}:
        raise damaged("it has no picture in it")
    is_animated = brand == b"avis"
    return Shape(width, height, file.size, None if is_animated else 1, is_animated)


def boxes(
    file: ByteSource, begin: int, end: int, *, is_top: bool = False, is_numbered: bool = False
) -> Iterator[Box]:
    """The boxes that fill begin…end exactly. Raises BadMedia.

    QuickTime may end a list of children with four zero bytes, and has numbers for names in one.
    """
    position = begin
    while position < end:
        file.count_parts()
        if end - position < 8:
            if not is_top and not any(file.read(position, end - position)):
                return
            raise cut_short() if is_top else damaged("a box does not fit")
        length, name = _HEADER.unpack(file.read(position, 8))
        header = 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(position + 8, 8))
            header = 16
        elif length == 0 and is_top:
            length = end - position  # open-ended: the last one
        is_named = is_numbered or all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in name)
        if length < header or not is_named:
            raise damaged("a box has no proper header")
        if length > end - position:
            raise cut_short() if is_top else damaged(f"the box {name!r} does not fit")
        yield Box(name, position + header, position + length)
        position += length


def _track_size(file: ByteSource, tkhd: Box) -> tuple[int, int] | None:
    """Width and height in pixels; swapped when the track's matrix turns it by a quarter."""
    version = file.read(tkhd.begin, 1)[0]
    matrix = tkhd.begin + (52 if version == 1 else 40)
    if matrix + 44 > tkhd.end:
        raise damaged("a track header is too short")
    turn = struct.unpack(">2I", file.read(matrix, 8))
    width, height = struct.unpack(">2I", file.read(matrix + 36, 8))
    width, height = width >> 16, height >> 16
    if not width or not height:
        return None  # sound
    return (height, width) if turn[0] == 0 and turn[1] in _TURNED else (width, height)


def _picture_sizes(file: ByteSource, child: Box) -> Iterator[tuple[int, int]]:
    """The ispe properties: meta > iprp > ipco > ispe."""
    if child.name != b"iprp":
        return
    for container in boxes(file, child.begin, child.end):
        if container.name != b"ipco":
            continue
        for prop in boxes(file, container.begin, container.end):
            if prop.name == b"ispe" and prop.end - prop.begin >= 12:
                width, height = struct.unpack(">2I", file.read(prop.begin + 4, 8))
                yield width, height
