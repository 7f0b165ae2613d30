"""Opening a file below a folder to be read, following no link on the way (SE-6, SE-18).

The folder itself may be a link: its owner chose it.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from artkeep.media.library import leads_elsewhere

_DESCENDS = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")


def open_beneath(root: Path, path: str) -> BinaryIO:
    """A plain file at `path` (forward slashes). Raises FileNotFoundError for all else there:
    links, folders, devices, names that climb; OSError when it cannot be read."""
    names = path.split("/")
    if not all(map(_is_plain, names)):
        raise FileNotFoundError(path)
    try:
        descriptor = _descend(root, names) if _DESCENDS else _open_checked(root, names)
    except (NotADirectoryError, IsADirectoryError) as error:
        raise FileNotFoundError(path) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(path)
    return os.fdopen(descriptor, "rb", buffering=0)


def _is_plain(name: str) -> bool:
    """No name of ours has these, and on some system each of them means something."""
    return name not in ("", ".", "..") and not any(mark in name for mark in "\\:\0")


def _descend(root: Path, names: list[str]) -> int:
    """From folder to folder by descriptor: nobody can put a link in between."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in names[:-1]:
            into = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = into
        # Not blocking: a pipe that lies there would let us wait for its writer.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        return os.open(names[-1], flags, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileNotFoundError(error.errno, error.strerror) from error
        raise
    finally:
        os.close(folder)


def _open_checked(root: Path, names: list[str]) -> int:
    """Windows: look at every step first."""
    final = root.joinpath(*names)
    if leads_elsewhere(root, final) or not final.is_file():
        raise FileNotFoundError(final)
    return os.open(final, os.O_RDONLY | getattr(os, "O_BINARY", 0))
