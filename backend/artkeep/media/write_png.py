"""Texts and blocks put into a PNG or APNG, before its picture data and never compressed.

tEXt holds ASCII, or Latin-1 that nobody could take for UTF-8; all else is iTXt. Pillow refuses
whole files for large compressed texts, so nothing is compressed.
Source: PNG specification, third edition (W3C, 2025), §11.3.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from artkeep.media.byte_source import ByteSource
from artkeep.media.read_png import XMP_KEYWORD
from artkeep.media.sniff import PNG_SIGNATURE
from artkeep.media.splice import Splice

_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_LONGEST_KEYWORD = 80  # with its NUL


def png_splices(
    file: ByteSource,
    *,
    texts: Mapping[str, str] | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
) -> list[Splice]:
    """What to replace so that the file holds these; None leaves what is there.

    A text takes the place of every chunk of its keyword, of whatever kind and wherever. Raises
    BadMedia for a file cut short.
    """
    new = [text_chunk(keyword, text) for keyword, text in (texts or {}).items()]
    if xmp is not None:
        new.append(text_chunk(XMP_KEYWORD, xmp.decode()))
    if exif is not None:
        new.append(chunk(b"eXIf", exif))
    replaced = {keyword.encode("latin-1") for keyword in texts or {}}
    if xmp is not None:
        replaced.add(XMP_KEYWORD.encode())
    splices = []
    first_picture = None
    position = len(PNG_SIGNATURE)
    name = b""
    while name != b"IEND":
        file.count_parts()
        length, name = struct.unpack(">I4s", file.read(position, 8))
        end = position + 12 + length
        if name == b"IDAT" and first_picture is None:
            first_picture = position
        is_old = exif is not None and name == b"eXIf"
        if name in _TEXTS:
            begin = file.read(position + 8, min(length, _LONGEST_KEYWORD))
            is_old = begin.partition(b"\0")[0] in replaced
        if is_old:
            splices.append(Splice(position, end))
        position = end
    at = first_picture if first_picture is not None else position
    return [*splices, Splice(at, at, b"".join(new))]


def text_chunk(keyword: str, text: str) -> bytes:
    """tEXt where that is certain to be read right, else iTXt; neither may hold a NUL."""
    text = text.replace("\0", "")
    name = keyword.encode("latin-1")
    if keyword != XMP_KEYWORD and (narrow := _latin_1(text)) is not None:
        return chunk(b"tEXt", name + b"\0" + narrow)
    return chunk(b"iTXt", name + b"\0\0\0\0\0" + text.encode("utf-8", "replace"))


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk with its length and checksum."""
    checksum = zlib.crc32(content, zlib.crc32(name))
    return struct.pack(">I4s", len(content), name) + content + struct.pack(">I", checksum)


def _latin_1(text: str) -> bytes | None:
    if text.isascii():
        return text.encode()
    try:
        narrow = text.encode("latin-1")
        narrow.decode("utf-8")
    except UnicodeEncodeError:
        return None
    except UnicodeDecodeError:
        return narrow
    return None
