"""Watched targets are looked at again by themselves, as often as they are worth it.

A check is an ordinary download job. One that finds something new halves the time to the next;
one that finds nothing makes it half as long again. Whoever runs the page looks for checks that
are due; of several instances one takes each (`store.watch.claim`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from artkeep.domain.layout import Layout
from artkeep.domain.target import Target
from artkeep.errors import AppError, AuthRequired, NotFound, SiteChanged, TargetNotFound
from artkeep.jobs.coverage import Coverage
from artkeep.jobs.start import Options, start_download
from artkeep.logs import get_logger
from artkeep.store import jobs, ledger, walks, watch
from artkeep.store.base import Store
from artkeep.store.jobs import JobRow
from artkeep.store.ledger import TargetRow
from artkeep.store.watch import Due

log = get_logger(__name__)

SHORTEST_S = 3600
FIRST_S = 24 * 3600
LONGEST_S = 7 * 24 * 3600
_SPREAD = 0.1  # so that a host is not asked for everything at once
_LOOK_S = 60.0
_AT_A_TIME = 3  # after a week off, all are due together
_TIMES_GONE = 3
_KEY_REFUSED = {"unauthorized", AuthRequired.code}


class Note(StrEnum):
    """What a person is told of a watched target."""

    GONE = "gone"  # unknown to its site three times in a row: not looked at any more
    NOT_FOUND = "not_found"  # unknown to its site at the last check
    KEY_REFUSED = "key_refused"
    SITE_HELD = "site_held"
    PAUSED = "paused"  # somebody lets its download rest
    NOT_LISTED = "not_listed"  # the last check did not get to the end


@dataclass(frozen=True, slots=True)
class Check:
    """A check that was begun. `claimed_at` is what the row says until it has ended."""

    target_id: int
    job_id: int
    every_s: int
    claimed_at: datetime


def spread() -> float:
    """By what the time to the next check is multiplied."""
    return random.uniform(1 - _SPREAD, 1 + _SPREAD)


def now_utc() -> datetime:
    """The time of the day; checks may be days apart."""
    return datetime.now(UTC)


def set_watch(
    connection: Connection,
    target_id: int,
    is_watched: bool,
    every_s: int | None = None,
    *,
    now: datetime,
    by: float,
) -> TargetRow:
    """Watch a target from now on, or no more; `every_s` is the first interval. Raises NotFound.

    Who watches it already and names no interval changes nothing.
    """
    row = ledger.target(connection, target_id)
    if row is None:
        raise NotFound(f"There is no target {target_id}.", code="no_target")
    if is_watched and row.is_watched and every_s is None:
        return row
    every = _within(every_s or FIRST_S) if is_watched else None
    watch.set_watch(
        connection,
        target_id,
        is_watched=is_watched,
        every_s=every,
        next_at=now + timedelta(seconds=every * by) if every is not None else None,
    )
    changed = ledger.target(connection, target_id)
    assert changed is not None
    return changed


def next_interval(every_s: int, *, found: int, is_proven: bool) -> int:
    """How long a target rests after a check that found so many new artworks."""
    if found:
        return _within(every_s // 2)
    return _within(every_s * 3 // 2) if is_proven else every_s


def _within(every_s: int) -> int:
    return max(SHORTEST_S, min(LONGEST_S, every_s))


def begin_check(
    connection: Connection, one: Due, now: datetime, by: float, layout: Layout
) -> Check | None:
    """Take a check that is due, and start its job; None when there is none to be made."""
    next_at = now + timedelta(seconds=one.every_s * by)
    if not watch.claim(connection, one, next_at):
        return None
    if watch.is_paused(connection, one.target.id):
        watch.settle(
            connection,
            one.target.id,
            next_at,
            every_s=one.every_s,
            next_at=next_at,
            note=Note.PAUSED,
        )
        return None
    before = jobs.params_of_last(connection, one.target.id)
    if before and before.get("layout"):  # as somebody asked for it
        layout = Layout.from_json(before["layout"])
    started = start_download(connection, [one.target.asked], Options(layout=layout))
    return Check(one.target.id, started.job_id, one.every_s, next_at)


def conclude(connection: Connection, check: Check, now: datetime, by: float) -> None:
    """Draw from how a check ended when the next one is, and what is to be said."""
    job = jobs.get(connection, check.job_id)
    if job is None or job.state in ("queued", "running", "stopped", "interrupted"):
        return  # a person or the end of the program came between: nothing was learnt
    codes = _codes(job)
    every_s, note = check.every_s, _note(job, codes)
    if job.state == "paused" and note is None:
        return
    if TargetNotFound.code in codes:
        last = watch.last_alone(connection, check.target_id, _TIMES_GONE)
        if len(last) == _TIMES_GONE and all(TargetNotFound.code in _codes(row) for row in last):
            watch.give_up(connection, check.target_id, check.claimed_at, Note.GONE)
            return
        every_s = next_interval(every_s, found=0, is_proven=True)
    elif note is None:
        coverage = Coverage(walks.listings_of(connection, check.target_id, job.id))
        found = watch.newly_listed(connection, check.target_id, job.id)
        every_s = next_interval(every_s, found=found, is_proven=coverage.is_proven)
        note = None if coverage.is_proven else Note.NOT_LISTED
    watch.settle(
        connection,
        check.target_id,
        check.claimed_at,
        every_s=every_s,
        next_at=now + timedelta(seconds=every_s * by),
        note=note,
    )


def _codes(job: JobRow) -> set[str]:
    return {reason.get("code", "") for reason in job.reasons}


def _note(job: JobRow, codes: set[str]) -> Note | None:
    if job.state == "paused":
        return Note.SITE_HELD if SiteChanged.code in codes else None
    if TargetNotFound.code in codes:
        return Note.NOT_FOUND
    return Note.KEY_REFUSED if codes & _KEY_REFUSED else None


class Watcher:
    """Makes the checks of one instance, a few at a time."""

    def __init__(
        self,
        store: Store,
        run_job: Callable[[int], Awaitable[JobRow]],
        may_begin: Callable[[], bool],
        *,
        layout: Callable[[Target], Layout] = lambda _: Layout(),
        time_scale: float = 1.0,
        clock: Callable[[], datetime] = now_utc,
        by: Callable[[], float] = spread,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._run_job = run_job
        self._may_begin = may_begin
        self._layout = layout
        self._look_s = _LOOK_S * time_scale
        self._clock = clock
        self._by = by
        self._sleep = sleep
        self._running: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._sleep(self._look_s)
            try:
                await self.look()
            except (AppError, DBAPIError) as error:
                log.warning("watched targets not looked at", why=str(error))

    async def look(self) -> None:
        """Begin what is due, as far as there is room."""
        self._running = {key: task for key, task in self._running.items() if not task.done()}
        room = _AT_A_TIME - len(self._running)
        if room <= 0 or not self._may_begin():
            return
        now = self._clock()
        await self._store.write(watch.note_held, now, Note.SITE_HELD)
        for one in await self._store.read(watch.due, now, room, tuple(self._running)):
            check = await self._store.write(
                begin_check, one, self._clock(), self._by(), self._layout(one.target.asked)
            )
            if check is not None:
                log.info("target is checked", target=check.target_id, job=check.job_id)
                task = asyncio.create_task(self._finish(check))
                self._running[check.target_id] = task

    async def settle(self) -> None:
        """Wait for the checks that run."""
        await asyncio.gather(*self._running.values())

    async def _finish(self, check: Check) -> None:
        try:
            await self._run_job(check.job_id)
            await self._store.write(conclude, check, self._clock(), self._by())
        except (AppError, DBAPIError) as error:
            log.warning("check not finished", job=check.job_id, why=str(error))
