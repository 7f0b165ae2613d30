"""Where log lines go: a file that turns over, and the terminal. Neither ever raises.

Several processes may write one file: the file is opened for every line, and a line is one
appending write, so nobody holds on to a file that another has turned over.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

MAX_BYTES = 10 * 2**20
FILES = 5  # the one being written and four older ones
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


class Collapser:
    """Lets the same line through 10 times a minute, then counts (RB-11)."""

    LIMIT = 10
    WINDOW_S = 60.0
    MOST_LINES = 1000  # remembered at a time; beyond, the oldest is forgotten early
    EXCERPT = 300

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # hash of a line -> start of its minute, how often it came, its beginning; oldest first
        self._seen: dict[int, tuple[float, int, str]] = {}

    def admit(self, line: str) -> tuple[bool, list[tuple[str, int]]]:
        """Whether to write this line, and what was held back before: (beginning, how often)."""
        now = self._clock()
        key = hash(line)
        held: list[tuple[str, int]] = []
        while self._seen:
            oldest = next(iter(self._seen))
            is_over = now - self._seen[oldest][0] >= self.WINDOW_S
            if not is_over and (key in self._seen or len(self._seen) < self.MOST_LINES):
                break
            held += self._forget(oldest)
        since, count, excerpt = self._seen.get(key, (now, 0, line[: self.EXCERPT]))
        self._seen[key] = (since, count + 1, excerpt)
        return count < self.LIMIT, held

    def drain(self) -> list[tuple[str, int]]:
        """Everything held back until now; nothing is remembered afterwards."""
        return [notice for key in list(self._seen) for notice in self._forget(key)]

    def _forget(self, key: int) -> list[tuple[str, int]]:
        _, count, excerpt = self._seen.pop(key)
        return [(excerpt, count - self.LIMIT)] if count > self.LIMIT else []


class CalmHandler(logging.Handler):
    """Writes each line by `write`, collapses, and counts what was lost instead of raising.

    `same` gives the part of a line in which repetitions are equal, `repeated` the line that
    tells of them.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        same: Callable[[str], str],
        repeated: Callable[[str, int, float], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.dropped = 0
        self._write = write
        self._same = same
        self._repeated = repeated
        self._collapser = Collapser(clock)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, after the news of what was held back before it."""
        try:
            line = self.format(record)
        except Exception:  # a value that cannot be shown must not stop the work it tells of
            self.dropped += 1
            return
        wanted, held = self._collapser.admit(self._same(line))
        for excerpt, count in held:
            self._try(self._repeated(excerpt, count, record.created))
        if wanted:
            self._try(line)

    def close(self) -> None:
        """Tell what is still held back."""
        self.acquire()
        try:
            for excerpt, count in self._collapser.drain():
                self._try(self._repeated(excerpt, count, time.time()))
        finally:
            self.release()
        super().close()

    def _try(self, line: str) -> None:
        try:
            self._write(line)
        except (OSError, ValueError):  # disk full, folder gone, terminal closed (DF-14)
            self.dropped += 1


class TurningFile:
    """Appends lines to a file; at 10 MiB it becomes `….1`, and the fifth oldest goes."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._is_torn = False  # the last write stopped in the middle of its line

    def write(self, line: str) -> None:
        """Raises OSError when the line, or its end, could not be written."""
        encoded = (line + "\n").encode("utf-8", "backslashreplace")
        if self._is_torn:
            encoded = b"\n" + encoded
        opened = self._open()
        try:
            if 0 < os.fstat(opened).st_size > self._max_bytes - len(encoded):
                os.close(opened)
                self._turn_over(len(encoded))
                opened = self._open()
            written = os.write(opened, encoded)
        finally:
            os.close(opened)
        self._is_torn = 0 < written < len(encoded)
        if written < len(encoded):
            raise OSError("the disk took only a part of the line")

    def _open(self) -> int:
        try:
            return os.open(self.path, _FLAGS, 0o600)
        except FileNotFoundError:
            for folder in (
                self.path.parent.parent,
                self.path.parent,
            ):  # data folder, logs (SE-27)
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self.path, _FLAGS, 0o600)

    def _turn_over(self, coming: int) -> None:
        # Another process may have been faster, or (Windows) hold a file open: then write on.
        with contextlib.suppress(OSError):
            if self.path.stat().st_size <= self._max_bytes - coming:
                return
            for number in range(FILES - 1, 0, -1):
                older = self._numbered(number)
                newer = self._numbered(number - 1)
                if newer.exists():
                    newer.replace(older)

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path


def to_stream(stream: TextIO) -> Callable[[str], None]:
    """A `write` for a terminal."""

    def write(line: str) -> None:
        stream.write(line + "\n")
        stream.flush()

    return write
