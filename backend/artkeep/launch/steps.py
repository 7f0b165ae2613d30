"""Run a program as one step of a set-up: one line on the screen, its output in a log file."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class SetupFailed(Exception):
    """Set-up cannot go on; the message says why and what to do."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class StepFailed(SetupFailed):
    """A program that set-up ran has failed."""

    def __init__(self, title: str, command: Sequence[object], output: str, log: Path) -> None:
        last = "\n".join(f"    {line[:160]}" for line in output.splitlines()[-12:])
        super().__init__(
            f"{title}: failed.\n{last}\nThe whole output: {log}\n"
            "Is the network there, and room on the disk? Then start again.\n"
            f"This step alone is:\n    {spell(command)}"
        )


def run_step(
    title: str,
    command: Sequence[object],
    log_path: Path,
    cwd: Path,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Run a program with its output going to a log file; one line says how long it took.

    On a terminal the line moves meanwhile. Raises StepFailed.
    """
    started = time.monotonic()
    print(f"  {title} ...", end="", flush=True)
    log_path.parent.mkdir(exist_ok=True)
    with log_path.open("a+b") as log:
        log.write(f"$ {spell(command)}\n".encode("utf-8", "replace"))
        log.flush()
        begin = log.tell()
        code = 1
        try:
            # close_fds=False: the child inherits the lock. Should we be killed, the next start
            # waits for the orphan instead of working against it.
            child = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=environ,
                close_fds=False,
            )
            code = _wait(child, title, started)
        except OSError as error:
            log.write(f"{error}\n".encode("utf-8", "replace"))
            log.flush()
        log.seek(begin)
        output = log.read().decode("utf-8", "replace")
    verdict = f"{'failed' if code else 'done'} ({time.monotonic() - started:.1f} s)"
    print(f"\r  {title} ... {verdict}  " if sys.stdout.isatty() else f" {verdict}", flush=True)
    if code:
        raise StepFailed(title, command, output, log_path)


def spell(command: Sequence[object]) -> str:
    """The command as it can be pasted into a shell."""
    words = [str(word) for word in command]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def apt_get() -> str | None:
    """The path of apt-get where we may use it: as root on Debian and its children."""
    return shutil.which("apt-get") if os.name != "nt" and os.geteuid() == 0 else None


def _wait(child: subprocess.Popen[bytes], title: str, started: float) -> int:
    moving = sys.stdout.isatty()
    turn = 0
    try:
        while True:
            try:
                return child.wait(0.2 if moving else None)
            except subprocess.TimeoutExpired:
                turn += 1
                seconds = time.monotonic() - started
                print(f"\r  {title} ... {seconds:.0f} s {'|/-'[turn % 3]}", end="", flush=True)
    except BaseException:
        child.terminate()
        child.wait()
        raise
