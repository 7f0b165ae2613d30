"""Small and read-only filesystems, where mounting is permitted."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _run(*words: str | Path) -> bool:
    return subprocess.run([str(word) for word in words], capture_output=True).returncode == 0


@contextmanager
def memory_disk(folder: Path, options: str) -> Iterator[Path]:
    """A disk of its own at `folder`; skips the test where that is not possible."""
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.which("mount") is None or not _run(
        "mount", "-t", "tmpfs", "-o", options, "x", folder
    ):
        pytest.skip("mounting is not permitted here")
    try:
        yield folder
    finally:
        _run("umount", "-l", folder)


def remount(folder: Path, options: str) -> None:
    """Change a mounted disk: its size, or whether it can be written to."""
    assert _run("mount", "-o", f"remount,{options}", folder)
