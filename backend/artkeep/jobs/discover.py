"""Discovery: what is planned for a target is walked, what breaks off is tried otherwise.

How each walk ended is written down; what did not end cleanly, and nothing else reached, is a
gap (`jobs.coverage`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from artkeep.errors import JobError, SiteChanged, TargetNotFound
from artkeep.jobs.asking import Wanted
from artkeep.jobs.known_part import look_after_known_part
from artkeep.jobs.listed import Lead, end_walk, save_plan, stop_listing
from artkeep.jobs.reasons import POINTLESS
from artkeep.jobs.shape import ShapeWatch
from artkeep.jobs.task import API_CAP_S, NO_ANSWER, TRIES_A_PAGE, Task
from artkeep.jobs.walk import Walk
from artkeep.net.retry import with_retries
from artkeep.sites._adapter import Depth
from artkeep.stages._stage import StageContext
from artkeep.store import walks
from artkeep.store.ledger import TargetRow

_MOST_WALKS = 1_000_000  # a post each, of the largest creator there could be


class Discovery:
    """Lists one target for one job."""

    def __init__(
        self,
        context: StageContext,
        lead: Lead,
        target: TargetRow,
        wanted: Wanted,
        *,
        may_go_on: Callable[[], Awaitable[None]],
        found_work: Callable[[], None],
    ) -> None:
        adapter = context.adapters[target.asked.site]
        self._task = Task(
            context=context,
            lead=lead,
            target=target,
            wanted=wanted,
            adapter=adapter,
            shape=ShapeWatch(adapter.name),
            may_go_on=may_go_on,
            found_work=found_work,
        )

    async def run(self) -> None:
        """Walk every listing to its end.

        Raises LeadLost, SiteChanged, and what the plan raises.
        """
        task = self._task
        store, job_id, target_id = task.context.store, task.lead.job_id, task.target.id
        if not await store.read(walks.has_walks, target_id, job_id):
            await self._make_plan()
        for _ in range(_MOST_WALKS):
            row = await store.read(walks.next_open, target_id, job_id)
            if row is None:
                break
            try:
                goes_on = await Walk(task, row).run()
            except SiteChanged:
                raise  # the walk stays open, and goes on when somebody has looked
            except JobError as error:
                await store.write(end_walk, task.lead, row, "error", error.code, str(error))
                if isinstance(error, TargetNotFound) or row.parent_id is None:
                    await store.write(stop_listing, task.lead, target_id, POINTLESS, "")
                    return
                continue
            if not goes_on:
                words = f"--max-items {task.wanted.most}"
                await store.write(stop_listing, task.lead, target_id, "max_items", words)
                break
        await look_after_known_part(task)

    async def _make_plan(self) -> None:
        task = self._task
        depth = Depth.DEEP if task.wanted.is_deep else Depth.WHOLE
        plan = await with_retries(
            lambda _: task.adapter.plan(task.context.client, task.target.asked, depth),
            max_tries=TRIES_A_PAGE,
            cap_s=API_CAP_S,
            time_scale=task.context.time_scale,
            also=NO_ANSWER,
        )
        await task.context.store.write(save_plan, task.lead, task.target.id, plan, task.wanted)
