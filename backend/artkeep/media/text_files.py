"""Many small text files written together: parts first, one flush for all, then their names.

A flush for each of a hundred thousand would take minutes; without one, a power cut could leave
empty files under their final names.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import stat
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from artkeep.media.library import create_part, flush, flush_folders, rename_into_place

LONGEST_TEXT = 1024 * 1024
_PREFIX = "texts-"
_OLD_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class NewText:
    """What is to be written; `replaces` is what lies there and may be replaced."""

    path: Path
    content: bytes
    replaces: bytes | None = None


@contextmanager
def parts_folder(hidden: Path) -> Iterator[Path]:
    """A folder of our own for parts, on the filesystem of the final names; what a death left
    of another one goes after a day."""
    with suppress(FileNotFoundError):
        for left in hidden.iterdir():
            if left.name.startswith(_PREFIX) and left.stat().st_mtime < time.time() - _OLD_S:
                shutil.rmtree(left, ignore_errors=True)
    folder = hidden / f"{_PREFIX}{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_text(path: Path, most: int = LONGEST_TEXT) -> bytes | None:
    """What a text file holds; None when there is none.

    Raises OSError, also for what is no plain file or is longer than `most` bytes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | _PLAIN)
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise OSError(f"{path.name} is no text file")
        return os.read(descriptor, most)
    finally:
        os.close(descriptor)


def write_texts(texts: Sequence[NewText], parts: Path) -> list[bool]:
    """Which of them lie there now, whole and flushed; somebody was faster with the others.

    Raises OSError: some may lie there then, none of them half.
    """
    made: list[Path] = []
    for number, text in enumerate(texts):
        part = parts / f"{number}.part"
        descriptor = create_part(part)
        try:
            os.write(descriptor, text.content)
        finally:
            os.close(descriptor)
        made.append(part)
    flush_all(parts, made)
    told = [_put(text, part) for text, part in zip(texts, made, strict=True)]
    flush_folders({text.path.parent for text in texts})
    return told


def _put(text: NewText, part: Path) -> bool:
    if text.replaces is None:
        try:
            rename_into_place(part, text.path)
        except FileExistsError:
            part.unlink()
            return False
        return True
    if read_text(text.path, len(text.replaces) + 1) != text.replaces:  # edited just now
        part.unlink()
        return False
    part.replace(text.path)
    return True


def flush_all(folder: Path, made: Sequence[Path]) -> None:
    """Make files durable that were just written below a folder."""
    call = _syncfs()
    if call is not None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if call(descriptor) == 0:
                return
        finally:
            os.close(descriptor)
    for path in made:
        flush(path)


@functools.cache
def _syncfs() -> ctypes._NamedFuncPointer | None:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


_PLAIN = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
