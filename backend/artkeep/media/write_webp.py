"""EXIF and XMP put into a WebP; the extended header is made where it is missing.

Source: RFC 9649 §2.7: VP8X first, EXIF and XMP behind the picture. The EXIF chunk is written
without `Exif\\0\\0`, as the standard has it.
"""

from __future__ import annotations

import struct

from artkeep.media.byte_source import ByteSource, damaged
from artkeep.media.read_webp import Chunk, chunks
from artkeep.media.splice import Splice
from artkeep.media.walk_webp import walk_webp

_ICC, _ALPHA, _EXIF, _XMP = 0x20, 0x10, 0x08, 0x04
_BIGGEST = 2**32 - 10


def webp_splices(
    file: ByteSource, *, exif: bytes | None = None, xmp: bytes | None = None
) -> list[Splice]:
    """What to replace so that the file holds these; None leaves what is there.

    Raises BadMedia when it is damaged or would grow past what the format can hold.
    """
    shape = walk_webp(file)
    there = list(chunks(file))
    replaced = {b"EXIF"} if exif is not None else set()
    replaced |= {b"XMP "} if xmp is not None else set()
    splices = [_without(chunk, shape.end) for chunk in there if chunk.name in replaced]
    behind = b""
    if shape.end % 2 and not any(
        chunk.end % 2 and chunk.name in replaced for chunk in there[-1:]
    ):
        behind = b"\0"  # the padding byte that its writer left out
    if exif is not None:
        behind += _chunk(b"EXIF", exif)
    if xmp is not None:
        behind += _chunk(b"XMP ", xmp)
    names = {chunk.name for chunk in there}
    flags = _EXIF if exif is not None or b"EXIF" in names else 0
    flags |= _XMP if xmp is not None or b"XMP " in names else 0
    if there[0].name == b"VP8X":
        begin = there[0].begin
        flags |= file.read(begin, 1)[0] & ~(_EXIF | _XMP)
        splices.append(Splice(begin, begin + 1, bytes([flags])))
    else:
        flags |= _ICC if b"ICCP" in names else 0
        flags |= _ALPHA if _has_alpha(file, there) else 0
        sizes = [
            (side - 1).to_bytes(3, "little") for side in (shape.width or 1, shape.height or 1)
        ]
        header = struct.pack("<I", flags) + b"".join(sizes)
        splices.append(Splice(12, 12, _chunk(b"VP8X", header)))
    splices.append(Splice(shape.end, shape.end, behind))
    size = shape.end - 8 + sum(len(s.content) - (s.end - s.begin) for s in splices)
    if size > _BIGGEST:
        raise damaged("it would be too large for a WebP")
    return [Splice(4, 8, struct.pack("<I", size)), *splices]


def _without(chunk: Chunk, end: int) -> Splice:
    return Splice(chunk.begin - 8, min(chunk.end + chunk.end % 2, end))


def _has_alpha(file: ByteSource, there: list[Chunk]) -> bool:
    """Of a file without an extended header: only lossless data can say so."""
    picture = next((chunk for chunk in there if chunk.name == b"VP8L"), None)
    if picture is None or picture.end - picture.begin < 5:
        return any(chunk.name == b"ALPH" for chunk in there)
    return bool(file.read(picture.begin + 4, 1)[0] & 0x10)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2)
