"""Whether a file lies on a network drive, where SQLite cannot be shared (MI-12).

Its locks and its shared memory work between processes of one machine only. What counts was
taken from mount(8), the Linux kernel's file systems and GetDriveTypeW, read 2026-11.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

_MOUNTS = Path("/proc/self/mounts")
# fmt: off
_REMOTE = frozenset({
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "glusterfs",
    "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb2", "smb3",
    "smbfs", "vboxsf", "virtiofs", "vmhgfs", "webdav",
})
# FUSE is mostly used for what lies elsewhere. These do not:
_LOCAL_FUSE = frozenset({
    "bindfs", "cryfs", "encfs", "exfat", "exfat-fuse", "fuse-overlayfs", "gocryptfs", "lxcfs",
    "mergerfs", "ntfs", "ntfs-3g", "overlayfs", "securefs", "snapfuse", "squashfuse", "unionfs",
    "unionfs-fuse", "veracrypt", "zfs-fuse",
})
# fmt: on
_ESCAPE = re.compile(r"\\([0-7]{3})")
_DRIVE_REMOTE = 4


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the mount table."""

    source: str
    folder: str
    kind: str

    @property
    def is_remote(self) -> bool:
        """Whether its files lie on another machine, or are handed in by one."""
        kind = self.kind.lower()
        if kind.startswith(("fuse.", "macfuse.", "osxfuse.")):
            return kind.partition(".")[2] not in _LOCAL_FUSE
        return kind in _REMOTE or self.source.startswith("//")


def network_drive(path: Path) -> str | None:
    """What kind of network drive the path lies on; None: on a disk of this machine."""
    if sys.platform == "win32":
        return windows_drive(str(path.absolute()), _drive_type)
    if _MOUNTS.exists():
        mounts = read_mounts(_MOUNTS.read_text("utf-8", "surrogateescape"))
    else:
        import psutil  # slow to import, and not needed on Linux

        mounts = [
            Mount(one.device, one.mountpoint, one.fstype)
            for one in psutil.disk_partitions(all=True)
        ]
    return mounted_from(os.path.realpath(path), mounts)


def read_mounts(text: str) -> list[Mount]:
    """The lines of /proc/mounts."""
    rows = [line.split(" ") for line in text.splitlines()]
    return [Mount(_plain(row[0]), _plain(row[1]), row[2]) for row in rows if len(row) > 2]


def mounted_from(path: str, mounts: Iterable[Mount]) -> str | None:
    """The kind of network drive that holds an absolute path without links, or None."""
    best: Mount | None = None
    for mount in mounts:
        folder = mount.folder.rstrip("/")
        is_above = path == folder or path.startswith(folder + "/")
        # Of two on one folder the later one is seen.
        if is_above and (best is None or len(folder) >= len(best.folder.rstrip("/"))):
            best = mount
    return best.kind if best is not None and best.is_remote else None


def windows_drive(path: str, drive_type: Callable[[str], int]) -> str | None:
    """The same on Windows: shares by their own name (UNC) and mapped drives."""
    plain = path.replace("/", "\\")
    if plain.upper().startswith("\\\\?\\UNC\\"):
        return "UNC"
    plain = plain.removeprefix("\\\\?\\")
    root = PureWindowsPath(plain).drive
    if root.startswith("\\\\"):
        return "UNC"
    return "mapped drive" if root and drive_type(root + "\\") == _DRIVE_REMOTE else None


def _plain(word: str) -> str:
    """Blanks and the like are written as three octal digits."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), word)


def _drive_type(root: str) -> int:
    if sys.platform != "win32":
        return 0
    import ctypes

    return int(ctypes.windll.kernel32.GetDriveTypeW(root))
