"""One running exiftool, by pyexiftool.

Its way of starting (with our whole environment, tied to the life of one thread) and of reading
(for ever, when exiftool dies) are replaced.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import exiftool

from artkeep.errors import ItemError

CONFIG = Path(__file__).with_name("exiftool.config")
_MOST_MEMORY = 1024 * 1024 * 1024
_MOST_OUTPUT = 16 * 1024 * 1024
_STATUS = re.compile(rb"=(\d+)=\s*\{ready\}\s*$")


class ExifToolFailed(ItemError):
    """exiftool did not do what it was asked; `message` is what it said."""

    code = "exiftool_failed"


class Process(exiftool.ExifTool):  # type: ignore[misc]  # it comes without types
    """Output and errors come through one pipe: nothing can fill up while we read the other."""

    def __init__(self, program: str, folder: Path) -> None:
        super().__init__(
            executable=program, common_args=None, config_file=str(CONFIG), encoding="utf-8"
        )
        self._folder = folder
        self.run()

    def run(self) -> None:
        self._process = subprocess.Popen(
            [self._executable, "-config", self._config_file, "-stay_open", "True", "-@", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            env=environment(self._folder),
        )
        self._running = True
        if sys.platform == "linux":
            import resource

            with contextlib.suppress(OSError):
                limits = (_MOST_MEMORY, _MOST_MEMORY)
                resource.prlimit(self._process.pid, resource.RLIMIT_AS, limits)

    def ask(self, words: Sequence[str], timeout_s: float) -> tuple[int, str]:
        """Exit status and what it said. Raises ExifToolFailed when it dies or is too slow."""
        lines = [*words, "-echo3", "=${status}=", "-execute", ""]
        process: subprocess.Popen[bytes] = self._process
        watchdog = threading.Timer(timeout_s, process.kill)
        watchdog.daemon = True
        watchdog.start()
        said = bytearray()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(os.fsencode("\n".join(lines)))
            process.stdin.flush()
            while not (ended := _STATUS.search(said[-64:])):
                piece = os.read(process.stdout.fileno(), 65536)
                said += piece
                if not piece or len(said) > _MOST_OUTPUT:
                    raise ExifToolFailed(f"exiftool ended: {_decode(said)[-300:]}")
        except OSError as error:
            raise ExifToolFailed(f"exiftool ended: {error}") from error
        finally:
            watchdog.cancel()
        end = len(said) - len(said[-64:]) + ended.start()
        return int(ended[1]), _decode(said[:end])

    def is_alive(self) -> bool:
        """Whether it may still answer."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Nothing it holds is worth waiting for."""
        process: subprocess.Popen[bytes] | None = self._process
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._flag_running_false()


def environment(folder: Path) -> dict[str, str]:
    """Without the user's own: no home, no Perl options, one language."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {**kept, "LC_ALL": "C", "HOME": str(folder), "TMPDIR": str(folder)}


def _decode(said: bytes | bytearray) -> str:
    return said.decode("utf-8", "replace")
