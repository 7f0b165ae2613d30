"""Putting a proven part in the place of a file of the library, whole or not at all (CR-11)."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import Artwork
from artkeep.domain.naming import sidecar_name
from artkeep.errors import FileProblem
from artkeep.media.library import Library, create_part, full_sync, leads_elsewhere
from artkeep.media.sidecar import about_other_file, read_sidecar, with_making, write_atomically

_CHUNK = 2**20  # bytes


def require_changeable(library: Path, path: str) -> Path:
    """Where a file lies that is to be replaced.

    Raises FileProblem for one that is not there, is reached by a link or is read-only.
    """
    final = library.joinpath(*path.split("/"))
    if leads_elsewhere(library, final):
        raise FileProblem(
            f"{path} is a link, or lies behind one; it is left alone.", code="link_in_library"
        )
    try:
        mode = final.lstat().st_mode
    except FileNotFoundError:
        raise FileProblem(f"{path} is not there.", code="file_missing") from None
    if not stat.S_ISREG(mode):
        raise FileProblem(f"{path} is not a file.", code="not_a_file")
    if not mode & stat.S_IWUSR:
        raise FileProblem(
            f"{path} is write-protected; it is left alone.",
            code="write_protected",
            advice="Take the protection off if you want it changed, then retry.",
        )
    return final


def replace_file(library: Library, path: str, others: Iterable[str], part: Path) -> set[Path]:
    """Give a flushed part the name of a file; further places of the same bytes follow.

    It keeps the time of the old one, by which people sort. Returns the folders to be flushed.
    Raises OSError, FileProblem.
    """
    final = require_changeable(library.path, path)
    before = final.stat()
    twins = [library.final(other) for other in others]
    following = [twin for twin in twins if _is_twin(twin, final)]
    os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
    part.chmod(stat.S_IMODE(before.st_mode))
    part.replace(final)
    for twin in following:
        link = twin.with_name(f".{twin.name}.link.part")
        make_twin(final, link)
        link.replace(twin)
    return {final.parent, *(twin.parent for twin in following)}


def _is_twin(twin: Path, final: Path) -> bool:
    """A link to the same bytes, or, where there are no links, a copy of them."""
    if not twin.is_file() or twin.is_symlink():
        return False
    if twin.samefile(final):
        return True
    is_as_long = twin.stat().st_size == final.stat().st_size
    return is_as_long and sha256_of(twin) == sha256_of(final)


def make_twin(source: Path, part: Path) -> str | None:
    """A hard link named `part`, or where there are none a flushed copy (CR-8), whose hash is
    returned. A left-over is replaced. Raises OSError."""
    part.unlink(missing_ok=True)
    try:
        part.hardlink_to(source)
        return None
    except FileNotFoundError:
        raise
    except OSError:
        return _copy(source, part)


def _copy(source: Path, part: Path) -> str:
    digest = hashlib.sha256()
    descriptor = create_part(part)
    try:
        with source.open("rb") as file, os.fdopen(descriptor, "wb", closefd=False) as copy:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
        full_sync(descriptor)
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def note_in_sidecar(
    library: Library, path: str, file: Mapping[str, Any], artwork: Artwork
) -> None:
    """Tell the sidecar beside a file what that file is now, and what is known of its making.
    What is none of ours stays."""
    final = library.final(path)
    beside = final.with_name(sidecar_name(final.name))
    told = read_sidecar(beside)
    if told is not None:
        content = about_other_file(with_making(told, artwork), file, is_new=False)
        write_atomically(beside, content, beside.with_name(f".{beside.name}.part"))


def sha256_of(path: Path) -> str | None:
    """None when it is not there or cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
