"""An output folder: its marker, its hidden working folder, and putting files into it.

`.artkeep/` in the folder holds the marker (DF-8), unfinished parts and damaged bytes that are
kept aside. It lies on the filesystem of the final names, so that a rename completes a file.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import json
import os
import shutil
import stat
import sys
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from artkeep.errors import DiskFull, FileProblem, RootOffline

_HIDDEN = ".artkeep"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class Library:
    """An output folder that was found to be the one it should be. `root_id` is its row."""

    path: Path
    marker: str
    root_id: int

    @property
    def parts(self) -> Path:
        """Where unfinished downloads lie."""
        return self.path / _HIDDEN / "parts"

    @property
    def damaged(self) -> Path:
        """Where bytes that do not decode are kept until they are replaced."""
        return self.path / _HIDDEN / "damaged"

    def part(self, work_id: int, epoch: int, number: int = 0) -> Path:
        """The temporary file of one claim (or its `number`-th further one): another owner never
        writes to the same (MI-6)."""
        further = f".{number}" if number else ""
        return self.parts / f".{work_id}-{epoch}{further}.part"

    def final(self, path: str) -> Path:
        """The absolute path of a place."""
        return self.path.joinpath(*path.split("/"))

    def set_aside(self, path: str, file_id: int) -> None:
        """Keep damaged bytes where nobody takes them for a picture, until they are replaced."""
        final = self.final(path)
        if final.is_file() and not leads_elsewhere(self.path, final):
            self.damaged.mkdir(parents=True, exist_ok=True)
            final.replace(self.damaged / f"{file_id}-{final.name}")

    def require(self) -> None:
        """Raises RootOffline when the folder is gone or is another one than it was."""
        if read_marker(self.path) != self.marker:
            raise RootOffline(
                f"The library folder {self.path} is not the one it was before.",
                advice="Mount or plug it in again, then resume the job.",
            )

    def require_room(self, keep_free: int) -> None:
        """Raises DiskFull when less than `keep_free` bytes would stay free (DF-1)."""
        free = shutil.disk_usage(self.path).free
        if free < keep_free:
            raise DiskFull(
                f"Only {free // 2**20} MiB are left on the disk of {self.path}; "
                f"{keep_free // 2**20} MiB are kept free.",
                advice="Make room or lower disk.keep_free, then resume the job.",
            )


def read_marker(path: Path) -> str | None:
    """The id in the marker file of an output folder, or None."""
    try:
        saved = json.loads((path / _HIDDEN / "root.json").read_text("utf-8"))
        return str(saved["id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def prepare_library(path: Path, known_markers: Collection[str]) -> str:
    """Make the folder and its marker if need be; returns the marker's id.

    `known_markers` are the ids of folders that were at this path before: without its marker
    such a folder is an empty mount point, and nothing is written into it. Raises RootOffline.
    """
    marker = read_marker(path)
    if marker is None and known_markers:
        raise RootOffline(
            f"The library folder {path} was used before, and its marker file is missing.",
            advice="If its disk is not mounted, mount it. If you emptied it on purpose, "
            "run `artkeep check --repair --accept-library`.",
        )
    try:
        for folder in ("parts", "damaged"):
            (path / _HIDDEN / folder).mkdir(parents=True, exist_ok=True)
        if marker is None:
            marker = write_marker(path)
        probe = path / _HIDDEN / "parts" / f".{uuid.uuid4().hex}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise explain(error, path) from error
    return marker


def write_marker(path: Path) -> str:
    """A new marker for an output folder; of two written at once the first one counts."""
    marker = uuid.uuid4().hex
    part = path / _HIDDEN / f".root-{marker}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(json.dumps({"id": marker, "program": "artkeep"}), "utf-8")
    final = path / _HIDDEN / "root.json"
    try:
        rename_into_place(part, final)
    except FileExistsError:
        if first := read_marker(path):
            part.unlink()
            return first
        part.replace(final)  # what lies there is no marker
    return marker


def explain(error: OSError, path: Path) -> RootOffline | DiskFull | FileProblem:
    """What an operating system error on the library means for the job."""
    if error.errno in _NO_ROOM:
        return DiskFull(
            f"There is no room left on the disk of {path}.",
            advice="Make room, then resume the job. Nothing was lost.",
        )
    if error.errno in _READ_ONLY:
        return RootOffline(
            f"Writing to {path} is not permitted ({error.strerror}).",
            advice="Check its permissions or choose another --library.",
            code="root_read_only",
        )
    is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    if is_missing and read_marker(path) is None:
        return RootOffline(
            f"The library folder {path} cannot be used ({error.strerror}).",
            advice="Mount or plug it in, or choose another --library.",
        )
    return FileProblem(f"{path}: {error.strerror or error}", code="disk_error")


def create_part(path: Path, mode: int = 0o666) -> int:
    """A descriptor of a new part; a left-over is replaced, a link never followed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        return os.open(path, flags, mode)
    except FileExistsError:
        path.unlink()
        return os.open(path, flags, mode)


