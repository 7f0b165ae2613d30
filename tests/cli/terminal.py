"""A program on a terminal of its own, and somebody who answers when they are asked."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.forked import Popen

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """`python -m words…` with a terminal as its input, output and errors."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        import pty

        self._ours, theirs = pty.openpty()
        self._process: subprocess.Popen[str] = Popen(
            [sys.executable, "-m", *words],
            env={**environment, "TERM": "dumb"},
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            text=True,
        )
        os.close(theirs)
        self.shown = ""
        self._read_to = 0

    def wait_for(self, words: str) -> str:
        """Everything shown since the last time, up to these words."""
        while (at := self.shown.find(words, self._read_to)) < 0:
            assert self._read(), f"ended without {words!r}:\n{self.shown}"
        part = self.shown[self._read_to : at + len(words)]
        self._read_to = at + len(words)
        return part

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def answer(self, words: str, text: str) -> str:
        """Wait to be asked, and answer with a line; the question."""
        asked = self.wait_for(words)
        self.type(f"{text}\n")
        return asked

    def press_ctrl_c(self) -> None:
        """Until something comes of it: between a question's words and the waiting for its
        answer there is a moment in which Python only notes the signal."""
        self._process.send_signal(signal.SIGINT)
        while not select.select([self._ours], [], [], 30.0)[0]:
            self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Read on until the program has ended: its exit code."""
        while self._read():
            pass
        os.close(self._ours)
        assert "Traceback" not in self.shown, self.shown
        return self._process.wait(timeout=60)

    def _read(self) -> bool:
        try:
            some = os.read(self._ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.shown += _ESCAPES.sub("", some.decode("utf-8", "replace"))
        return bool(some)
