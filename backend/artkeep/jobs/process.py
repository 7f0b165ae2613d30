"""Which process this is, and whether another registered one still runs (MI-1, MI-5)."""

from __future__ import annotations

import gc
import os
import platform
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path

import psutil

from artkeep import __version__
from artkeep.errors import DatabaseError
from artkeep.store.instances import PROTOCOL, InstanceRow

_NEW_OBJECTS = 50_000  # between two looks at the young ones


def collect_rarely() -> None:
    """Leave what is imported out of garbage collection, and collect less often.

    Looking through every object of every library stops all threads for 100 ms and more; at a
    few hundred downloads a second that was an eighth of the time.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 50)


def this_process(port: int | None = None) -> InstanceRow:
    """A new instance row for this process."""
    return InstanceRow(
        id=uuid.uuid4().hex,
        host_id=host_id(),
        host_name=platform.node(),
        pid=os.getpid(),
        process_started=started(os.getpid()) or "",
        port=port,
        version=__version__,
        beat=0,
        state="alive",
    )


def host_id() -> str:
    """Equal for processes that can see one another's process ids, and no others.

    Two containers may share a machine id and still not see each other: the process id namespace
    is part of it.
    """
    if sys.platform == "linux":
        try:
            machine = Path("/etc/machine-id").read_text().strip()
        except OSError:
            machine = platform.node()
        try:
            return f"{machine}:{Path('/proc/self/ns/pid').stat().st_ino}"
        except OSError:
            return f"{machine}:{uuid.uuid4().hex}"
    return f"{platform.node()}:{uuid.getnode():x}"


def started(pid: int) -> str | None:
    """When a process was started, comparable between those of one host; None: it is gone."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        if sys.platform == "linux":
            # Ticks since boot do not move with the clock, as the time of day does.
            stat = Path(f"/proc/{pid}/stat").read_text()
            ticks = stat.rpartition(")")[2].split()[19]
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
            return f"{boot}:{ticks}"
        return f"{process.create_time():.1f}"
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return None
    except (psutil.Error, OSError):
        return ""  # there, but not ours to look at


def require_one_protocol(living: Iterable[InstanceRow]) -> None:
    """Programs that would misunderstand one another do not work together (MI-17).

    Raises DatabaseError.
    """
    others = [row for row in living if row.protocol != PROTOCOL and not is_gone(row)]
    if others:
        raise DatabaseError(
            "Programs of another version use this database, and they cannot work together: "
            f"{'; '.join(row.words for row in others)}.",
            code="other_protocol",
            advice="Stop them, or let `artkeep db drain` ask them to; then start again.",
        )


def is_gone(row: InstanceRow) -> bool:
    """Whether this instance's process has certainly ended: only told on its own host."""
    if row.host_id != host_id():
        return False
    now = started(row.pid)
    return now is None or (now != "" and now != row.process_started)
