"""What a reader of a container gathers, with bounds on how much (RB-5).

A value beyond the bounds is left out, not cut: half a prompt is worse than none.
"""

from __future__ import annotations

import codecs
import zlib
from dataclasses import dataclass, field

from artkeep.domain.embedded import Text
from artkeep.media.byte_source import ByteSource, cut_short

MOST_TEXT = 8 * 1024 * 1024
MOST_IN_ALL = 32 * 1024 * 1024
_MOST_TEXTS = 5_000


@dataclass(slots=True)
class Found:
    """`left` is how many bytes may still be taken out of this file."""

    texts: list[Text] = field(default_factory=list)
    exif: bytes | None = None
    xmp: bytes | None = None
    extended_xmp: bytes | None = None
    icc: bytes | None = None
    left: int = MOST_IN_ALL

    def add(self, place: str, value: str) -> None:
        """Keep a text; beyond thousands of them no more."""
        if len(self.texts) < _MOST_TEXTS:
            self.texts.append(Text(place, value))

    def take(self, file: ByteSource, begin: int, length: int) -> bytes | None:
        """A stretch of the file, None when it is too large. Raises BadMedia `cut_short`."""
        if length < 0 or begin + length > file.size:
            raise cut_short()
        if length > min(MOST_TEXT, self.left):
            return None
        self.left -= length
        return file.read(begin, length)

    def inflate(self, deflated: bytes) -> bytes | None:
        """Decompressed; None when it is damaged or too large."""
        most = min(MOST_TEXT, self.left)
        worker = zlib.decompressobj()
        try:
            inflated = worker.decompress(deflated, most + 1)
        except zlib.error:
            return None
        self.left -= min(len(inflated), most)
        return inflated if worker.eof and len(inflated) <= most else None


def decode_loose(encoded: bytes) -> str:
    """UTF-8 where it is that, else Latin-1; without the NULs that end a string in C."""
    encoded = encoded.rstrip(b"\0").removeprefix(codecs.BOM_UTF8)
    try:
        return encoded.decode("utf-8")
    except UnicodeDecodeError:
        return encoded.decode("latin-1")
