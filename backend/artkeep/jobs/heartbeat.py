"""Being alive and noticing who is not: heartbeats and take-over (MI-3…MI-8).

Nobody compares clocks. An instance is dead when this one has itself watched its counter stand
still for the lease, by its own monotonic clock, or when its process is gone from this host.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from artkeep.errors import DatabaseError
from artkeep.jobs.process import is_gone
from artkeep.logs import get_logger
from artkeep.store import instances
from artkeep.store.base import Store

log = get_logger(__name__)

BEAT_S = 15.0
LEASE_S = 60.0


@dataclass(slots=True)
class Watched:
    """The last counter seen of another instance, and since when by our own clock."""

    beat: int
    since: float


class Heartbeat:
    """The heartbeat of one instance and its eyes on the others."""

    def __init__(
        self,
        store: Store,
        instance_id: str,
        *,
        time_scale: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self.instance_id = instance_id
        self._beat_s = BEAT_S * time_scale
        self._lease_s = LEASE_S * time_scale
        self._clock = clock
        self._sleep = sleep
        self._watched: dict[str, Watched] = {}
        self._last_beat = self._last_look = clock()

    @property
    def may_start_work(self) -> bool:
        """MI-8: without a heartbeat for half the lease nothing new is begun."""
        return self._clock() - self._last_beat < self._lease_s / 2

    async def beat(self) -> bool:
        """Beat once; False when the others have declared us dead."""
        alive = await self._store.write(instances.beat, self.instance_id)
        if alive:
            self._last_beat = self._clock()
        return alive

    async def look_around(self) -> list[str]:
        """Take over from every instance that is dead; returns their ids."""
        taken = []
        began = self._clock()
        if began - self._last_look >= self._lease_s / 2:
            self._watched.clear()  # we slept (suspended, stopped): nobody was watched meanwhile
        rows = await self._store.read(instances.living)
        self._last_look = self._clock()
        for row in rows:
            if row.id == self.instance_id:
                continue
            seen = self._watched.get(row.id)
            if seen is None or seen.beat != row.beat:
                self._watched[row.id] = seen = Watched(row.beat, self._last_look)
            stood_still = began - seen.since >= self._lease_s
            if (stood_still or is_gone(row)) and await self._store.write(
                instances.declare_dead, row.id, row.beat
            ):
                taken.append(row.id)
                log.warning("took over", host=row.host_name, pid=row.pid)
        for owner in await self._store.read(instances.strays):
            await self._store.write(instances.give_back, owner)
        self._watched = {
            row.id: self._watched[row.id] for row in rows if row.id in self._watched
        }
        return taken

    async def run(
        self,
        on_death: Callable[[], Awaitable[None]],
        on_asked_to_leave: Callable[[], None] = lambda: None,
    ) -> None:
        """Beat and look around for ever; `on_death` when we were declared dead.

        `on_asked_to_leave`: somebody wants this instance to end (MI-17).

        A database that cannot be reached is asked again; `may_start_work` tells meanwhile.
        """
        while True:
            await self._sleep(self._beat_s / 3)
            try:
                # First: who was declared dead while it slept judges nobody.
                if self._clock() - self._last_beat >= self._beat_s and not await self.beat():
                    await on_death()
                    return
                await self.look_around()
                if await self._store.read(instances.is_asked_to_leave, self.instance_id):
                    on_asked_to_leave()
            except (DatabaseError, DBAPIError) as error:
                log.warning("no heartbeat", why=str(error))
