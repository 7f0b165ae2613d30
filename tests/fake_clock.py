"""A clock that moves only when somebody sleeps on it."""

from __future__ import annotations

import asyncio


class FakeClock:
    """Give `clock.now` as the clock and `clock.sleep` as the sleep. `slept` lists the waits."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        """Seconds since some beginning."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass at once, and others run."""
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)

    @property
    def waited(self) -> float:
        """All waits together."""
        return sum(self.slept)
