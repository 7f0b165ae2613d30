"""How fast one host may be asked (NF-3): requests per second and at a time, and parking.

A host has two budgets, `api` and `media`, and is parked as a whole when it asks us to wait
(NF-6). Time comes in as functions, so tests need not sleep.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from artkeep.net.retry import FetchFailed, longest_wait_s

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[object]]
LaneName = Literal["api", "media"]

SLOWEST = 1 / 32  # of the normal rate: halving ends here
GROWTH = 1 / 20  # of the normal rate per reply that went well
HALVE_AT_MOST_EVERY_S = 1.0
REMEMBERED_S = 3600.0  # how often a host asked us to slow down is told for this long


@dataclass(frozen=True, slots=True)
class Pace:
    """The normal speed of a lane. None lifts a limit."""

    requests_per_s: float | None
    burst: int = 1
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class HostStatus:
    """One host for the status page. Rates are requests per second, None when unlimited."""

    host: str
    api_rate: float | None
    media_rate: float | None
    normal_api_rate: float | None
    normal_media_rate: float | None
    parked_s: float
    parked_for: str
    in_flight: int
    waiting: int
    is_broken: bool
    throttles: int = 0  # in the last hour


class Lane:
    """A token bucket with a number of slots; both shrink and grow by one factor."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self.pace = pace
        self.factor = 1.0
        self.in_flight = 0
        self._clock = clock
        self._tokens = float(pace.burst)
        self._counted_at = clock()
        self.freed = asyncio.Event()

    @property
    def rate(self) -> float | None:
        """Requests per second at the moment."""
        normal = self.pace.requests_per_s
        return normal * self.factor if normal is not None else None

    def token_wait_s(self) -> float:
        """How long until the next request may leave; 0 for now."""
        rate = self.rate
        if rate is None:
            return 0.0
        now = self._clock()
        self._tokens = min(
            self._tokens + (now - self._counted_at) * rate, float(self.pace.burst)
        )
        self._counted_at = now
        # A hair under one is one: a timer may wake us that much too early.
        return 0.0 if self._tokens >= 1 - 1e-9 else (1 - self._tokens) / rate

    def has_slot(self) -> bool:
        """Whether one more request at a time is allowed."""
        slots = self.pace.concurrency
        return slots is None or self.in_flight < max(1, int(slots * self.factor))

    def take(self) -> None:
        """Count a request that leaves now."""
        self._tokens -= 1
        self.in_flight += 1

    def give_back(self) -> None:
        """Count a request that ended."""
        self.in_flight -= 1
        self.freed.set()

    def halve(self) -> None:
        """The host is asked too much."""
        self.factor = max(self.factor / 2, SLOWEST)
        self._tokens = min(self._tokens, 1.0)

    def grow(self) -> None:
        """A reply went well."""
        self.factor = min(self.factor + GROWTH, 1.0)


class HostLimiter:
    """One host's lanes and its parking."""

    def __init__(
        self,
        host: str,
        api: Pace,
        media: Pace,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.host = host
        self.lanes: dict[LaneName, Lane] = {
            "api": Lane(api, clock),
            "media": Lane(media, clock),
        }
        self.waiting = 0
        self.parked_for = ""
        self._parked_until = 0.0
        self._halved_at: deque[float] = deque(maxlen=3600)
        self._turns: dict[LaneName, asyncio.Lock] = {
            "api": asyncio.Lock(),
            "media": asyncio.Lock(),
        }
        self._clock = clock
        self._sleep = sleep

    @asynccontextmanager
    async def slot(self, name: LaneName) -> AsyncIterator[None]:
        """Hold a slot of a lane. First come, first served; waiting may be cancelled.

        Raises FetchFailed when the host is parked for a reason that waiting does not mend, or
        for more than an hour.
        """
        lane = self.lanes[name]
        turn = self._turns[name]
        if turn.locked() or self.parked_s() or not lane.has_slot() or lane.token_wait_s():
            await self._wait(lane, turn)
        else:
            lane.take()
        try:
            yield
        finally:
            lane.give_back()

    async def _wait(self, lane: Lane, turn: asyncio.Lock) -> None:
        """Queue for the lane and take its next slot."""
        self.waiting += 1
        try:
            self._refuse_if_pointless()
            async with turn:
                while True:
                    self._refuse_if_pointless()
                    if wait_s := self.parked_s() or lane.token_wait_s():
                        await self._sleep(wait_s)
                    elif not lane.has_slot():
                        lane.freed.clear()
                        await lane.freed.wait()
                    else:
                        lane.take()
                        return
        finally:
            self.waiting -= 1

    def _refuse_if_pointless(self) -> None:
        parked_s = self.parked_s()
        if parked_s and (self.parked_for != "rate_limited" or parked_s > longest_wait_s.get()):
            reason = "rate_limited" if self.parked_for == "rate_limited" else "host_paused"
            raise FetchFailed(reason, host=self.host, retry_after_s=parked_s)

    def park(self, seconds: float, reason: str = "rate_limited") -> None:
        """No request to this host before then; a shorter time never replaces a longer one."""
        until = self._clock() + seconds
        if until > self._parked_until:
            self._parked_until = until
            self.parked_for = reason

    def parked_s(self) -> float:
        """Seconds until the host may be asked again; 0 when it is not parked."""
        return max(0.0, self._parked_until - self._clock()) if self._parked_until else 0.0

    def set_paces(self, api: Pace, media: Pace) -> None:
        """Other normal speeds, from the next request on."""
        for lane, pace in ((self.lanes["api"], api), (self.lanes["media"], media)):
            lane.pace = pace
            lane.freed.set()

    def slow_down(self) -> None:
        """Halve both lanes, at most once a second: one burst of 429 is one message."""
        now = self._clock()
        if not self._halved_at or now - self._halved_at[-1] >= HALVE_AT_MOST_EVERY_S:
            self._halved_at.append(now)
            for lane in self.lanes.values():
                lane.halve()

    def went_well(self, name: LaneName) -> None:
        """Grow slowly back to normal."""
        lane = self.lanes[name]
        if lane.factor < 1.0:
            lane.grow()
            lane.freed.set()

    def snapshot(self, *, is_broken: bool = False) -> HostStatus:
        """The state for the status page."""
        api, media = self.lanes["api"], self.lanes["media"]
        parked_s = self.parked_s()
        since = self._clock() - REMEMBERED_S
        return HostStatus(
            host=self.host,
            api_rate=api.rate,
            media_rate=media.rate,
            normal_api_rate=api.pace.requests_per_s,
            normal_media_rate=media.pace.requests_per_s,
            parked_s=parked_s,
            parked_for=self.parked_for if parked_s else "",
            in_flight=api.in_flight + media.in_flight,
            waiting=self.waiting,
            is_broken=is_broken,
            throttles=sum(at >= since for at in list(self._halved_at)),
        )
