"""How fast one host may be asked (NF-3): requests per second and at a time, and parking.

A host has two budgets, `api` and `media`, and is parked as a whole when it asks us to wait
(NF-6). With a `SharedBudget` both hold for all instances together (MI-10, see `shared.py`).
Time comes in as functions, so tests need not sleep.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from artkeep.net.lane import Clock, Lane, Pace
from artkeep.net.retry import FetchFailed, longest_wait_s
from artkeep.net.shared import (
    HALVE_AT_MOST_EVERY_S,
    Ask,
    BudgetAway,
    Debt,
    LaneName,
    Share,
    SharedBudget,
)

__all__ = ["Clock", "HostLimiter", "HostStatus", "LaneName", "Pace", "Sleep"]

Sleep = Callable[[float], Awaitable[object]]

# For the database; then the lane goes on without it. Long, for a busy one is not away, and what
# it is slow to tell may be that the host asked somebody to wait.
PATIENCE_S = 10.0
REMEMBERED_S = 3600.0  # how often a host asked us to slow down is told for this long


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


class HostLimiter:
    """One host's lanes and its parking."""

    def __init__(
        self,
        host: str,
        api: Pace,
        media: Pace,
        *,
        budget: SharedBudget | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.host = host
        self.lanes: dict[LaneName, Lane] = {
            "api": Lane(api, clock, Share(clock) if budget else None),
            "media": Lane(media, clock, Share(clock) if budget else None),
        }
        self.parked_for = ""
        self._parked_until = 0.0
        self._halved_at: deque[float] = deque(maxlen=3600)
        self._turns: dict[LaneName, asyncio.Lock] = {
            "api": asyncio.Lock(),
            "media": asyncio.Lock(),
        }
        self._budget = budget
        self._asking: dict[LaneName, asyncio.Task[None]] = {}
        self._telling: set[asyncio.Task[None]] = set()
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
        is_free = not turn.locked() and not self.parked_s() and lane.has_slot()
        if is_free and not lane.must_ask and not lane.token_wait_s():
            lane.take()
        else:
            await self._wait(name)
        self._look_ahead(name)
        try:
            yield
        finally:
            lane.give_back()

    async def _wait(self, name: LaneName) -> None:
        """Queue for the lane and take its next slot."""
        lane = self.lanes[name]
        lane.waiting += 1
        try:
            self._refuse_if_pointless()
            async with self._turns[name]:
                while True:
                    self._refuse_if_pointless()
                    if parked_s := self.parked_s():
                        await self._sleep(parked_s)
                    elif not lane.has_slot():
                        lane.freed.clear()
                        await lane.freed.wait()
                    elif lane.must_ask:
                        await self._ask(name)
                    elif wait_s := lane.token_wait_s():
                        await self._sleep(wait_s)
                    else:
                        lane.take()
                        return
        finally:
            lane.waiting -= 1

    async def _ask(self, name: LaneName) -> None:
        """Wait for a share, but not for ever."""
        done, _ = await asyncio.wait([self._begin_to_ask(name)], timeout=PATIENCE_S)
        share = self.lanes[name].share
        if not done and share is not None:
            share.go_without()

    def _look_ahead(self, name: LaneName) -> None:
        """Ask for the next share while the last one lasts."""
        lane = self.lanes[name]
        if lane.share is None or lane.rate is None:
            return
        if lane.share.runs_out(lane.waiting):
            self._begin_to_ask(name)

    def _begin_to_ask(self, name: LaneName) -> asyncio.Task[None]:
        task = self._asking.get(name)
        if task is None or task.done():
            task = self._asking[name] = asyncio.create_task(self._get_share(name))
        return task

    async def _get_share(self, name: LaneName) -> None:
        lane = self.lanes[name]
        rate, share = lane.pace.requests_per_s, lane.share
        if rate is None or share is None or self._budget is None:
            return
        began, well = self._clock(), share.well
        try:
            grant = await self._budget.ask(
                Ask(
                    self.host,
                    name,
                    rate,
                    lane.pace.burst,
                    wanted=share.wanted(lane.waiting),
                    well=well,
                    debt_s=lane.debt_s(),
                )
            )
        except BudgetAway:
            share.go_without()
            return
        share.well -= well
        lane.receive(grant, is_outdated=bool(self._halved_at) and self._halved_at[-1] >= began)
        if grant.parked_s:
            self._park(grant.told_at + grant.parked_s, grant.parked_for)

    def _tell(self, say: Callable[[SharedBudget], Coroutine[Any, Any, None]]) -> None:
        """Let the other instances know, again until the database listens."""
        if self._budget is None or all(lane.rate is None for lane in self.lanes.values()):
            return
        budget = self._budget

        async def insist() -> None:
            while True:
                try:
                    return await say(budget)
                except BudgetAway:
                    await self._sleep(1.0)

        task = asyncio.create_task(insist())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def close(self) -> list[Debt]:
        """Ask for nothing more; what the lanes have used up of late."""
        tasks = [*self._asking.values(), *self._telling]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return [
            Debt(self.host, name, lane.debt_s())
            for name, lane in self.lanes.items()
            if name in self._asking
        ]

    def _refuse_if_pointless(self) -> None:
        parked_s = self.parked_s()
        if parked_s and (self.parked_for != "rate_limited" or parked_s > longest_wait_s.get()):
            reason = "rate_limited" if self.parked_for == "rate_limited" else "host_paused"
            raise FetchFailed(reason, host=self.host, retry_after_s=parked_s)

    def park(self, seconds: float, reason: str = "rate_limited") -> None:
        """No request to this host before then; a shorter time never replaces a longer one."""
        until = self._clock() + seconds
        if self._park(until, reason):
            self._tell(lambda all_: all_.park(self.host, until - self._clock(), reason))

    def _park(self, until: float, reason: str) -> bool:
        if until <= self._parked_until:
            return False
        self._parked_until = until
        self.parked_for = reason
        return True

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
            self._tell(lambda all_: all_.slow_down(self.host))

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
            waiting=api.waiting + media.waiting,
            is_broken=is_broken,
            throttles=sum(at >= since for at in list(self._halved_at)),
        )
