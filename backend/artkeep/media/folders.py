"""Folders on this machine, before one of them is chosen: what is in them, and whether files can
go there (SE-14). Nothing is made or changed by looking."""

from __future__ import annotations

import os
import re
import shutil
import string
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from artkeep.domain.legacy import HISTORY, OUTPUT_FOLDER, SEARCH_FOLDERS, TEXT_HISTORY
from artkeep.errors import NotFound, NotPermitted, UsageError
from artkeep.media.library import read_marker

MOST_FOLDERS = 1000
_OLD_NAMES = (*SEARCH_FOLDERS, OUTPUT_FOLDER, HISTORY, TEXT_HISTORY)
_LONGEST_PATH = 4096
_MOST_LOOKED_AT = 5000
_SIDECAR = re.compile(r"(?i)[^.].*\.(png|jpe?g|webp|gif|avif|mp4|webm)\.(json|txt)")

# What belongs to the system, with everything in it …
_SYSTEM_ON_LINUX = (
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc"),
    *("/sbin", "/sys", "/usr", "/run/systemd"),
    *("/var/cache", "/var/lib/dpkg", "/var/lib/rpm", "/var/log", "/var/spool"),
)
_SYSTEM_ON_MACOS = (
    *("/System", "/Library", "/Applications", "/bin", "/sbin", "/usr", "/dev", "/cores"),
    *("/etc", "/private/etc", "/private/var/db", "/private/var/root"),
)
_SYSTEM_ON_WINDOWS = ("SYSTEMROOT", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMDATA")
# … and what only holds the folders of others.
_HOLDERS_ON_LINUX = ("/home", "/media", "/mnt", "/opt", "/run", "/srv", "/var", "/var/lib")
_HOLDERS_ON_MACOS = ("/Users", "/Volumes", "/private", "/private/var")


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """A folder that files may go to. `free_bytes` is None when nobody can tell."""

    path: Path
    exists: bool
    is_writable: bool
    is_system: bool
    is_library: bool
    free_bytes: int | None
    long_paths: bool
    holds_old_data: bool  # of an earlier program, which can be taken over

    @property
    def text(self) -> str:
        """What a person should know about it, in a sentence or two."""
        if self.is_system:
            return "This folder belongs to the system. Choose another one."
        if not self.is_writable:
            return "Artkeep may not write here. Choose another folder, or change its rights."
        words = ["Exists." if self.exists else "Will be made."]
        if self.is_library:
            words = ["Is a library of Artkeep already; what is in it is used."]
        if not self.long_paths:
            words.append("Long paths are off in Windows: long names are shortened.")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder and the names of those in it. `parent` is None at the top."""

    path: str
    parent: str | None
    folders: list[str]
    is_cut: bool


def parse_folder(text: str) -> Path:
    """A whole path as somebody types it, `~` included. Raises UsageError."""
    text = text.strip().strip('"')
    if not text or "\0" in text or len(text) > _LONGEST_PATH:
        raise UsageError("This is not the path of a folder.", code="bad_folder")
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise UsageError(f"{text} has no home folder here.", code="bad_folder") from None
    if not path.is_absolute():
        raise UsageError(
            f"{text} is not a whole path.",
            code="bad_folder",
            advice=f"Begin at the top: {Path.home() / 'Pictures'}",
        )
    return Path(os.path.normpath(path))


def look_at(path: Path) -> FolderFacts:
    """Whether files can go to a folder that may not exist yet."""
    there = _nearest(path)
    return FolderFacts(
        path,
        exists=path.is_dir(),
        is_writable=there is not None and _is_writable(there),
        is_system=is_system_folder(path),
        is_library=read_marker(path) is not None,
        free_bytes=_free_bytes(there),
        long_paths=_has_long_paths(),
        holds_old_data=_holds_old_data(path),
    )


def is_system_folder(path: Path) -> bool:
    """Also when a link leads there."""
    return any(_belongs_to_system(one) for one in {path, path.resolve()})


def list_folders(text: str | None) -> Listed:
    """The folders in a folder; without a path those of the user's home.

    An empty path is the top, which on Windows holds the drives. Raises UsageError, NotFound,
    NotPermitted.
    """
    if text == "" and sys.platform == "win32":
        drives = [f"{letter}:\\" for letter in string.ascii_uppercase if _is_drive(letter)]
        return Listed("", None, drives, is_cut=False)
    path = parse_folder(text or ("/" if text == "" else str(Path.home())))
    names: list[str] = []
    is_cut = False
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith((".", "$")) or not _is_folder(entry):
                    continue
                if len(names) >= MOST_FOLDERS:
                    is_cut = True
                    break
                names.append(entry.name)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"There is no folder {path}.") from None
    except OSError as error:
        raise NotPermitted(f"{path} cannot be read: {error.strerror}.") from None
    return Listed(str(path), _parent(path), sorted(names, key=str.casefold), is_cut)


def _parent(path: Path) -> str | None:
    if path.parent != path:
        return str(path.parent)
    return "" if sys.platform == "win32" else None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_drive(letter: str) -> bool:
    return Path(f"{letter}:\\").exists()


def _belongs_to_system(path: Path) -> bool:
    if path.parent == path:  # the top of a filesystem; that of another drive is anybody's
        return sys.platform != "win32" or path.drive == os.environ.get("SYSTEMDRIVE")
    system, holders = _system_folders()
    plain = os.path.normcase(path)
    return plain in holders or any(
        plain == folder or plain.startswith(folder + os.sep) for folder in system
    )


def _system_folders() -> tuple[list[str], list[str]]:
    if sys.platform == "win32":
        known = (os.environ.get(name) for name in _SYSTEM_ON_WINDOWS)
        return [os.path.normcase(folder) for folder in known if folder], []
    if sys.platform == "darwin":
        return list(_SYSTEM_ON_MACOS), list(_HOLDERS_ON_MACOS)
    return list(_SYSTEM_ON_LINUX), list(_HOLDERS_ON_LINUX)


def _holds_old_data(path: Path) -> bool:
    """By names alone: of what lies in the folder, and of sidecars like gallery-dl's and Hydrus'
    (`1.png.json`, `1.png.txt`) among its first files. Nothing is opened."""
    try:
        if any((path / name).exists() for name in _OLD_NAMES):
            return True
        seen = 0
        for _, _, names in os.walk(path):
            if any(map(_SIDECAR.fullmatch, names)):
                return True
            seen += len(names) + 1
            if seen > _MOST_LOOKED_AT:
                return False
    except OSError:
        pass
    return False


def _nearest(path: Path) -> Path | None:
    """The folder itself, or the one that it would be made in."""
    for one in (path, *path.parents):
        try:
            if one.is_dir():
                return one
            if one.exists():
                return None  # a file is in the way
        except OSError:
            return None
    return None


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _free_bytes(folder: Path | None) -> int | None:
    try:
        return shutil.disk_usage(folder).free if folder else None
    except OSError:
        return None


def _has_long_paths() -> bool:
    if sys.platform != "win32":
        return True
    import winreg

    try:
        key = r"SYSTEM\CurrentControlSet\Control\FileSystem"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return bool(winreg.QueryValueEx(opened, "LongPathsEnabled")[0])
    except OSError:
        return False
