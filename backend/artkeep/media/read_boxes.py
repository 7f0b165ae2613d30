"""Texts and blocks in MP4, QuickTime and AVIF files.

Source: ISO/IEC 14496-12 (meta, iinf, iloc, colr), ISO/IEC 23008-12 annex A (Exif, XMP),
QuickTime File Format (udta, keys, ilst), read 2026-11.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from artkeep.media.byte_source import ByteSource, damaged
from artkeep.media.found import Found, decode_loose
from artkeep.media.walk_boxes import Box, boxes

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF_PREFIX = b"Exif\0\0"
_FULL_BOX = 4
_APPLE = "com.apple.quicktime."
_NAMES = {
    b"\xa9cmt": "comment",
    b"\xa9nam": "title",
    b"\xa9des": "description",
    b"desc": "description",
    b"ldes": "long_description",
    b"\xa9ART": "artist",
    b"\xa9aut": "author",
    b"\xa9too": "encoder",
    b"\xa9swr": "software",
    b"\xa9inf": "information",
    b"\xa9day": "date",
    b"\xa9gen": "genre",
    b"\xa9lyr": "lyrics",
    b"\xa9key": "keywords",
    b"\xa9url": "url",
    b"\xa9cpy": "copyright",
}


def read_mp4(file: ByteSource, found: Found) -> None:
    """Raises BadMedia at the first damage; `found` has what came before it."""
    for box in boxes(file, 0, file.size, is_top=True):
        if box.name == b"uuid" and box.end - box.begin >= 16:
            if file.read(box.begin, 16) == XMP_UUID:
                found.xmp = found.take(file, box.begin + 16, box.end - box.begin - 16)
        elif box.name == b"moov":
            for child in boxes(file, box.begin, box.end):
                if child.name == b"udta":
                    _read_udta(file, child, found)
                elif child.name == b"meta":
                    _read_meta(file, child, found)


def read_avif(file: ByteSource, found: Found) -> None:
    """Raises BadMedia at the first damage; `found` has what came before it."""
    for box in boxes(file, 0, file.size, is_top=True):
        if box.name == b"meta":
            _read_items(file, box, found)


def _read_udta(file: ByteSource, udta: Box, found: Found) -> None:
    for child in boxes(file, udta.begin, udta.end, is_numbered=True):
        if child.name == b"meta":
            _read_meta(file, child, found)
        elif child.name == b"XMP_":
            found.xmp = found.take(file, child.begin, child.end - child.begin)
        elif child.name in _NAMES and (text := _user_text(file, child, found)):
            found.add(f"MP4:UserData:{_NAMES[child.name]}", text)


def _user_text(file: ByteSource, box: Box, found: Found) -> str | None:
    """QuickTime: length, language, text; only the first language."""
    content = found.take(file, box.begin, box.end - box.begin)
    if content is None or len(content) < 4:
        return None
    (length,) = struct.unpack_from(">H", content)
    if length != len(content) - 4 and content[4:8] == b"data":
        return decode_loose(content[16:])  # some write it like an item of iTunes
    return decode_loose(content[4 : 4 + length])


def _read_meta(file: ByteSource, meta: Box, found: Found) -> None:
    """`keys` gives names to the numbered items of `ilst`; without it they are iTunes names."""
    begin = meta.begin
    if meta.end - begin >= 8 and file.read(begin, 4) == bytes(4):
        begin += _FULL_BOX  # in QuickTime it is none
    keys: list[str] = []
    for child in boxes(file, begin, meta.end):
        if child.name == b"keys":
            keys = list(_keys(file, child, found))
        elif child.name == b"ilst":
            for item in boxes(file, child.begin, child.end, is_numbered=True):
                _read_item(file, item, keys, found)


def _keys(file: ByteSource, box: Box, found: Found) -> Iterator[str]:
    content = found.take(file, box.begin, box.end - box.begin) or b""
    position = 8
    while position + 8 <= len(content):
        file.count_parts()
        (length,) = struct.unpack_from(">I", content, position)
        if length < 8:
            return
        yield decode_loose(content[position + 8 : position + length]).removeprefix(_APPLE)
        position += length


def _read_item(file: ByteSource, item: Box, keys: list[str], found: Found) -> None:
    number = int.from_bytes(item.name, "big")
    if keys and 0 < number <= len(keys):
        place = f"MP4:Keys:{keys[number - 1]}"
    elif item.name in _NAMES:
        place = f"MP4:ItemList:{_NAMES[item.name]}"
    elif item.name == b"----":
        place = ""
    else:
        return
    for child in boxes(file, item.begin, item.end):
        if child.name == b"name" and not place and child.end - child.begin > 4:
            name = found.take(file, child.begin + 4, child.end - child.begin - 4)
            place = f"MP4:ItemList:{decode_loose(name)}" if name else ""
        if child.name != b"data" or child.end - child.begin < 8 or not place:
            continue
        (kind,) = struct.unpack(">I", file.read(child.begin, 4))
        value = found.take(file, child.begin + 8, child.end - child.begin - 8)
        if value is not None and kind in (0, 1, 2):
            text = value.decode("utf-16-be", "replace") if kind == 2 else decode_loose(value)
            found.add(place, text)


def picture_items(file: ByteSource) -> list[tuple[int, int]]:
    """Offset and length of all extents of an AVIF's items but Exif and XMP, in their order."""
    found = Found()
    extents: list[tuple[int, int]] = []
    for box in boxes(file, 0, file.size, is_top=True):
        if box.name == b"meta":
            texts, places = _items(file, box, found)
            for item_id in sorted(set(places) - set(texts)):
                extents += places[item_id]
    return extents


