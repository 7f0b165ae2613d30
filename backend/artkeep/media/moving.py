"""A file of the library under another name, with what lies beside it.

The new name first, then the database, then the old one goes: a hard link makes both names mean
the same bytes meanwhile, so that at no moment a file is missing where the database says it is
(CR-15). Where there are no hard links, the file is renamed, and renamed back if need be.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from json.encoder import encode_basestring
from pathlib import Path

from artkeep.errors import FileProblem
from artkeep.media.library import (
    Library,
    create_part,
    flush,
    leads_elsewhere,
    make_folders,
    rename_into_place,
)
from artkeep.media.replace import sha256_of
from artkeep.media.sidecar import is_sidecar_of, read_sidecar, write_atomically

# Endings of what may lie beside `123.png`: after its stem, and after its whole name.
_AFTER_STEM = (".json", ".txt", "_meta.txt", "_no_meta.txt", ".xmp")
_AFTER_NAME = (".xmp", ".json", ".txt")
_NO_LINKS = {
    getattr(errno, name)
    for name in ("EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EACCES", "EINVAL")
    if hasattr(errno, name)
}
_TRIES = 5


def lay(library: Library, old: str, new: str) -> set[Path]:
    """Give a file and its sidecars new names, too; the folders that are to be flushed.

    Never replaces anything. Raises FileExistsError when one of the names is taken, FileProblem
    for what is not there or lies behind a link (SE-18), OSError. Whoever gets an error calls
    `take_back`.
    """
    source, final = library.final(old), library.final(new)
    if leads_elsewhere(library.path, source):
        raise FileProblem(
            f"{old} is a link, or lies behind one; it is left alone.", code="link_in_library"
        )
    if not source.is_file():
        raise FileProblem(f"{old} is not there.", code="file_missing")
    beside = _beside(source, final)
    for from_, to in beside:
        if os.path.lexists(to) and not _is_twin(from_, to, source.name, final.name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(to))
    changed: list[Path] = []
    for left in reversed(range(_TRIES)):
        changed += make_folders(library.path, final.parent)
        try:
            _give_name(source, final)
            break
        except FileNotFoundError:  # somebody removed the folder, which was empty
            if not left or not source.is_file():
                raise
    for from_, to in beside:
        _lay_sidecar(from_, to, source.name, final.name)
    return {final.parent, *changed}


def is_free(library: Library, old: str, new: str) -> bool:
    """Whether nothing lies where a file and its sidecars would."""
    source, final = library.final(old), library.final(new)
    return not any(
        os.path.lexists(to) for to in (final, *(to for _, to in _beside(source, final)))
    )


def let_go(library: Library, old: str, new: str) -> set[Path]:
    """Drop the old names, which the database does not mean any more; the folders to be flushed.

    What lies there and is not the same as under the new name is not ours, and stays.
    """
    source, final = library.final(old), library.final(new)
    if not _is_plain_file(final) or not source.parent.is_dir():
        return set()
    if leads_elsewhere(library.path, source.parent):
        return set()
    for from_, to in _pairs(source, final):
        if _is_twin(from_, to, source.name, final.name):
            from_.unlink()
    if _is_same(source, final):
        source.unlink()
    return {source.parent}


def take_back(library: Library, old: str, new: str) -> None:
    """Drop the new names, which the database was never told of."""
    source, final = library.final(old), library.final(new)
    if not final.parent.is_dir() or leads_elsewhere(library.path, final.parent):
        return
    was_renamed = not os.path.lexists(source) and _is_plain_file(final)
    _part_of(final).unlink(missing_ok=True)
    for from_, to in _pairs(source, final):
        _part_of(to).unlink(missing_ok=True)
        if _is_twin(from_, to, source.name, final.name):
            to.unlink()
        elif was_renamed and not os.path.lexists(from_) and _is_plain_file(to):
            make_folders(library.path, source.parent)
            rename_into_place(to, from_)
    if was_renamed:
        make_folders(library.path, source.parent)
        rename_into_place(final, source)
    elif _is_same(source, final):
        final.unlink()


def remove_emptied(library: Library, folders: Iterable[Path]) -> None:
    """Remove those of these folders in which nothing lies any more, and those around them."""
    for folder in sorted(folders, key=lambda one: len(one.parts), reverse=True):
        here = folder
        with suppress(OSError):  # something lies there, or somebody was faster
            while here != library.path and library.path in here.parents:
                here.rmdir()
                here = here.parent


def _pairs(source: Path, final: Path) -> list[tuple[Path, Path]]:
    """Names that a sidecar of the file could have, and those it would have then."""
    old, new = source.stem, final.stem
    return [
        *((source.with_name(old + end), final.with_name(new + end)) for end in _AFTER_STEM),
        *(
            (source.with_name(source.name + end), final.with_name(final.name + end))
            for end in _AFTER_NAME
        ),
    ]


def _beside(source: Path, final: Path) -> list[tuple[Path, Path]]:
    """The sidecars that are there. A `.json` of ours may be about another file of this stem."""
    found = [(from_, to) for from_, to in _pairs(source, final) if _is_plain_file(from_)]
    return [
        (from_, to)
        for from_, to in found
        if from_ != source.with_suffix(".json")
        or (told := read_sidecar(from_)) is None
        or is_sidecar_of(told, source.name)
    ]


def _lay_sidecar(from_: Path, to: Path, old: str, new: str) -> None:
    if os.path.lexists(to):
        return  # laid before, by whoever died then
    content = _renamed(from_, old, new)
    if content is None:
        _give_name(from_, to)
        return
    part = _part_of(to)
    write_atomically(part, content, part.with_name(f"{part.name}.part"))
    shutil.copystat(from_, part)
    rename_into_place(part, to)


def _renamed(sidecar: Path, old: str, new: str) -> bytes | None:
    """What a `.json` of ours says when its file has the new name; None when it does not say
    the name. All else stays byte for byte, so that it can be taken back exactly."""
    if old == new or sidecar.suffix != ".json":
        return None
    told = read_sidecar(sidecar)
    file = (told or {}).get("file")
    if not isinstance(file, dict) or file.get("name") != old:
        return None
    before, after = (f'"name": {encode_basestring(name)}'.encode() for name in (old, new))
    lines = sidecar.read_bytes().split(b"\n")
    lines = [
        line.replace(before, after, 1) if line.lstrip().startswith(b'"file": ') else line
        for line in lines
    ]
    return b"\n".join(lines)


def _is_twin(from_: Path, to: Path, old: str, new: str) -> bool:
    """Whether two names of a sidecar mean the same: one file, or what we made of it."""
    if not (_is_plain_file(from_) and _is_plain_file(to)):
        return False
    if from_.samefile(to) or _is_copy(from_, to):
        return True
    content = _renamed(from_, old, new)
    return content is not None and to.read_bytes() == content


def _is_same(source: Path, final: Path) -> bool:
    if not (_is_plain_file(source) and _is_plain_file(final)):
        return False
    return source.samefile(final) or _is_copy(source, final)


def _is_copy(source: Path, final: Path) -> bool:
    """On two filesystems, the same bytes are what we copied."""
    one, other = source.lstat(), final.lstat()
    if one.st_dev == other.st_dev or one.st_size != other.st_size:
        return False
    return sha256_of(source) == sha256_of(final)


def _part_of(final: Path) -> Path:
    return final.with_name(f".{final.name}.move.part")


def _is_plain_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _give_name(source: Path, final: Path) -> None:
    """One more name for a file, or where that cannot be the new one only (CR-7, CR-8)."""
    try:
        final.hardlink_to(source)
    except FileExistsError:
        if not _is_same(source, final):
            raise
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.EXDEV:
            _copy(source, final)
        elif os.name == "nt" or error.errno in _NO_LINKS:
            rename_into_place(source, final)
        else:
            raise


def _copy(source: Path, final: Path) -> None:
    """A folder of the library may be another disk: never is a final name written into."""
    part = _part_of(final)
    with source.open("rb") as read, os.fdopen(create_part(part), "wb") as written:
        shutil.copyfileobj(read, written, 2**20)
    shutil.copystat(source, part)
    flush(part)
    rename_into_place(part, final)
