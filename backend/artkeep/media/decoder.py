"""The decoder child: `python -m artkeep.media.decoder` (SE-12, RB-4).

Says `{"event": "ready"}`, then reads one JSON request a line (`path`, `type`, `thumb`) and
answers each with one JSON line, after `{"event": "animation"}` when it will take longer. It
lives on and takes many files, with little memory, and ends at once when its input does: nobody
waits for it any more then. When a limit kills it, the parent sees that and starts another.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from artkeep.media.picture import PLUGINS, Picture, TooLarge, read_picture, restrict_pillow
from artkeep.media.sidecar import write_atomically

MEMORY_BYTES = 1024**3
STILL_CPU_S, ANIMATION_CPU_S = 60, 300
MOST_FILE_BYTES = 256 * 1024**2
_LONGEST_LINE = 64 * 1024


def main() -> None:
    """Answer until the input ends."""
    replies = _own_stdout()
    restrict_pillow()
    _limit_process()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests,), daemon=True).start()

    def say(reply: dict[str, Any]) -> None:
        os.write(replies, json.dumps(reply).encode() + b"\n")

    def on_animation() -> None:
        limit_cpu(ANIMATION_CPU_S)
        say({"event": "animation"})

    say({"event": "ready"})
    while True:
        request = json.loads(requests.get())
        limit_cpu(STILL_CPU_S)
        say(answer(request, on_animation))


def answer(request: dict[str, Any], on_animation: Callable[[], None]) -> dict[str, Any]:
    """The picture's facts; or `failed` (`media` or `file`) with code, message and errno."""
    try:
        picture = _open_and_read(Path(request["path"]), request["type"], on_animation)
    except (TooLarge, MemoryError) as error:
        return _failure("media", "too_large", str(error) or "it needs too much memory")
    except OSError as error:
        if error.errno is not None:  # Pillow's own OSErrors, about bad bytes, have none
            return _failure("file", "unreadable", error.strerror or "", error.errno)
        return _failure("media", "damaged", str(error))
    except Exception as error:  # decoders raise anything for hostile bytes
        return _failure("media", "damaged", f"{type(error).__name__}: {error}")
    thumb = Path(request["thumb"])
    try:
        write_atomically(thumb, picture.thumbnail, thumb.with_name(thumb.name + ".part"))
    except OSError as error:
        return _failure("file", "unwritable", error.strerror or str(error), error.errno)
    facts = picture._asdict()
    del facts["thumbnail"]
    return facts


def limit_cpu(seconds: int) -> None:
    """At most this much more processor time, or the system ends this process."""
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = math.ceil(used.ru_utime + used.ru_stime) + seconds
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


def _open_and_read(path: Path, name: str, on_animation: Callable[[], None]) -> Picture:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or name not in PLUGINS:
            raise ValueError("not a picture file")
        if status.st_size > MOST_FILE_BYTES:
            raise TooLarge(f"{status.st_size} bytes")
        return read_picture(file, name, on_animation)


def _failure(kind: str, code: str, message: str, errno: int | None = None) -> dict[str, Any]:
    return {"failed": kind, "code": code, "message": message[:300], "errno": errno}


def _own_stdout() -> int:
    """The descriptor for replies; whatever a library prints goes to stderr instead."""
    replies = os.dup(1)
    os.dup2(2, 1)
    return replies


def _limit_process() -> None:
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):  # a stricter limit stands already
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(10)


def _read_requests(requests: queue.SimpleQueue[bytes]) -> None:
    """In a thread of its own, so that the end of input is seen in the middle of a decode."""
    while line := sys.stdin.buffer.readline(_LONGEST_LINE):
        requests.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
