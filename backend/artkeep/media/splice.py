"""A file written anew with some stretches replaced; every other byte is copied as it was."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from artkeep.media.library import create_part

_BLOCK = 256 * 1024


class Splice(NamedTuple):
    """`content` in place of what lies from `begin` to `end`."""

    begin: int
    end: int
    content: bytes = b""


def write_spliced(source: BinaryIO, splices: Iterable[Splice], part: Path) -> None:
    """Write a fresh `part`, not flushed. Splices must not overlap. OSError passes through."""
    with os.fdopen(create_part(part), "wb", buffering=0) as out:
        position = 0
        for splice in sorted(splices, key=lambda splice: splice[:2]):
            if splice.begin < position:
                raise ValueError(f"splices overlap at {splice.begin}")
            _copy(source, position, splice.begin, out)
            _write(out, splice.content)
            position = splice.end
        _copy(source, position, None, out)


def _copy(source: BinaryIO, begin: int, end: int | None, out: BinaryIO) -> None:
    source.seek(begin)
    left = end - begin if end is not None else None
    while left is None or left:
        piece = source.read(_BLOCK if left is None else min(_BLOCK, left))
        if not piece:
            if left:
                raise OSError("the file became shorter while it was read")
            return
        _write(out, piece)
        if left is not None:
            left -= len(piece)


def _write(out: BinaryIO, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[out.write(view) :]
