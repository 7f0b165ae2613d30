"""Reads parts of a file for the structure walks, with bounded memory and bounded work."""

from __future__ import annotations

import zlib
from io import BytesIO
from os import SEEK_END
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from artkeep.errors import BadMedia

BLOCK = 256 * 1024
_AFTER_A_JUMP = 4096  # a header is wanted, what follows it will be stepped over
# A sane file has far fewer parts: a 4 GiB video about 200 000, a 256 MiB GIF a million.
MOST_PARTS = 3_000_000


def cut_short() -> BadMedia:
    """The file ends inside something."""
    return BadMedia("The file is cut short.", code="cut_short")


def damaged(why: str) -> BadMedia:
    """The file contradicts its own format; `why` completes "The file is damaged: "."""
    return BadMedia(f"The file is damaged: {why}.", code="damaged")


class ByteSource:
    """The bytes of a path, of an open file, or of memory, by offset.

    Not mapped into memory: a disk error would then kill the whole process.
    """

    def __init__(self, source: Path | BinaryIO | bytes | memoryview) -> None:
        self._owned: BinaryIO | None = None
        if isinstance(source, Path):
            source = self._owned = source.open("rb", buffering=0)
        elif isinstance(source, bytes | memoryview):
            source = BytesIO(source)
        self._file = source
        self.size = source.seek(0, SEEK_END)
        self._start = 0
        self._block = b""
        self._parts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._owned is not None:
            self._owned.close()

    def count_parts(self, parts: int = 1) -> None:
        """Called for every part walked, so that the walk ends whatever the file says."""
        self._parts += parts
        if self._parts > MOST_PARTS:
            raise damaged("it has millions of parts")

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes, a few kilobytes at most. Raises BadMedia `cut_short`."""
        begin = offset - self._start
        end = begin + length
        if begin < 0 or end > len(self._block):
            self._fill(offset, length)
            begin, end = 0, length
        found = self._block[begin:end]
        if len(found) < length:
            raise cut_short()
        return found

    def block(self, offset: int, at_least: int = 1) -> tuple[bytes, int]:
        """The bytes held around `offset` and where in them it lies; `at_least` follow there.

        Raises BadMedia `cut_short` at the end of the file.
        """
        if not self._start <= offset <= self._start + len(self._block) - at_least:
            self._fill(offset, at_least)
            if len(self._block) < at_least:
                raise cut_short()
        return self._block, offset - self._start

    def crc32(self, offset: int, length: int) -> int:
        """The CRC-32 of a stretch of any length. Raises BadMedia `cut_short`."""
        crc = 0
        end = offset + length
        if end > self.size:
            raise cut_short()
        while offset < end:
            block, begin = self.block(offset)
            with memoryview(block) as view:
                stretch = view[begin : begin + end - offset]
                crc = zlib.crc32(stretch, crc)
                offset += len(stretch)
                stretch.release()
        return crc

    def _fill(self, offset: int, length: int) -> None:
        is_next = self._start <= offset <= self._start + len(self._block)
        wanted = max(length, BLOCK if is_next else _AFTER_A_JUMP)
        self._file.seek(offset)
        self._start = offset
        self._block = b""
        while wanted and (piece := self._file.read(wanted)):  # a raw file may give less
            self._block = self._block + piece if self._block else piece
            wanted -= len(piece)
