"""How fast each job goes, measured over the last ten seconds by whoever looks at it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_WINDOW_S = 10.0
_CLOSEST_S = 0.2  # samples are not kept closer together
_SHORTEST_SPAN_S = 1.0


class Rates:
    """Samples of (items, bytes) by job; safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._samples: dict[int, deque[tuple[float, int, int]]] = {}

    def note(self, job_id: int, items: int, size: int) -> tuple[float, float]:
        """Take a sample: items per second and bytes per second since the oldest kept one."""
        now = self._clock()
        with self._lock:
            kept = self._samples.setdefault(job_id, deque())
            if kept and (items < kept[-1][1] or size < kept[-1][2]):
                kept.clear()  # begun anew: a retry takes failures out of the count
            while len(kept) > 1 and kept[1][0] <= now - _WINDOW_S:
                kept.popleft()
            if not kept or now - kept[-1][0] >= _CLOSEST_S:
                kept.append((now, items, size))
            since, items_then, size_then = kept[0]
        span_s = max(now - since, _SHORTEST_SPAN_S)
        return (items - items_then) / span_s, (size - size_then) / span_s

    def forget(self, job_id: int) -> None:
        """The job does not run any more."""
        with self._lock:
            self._samples.pop(job_id, None)