def reopen_part(path: Path) -> int:
    """A descriptor to append to a part."""
    flags = os.O_WRONLY | os.O_APPEND
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.open(path, flags)


def flush(path: Path) -> None:
    """Make a file's bytes durable (D6)."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        full_sync(descriptor)
    finally:
        os.close(descriptor)


def full_sync(descriptor: int) -> None:
    """Make what was written through this descriptor durable, past the drive's own cache."""
    if sys.platform == "darwin":
        import fcntl

        # macOS: fsync leaves the bytes in the drive's cache.
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def flush_folders(folders: Iterable[Path]) -> None:
    """Make names in these folders durable; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_folders(library: Path, folder: Path) -> list[Path]:
    """Make a folder below the library; returns the folders whose list of names has changed.

    Raises FileProblem when a link or a file stands where a folder should be (SE-18).
    """
    changed: list[Path] = []
    here = library
    for name in folder.relative_to(library).parts:
        here = here / name
        try:
            mode = here.lstat().st_mode
        except FileNotFoundError:
            here.mkdir(exist_ok=True)
            changed.append(here.parent)
            continue
        if not stat.S_ISDIR(mode) or _is_junction(here):
            raise FileProblem(
                f"{here} is a link or a file, and a folder is needed there.",
                code="link_in_library",
                advice="Move it away and retry; links inside the library are never followed.",
            )
    return changed


def leads_elsewhere(library: Path, path: Path) -> bool:
    """Whether a link lies on the way from the library to a path, or at its end (SE-18)."""
    here = library
    for name in path.relative_to(library).parts:
        here = here / name
        if here.is_symlink() or _is_junction(here):
            return True
    return False


def _is_junction(path: Path) -> bool:
    is_junction = getattr(os.path, "isjunction", None)  # Python 3.12
    return bool(is_junction and is_junction(path))


def rename_into_place(part: Path, final: Path) -> None:
    """Give a complete file its final name, never replacing one (D8). Raises FileExistsError."""
    if os.name == "nt":
        part.rename(final)  # refuses an existing name by itself
        return
    if _rename_exclusively(part, final):
        return
    try:
        final.hardlink_to(part)
    except OSError as error:
        if error.errno == errno.EEXIST:
            raise FileExistsError(error.errno, os.strerror(error.errno), str(final)) from None
        # No hard links here (exFAT): looking first is the best this filesystem can do.
        if final.exists() or final.is_symlink():
            raise FileExistsError(errno.EEXIST, "exists", str(final)) from None
        part.rename(final)
    else:
        part.unlink()


@functools.cache
def _renameat2() -> ctypes._NamedFuncPointer | None:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def _rename_exclusively(part: Path, final: Path) -> bool:
    """Linux's rename that refuses an existing name; False where it is not to be had."""
    call = _renameat2()
    if call is None:
        return False
    here, no_replace = -100, 1  # AT_FDCWD, RENAME_NOREPLACE
    if call(here, os.fsencode(part), here, os.fsencode(final), no_replace) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS):
        return False
    if number == errno.EEXIST:
        raise FileExistsError(number, os.strerror(number), str(final))
    raise OSError(number, os.strerror(number), str(final))
