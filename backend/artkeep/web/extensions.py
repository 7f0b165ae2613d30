"""The extensions of this process: who is paired, what they have sent, and how fast they may."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from werkzeug.exceptions import TooManyRequests

from artkeep.jobs.capture_inbox import CaptureInbox as Inbox
from artkeep.jobs.paired import PairedExtensions
from artkeep.jobs.pairing import PairingDesk
from artkeep.sites.captures._services import BY_NAME
from artkeep.web.schemas.captures import CaptureInbox, Extension, WaitingService

PER_SECOND = 10


@dataclass(slots=True)
class _Seen:
    at: str
    sent: int = 0


class Extensions:
    """Safe to use from threads. `version` counts up with every change that a page shows."""

    def __init__(self, data_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.desk = PairingDesk(clock)
        self.paired = PairedExtensions(data_dir)
        self.inbox = Inbox()
        self.version = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}
        self._seen: dict[str, _Seen] = {}

    def changed(self) -> None:
        """Something that a page shows is another now."""
        with self._lock:
            self.version += 1

    def require_pace(self, who: str) -> None:
        """SE-20: ten a second. Raises TooManyRequests."""
        now = self._clock()
        with self._lock:
            left, then = self._left.get(who, (float(PER_SECOND), now))
            left = min(float(PER_SECOND), left + (now - then) * PER_SECOND)
            if left < 1:
                raise TooManyRequests("More than ten requests a second.", retry_after=1)
            self._left[who] = (left - 1, now)

    def saw(self, pairing_id: str, creations: int) -> None:
        """An extension has sent so many that tell something new."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._lock:
            seen = self._seen.setdefault(pairing_id, _Seen(now))
            seen.at, seen.sent = now, seen.sent + creations
            self.version += 1

    def as_json(self) -> CaptureInbox:
        """What waits, and who may send more."""
        waiting = self.inbox.waiting()
        amounts = Counter(one.service for one in waiting.creations)
        with self._lock:
            seen = dict(self._seen)
        return CaptureInbox(
            waiting=len(waiting.creations),
            services=[
                WaitingService(name=name, title=BY_NAME[name].title, creations=amount)
                for name, amount in amounts.items()
            ],
            origins=list(waiting.origins),
            extensions=[
                Extension(
                    id=one.id,
                    name=one.name,
                    paired_at=one.paired_at,
                    seen_at=seen[one.id].at if one.id in seen else None,
                    sent=seen[one.id].sent if one.id in seen else 0,
                )
                for one in self.paired.all()
            ],
            pairing_seconds=self.desk.left_s,
        )
