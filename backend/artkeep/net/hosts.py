"""Everything we remember about the hosts we talk to, and the one door to each of them.

`Hosts.visit` is what every request goes through: offline, breaker, retry budget, limiter; and
on the way out the outcome is noted. One `Hosts` serves all jobs of a process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from yarl import URL

from artkeep.net.breaker import Failures, Offline, RetryBudget, host_breaker
from artkeep.net.guard import WEB_PORTS, Guard, HostPolicy, is_loopback, plain_host
from artkeep.net.limiter import Clock, HostLimiter, HostStatus, LaneName, Pace, Sleep
from artkeep.net.retry import FetchFailed, current_attempt
from artkeep.net.shared import BudgetAway, SharedBudget
from artkeep.settings import Net

PAUSE_S = 900.0  # after a challenge, or ten refusals in a row
REFUSALS = 10
LAST_WORD_S = 1.0  # to the database, when the program ends
UNREACHABLE = frozenset({"dns", "connect_refused", "connect_timeout"})
UNLIMITED = Pace(None)
DEFAULT_POLICY = HostPolicy()


class Host:
    """One host class: the name after redirects, with the port where it is an unusual one."""

    def __init__(
        self, name: str, limiter: HostLimiter, clock: Clock, sleep: Sleep, scale: float
    ) -> None:
        self.name = name
        self.limiter = limiter
        self.breaker = host_breaker(clock, sleep, scale)
        self.budget = RetryBudget(clock, sleep, scale)
        self._failures = Failures()
        self._refusals = 0
        self._scale = scale

    def note(self, failure: FetchFailed | None, lane: LaneName) -> bool | None:
        """Learn from one request; returns whether the host worked, None if that is unknown."""
        if failure is None:
            self._refusals = 0
            self.limiter.went_well(lane)
        elif failure.reason in ("not_permitted", "unauthorized"):
            self._refusals += 1
            if self._refusals >= REFUSALS:
                self._refusals = 0
                self.limiter.park(PAUSE_S * self._scale, "not_permitted")
        elif failure.reason == "challenge":
            self.limiter.park(PAUSE_S * self._scale, "challenge")
        elif failure.http_status in (429, 503) and failure.reason != "paging_cap":
            self.limiter.slow_down()
            if failure.retry_after_s:
                self.limiter.park(failure.retry_after_s)

        if failure is not None and failure.rule.is_host_level:
            worked = False
        elif failure is None or failure.http_status is not None:
            worked = True
        else:
            return None
        if self._failures.note(worked) and not self.breaker.is_open:
            self.breaker.trip()
        return worked


class Hosts:
    """All hosts of this process. `budget`: what its instances share (MI-10)."""

    def __init__(
        self,
        net: Net,
        guard: Guard,
        *,
        budget: SharedBudget | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.offline = Offline(clock, sleep, net.time_scale)
        self._net = net
        self._guard = guard
        self._budget = budget
        self._hosts: dict[str, Host] = {}
        self._first_urls: dict[str, URL] = {}
        self._clock = clock
        self._sleep = sleep

    def get(self, url: URL) -> Host:
        """What we know about the URL's host."""
        name = plain_host(url)
        if url.port not in WEB_PORTS:
            name = f"{name}:{url.port}"
        host = self._hosts.get(name)
        if host is None:
            limiter = HostLimiter(
                name,
                *self._paces(url),
                budget=self._budget,
                clock=self._clock,
                sleep=self._sleep,
            )
            host = Host(name, limiter, self._clock, self._sleep, self._net.time_scale)
            self._hosts[name] = host
            self._first_urls[name] = url
        return host

    def apply(self, net: Net) -> None:
        """Go on at other speeds; what a host has taught us stays."""
        self._net = net
        for name, host in self._hosts.items():
            host.limiter.set_paces(*self._paces(self._first_urls[name]))

    async def close(self) -> None:
        """Give back what is held of budgets that others share."""
        debts = [debt for host in self._hosts.values() for debt in await host.limiter.close()]
        if self._budget is not None and debts:
            with suppress(BudgetAway, TimeoutError):
                async with asyncio.timeout(LAST_WORD_S):
                    await self._budget.leave(debts)

    @asynccontextmanager
    async def visit(self, url: URL, lane: LaneName) -> AsyncIterator[Host]:
        """Wait until the host may be asked, hold a slot, and learn from how it ends.

        Waiting uses up no tries and may be cancelled. Raises FetchFailed when it is useless.
        """
        host = self.get(url)
        probes_offline = self.offline.is_offline and await self.offline.breaker.enter(host.name)
        probes_host = False
        worked: bool | None = None
        try:
            # Who probes for all must not wait for a host that failed only because of us.
            if host.breaker.is_open and not probes_offline:
                probes_host = await host.breaker.enter(host.name)
            is_retry = current_attempt.get() > 0
            if is_retry:
                await host.budget.wait()
            async with host.limiter.slot(lane):
                host.budget.note(is_retry=is_retry)
                try:
                    yield host
                except FetchFailed as failure:
                    worked = self._note(host, failure, lane)
                    raise
            worked = self._note(host, None, lane)
        finally:
            if probes_host:
                host.breaker.leave(worked)
            if probes_offline:
                self.offline.breaker.leave(worked)
                if worked:
                    host.breaker.close()

    def snapshot(self) -> list[HostStatus]:
        """All hosts, for the status page; may be called from another thread."""
        return [
            host.limiter.snapshot(is_broken=host.breaker.is_open)
            for host in list(self._hosts.values())
        ]

    def _note(self, host: Host, failure: FetchFailed | None, lane: LaneName) -> bool | None:
        worked = host.note(failure, lane)
        if failure is not None and failure.reason in UNREACHABLE:
            self.offline.unreachable(host.name)
        elif worked or (failure is not None and failure.http_status is not None):
            self.offline.reached()
        return worked

    def _paces(self, url: URL) -> tuple[Pace, Pace]:
        if self._net.unlimited and is_loopback(plain_host(url)):
            return UNLIMITED, UNLIMITED
        policy = self._guard.policy_for(url) or DEFAULT_POLICY
        api = Pace(self._net.requests_per_s or policy.requests_per_s, policy.burst)
        media = Pace(
            policy.media_requests_per_s,
            max(1, int(policy.media_requests_per_s)),
            policy.media_concurrency,
        )
        return api, media
