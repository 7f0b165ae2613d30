"""A further place of a file: a hard link where the disk has them, else a copy of its own."""

from __future__ import annotations

import os
from pathlib import Path

from artkeep.errors import FileProblem
from artkeep.media.library import rename_into_place
from artkeep.media.replace import make_twin, sha256_of


def put_twin(source: Path, final: Path, part: Path, *, sha256: str, held: str | None) -> None:
    """Let the bytes of `source` lie under `final`, too. Its folder has to be there.

    `part` is ours, on the filesystem of `final`. What lies there is replaced only when its
    hash is `held`; the same bytes are taken as they are. Raises FileExistsError for any other,
    FileProblem when the source is not what it was, OSError.
    """
    is_taken = os.path.lexists(final)
    if is_taken:
        if final.is_symlink() or not final.is_file():
            raise FileExistsError(str(final))
        if source.exists() and final.samefile(source):
            return
        there = sha256_of(final)
        if there == sha256:
            return
        if held is None or there != held:
            raise FileExistsError(str(final))
    try:
        copied = make_twin(source, part)
    except FileNotFoundError:
        raise FileProblem(f"{source} is not there.", code="file_missing") from None
    try:
        if copied not in (None, sha256):
            raise FileProblem(f"{source} is not what it was.", code="file_changed")
        if is_taken:
            part.replace(final)
        else:
            rename_into_place(part, final)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
