"""A run of a stage ends when it is told to, whatever happens at that moment."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from artkeep.domain.artwork import StageName
from artkeep.errors import ItemError
from artkeep.jobs.runner import StageRunner
from artkeep.store.claims import Claim, claim_batch

CLAIM = Claim(1, 1, 1, StageName.DOWNLOAD, 1, "claimed", 0, 0, 0)


class Hidden:
    """A stage whose cleaning up hides that it was cancelled."""

    name = StageName.DOWNLOAD

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()

    async def work(self, item: object, context: object) -> None:
        self.has_begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ItemError("the part is gone", code="disk_error")


class Database:
    """Gives out one claim, if any, and takes whatever is written."""

    def __init__(self, *claims: Claim) -> None:
        self._claims = list(claims)

    async def write(self, function: Any, *args: Any, **named: Any) -> Any:
        await asyncio.sleep(0)
        return [self._claims.pop()] if function is claim_batch and self._claims else []


def _runner(stage: Any, database: Database) -> StageRunner:
    context: Any = SimpleNamespace(
        store=database,
        owner="me",
        may_start_work=lambda: True,
        on_progress=lambda: None,
        recent=SimpleNamespace(take=lambda ids: {1: SimpleNamespace(artwork=_ARTWORK)}),
    )
    return StageRunner(stage, context, 1, workers=1)


_ARTWORK = SimpleNamespace(site="civitai", site_id="1")


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=5)
    assert done, "it runs for ever"
    with pytest.raises(asyncio.CancelledError):
        task.result()


async def test_a_nudge_in_the_moment_of_the_end_does_not_keep_it_running() -> None:
    runner = _runner(Hidden(), Database())
    task = asyncio.create_task(runner.run(lambda: False))
    for _ in range(20):
        await asyncio.sleep(0)
    runner.nudge.set()
    await _end(task)
    assert task.cancelled()


async def test_an_error_in_the_moment_of_the_end_does_not_keep_it_running() -> None:
    stage = Hidden()
    runner = _runner(stage, Database(CLAIM))
    task = asyncio.create_task(runner.run(lambda: False))
    await stage.has_begun.wait()
    await _end(task)
    assert task.cancelled()
