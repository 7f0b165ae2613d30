"""Whether a file still lies where it was left, without reading it unless its size differs."""

from __future__ import annotations

from pathlib import Path

from artkeep.errors import BadMedia
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.media.structure import walk


def presence(path: Path, size: int, format_name: str) -> str | None:
    """`missing`; `damaged`: of another size and not whole; `changed`: whole, so somebody edited
    it, and an edit is never overwritten (DF-10); None when the size is as it was."""
    try:
        found = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    if found == size:
        return None
    try:
        walk(path, MEDIA_TYPES[format_name])
    except BadMedia:
        return "damaged"
    return "changed"
