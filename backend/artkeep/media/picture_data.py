"""Where the coded picture lies in a file, and whether two files hold the same one (CR-11).

Headers that say how to decode it are part of it; texts, profiles and dates are not.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from artkeep.media.byte_source import ByteSource, damaged
from artkeep.media.read_boxes import picture_items
from artkeep.media.read_jpeg import EOI, SOS, segments
from artkeep.media.read_webp import chunks
from artkeep.media.sniff import PNG_SIGNATURE
from artkeep.media.walk_boxes import boxes

Span = tuple[int, int]
_PNG_PARTS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"})
_WEBP_PARTS = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_JPEG_MISC = frozenset(range(0xE0, 0xF0)) | {0xFE}  # APPn and comments
_BLOCK = 256 * 1024


def picture_digest(source: Path | BinaryIO, format_name: str) -> str:
    """SHA-256 of the coded picture data in its order, as hex. Raises BadMedia, KeyError."""
    digest = hashlib.sha256()
    with ByteSource(source) as file:
        for piece in _pieces(file, format_name):
            digest.update(piece)
    return digest.hexdigest()


def is_same_picture(one: BinaryIO, other: BinaryIO, format_name: str) -> bool:
    """Whether two files hold the same coded picture data, byte by byte. Raises BadMedia."""
    with ByteSource(one) as left, ByteSource(other) as right:
        lefts, rights = _pieces(left, format_name), _pieces(right, format_name)
        here = beside = b""  # the pieces may be cut in different places
        while True:
            here = here or next(lefts, b"")
            beside = beside or next(rights, b"")
            length = min(len(here), len(beside))
            if not length:
                return not here and not beside
            if here[:length] != beside[:length]:
                return False
            here, beside = here[length:], beside[length:]


def _pieces(file: ByteSource, format_name: str) -> Iterator[bytes]:
    """Nothing of it is empty, and a stretch that is cut short is an error."""
    for begin, end in list(_SPANS[format_name](file)):
        for at in range(begin, end, _BLOCK):
            yield file.read(at, min(_BLOCK, end - at))


def _png(file: ByteSource) -> Iterator[Span]:
    """With the chunks' names and checksums. Neighbours become one span."""
    position = begin = len(PNG_SIGNATURE)
    name = b""
    while name != b"IEND":
        file.count_parts()
        length, name = struct.unpack(">I4s", file.read(position, 8))
        end = position + 12 + length
        if name not in _PNG_PARTS:
            if begin < position:
                yield begin, position
            begin = end
        position = end


def _jpeg(file: ByteSource) -> Iterator[Span]:
    """Tables and frame headers, then all from the first scan on, what trails included."""
    for segment in segments(file):
        if segment.marker in (SOS, EOI):
            yield segment.begin, file.size
        elif segment.marker not in _JPEG_MISC:
            yield segment.begin, segment.end


def _webp(file: ByteSource) -> Iterator[Span]:
    for chunk in chunks(file):
        if chunk.name in _WEBP_PARTS:
            yield chunk.begin - 8, chunk.end


def _boxes(file: ByteSource) -> Iterator[Span]:
    for box in boxes(file, 0, file.size, is_top=True):
        if box.name == b"mdat":
            yield box.begin, box.end


def _avif(file: ByteSource) -> Iterator[Span]:
    """Every item that is no text, by its number."""
    extents = picture_items(file)
    if not extents:
        raise damaged("it has no picture in it")
    for begin, length in extents:
        yield begin, begin + length


_SPANS: dict[str, Callable[[ByteSource], Iterator[Span]]] = {
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
    "avif": _avif,
    "mp4": _boxes,
    "mov": _boxes,
}