def _read_items(file: ByteSource, meta: Box, found: Found) -> None:
    texts, places = _items(file, meta, found)
    for item_id, kind in texts.items():
        _read_block(file, kind, places.get(item_id, []), found)
    for box in boxes(file, meta.begin + _FULL_BOX, meta.end):
        if box.name == b"iprp":
            _read_profile(file, box, found)


def _items(
    file: ByteSource, meta: Box, found: Found
) -> tuple[dict[int, bytes], dict[int, list[tuple[int, int]]]]:
    """The kinds of the items that hold text, and the places of all."""
    parts = {box.name: box for box in boxes(file, meta.begin + _FULL_BOX, meta.end)}
    iinf, iloc, idat = parts.get(b"iinf"), parts.get(b"iloc"), parts.get(b"idat")
    if iinf is None or iloc is None:
        return {}, {}
    texts = dict(_text_items(file, iinf, found))
    content = found.take(file, iloc.begin, iloc.end - iloc.begin) or b""
    try:
        return texts, dict(_locations(content, idat.begin if idat else None))
    except (struct.error, IndexError) as error:
        raise damaged("its items have no proper places") from error


def _text_items(file: ByteSource, iinf: Box, found: Found) -> Iterator[tuple[int, bytes]]:
    """Ids of the Exif and XMP items."""
    header = 6 if file.read(iinf.begin, 1)[0] == 0 else 8
    for box in boxes(file, iinf.begin + header, iinf.end):
        content = found.take(file, box.begin, min(box.end - box.begin, 512))
        if box.name != b"infe" or not content or content[0] not in (2, 3) or len(content) < 12:
            continue
        wide = content[0] == 3
        item_id = int.from_bytes(content[4 : 8 if wide else 6], "big")
        after_ids = 10 if wide else 8
        kind, rest = content[after_ids : after_ids + 4], content[after_ids + 4 :]
        is_xmp = kind == b"mime" and b"application/rdf+xml" in rest
        if kind == b"Exif" or is_xmp:
            yield item_id, kind


def _locations(content: bytes, idat: int | None) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Offset and length of each extent in the file. Raises struct.error when it is damaged."""
    version, sizes, base_size = content[0], content[4], content[5]
    offset_size, length_size = sizes >> 4, sizes & 15
    base_size, index_size = base_size >> 4, base_size & 15 if version else 0
    position = 6

    def number(size: int) -> int:
        nonlocal position
        if position + size > len(content):
            raise struct.error("iloc ends early")
        position += size
        return int.from_bytes(content[position - size : position], "big")

    for _ in range(number(4 if version == 2 else 2)):
        item_id = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        number(2)  # which file
        base = number(base_size)
        extents = []
        for _ in range(number(2)):
            number(index_size)
            offset, length = number(offset_size), number(length_size)
            extents.append((base + offset, length))
        if method == 1 and idat is not None:
            extents = [(idat + offset, length) for offset, length in extents]
        if method < 2:
            yield item_id, extents


def _read_block(
    file: ByteSource, kind: bytes, extents: list[tuple[int, int]], found: Found
) -> None:
    pieces = [found.take(file, *extent) for extent in extents[:1000]]
    content = b"".join(piece for piece in pieces if piece is not None)
    if None in pieces or len(extents) > 1000:
        return
    if kind == b"mime":
        found.xmp = content
    elif len(content) > 4:
        (offset,) = struct.unpack_from(">I", content)
        found.exif = content[4 + offset :].removeprefix(_EXIF_PREFIX) or None


def _read_profile(file: ByteSource, iprp: Box, found: Found) -> None:
    for container in boxes(file, iprp.begin, iprp.end):
        if container.name != b"ipco":
            continue
        for prop in boxes(file, container.begin, container.end):
            if prop.name != b"colr" or prop.end - prop.begin <= 4:
                continue
            if file.read(prop.begin, 4) in (b"prof", b"rICC"):
                found.icc = found.take(file, prop.begin + 4, prop.end - prop.begin - 4)
