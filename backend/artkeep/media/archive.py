"""A ZIP of files, written while it is read. Pictures are stored as they are, for they do not
get smaller; names are relative, without `..` or links (SE-16)."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from artkeep.media.beneath import open_beneath

_PIECE = 1 << 20
_LEFT_OUT = "left-out.txt"


class _Sink:
    """What was written and not yet handed on. It cannot be sought in, and ZIP needs no more."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zipped(files: Iterable[tuple[Path, str]]) -> Iterator[bytes]:
    """The archive in pieces, of files by root and path below it, each under that path.

    What cannot be read is named in `left-out.txt` at the end; nothing is kept in memory.
    """
    sink = _Sink()
    left_out: list[str] = []
    names: set[str] = set()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for root, path in files:
            name = _free(path, names)
            try:
                with open_beneath(root, path) as file:
                    entry = zipfile.ZipInfo(name, time.localtime(_stamp(root / path))[:6])
                    with archive.open(entry, "w", force_zip64=True) as into:
                        while piece := file.read(_PIECE):
                            into.write(piece)
                            yield sink.take()
            except OSError as error:
                left_out.append(f"{path}: {error.strerror or error}")
            yield sink.take()
        if left_out:
            archive.writestr(_free(_LEFT_OUT, names), "\n".join(left_out) + "\n")
    yield sink.take()


def _free(path: str, names: set[str]) -> str:
    """The path, or one beside it: files of two output folders may have the same."""
    stem, dot, extension = path.rpartition(".")
    name, number = path, 1
    while name.casefold() in names:
        number += 1
        name = f"{stem}_{number}{dot}{extension}" if dot else f"{path}_{number}"
    names.add(name.casefold())
    return name


def _stamp(path: Path) -> float:
    first, last = 315_619_200, 4_354_732_800  # what ZIP can say: 1980 to 2107
    return min(last, max(first, path.stat().st_mtime))
