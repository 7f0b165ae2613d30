"""One running exiftool, by pyexiftool.

Its way of starting (with our whole environment, tied to the life of one thread) and of reading
(for ever, when exiftool dies) are replaced.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
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
_LONGEST_MARK = 64


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

            with contextlib.suppress(OSError, ValueError):
                pid, endless = self._process.pid, resource.RLIM_INFINITY
                resource.prlimit(pid, resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
                # what our process has is for one file; this one lives for many
                resource.prlimit(pid, resource.RLIMIT_CPU, (endless, endless))

    def ask(self, words: Sequence[str], timeout_s: float) -> tuple[int, str]:
        """Exit status and what it said. Raises ExifToolFailed when it dies or is too slow."""
        nonce = secrets.token_hex(8)  # nothing that a file says ends an answer
        mark = re.compile(rb"=%s:(\d+)=\s*\{ready\}\s" % nonce.encode())
        lines = [*words, "-echo3", f"={nonce}:${{status}}=", "-execute", ""]
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
            begin = 0
            # Perl's own warnings may follow the end of an answer.
            while not (ended := mark.search(said, begin)):
                begin = max(0, len(said) - _LONGEST_MARK)
                piece = os.read(process.stdout.fileno(), 65536)
                said += piece
                if not piece or len(said) > _MOST_OUTPUT:
                    raise ExifToolFailed(f"exiftool ended: {_decode(said)[-300:]}")
        except OSError as error:
            raise ExifToolFailed(f"exiftool ended: {error}") from error
        finally:
            watchdog.cancel()
        return int(ended[1]), _decode(said[: ended.start()])

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
