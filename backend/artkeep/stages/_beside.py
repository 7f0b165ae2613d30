"""What lies beside a downloaded file: its `.json`, and in the classic layout its text file.

All of this blocks and runs in the stage's threads.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from artkeep.domain.artwork import Artwork
from artkeep.domain.classic_text import text_beside, text_name, text_names
from artkeep.domain.naming import sidecar_name
from artkeep.logs import strip_secrets
from artkeep.media.library import create_part, rename_into_place
from artkeep.media.sidecar import read_sidecar


def has_strange_sidecar(final: Path) -> bool:
    """Something that is no sidecar of ours lies where ours should be (CR-7)."""
    beside = final.with_name(sidecar_name(final.name))
    return os.path.lexists(beside) and read_sidecar(beside) is None


def has_text(final: Path) -> bool:
    """Whether a text file of the classic layout lies beside a file, or beside its name."""
    return any(os.path.lexists(final.with_name(name)) for name in text_names(final.name))


def put_json(sidecar: Path, final: Path) -> None:
    """Give a written sidecar its name."""
    with contextlib.suppress(FileNotFoundError):  # put there before a crash
        sidecar.replace(final.with_name(sidecar_name(final.name)))


def put_text(artwork: Artwork, final: Path, part: Path, *, replaces: bool = False) -> None:
    """Write the text file beside a file; one that lies there is only replaced when told so.

    `part` is ours and on the same filesystem. Not flushed by itself: all of it can be written
    again from the database.
    """
    beside = final.with_name(text_name(final.name, artwork))
    if not replaces and os.path.lexists(beside):
        return
    content = strip_secrets(text_beside(artwork).decode()).encode()
    descriptor = create_part(part)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
    if replaces and not beside.is_symlink():
        part.replace(beside)
        return
    try:
        rename_into_place(part, beside)
    except FileExistsError:
        part.unlink()
