"""One of a host's two budgets: tokens and places, alone or with other instances (MI-10)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from artkeep.net.shared import GROWTH, SLOWEST, Grant, Share

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Pace:
    """The normal speed of a lane. None lifts a limit."""

    requests_per_s: float | None
    burst: int = 1
    concurrency: int | None = None


class Lane:
    """A token bucket with a number of slots; both shrink and grow by one factor."""

    def __init__(self, pace: Pace, clock: Clock, share: Share | None = None) -> None:
        self.pace = pace
        self.factor = 1.0
        self.in_flight = 0
        self.waiting = 0
        self.share = share
        self._clock = clock
        self._tokens = float(pace.burst)
        self._counted_at = clock()
        self.freed = asyncio.Event()

    @property
    def rate(self) -> float | None:
        """Requests per second at the moment, of all instances together."""
        normal = self.pace.requests_per_s
        return normal * self.factor if normal is not None else None

    @property
    def must_ask(self) -> bool:
        """Whether nothing may leave before a new share was granted."""
        share = self.share
        if share is None or self.rate is None or share.is_leased or share.is_away:
            return False
        return share.must_ask

    def token_wait_s(self) -> float:
        """How long until the next request may leave; 0 for now."""
        rate = self.rate
        if rate is None:
            return 0.0
        burst = float(self.pace.burst)
        share = self.share
        if share is not None and not share.is_leased:
            if not share.is_away:
                return share.wait_s() or 0.0
            rate, burst = rate * share.part, 1.0
        self._refill(rate, burst)
        # A hair under one is one: a timer may wake us that much too early.
        return 0.0 if self._tokens >= 1 - 1e-9 else (1 - self._tokens) / rate

    def debt_s(self) -> float:
        """How long until the burst is whole again."""
        rate = self.rate
        if rate is None:
            return 0.0
        self._refill(rate, float(self.pace.burst))
        return (self.pace.burst - self._tokens) / rate

    def _refill(self, rate: float, burst: float) -> None:
        now = self._clock()
        self._tokens = min(self._tokens + (now - self._counted_at) * rate, burst)
        self._counted_at = now

    def has_slot(self) -> bool:
        """Whether one more request at a time is allowed."""
        slots = self.pace.concurrency
        sharers = self.share.sharers if self.share is not None else 1
        return slots is None or self.in_flight < max(1, int(slots * self.factor / sharers))

    def take(self) -> None:
        """Count a request that leaves now."""
        if self.share is not None:
            self.share.take()
        self._tokens = max(self._tokens - 1, -1.0)
        self.in_flight += 1

    def receive(self, grant: Grant, *, is_outdated: bool) -> None:
        """Go on with a new share. Outdated: the host has complained since it was asked for."""
        if self.share is None:
            return
        self.share.receive(grant)
        self.factor = min(grant.factor, self.factor) if is_outdated else grant.factor
        if grant.lease_s:
            self._refill(self.rate or 0.0, float(self.pace.burst))
            self._tokens = min(self._tokens, grant.tokens)
        if is_outdated:
            self.share.drop()
        self.freed.set()

    def give_back(self) -> None:
        """Count a request that ended."""
        self.in_flight -= 1
        self.freed.set()

    def halve(self) -> None:
        """The host is asked too much."""
        self.factor = max(self.factor / 2, SLOWEST)
        self._tokens = min(self._tokens, 1.0)
        if self.share is not None:
            self.share.drop()

    def grow(self) -> None:
        """A reply went well."""
        self.factor = min(self.factor + GROWTH, 1.0)
        if self.share is not None:
            self.share.well += 1
