"""The texts and blocks of a PNG or APNG, before and after its picture data.

Source: PNG specification, third edition (W3C, 2025), §11.3; embedded raw UTF-8 in tEXt is what
Stability Matrix and TensorArt write against it.
"""

from __future__ import annotations

import struct

from artkeep.media.byte_source import ByteSource
from artkeep.media.found import Found, decode_loose
from artkeep.media.sniff import PNG_SIGNATURE

XMP_KEYWORD = "XML:com.adobe.xmp"
_WANTED = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP"})
_EXIF_PREFIX = b"Exif\0\0"


def read_png(file: ByteSource, found: Found) -> None:
    """Raises BadMedia at the first damage; `found` has what came before it."""
    position = len(PNG_SIGNATURE)
    name = b""
    while name != b"IEND":
        file.count_parts()
        length, name = struct.unpack(">I4s", file.read(position, 8))
        if name in _WANTED:
            content = found.take(file, position + 8, length)
            if content is not None:
                _keep(name, content, found)
        position += 12 + length


def split_text(name: bytes, content: bytes, found: Found) -> tuple[str, str] | None:
    """Keyword and text of a tEXt, zTXt or iTXt chunk; None when it is damaged or too large."""
    keyword, has_end, rest = content.partition(b"\0")
    if not has_end:
        return None
    text: bytes | None = rest
    if name == b"zTXt":
        text = found.inflate(rest[1:])
    elif name == b"iTXt":
        parts = rest[2:].split(b"\0", 2)
        if len(parts) < 3:
            return None
        text = found.inflate(parts[2]) if rest[0] else parts[2]
    return (decode_loose(keyword), decode_loose(text)) if text is not None else None


def _keep(name: bytes, content: bytes, found: Found) -> None:
    if name == b"eXIf":
        found.exif = content.removeprefix(_EXIF_PREFIX)
    elif name == b"iCCP":
        found.icc = found.inflate(content.partition(b"\0")[2][1:])
    elif pair := split_text(name, content, found):
        keyword, text = pair
        if keyword == XMP_KEYWORD:
            found.xmp = text.encode()
        else:
            found.add(f"PNG:{keyword}", text)
