"""EXIF and XMP put into a JPEG's APP1 segments.

A segment holds 64 KB; what is larger would have to be split, and most readers take the first
piece only: it is refused. Source: Exif 2.32 §4.7, Adobe XMP specification part 3 §1.1.3.
"""

from __future__ import annotations

import struct

from artkeep.media.byte_source import ByteSource
from artkeep.media.read_jpeg import APP1, EXIF_PREFIX, SOS, XMP_PREFIX, segments
from artkeep.media.splice import Splice

_APP0 = 0xE0
_MOST = 0xFFFF - 2
MOST_EXIF = _MOST - len(EXIF_PREFIX)
MOST_XMP = _MOST - len(XMP_PREFIX)


def jpeg_splices(
    file: ByteSource, *, exif: bytes | None = None, xmp: bytes | None = None
) -> list[Splice]:
    """What to replace so that the file holds these; None leaves what is there.

    They come first, behind JFIF's own segment. `exif` takes the place of all EXIF segments;
    Extended XMP stays. The sizes are the caller's to check (MOST_EXIF, MOST_XMP). Raises
    BadMedia.
    """
    new = b""
    if exif is not None:
        new += _segment(EXIF_PREFIX + exif)
    if xmp is not None:
        new += _segment(XMP_PREFIX + xmp)
    at = 2
    splices = []
    for segment in segments(file):
        if segment.marker == SOS:
            break
        if segment.marker == _APP0 and segment.begin == at:
            at = segment.end
        if segment.marker != APP1:
            continue
        begin = file.read(segment.body, min(len(XMP_PREFIX), segment.end - segment.body))
        is_exif = exif is not None and begin.startswith(EXIF_PREFIX)
        is_xmp = xmp is not None and begin == XMP_PREFIX
        if is_exif or is_xmp:
            splices.append(Splice(segment.begin, segment.end))
    return [*splices, Splice(at, at, new)]


def _segment(content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, APP1, len(content) + 2) + content
