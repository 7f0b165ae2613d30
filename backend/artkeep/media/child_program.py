"""What the children share that decode or encode for us (SE-12, RB-4).

A child says `{"event": "ready"}`, then reads one JSON request a line and answers each with one
JSON line, after `{"event": "animation"}` when it will take longer. It lives on and takes many
files, with little memory, and ends at once when its input does: nobody waits for it any more
then. When a limit kills it, the parent (`media.child`) sees that and starts another.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any

MEMORY_BYTES = 1024**3
STILL_CPU_S, ANIMATION_CPU_S = 60, 300
MOST_FILE_BYTES = 256 * 1024**2

Answer = Callable[[dict[str, Any], Callable[[], None]], dict[str, Any]]


def serve(answer: Answer, longest_line: int, at_end: Callable[[], None] = lambda: None) -> None:
    """Answer until the input ends; then `at_end`, from another thread, and no more.

    `answer` gets the request and what to call before it starts on an animation, or on anything
    else that takes long.
    """
    replies = _own_stdout()
    _limit_process()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    reader = threading.Thread(
        target=_read_requests, args=(requests, longest_line, at_end), daemon=True
    )
    reader.start()

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


def limit_cpu(seconds: int) -> None:
    """At most this much more processor time, or the system ends this process."""
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = math.ceil(used.ru_utime + used.ru_stime) + seconds
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


def failure(kind: str, code: str, message: str, errno: int | None = None) -> dict[str, Any]:
    """The reply for a file that could not be worked on; `kind` is `media` or `file` or what
    the parent knows besides."""
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


def _read_requests(
    requests: queue.SimpleQueue[bytes], longest_line: int, at_end: Callable[[], None]
) -> None:
    """In a thread of its own, so that the end of input is seen in the middle of a decode."""
    try:
        while line := sys.stdin.buffer.readline(longest_line):
            requests.put(line)
        at_end()
    finally:
        os._exit(0)
