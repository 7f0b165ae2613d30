"""The texts and blocks in a JPEG's segments, up to its first scan.

Source: Exif 2.32 §4.7, Adobe XMP specification part 3 §1.1.3 (Extended XMP), ICC.1 annex B.4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from artkeep.media.byte_source import ByteSource, damaged
from artkeep.media.found import MOST_TEXT, Found, decode_loose

EXIF_PREFIX = b"Exif\0\0"
XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
XMP_MORE_PREFIX = b"http://ns.adobe.com/xmp/extension/\0"
_ICC_PREFIX = b"ICC_PROFILE\0"
APP1, _APP2, _COM = 0xE1, 0xE2, 0xFE
SOS, EOI = 0xDA, 0xD9
_WITHOUT_LENGTH = frozenset(range(0xD0, 0xD9)) | {0x01}
_TIFF = (b"II*\0", b"MM\0*")


class Segment(NamedTuple):
    """`begin` is the offset of its 0xFF, `body` and `end` are those of its content."""

    marker: int
    begin: int
    body: int
    end: int


def segments(file: ByteSource) -> Iterator[Segment]:
    """Those before the first scan, and then its SOS (or EOI). Raises BadMedia."""
    position = 2
    while True:
        file.count_parts()
        lead, marker = file.read(position, 2)
        if lead != 0xFF:
            raise damaged("a marker is missing")
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            position += 1 if marker == 0xFF else 2
            continue
        if marker == EOI:
            yield Segment(marker, position, position + 2, position + 2)
            return
        (length,) = struct.unpack(">H", file.read(position + 2, 2))
        if length < 2:
            raise damaged("a segment has no length")
        yield Segment(marker, position, position + 4, position + 2 + length)
        if marker == SOS:
            return
        position += 2 + length


def has_segment(source: BinaryIO, marker: int) -> bool:
    """Whether there is one before the first scan. Raises BadMedia."""
    with ByteSource(source) as file:
        return any(segment.marker == marker for segment in segments(file))


def read_jpeg(file: ByteSource, found: Found) -> None:
    """Raises BadMedia at the first damage; `found` has what came before it."""
    exif: list[bytes] = []
    xmp: list[bytes] = []
    more_xmp: dict[bytes, _Pieces] = {}
    icc: dict[int, bytes] = {}
    try:
        for segment in segments(file):
            if segment.marker not in (APP1, _APP2, _COM):
                continue
            content = found.take(file, segment.body, segment.end - segment.body)
            if content is None:
                break
            if segment.marker == _COM:
                found.add("JPEG:comment", decode_loose(content))
            elif segment.marker == _APP2:
                if content.startswith(_ICC_PREFIX) and len(content) > len(_ICC_PREFIX) + 2:
                    icc.setdefault(content[12], content[14:])
            elif content.startswith(EXIF_PREFIX):
                _continue_exif(exif, content[len(EXIF_PREFIX) :])
            elif content.startswith(XMP_PREFIX):
                xmp.append(content[len(XMP_PREFIX) :])
            elif content.startswith(XMP_MORE_PREFIX):
                _collect(more_xmp, content[len(XMP_MORE_PREFIX) :])
    finally:
        found.exif = b"".join(exif) or None
        found.icc = b"".join(icc[number] for number in sorted(icc)) or None
        if xmp:
            extended = next((p for guid, p in more_xmp.items() if guid in xmp[0]), None)
            found.xmp = xmp[0]
            found.extended_xmp = extended.joined() if extended else None


class _Pieces:
    """Extended XMP: pieces of a packet by their offsets."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.by_offset: dict[int, bytes] = {}

    def joined(self) -> bytes | None:
        packet = bytearray()
        for offset in sorted(self.by_offset):
            if offset != len(packet):
                return None
            packet += self.by_offset[offset]
        return bytes(packet) if len(packet) == self.length else None


def _continue_exif(exif: list[bytes], block: bytes) -> None:
    """A large block goes on in the next segments; one with a header of its own is another."""
    if not exif or not block.startswith(_TIFF):
        exif.append(block)


def _collect(more: dict[bytes, _Pieces], content: bytes) -> None:
    if len(content) < 40:
        return
    guid = content[:32]
    length, offset = struct.unpack(">II", content[32:40])
    if length <= MOST_TEXT:
        more.setdefault(guid, _Pieces(length)).by_offset[offset] = content[40:]
