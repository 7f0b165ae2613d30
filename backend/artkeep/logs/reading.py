"""Reading the log files back, the newest line first, without holding much of them.

Other processes write on and turn files over meanwhile, so a place is told by the file itself
(its inode) and not by its name. What is read passes the filter again: a key may have become
known only after a line was written (SE-25).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from artkeep.logs import FILE_NAME
from artkeep.logs.handlers import FILES
from artkeep.logs.lines import clean

LEVELS = ("debug", "info", "warning", "error")
_BLOCK = 64 * 1024
_LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line begins."""

    inode: int
    offset: int

    def __str__(self) -> str:
        return f"{self.inode}-{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """The reverse of `str()`. Raises ValueError."""
        inode, dash, offset = text.partition("-")
        digits = inode + offset
        if not dash or len(text) > 60 or not (digits.isascii() and digits.isdigit()):
            raise ValueError("not a place in the log")
        return cls(int(inode), int(offset))


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `id` grows with time: microseconds since 1970."""

    id: int
    time: str
    level: str
    event: str
    job: int | None
    fields: dict[str, Any]

    def __str__(self) -> str:
        said = {**({"job": self.job} if self.job is not None else {}), **self.fields}
        exception = str(said.pop("exception", "")).rstrip()
        rest = " ".join(f"{name}={_shown(value)}" for name, value in said.items())
        first = f"{self.time} {self.level:<7} {_shown(self.event)} {rest}".rstrip()
        return f"{first}\n{exception}" if exception else first


def newest_first(logs_dir: Path, before: Place | None = None) -> Iterator[tuple[Place, bytes]]:
    """Every line, as it stands there, that begins before this place.

    Nothing when the place's file has been deleted since.
    """
    opened = _open_all(logs_dir)
    try:
        if before is not None:
            known = [os.fstat(file.fileno()).st_ino for file in opened]
            if before.inode not in known:
                return
            for file in opened[: known.index(before.inode)]:
                file.close()
            opened = opened[known.index(before.inode) :]
        for number, file in enumerate(opened):
            status = os.fstat(file.fileno())
            end = status.st_size
            if before is not None and number == 0:
                end = min(end, before.offset)
            for offset, line in _backwards(file, end):
                yield Place(status.st_ino, offset), line
    finally:
        for file in opened:
            file.close()


def parse_line(written: bytes) -> Line | None:
    """A line, clean; None for what is none: torn off by a full disk, or not ours."""
    try:
        said = json.loads(written)
        time = said.pop("time")
        moment = datetime.fromisoformat(time)
        level, event = said.pop("level"), said.pop("event")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    job = said.pop("job", None)
    return Line(
        int(moment.timestamp() * 1_000_000),
        time,
        level if level in LEVELS else "error",
        str(clean(event)),
        job if isinstance(job, int) and not isinstance(job, bool) else None,
        _clean_fields(said),
    )


def _clean_fields(said: dict[str, Any]) -> dict[str, Any]:
    exception = said.pop("exception", None)  # longer than other texts may be
    fields: dict[str, Any] = clean(said)
    if isinstance(exception, str):
        lines = [str(clean(line)) for line in exception.splitlines()]
        fields["exception"] = "\n".join(lines)
    return fields


def _open_all(logs_dir: Path) -> list[BinaryIO]:
    """The files that are there, the newest first."""
    opened: list[BinaryIO] = []
    for number in range(FILES):
        name = f"{FILE_NAME}.{number}" if number else FILE_NAME
        try:
            opened.append((logs_dir / name).open("rb"))
        except OSError:
            continue
    return opened


def _backwards(file: BinaryIO, end: int) -> Iterator[tuple[int, bytes]]:
    """The lines that end before `end` with where they begin, the last one first."""
    rest = b""  # the end of a line whose beginning has yet to be read
    at = end
    while at > 0:
        start = max(0, at - _BLOCK)
        file.seek(start)
        block = file.read(at - start) + rest
        first, *lines = block.split(b"\n")
        offset = start + len(block)
        for line in reversed(lines):
            offset -= len(line)
            if line:
                yield offset, line
            offset -= 1
        rest = first if len(first) < _LONGEST_LINE else b""
        at = start
    if rest:
        yield 0, rest


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
