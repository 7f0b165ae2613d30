"""Archives of numbered pictures (ugoira): every entry, from the directory at the end.

Source: .ZIP File Format Specification 6.3.10 (PKWARE) §4.3; pixiv's archives are stored, not
compressed. A stored picture is compared with its CRC here, a packed one by whoever reads it.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from artkeep.media.byte_source import ByteSource, cut_short, damaged
from artkeep.media.shape import Shape

FRAME_NAME = re.compile(r"[0-9]{6}\.(?:jpe?g|png|gif|webp)")
DELAYS_NAME = "animation.json"  # which some programs put in
MOST_BYTES = 512 * 1024**2  # of all pictures together, as they are in the archive

_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s22x2H")
_LONGEST_COMMENT = 0xFFFF
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x1


class _Entry(NamedTuple):
    offset: int
    name: str
    method: int
    crc: int
    packed: int
    size: int


def walk_ugoira(file: ByteSource) -> Shape:
    """Raises BadMedia; also for an archive that holds anything but pictures."""
    directory, length, amount, end = _find_end(file)
    entries: list[_Entry] = []
    position = directory
    for _ in range(amount):
        file.count_parts()
        entry, position = _read_entry(file, position)
        entries.append(entry)
    if position != directory + length:
        raise damaged("its directory is longer than it says")
    frames = [entry.name for entry in entries if entry.name != DELAYS_NAME]
    if not frames:
        raise damaged("it has no pictures in it")
    if len(set(frames)) < len(frames) or sum(entry.size for entry in entries) > MOST_BYTES:
        raise damaged("its pictures are too large, or there twice")
    before = 0
    for entry in sorted(entries):
        before = _walk_entry(file, entry, before, directory)
    return Shape(None, None, end, len(frames), is_animated=len(frames) > 1)


def _find_end(file: ByteSource) -> tuple[int, int, int, int]:
    """Where the directory begins, its bytes and its entries, and where the archive ends."""
    if file.size < _END.size:
        raise cut_short()
    start = max(0, file.size - _END.size - _LONGEST_COMMENT)
    tail = file.read(start, file.size - start)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        raise cut_short()
    _, disk, first, here, amount, size, directory, comment = _END.unpack_from(tail, at)
    end = start + at + _END.size + comment
    if end > file.size:
        raise cut_short()
    if disk or first or here != amount or directory + size != start + at:
        raise damaged("its directory is not where it should be")
    return directory, size, amount, end


def _read_entry(file: ByteSource, position: int) -> tuple[_Entry, int]:
    fields = _ENTRY.unpack(file.read(position, _ENTRY.size))
    signature, flags, method = fields[0], fields[3], fields[4]
    crc, packed, size, named, extra, comment = fields[7:13]
    if signature != b"PK\x01\x02" or named > 64:
        raise damaged("its directory is not one")
    name = file.read(position + _ENTRY.size, named).decode("ascii", "replace")
    if not (FRAME_NAME.fullmatch(name) or name == DELAYS_NAME):
        raise damaged("it holds something else than pictures")
    if flags & _ENCRYPTED or method not in (_STORED, _DEFLATED):
        raise damaged(f"{name} cannot be unpacked")
    if method == _STORED and packed != size:
        raise damaged(f"{name} has two sizes")
    entry = _Entry(fields[16], name, method, crc, packed, size)
    return entry, position + _ENTRY.size + named + extra + comment


def _walk_entry(file: ByteSource, entry: _Entry, before: int, directory: int) -> int:
    """Where its bytes end, which are those of no other entry."""
    if entry.offset < before:
        raise damaged(f"{entry.name} lies within another picture")
    signature, named, extra = _LOCAL.unpack(file.read(entry.offset, _LOCAL.size))
    begin: int = entry.offset + _LOCAL.size + named + extra
    end = begin + entry.packed
    name = file.read(entry.offset + _LOCAL.size, min(named, 64)).decode("ascii", "replace")
    if signature != b"PK\x03\x04" or name != entry.name or end > directory:
        raise damaged(f"{entry.name} is not where it should be")
    if entry.method == _STORED and file.crc32(begin, entry.packed) != entry.crc:
        raise damaged(f"the checksum of {entry.name} is wrong")
    return end
