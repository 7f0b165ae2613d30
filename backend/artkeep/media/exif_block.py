"""EXIF: the texts in a TIFF block, and blocks with our texts put in.

An existing block is kept byte for byte, so that every offset in it (maker notes, thumbnail,
GPS) stays true: changed directories and new values are appended and the pointers to them
patched. Its byte order stays too; a UserComment is UTF-16 big-endian in either, as all readers
expect. What an earlier edit of ours appended and nothing points to any more is cut off.

Source: Exif 2.32 §4.6; what readers need: AUTOMATIC1111 `modules/images.py`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Final

from artkeep.domain.embedded import Text
from artkeep.domain.user_comment import decode_user_comment, encode_user_comment
from artkeep.errors import BadMedia
from artkeep.media.found import decode_loose
from artkeep.media.tiff_block import TYPE_SIZES, Block, Directory, Entry

_BYTE, _ASCII, _LONG, _UNDEFINED = 1, 2, 4, 7
_EXIF_IFD, _GPS_IFD, _INTEROP_IFD, _SUB_IFDS = 0x8769, 0x8825, 0xA005, 0x014A
_USER_COMMENT, _MAKER_NOTE, _EXIF_VERSION = 0x9286, 0x927C, 0x9000
_THUMBNAIL, _THUMBNAIL_LENGTH = 0x0201, 0x0202
# Have offsets of their own: maker notes, sub-directories, strips and tiles.
_POINTS_ELSEWHERE: Final = frozenset({_MAKER_NOTE, _SUB_IFDS, 0x0111, 0x0144})

IFD0_TEXTS: Final = {
    "DocumentName": 0x010D,
    "ImageDescription": 0x010E,
    "Make": 0x010F,
    "Model": 0x0110,
    "Software": 0x0131,
    "DateTime": 0x0132,
    "Artist": 0x013B,
    "Copyright": 0x8298,
}
EXIF_TEXTS: Final = {
    "DateTimeOriginal": 0x9003,
    "DateTimeDigitized": 0x9004,
    "OffsetTime": 0x9010,
    "OffsetTimeOriginal": 0x9011,
    "ImageUniqueID": 0xA420,
}
_WIDE_TEXTS: Final = {
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9D: "XPAuthor",
    0x9C9E: "XPKeywords",
    0x9C9F: "XPSubject",
}
_NAMES: Final = {tag: name for name, tag in (IFD0_TEXTS | EXIF_TEXTS).items()}


def exif_texts(content: bytes) -> Iterator[Text]:
    """The texts of a block, as far as it can be read; nothing when it is none."""
    try:
        block = Block(content)
    except BadMedia:
        return
    top = block.directory(block.u32(4), is_strict=False)
    for entry in top.entries:
        if entry.tag == _USER_COMMENT:
            yield Text("EXIF:IFD0:UserComment", _user_comment(block, entry))
        elif entry.tag != _MAKER_NOTE:
            yield from _plain_text(block, entry)
    pointer = block.pointer(top.find(_EXIF_IFD))
    if pointer is None:
        return
    for entry in block.directory(pointer, is_strict=False).entries:
        if entry.tag == _USER_COMMENT:
            yield Text("EXIF:UserComment", _user_comment(block, entry))
        elif entry.tag == _MAKER_NOTE:
            note = block.value(entry).rstrip(b"\0")
            if note and note.isascii() and note.decode("ascii").isprintable():
                yield Text("EXIF:MakerNote", note.decode("ascii"))  # Fooocus: its scheme
        else:
            yield from _plain_text(block, entry)


def _user_comment(block: Block, entry: Entry) -> str:
    return decode_user_comment(block.value(entry), is_big_endian=block.order == ">")


def _plain_text(block: Block, entry: Entry) -> Iterator[Text]:
    if entry.tag in _WIDE_TEXTS and entry.kind in (_BYTE, _UNDEFINED):
        text = block.value(entry).decode("utf-16-le", "replace").rstrip("\0")
        yield Text(f"EXIF:{_WIDE_TEXTS[entry.tag]}", text)
    elif entry.kind == _ASCII and entry.end > entry.begin:
        # ComfyUI counts down from Make for further keys, which have no names
        name = _NAMES.get(entry.tag, f"0x{entry.tag:04x}")
        if text := decode_loose(block.value(entry)):
            yield Text(f"EXIF:{name}", text)


def build_exif(
    existing: bytes | None,
    *,
    user_comment: str | None = None,
    texts: Mapping[str, str] | None = None,
) -> bytes:
    """A block with these values, and all else that `existing` held; big-endian when new.

    `texts` are by the names of IFD0_TEXTS and EXIF_TEXTS, stored as UTF-8. None and an empty
    map leave things as they are. Raises BadMedia `bad_exif` when `existing` cannot be read.
    """
    top: dict[int, tuple[int, bytes]] = {}
    inner: dict[int, tuple[int, bytes]] = {}
    for name, text in (texts or {}).items():
        into, tag = (top, IFD0_TEXTS) if name in IFD0_TEXTS else (inner, EXIF_TEXTS)
        into[tag[name]] = (_ASCII, text.encode("utf-8", "replace").rstrip(b"\0") + b"\0")
    if user_comment is not None:
        inner[_USER_COMMENT] = (_UNDEFINED, encode_user_comment(user_comment))
    if not existing:
        existing = b"MM\0*" + bytes(4)
        if inner:
            inner.setdefault(_EXIF_VERSION, (_UNDEFINED, b"0232"))
    try:
        return _edit(Block(existing), top, inner)
    except struct.error as error:
        raise BadMedia("The EXIF block is cut short.", code="bad_exif") from error


def _edit(
    block: Block, top: dict[int, tuple[int, bytes]], inner: dict[int, tuple[int, bytes]]
) -> bytes:
    first = block.u32(4)
    ifd0 = block.directory(first, is_strict=True) if first else Directory(8)
    pointer = block.pointer(ifd0.find(_EXIF_IFD))
    exif = block.directory(pointer, is_strict=True) if pointer else Directory(8)
    kept = _live_end(block, ifd0 if first else None, exif if pointer else None, top, inner)
    grown = bytearray(block.content[:kept])
    rows = _place(block, grown, top)
    if inner:
        # the comment, the longest, comes last: the next edit can cut it off
        inner_rows = _place(block, grown, inner)
        at = _append(block, grown, exif, inner_rows)
        rows |= _place(block, grown, {_EXIF_IFD: (_LONG, struct.pack(block.order + "I", at))})
    if rows:
        at = _append(block, grown, ifd0, rows)
        struct.pack_into(block.order + "I", grown, 4, at)
    return bytes(grown)


def _place(
    block: Block, grown: bytearray, changes: dict[int, tuple[int, bytes]]
) -> dict[int, bytes]:
    """Append the values; the directory rows that point to them."""
    rows = {}
    for tag, (kind, value) in sorted(changes.items(), key=lambda change: len(change[1][1])):
        place = value.ljust(4, b"\0")
        if len(value) > 4:
            grown += bytes(len(grown) % 2)  # offsets are even
            place = struct.pack(block.order + "I", len(grown))
            grown += value
        count = 1 if kind == _LONG else len(value)
        rows[tag] = struct.pack(block.order + "HHI", tag, kind, count) + place
    return rows


def _append(
    block: Block, grown: bytearray, directory: Directory, changed: dict[int, bytes]
) -> int:
    """Append the directory with its changed rows; its offset."""
    rows = [(entry.tag, entry.raw) for entry in directory.entries if entry.tag not in changed]
    rows = sorted([*rows, *changed.items()], key=lambda row: row[0])
    grown += bytes(len(grown) % 2)
    begin = len(grown)
    grown += struct.pack(block.order + "H", len(rows))
    for _, row in rows:
        grown += row
    grown += struct.pack(block.order + "I", directory.next_pointer)
    return begin


def _live_end(
    block: Block,
    ifd0: Directory | None,
    exif: Directory | None,
    top: dict[int, tuple[int, bytes]],
    inner: dict[int, tuple[int, bytes]],
) -> int:
    """Where the part ends that something not being replaced may point into."""
    ends = [8]
    for directory, changes in ((ifd0, top), (exif, inner)):
        if directory is None:
            continue
        if not changes and not (directory is ifd0 and inner):
            ends.append(directory.end)
        for entry in directory.entries:
            if entry.tag in changes:
                continue
            if entry.tag in _POINTS_ELSEWHERE or entry.kind >= len(TYPE_SIZES):
                return len(block.content)
            if entry.end - entry.begin > 4:
                ends.append(entry.end)
            if entry.tag in (_GPS_IFD, _INTEROP_IFD) and (at := block.pointer(entry)):
                ends.append(_directory_end(block, block.directory(at, is_strict=False)))
    if ifd0 is not None and ifd0.next_pointer:
        thumbnail = block.directory(ifd0.next_pointer, is_strict=False)
        ends.append(_directory_end(block, thumbnail))
        if thumbnail.next_pointer:
            return len(block.content)
    return min(max(ends), len(block.content))


def _directory_end(block: Block, directory: Directory) -> int:
    """Of a directory, its values and its thumbnail; of the block when that is unclear."""
    ends = [directory.end, *(entry.end for entry in directory.entries)]
    thumbnail = block.pointer(directory.find(_THUMBNAIL))
    length = block.pointer(directory.find(_THUMBNAIL_LENGTH))
    tags = {entry.tag for entry in directory.entries}
    if tags & _POINTS_ELSEWHERE or bool(thumbnail) != bool(length):
        return len(block.content)
    ends.append((thumbnail or 0) + (length or 0))
    return max(ends)
