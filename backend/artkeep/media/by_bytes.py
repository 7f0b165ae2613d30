"""Files that lost their names, found by the bytes that somebody noted."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress

from artkeep.domain.legacy import OldEntry


def find_by_bytes(
    entries: Sequence[OldEntry], paths: Sequence[str], go_on: Callable[[], None]
) -> dict[str, str]:
    """Which of these files are the entries', by the keys of the entries. Only files of a size
    that some entry states are read."""
    of_size: dict[int, list[str]] = {one.stated.size: [] for one in entries if one.stated}
    for path in paths if of_size else ():
        with suppress(OSError):
            size = os.stat(path, follow_symlinks=False).st_size  # noqa: PTH116
            if size in of_size:
                of_size[size].append(path)
    digests: dict[tuple[str, str], str] = {}
    found: dict[str, str] = {}
    for entry in entries:
        stated = entry.stated
        for path in of_size[stated.size] if stated else ():
            assert stated is not None
            go_on()
            key = (path, stated.algorithm)
            if key not in digests:
                digests[key] = _digest(path, stated.algorithm)
            if digests[key] == stated.digest:
                found[entry.key] = path
                break
    return found


def _digest(path: str, algorithm: str) -> str:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return hashlib.file_digest(file, algorithm).hexdigest()
    except OSError:
        return ""
