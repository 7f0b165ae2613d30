"""The house's own work: examining downloads at low priority, fetching damaged ones again, and
rendering what cannot be looked at as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName
from artkeep.errors import JobError
from artkeep.jobs.runner import StageRunner
from artkeep.logs import get_logger
from artkeep.stages import STAGE_OF
from artkeep.stages._stage import StageContext
from artkeep.store import backlog

log = get_logger(__name__)

_LOOK_S = 0.5
_AFTER_TROUBLE_S = 30.0
_DOWNLOADS = 2
_RENDERINGS = 1


class House:
    """Runs for as long as the instance does. No job waits for it."""

    def __init__(
        self, context: StageContext, workers: int, is_busy: Callable[[], bool], old: int
    ) -> None:
        """`old`: nobody waits for work of this id and before it."""
        self._old = old
        self._context = context
        self._is_busy = is_busy
        self._runners = {
            StageName.EXAMINE: (workers, STAGE_OF[StageName.EXAMINE]),
            StageName.DOWNLOAD: (_DOWNLOADS, STAGE_OF[StageName.DOWNLOAD]),
            StageName.CONVERT: (_RENDERINGS, STAGE_OF[StageName.CONVERT]),
        }
        self._live: list[StageRunner] = []
        self._resting: set[StageName] = set()
        self._has_to_rest = False

    @property
    def stages(self) -> list[StageName]:
        """What is done here: without decoders, examining is left to other instances."""
        return [name for name, (workers, _) in self._runners.items() if workers]

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._give_way())
            for workers, stage in self._runners.values():
                if workers:
                    runner = StageRunner(stage, self._context, None, workers)
                    self._live.append(runner)
                    group.create_task(self._keep_running(runner))

    async def _keep_running(self, runner: StageRunner) -> None:
        while True:
            try:
                await runner.run(lambda: False)
            except JobError as error:  # a full disk, a folder that is not there
                log.warning("house work rests", stage=runner.stage.name, why=str(error))
                runner.error = None
                self._resting.add(runner.stage.name)
                await asyncio.sleep(_AFTER_TROUBLE_S)
                self._resting.discard(runner.stage.name)

    async def _give_way(self) -> None:
        """Rest while downloads need the processor."""
        while True:
            for runner in self._live:
                if self._is_busy() or self._has_to_rest:
                    runner.pause()
                else:
                    runner.resume()
            await asyncio.sleep(_LOOK_S)

    async def rest(self) -> None:
        """Finish what runs and begin nothing more until `go_on`."""
        self._has_to_rest = True
        await asyncio.gather(*(runner.finish_running() for runner in self._live))

    def go_on(self) -> None:
        """Back to work, within half a second."""
        self._has_to_rest = False

    def work_left(self, connection: Connection) -> int:
        """How much `finish` waits for."""
        return backlog.house_work_left(connection, self.stages, after_id=self._old)

    async def finish(self) -> None:
        """Wait until nothing of the house's work could be done now by this instance, but for
        what many pieces of waited already when it began."""
        while await self._context.store.read(self.work_left):
            if any(runner.error for runner in self._live):
                return
            await asyncio.sleep(0.1)
