"""When a host, or the whole internet, should be left alone for a while (NF-2, NF-4, NF-5)."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from artkeep.net.guard import parse_address
from artkeep.net.limiter import Clock, Sleep
from artkeep.net.retry import FetchFailed, longest_wait_s

STREAK = 8
WINDOW = 20
OPEN_S = 60.0
LONGEST_OPEN_S = 900.0
# Openings that are waited out; then callers are told to come back another day, because a
# dead host must not keep a job from ending.
PATIENCE = 3

RETRY_SHARE = 0.2
SPARE_RETRIES = 10
BUDGET_WINDOW_S = 60

OFFLINE_HOSTS = 3
OFFLINE_WITHIN_S = 30.0
OFFLINE_PROBE_S = 5.0
LONGEST_OFFLINE_PROBE_S = 60.0
OFFLINE_PATIENCE = 15


@dataclass(frozen=True, slots=True)
class Openings:
    """How long a breaker stays open, and how many times in a row that is waited out."""

    first_s: float
    longest_s: float
    patience: int
    reason: str


class Breaker:
    """Lets everything through while closed; once open, waits, then lets one probe through.

    Waiting costs no tries. `enter` returns True for the probe, which holds the turn until
    `leave`.
    """

    def __init__(self, openings: Openings, clock: Clock, sleep: Sleep) -> None:
        self.is_open = False
        self._openings = openings
        self._in_a_row = 0
        self._open_until = 0.0
        self._turn = asyncio.Lock()
        self._clock = clock
        self._sleep = sleep

    def trip(self) -> None:
        """Open, each time for twice as long until a probe succeeds."""
        wait_s = self._openings.first_s * 2 ** min(self._in_a_row, 20)
        self._open_until = self._clock() + min(wait_s, self._openings.longest_s)
        self._in_a_row += 1
        self.is_open = True

    def close(self) -> None:
        """Back to normal."""
        self.is_open = False
        self._in_a_row = 0

    async def enter(self, host: str) -> bool:
        """Wait until asking is allowed. Raises FetchFailed once patience has run out."""
        self._check_patience(host)
        await self._turn.acquire()
        try:
            while self.is_open and (left_s := self._open_until - self._clock()) > 0:
                self._check_patience(host)
                await self._sleep(left_s)
            if self.is_open:
                return True
        except BaseException:
            self._turn.release()
            raise
        self._turn.release()
        return False

    def leave(self, worked: bool | None) -> None:
        """End a probe; None when it was given up and says nothing."""
        if worked:
            self.close()
        elif worked is False:
            self.trip()
        self._turn.release()

    def _check_patience(self, host: str) -> None:
        left_s = self._open_until - self._clock()
        is_spent = self._in_a_row > self._openings.patience or left_s > longest_wait_s.get()
        if self.is_open and left_s > 0 and is_spent:
            raise FetchFailed(self._openings.reason, host=host, retry_after_s=left_s)


def host_breaker(clock: Clock, sleep: Sleep, time_scale: float) -> Breaker:
    """The breaker of one host: 60 s doubling to 15 min."""
    openings = Openings(
        OPEN_S * time_scale, LONGEST_OPEN_S * time_scale, PATIENCE, "host_paused"
    )
    return Breaker(openings, clock, sleep)


class Failures:
    """Counts a host's failures and says when its breaker should open."""

    def __init__(self) -> None:
        self._streak = 0
        self._recent: deque[bool] = deque(maxlen=WINDOW)

    def note(self, worked: bool) -> bool:
        """Returns True when it is enough: 8 in a row, or more than half of the last 20."""
        self._recent.append(worked)
        if worked:
            self._streak = 0
            return False
        self._streak += 1
        failed = self._recent.count(False)
        is_enough = self._streak >= STREAK or (
            len(self._recent) == WINDOW and failed > WINDOW // 2
        )
        if is_enough:
            self._streak = 0
            self._recent.clear()
        return is_enough


class RetryBudget:
    """Retries may be a fifth of a host's requests in a sliding minute, and ten (NF-2)."""

    def __init__(self, clock: Clock, sleep: Sleep, time_scale: float = 1.0) -> None:
        self._window_s = BUDGET_WINDOW_S * time_scale
        self._seconds: deque[list[float]] = deque()  # [when it began, requests, retries]
        self._requests = 0.0
        self._retries = 0.0
        self._clock = clock
        self._sleep = sleep

    def note(self, *, is_retry: bool) -> None:
        """Count one request."""
        now = self._clock()
        if not self._seconds or now - self._seconds[-1][0] >= self._window_s / 60:
            self._seconds.append([now, 0.0, 0.0])
            self._forget(now)
        self._seconds[-1][1] += 1
        self._requests += 1
        if is_retry:
            self._seconds[-1][2] += 1
            self._retries += 1

    async def wait(self) -> None:
        """Let a retry wait until the budget has room; costs no try."""
        while True:
            now = self._clock()
            self._forget(now)
            if self._retries < self._requests * RETRY_SHARE + SPARE_RETRIES:
                return
            await self._sleep(max(self._seconds[0][0] + self._window_s - now, 0.001))

    def _forget(self, now: float) -> None:
        while self._seconds and now - self._seconds[0][0] >= self._window_s:
            _, requests, retries = self._seconds.popleft()
            self._requests -= requests
            self._retries -= retries


class Offline:
    """Notices that nothing is reachable: three unrelated hosts within 30 seconds (NF-5)."""

    def __init__(self, clock: Clock, sleep: Sleep, time_scale: float = 1.0) -> None:
        openings = Openings(
            OFFLINE_PROBE_S * time_scale,
            LONGEST_OFFLINE_PROBE_S * time_scale,
            OFFLINE_PATIENCE,
            "offline",
        )
        self.breaker = Breaker(openings, clock, sleep)
        self._failed_at: dict[str, float] = {}
        self._clock = clock

    @property
    def is_offline(self) -> bool:
        """Everything waits, one request probes."""
        return self.breaker.is_open

    def unreachable(self, host: str) -> None:
        """A host could not be found or connected to."""
        now = self._clock()
        self._failed_at[owner_of(host)] = now
        recent = {
            name: at for name, at in self._failed_at.items() if now - at <= OFFLINE_WITHIN_S
        }
        self._failed_at = recent
        if len(recent) >= OFFLINE_HOSTS and not self.is_offline:
            self.breaker.trip()

    def reached(self) -> None:
        """Any reply at all proves that we are online."""
        self._failed_at.clear()
        if self.is_offline:
            self.breaker.close()


def owner_of(host: str) -> str:
    """Hosts with the same last two labels are related: they may fail together."""
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 else host
    return name if parse_address(name) else ".".join(name.split(".")[-2:])
