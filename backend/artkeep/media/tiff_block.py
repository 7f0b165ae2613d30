"""The structure of a TIFF block, of which EXIF is made: directories of entries with values.

Source: TIFF 6.0 §2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from artkeep.errors import BadMedia

TYPE_SIZES: Final = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
_MOST_ENTRIES = 2_000
_MOST_TEXT = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A directory entry; `raw` are its twelve bytes, `begin`…`end` its value in the block."""

    tag: int
    kind: int
    raw: bytes
    begin: int
    end: int


@dataclass(slots=True)
class Directory:
    """`begin` is its offset; `next_pointer` that of the directory that follows, or 0."""

    begin: int
    entries: list[Entry] = field(default_factory=list)
    next_pointer: int = 0

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.begin + 2 + 12 * len(self.entries) + 4

    def find(self, tag: int) -> Entry | None:
        """Its first entry of this tag."""
        return next((entry for entry in self.entries if entry.tag == tag), None)


class Block:
    """A TIFF block; every offset is checked when it is followed."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.order = {b"II*\0": "<", b"MM\0*": ">"}.get(content[:4], "")
        if not self.order or len(content) < 8:
            raise BadMedia("The EXIF block has no header.", code="bad_exif")

    def u16(self, at: int) -> int:
        """Raises struct.error at the end of the block, as `u32`."""
        return int(struct.unpack_from(self.order + "H", self.content, at)[0])

    def u32(self, at: int) -> int:
        """A number of four bytes."""
        return int(struct.unpack_from(self.order + "I", self.content, at)[0])

    def directory(self, begin: int, *, is_strict: bool) -> Directory:
        """What can be read of a directory; strict: raises BadMedia when it is not whole."""
        found = Directory(begin)
        room = len(self.content)
        if begin < 8 or begin + 2 > room:
            if is_strict:
                raise BadMedia("The EXIF block points outside itself.", code="bad_exif")
            return found
        count = self.u16(begin)
        fits = min(count, (room - begin - 2) // 12, _MOST_ENTRIES)
        if is_strict and (fits < count or begin + 6 + 12 * count > room):
            raise BadMedia("The EXIF block is cut short.", code="bad_exif")
        for at in range(begin + 2, begin + 2 + 12 * fits, 12):
            if entry := self._entry_at(at):
                found.entries.append(entry)
            elif is_strict:
                raise BadMedia("An EXIF value does not fit its block.", code="bad_exif")
        after = begin + 2 + 12 * count
        found.next_pointer = self.u32(after) if after + 4 <= room else 0
        return found

    def _entry_at(self, at: int) -> Entry | None:
        tag, kind = self.u16(at), self.u16(at + 2)
        size = self.u32(at + 4) * (TYPE_SIZES[kind] if kind < len(TYPE_SIZES) else 0)
        begin = at + 8 if size <= 4 else self.u32(at + 8)
        if begin < 8 or begin + size > len(self.content):
            return None
        return Entry(tag, kind, self.content[at : at + 12], begin, begin + size)

    def pointer(self, entry: Entry | None) -> int | None:
        """The offset that an entry holds; None when it is missing or too short."""
        return self.u32(entry.begin) if entry and entry.end - entry.begin >= 4 else None

    def value(self, entry: Entry) -> bytes:
        """The bytes of an entry, of a very large one the first."""
        return self.content[entry.begin : min(entry.end, entry.begin + _MOST_TEXT)]
