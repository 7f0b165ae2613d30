"""The EXIF tag UserComment: eight bytes that name a character set, then text.

The standard's four names are `ASCII`, `JIS`, `UNICODE` and eight NULs. Writers do not agree on
the byte order of `UNICODE`: AUTOMATIC1111 and its relatives write big-endian in a big-endian
block, Civitai big-endian in a little-endian block, SwarmUI little-endian: so the text is asked.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

_PREFIX_LENGTH: Final = 8
_UNICODE: Final = b"UNICODE\0"
_JIS: Final = b"JIS\0\0\0\0\0"
# ASCII and "undefined" hold UTF-8 as often as what they say.
_NARROW: Final = (b"ASCII\0\0\0", b"\0" * 8, b"UTF8\0\0\0\0", b"UTF-8\0\0\0")
# How much of a text is looked at to tell its byte order.
_PROBE_BYTES: Final = 2048
_UNLIKELY: Final = frozenset({"Co", "Cn", "Cs", "Cc"})


def decode_user_comment(data: bytes, *, is_big_endian: bool | None) -> str:
    """The text of the raw tag. Never raises: what is no text becomes U+FFFD.

    `is_big_endian` is the byte order of the EXIF block (`MM`), None where nobody knows.
    """
    prefix, rest = data[:_PREFIX_LENGTH], data[_PREFIX_LENGTH:]
    if prefix.upper() == _UNICODE:
        return _decode_wide(rest, is_big_endian)
    if prefix.upper() == _JIS:
        return _decode_jis(rest)
    if prefix.upper() in _NARROW:
        return _decode_narrow(rest)
    return _decode_narrow(data)


def encode_user_comment(text: str) -> bytes:
    """What AUTOMATIC1111 writes and every reader takes: `UNICODE`, UTF-16 big-endian, no BOM.

    Lone surrogates cannot be written and become U+FFFD.
    """
    whole = text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
    return _UNICODE + whole.encode("utf-16-be")


def _decode_wide(data: bytes, is_big_endian: bool | None) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return _decode_narrow(data)
    if data.startswith(codecs.BOM_UTF16_BE):
        return _decode_utf16(data[2:], is_big=True)
    if data.startswith(codecs.BOM_UTF16_LE):
        return _decode_utf16(data[2:], is_big=False)
    is_first_big = is_big_endian is not False
    probe = data[:_PROBE_BYTES]
    first = _look_at(probe, is_big=is_first_big)
    other = _look_at(probe, is_big=not is_first_big)
    return _decode_utf16(
        data,
        is_big=is_first_big is not _reads_better(other, first, is_sure=is_big_endian is True),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """What a text looks like in one byte order; the counts are of characters."""

    length: int
    ascii: int
    kinds_of_ascii: int
    letters: int  # of scripts without capitals, such as CJK
    bad: int  # what nobody writes: unassigned, private use, control characters, halves


def _look_at(data: bytes, *, is_big: bool) -> _Look:
    text = _decode_utf16(data, is_big=is_big)
    kinds = Counter(map(unicodedata.category, text))
    narrow = [char for char in text if " " <= char <= "~" or char in "\r\n\t"]
    spaces = sum(text.count(char) for char in "\r\n\t")
    bad = sum(kinds[kind] for kind in _UNLIKELY) - spaces + text.count("\ufffd")
    return _Look(len(text), len(narrow), len(set(narrow)), kinds["Lo"], bad)


def _reads_better(other: _Look, first: _Look, *, is_sure: bool) -> bool:
    """Whether the order that the block does not have is the text's own.

    ASCII characters have a zero byte on one side, and tell at once; but U+4E00, the Chinese
    "one", has one on the other side, and so has many an emoji: a few do not count. A block that
    says big-endian is nearly always right (`is_sure`): ours do.
    """
    if first.ascii * 4 >= other.ascii and first.ascii:
        return False
    share = other.ascii / (other.length or 1)
    if (other.kinds_of_ascii >= 4 and share >= 0.2) or (share >= 0.6 and not is_sure):
        return True
    if first.ascii or first.length < 8:
        return False
    is_text = other.bad == 0 and other.letters * 2 > other.length
    return is_text and first.bad * 10 >= first.length


def _decode_utf16(data: bytes, *, is_big: bool) -> str:
    if len(data) % 2:
        # The odd byte is a NUL that ends a string, or the half of a character that was cut.
        data = data[:-1] if data.endswith(b"\0") or is_big else data + b"\0"
    text = data.decode("utf-16-be" if is_big else "utf-16-le", "replace")
    return text.rstrip("\0")


def _decode_jis(data: bytes) -> str:
    data = data.rstrip(b"\0")
    for encoding in ("iso2022_jp", "shift_jis", "utf-8"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _decode_narrow(data: bytes) -> str:
    # Some writers put UTF-16 behind the wrong name, or behind none.
    if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        return _decode_wide(data, None)
    data = data.removeprefix(codecs.BOM_UTF8).rstrip(b"\0")
    if data and max(data[0::2].count(0), data[1::2].count(0)) > len(data) // 4:
        return _decode_wide(data, None)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
