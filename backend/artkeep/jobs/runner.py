"""The claim → work → commit loop, written once for all stages.

A runner takes small batches of one job's work for one stage, gives them to its workers, and
settles what is finished in batches: while one is being committed, the next one gathers.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from artkeep.domain.artwork import StageName, Status
from artkeep.errors import AppError, FileGone, ItemError, JobError, RetryLater, SkipItem
from artkeep.logs import get_logger
from artkeep.stages._stage import Item, SettleFailed, Stage, StageContext
from artkeep.store import instances, stored, work
from artkeep.store.claims import Claim, claim_batch, is_claim_race, release
from artkeep.store.work import Deferral, Ending

log = get_logger(__name__)

_LARGEST_CLAIM = 100
_SECONDS_AHEAD = 2.0
_LARGEST_BATCH = 128
_SETTLERS = 2  # one renames while the other commits
_WORTH_SETTLING = 32
_GATHER_S = 0.04  # what finishes within this time is committed together
_LOOK_AGAIN_S = 0.4  # how soon work is noticed that another instance asked for


class StageRunner:
    """Works on one stage of one job (None: the house's own work) until told that it is over."""

    def __init__(
        self,
        stage: Stage[Any],
        context: StageContext,
        job_id: int | None,
        workers: int,
        *,
        most_claimed: int | None = None,
    ) -> None:
        self.stage = stage
        self.job_id = job_id
        self.workers = workers
        self.error: JobError | None = None
        self.nudge = asyncio.Event()  # set when new work may be there
        self._most_claimed = most_claimed or _LARGEST_CLAIM
        self._context = context
        self._waiting: asyncio.Queue[Item] = asyncio.Queue()
        self._claiming: asyncio.Task[int] | None = None
        self._finished: list[tuple[Item, Any]] = []
        self._has_finished = asyncio.Event()
        self._active = 0
        self._unsettled = 0
        self._done_lately: list[float] = []
        self._is_paused = False
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._is_quiet = asyncio.Event()  # nothing runs or waits to be settled
        self._is_quiet.set()

    @property
    def is_idle(self) -> bool:
        """Nothing in hand: neither waiting, running nor unsettled."""
        return self._waiting.empty() and not self._active and not self._unsettled

    @property
    def rate(self) -> float:
        """Artworks settled per second, lately."""
        now = time.monotonic()
        recent = sum(now - at < _SECONDS_AHEAD for at in self._done_lately)
        return recent / _SECONDS_AHEAD

    def pause(self) -> None:
        """Start nothing more; what runs is finished."""
        self._is_paused = True
        self._resumed.clear()

    def resume(self) -> None:
        """Go on."""
        self._is_paused = False
        self._resumed.set()

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Until `is_over` and nothing is in hand, a job error, or cancellation.

        When it ends, however it does, nothing stays claimed.
        """
        tasks = [asyncio.create_task(self._work()) for _ in range(self.workers)]
        tasks += [asyncio.create_task(self._settle_loop()) for _ in range(_SETTLERS)]
        feeding = asyncio.create_task(self._feed(is_over))
        try:
            await asyncio.wait([feeding, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in (feeding, *tasks):
                if task.done():
                    task.result()  # a bug in a worker ends the run with its traceback
        finally:
            feeding.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(feeding, *tasks, return_exceptions=True)
            try:
                await asyncio.shield(self._settle_rest())
            finally:
                await self._give_back()
        if self.error:
            raise self.error

    async def _settle_rest(self) -> None:
        """What is done is settled and what is being claimed arrives, however a run ends: this
        instance lives on, and nobody takes from the living."""
        if self._claiming is not None:
            await asyncio.wait([self._claiming])
        while self._finished:
            batch, self._finished = self._finished, []
            await self._settle(batch)
        await self._is_quiet.wait()

    async def finish_running(self) -> None:
        """Claim nothing more and wait until what runs is settled."""
        self.pause()
        await self._give_back()
        await self._is_quiet.wait()

    async def _feed(self, is_over: Callable[[], bool]) -> None:
        while self.error is None:
            await self._resumed.wait()
            room = self._claim_size() - self._waiting.qsize()
            claimed = 0
            if room > 0 and self._context.may_start_work():
                self.nudge.clear()
                self._claiming = asyncio.create_task(self._claim(room))
                claimed = await asyncio.shield(self._claiming)
            if claimed == 0:
                if room > 0 and self.is_idle and is_over():
                    return
                # Not `wait_for`: before Python 3.12 it forgets a cancellation that comes with a
                # nudge, and the run would never end.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN_S):
                        await self.nudge.wait()
                        self.nudge.clear()

    def _claim_size(self) -> int:
        """What about two seconds of work take, at least three for each worker (MI-2)."""
        now = time.monotonic()
        self._done_lately = [at for at in self._done_lately if now - at < _SECONDS_AHEAD]
        wanted = max(3 * self.workers, len(self._done_lately))
        return min(wanted, self._most_claimed)

    async def _claim(self, limit: int) -> int:
        context = self._context
        try:
            claims = await context.store.write(
                claim_batch,
                job_id=self.job_id,
                stage=self.stage.name,
                owner=context.owner,
                limit=limit,
            )
        except IntegrityError as error:
            if not is_claim_race(error):
                raise
            return 0
        if not claims:
            return 0
        claims = await self._without_poison(claims)
        wanted = [claim.artwork_id for claim in claims]
        found = context.recent.take(wanted)
        unknown = [artwork_id for artwork_id in wanted if artwork_id not in found]
        if unknown:
            found |= await context.store.read(stored.load, unknown)
        for claim in claims:
            self._waiting.put_nowait(Item(claim, found[claim.artwork_id]))
        return len(claims)

    async def _without_poison(self, claims: list[Claim]) -> list[Claim]:
        """CR-3: what took a process down three times is not tried a fourth time."""
        if not any(claim.crashes for claim in claims):
            return claims
        context = self._context
        poisoned = set(await context.store.read(instances.poisoned, context.owner))
        endings = [
            Ending(
                claim,
                Status.FAILED,
                reason="poison",
                detail="The program ended three times while working on it.",
            )
            for claim in claims
            if claim.id in poisoned
        ]
        if endings:
            await context.store.write(work.end, context.owner, endings)
        return [claim for claim in claims if claim.id not in poisoned]

    async def _work(self) -> None:
        while not _is_cancelled():
            await self._resumed.wait()
            item = await self._waiting.get()
            if self._is_paused or self.error:
                self._waiting.put_nowait(item)
                await asyncio.sleep(0)
                continue
            self._active += 1
            self._is_quiet.clear()
            try:
                await self._work_on(item)
            finally:
                self._active -= 1
                self._note_quiet()
            if self._waiting.qsize() < self.workers:
                self.nudge.set()

    async def _work_on(self, item: Item) -> None:
        outcome: Any
        try:
            outcome = await self.stage.work(item, self._context)
        except asyncio.CancelledError:
            await asyncio.shield(self._release([item.claim]))
            raise
        except JobError as error:
            await self._release([item.claim])
            self._stop(error)
            return
        except AppError as error:
            outcome = error
        self._finished.append((item, outcome))
        self._unsettled += 1
        self._has_finished.set()

    def _stop(self, error: JobError) -> None:
        self.error = self.error or error
        self.nudge.set()

    async def _settle_loop(self) -> None:
        while True:
            await self._has_finished.wait()
            if len(self._finished) < _WORTH_SETTLING:
                await asyncio.sleep(_GATHER_S)
            batch = self._finished[:_LARGEST_BATCH]
            del self._finished[:_LARGEST_BATCH]
            if not self._finished:
                self._has_finished.clear()
            if not batch:
                continue  # another settler was faster
            # A cancelled runner still settles what it has begun to settle.
            await asyncio.shield(self._settle(batch))

    async def _settle(self, batch: list[tuple[Item, Any]]) -> None:
        good = [(item, done) for item, done in batch if not isinstance(done, AppError)]
        bad = [(item, done) for item, done in batch if isinstance(done, AppError)]
        try:
            if good:
                await self.stage.settle(good, self._context)
        except SettleFailed as failed:
            for item, error in failed.failures:
                if isinstance(error, JobError):
                    await self._release([item.claim])
                    self._stop(error)
                elif isinstance(error, AppError):
                    bad.append((item, error))
                else:
                    raise error from failed
        except JobError as error:
            await self._release([item.claim for item, _ in good])
            self._stop(error)
        finally:
            if bad:
                await self._settle_failures(bad)
            now = time.monotonic()
            self._done_lately.extend([now] * len(batch))
            self._unsettled -= len(batch)
            self._note_quiet()
            self.nudge.set()
            self._context.on_progress()

    def _note_quiet(self) -> None:
        if not self._active and not self._unsettled:
            self._is_quiet.set()

    async def _settle_failures(self, bad: Sequence[tuple[Item, AppError]]) -> None:
        endings: list[Ending] = []
        deferrals: list[Deferral] = []
        for item, error in bad:
            if isinstance(error, RetryLater):
                due = datetime.now(UTC) + timedelta(seconds=error.after_s)
                deferrals.append(
                    Deferral(item.claim, due, error.code, error.message, error.tries)
                )
            else:
                endings.append(_ending(item.claim, error))
            log.info(
                "not done",
                stage=item.claim.stage,
                artwork=f"{item.stored.artwork.site}:{item.stored.artwork.site_id}",
                reason=error.code,
                detail=error.message,
            )
        context = self._context
        if endings:
            await context.store.write(work.end, context.owner, endings)
        if deferrals:
            await context.store.write(work.defer, context.owner, deferrals)

    async def _give_back(self) -> None:
        claims = []
        while not self._waiting.empty():
            claims.append(self._waiting.get_nowait().claim)
        await self._release(claims)

    async def _release(self, claims: list[Claim]) -> None:
        if claims:
            await self._context.store.write(release, self._context.owner, claims)


def _is_cancelled() -> bool:
    """Whether this task was told to end, even if an error on the way out hid it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _ending(claim: Claim, error: AppError) -> Ending:
    if isinstance(error, SkipItem):
        return Ending(claim, Status.SKIPPED, reason=error.code, detail=error.message)
    is_gone = isinstance(error, FileGone)
    known = error if isinstance(error, ItemError) else None
    return Ending(
        claim,
        # Only a download tells whether the artwork is still there.
        Status.GONE if is_gone and claim.stage is StageName.DOWNLOAD else Status.FAILED,
        reason=error.code,
        detail=str(error),
        host=known.host if known else None,
        http_status=known.http_status if known else None,
        attempts=known.tries if known else 1,
    )
