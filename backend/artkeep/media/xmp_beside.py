"""The `.xmp` beside a file whose format, or this machine, cannot hold what we know."""

from __future__ import annotations

import stat
from pathlib import Path

from artkeep.domain.embedded import Knowledge
from artkeep.media.sidecar import write_atomically
from artkeep.media.xmp_packet import build_xmp
from artkeep.media.xmp_tree import MalformedXmp

_MOST = 16 * 1024 * 1024


def write_beside(source: Path, temp: Path, knowledge: Knowledge) -> None:
    """Write `photo.ext.xmp`, as digiKam, Immich and darktable look for it; keep what it says.

    `temp` is ours and on the same filesystem. Raises MalformedXmp when what lies there is no
    packet, and leaves it alone; OSError passes through.
    """
    beside = source.with_name(f"{source.name}.xmp")
    existing = _read(beside)
    packet = build_xmp(knowledge, existing, with_infotext=True)
    if packet != existing:
        write_atomically(beside, packet, temp)


def _read(beside: Path) -> bytes | None:
    try:
        status = beside.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST:
        raise MalformedXmp("not a packet")
    return beside.read_bytes()
