"""Text hidden in the lowest bits of a PNG's pixels ("stealth PNG info"), column by column.

Source: the stealth_pnginfo extension of stable-diffusion-webui; NovelAI writes the same. Only
8-bit RGB and RGBA without interlacing; of each row no more pixels are unfiltered than needed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import islice

from artkeep.media.byte_source import BLOCK, ByteSource
from artkeep.media.found import MOST_TEXT, Found, decode_loose
from artkeep.media.sniff import PNG_SIGNATURE

_MOST_PIXEL_BYTES = 128 * 1024 * 1024
_MARK_LENGTH = 15
_ALPHA_MARKS = (b"stealth_pnginfo", b"stealth_pngcomp")
_RGB_MARKS = (b"stealth_rgbinfo", b"stealth_rgbcomp")


def read_stealth(file: ByteSource, found: Found) -> None:
    """Adds the text `stealth` when there is one. Raises BadMedia for a file cut short."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">2I5B", file.read(16, 13))
    channels = {2: 3, 6: 4}.get(colour)
    if channels is None or depth != 8 or interlaced:
        return
    row_size = 1 + width * channels
    if not 0 < row_size * height <= _MOST_PIXEL_BYTES:
        return
    pixels = _inflate(file, row_size * height)
    if len(pixels) < row_size * height:
        return
    if channels == 4 and _search(pixels, row_size, (3,), channels, _ALPHA_MARKS, found):
        return
    _search(pixels, row_size, (0, 1, 2), channels, _RGB_MARKS, found)


def _search(
    pixels: bytearray,
    row_size: int,
    bearing: tuple[int, ...],
    channels: int,
    marks: tuple[bytes, bytes],
    found: Found,
) -> bool:
    carried = _bytes(_bits(pixels, row_size, channels, bearing))
    mark = bytes(islice(carried, _MARK_LENGTH))
    if mark not in marks:
        return False
    bits = int.from_bytes(bytes(islice(carried, 4)), "big")
    length = bits // 8
    if length > min(MOST_TEXT, found.left):
        return True
    hidden: bytes | None = bytes(islice(carried, length))
    if mark == marks[1]:
        hidden = _gunzip(hidden or b"", found)
    if hidden:
        found.add("stealth", decode_loose(hidden))
    return True


def _inflate(file: ByteSource, expected: int) -> bytearray:
    """The filtered rows, at most `expected` bytes."""
    worker = zlib.decompressobj()
    rows = bytearray()
    position = len(PNG_SIGNATURE)
    name = b""
    while name != b"IEND" and len(rows) < expected:
        file.count_parts()
        length, name = struct.unpack(">I4s", file.read(position, 8))
        begin, end = position + 8, position + 8 + length
        while name == b"IDAT" and begin < end and len(rows) < expected:
            piece = file.read(begin, min(BLOCK, end - begin))
            begin += len(piece)
            try:
                rows += worker.decompress(piece, expected - len(rows))
            except zlib.error:
                return bytearray()
        position = end + 4
    return rows


def _bits(
    pixels: bytearray, row_size: int, channels: int, bearing: tuple[int, ...]
) -> Iterator[int]:
    """The lowest bits of the bearing channels, down each column in turn."""
    starts = range(0, len(pixels), row_size)
    filters = [pixels[start] for start in starts]
    left = [[0] * len(starts) for _ in range(channels)]
    for at in range(1, row_size, channels):
        column = [
            _unfilter(
                [pixels[start + at + channel] for start in starts], filters, left[channel]
            )
            if channel in bearing
            else left[channel]
            for channel in range(channels)
        ]
        left = column
        for row in zip(*(column[channel] for channel in bearing), strict=True):
            for value in row:
                yield value & 1


def _unfilter(coded: list[int], filters: list[int], left: list[int]) -> list[int]:
    """One channel of one column, from the top down. PNG specification §9."""
    plain = []
    up = up_left = 0
    for value, kind, beside in zip(coded, filters, left, strict=True):
        if kind == 1:
            value += beside
        elif kind == 2:
            value += up
        elif kind == 3:
            value += (beside + up) >> 1
        elif kind == 4:
            by_left, by_up = abs(up - up_left), abs(beside - up_left)
            by_corner = abs(beside + up - 2 * up_left)
            if by_left <= by_up and by_left <= by_corner:
                value += beside
            else:
                value += up if by_up <= by_corner else up_left
        up, up_left = value & 255, beside
        plain.append(up)
    return plain


def _bytes(bits: Iterator[int]) -> Iterator[int]:
    while True:
        value = 0
        count = 0
        for bit in islice(bits, 8):
            value = value << 1 | bit
            count += 1
        if count < 8:
            return
        yield value


def _gunzip(packed: bytes, found: Found) -> bytes | None:
    most = min(MOST_TEXT, found.left)
    worker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        text = worker.decompress(packed, most + 1)
    except zlib.error:
        return None
    found.left -= min(len(text), most)
    return text if len(text) <= most else None
