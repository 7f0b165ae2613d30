"""Leading one job: discovery and stages side by side, steering, and how it ends.

Whoever holds the lead lists and ends the job; any other instance may help with its work. Losing
the lead (a dead heartbeat, another instance's take-over) ends this without changing anything.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from artkeep.domain.artwork import StageName
from artkeep.domain.layout import Layout
from artkeep.errors import AppError, JobError, SiteChanged
from artkeep.jobs import duplicates, training_job
from artkeep.jobs.adopt_job import take_over
from artkeep.jobs.asking import Wanted
from artkeep.jobs.captions import complete_captions
from artkeep.jobs.discover import Discovery
from artkeep.jobs.further import fill_folder
from artkeep.jobs.library_job import ask_all, chain_of, is_over_library, runner_of
from artkeep.jobs.listed import Lead, LeadLost
from artkeep.jobs.reasons import Reason, exit_code_of, reasons_of
from artkeep.jobs.runner import StageRunner
from artkeep.jobs.shape import keep_sample
from artkeep.logs import get_logger
from artkeep.stages._stage import StageContext
from artkeep.store import backlog, holds, job_events, jobs, ledger, walking
from artkeep.store.jobs import JobRow
from artkeep.store.ledger import TargetRow

log = get_logger(__name__)

_LOOK_S = 0.25
_WARM_UP_S = 3.0
_FAST = 20  # downloads per second that keep a processor core busy


class JobLeader:
    """One led job in this process."""

    def __init__(self, context: StageContext, job: JobRow, epoch: int) -> None:
        self.job = job
        self._context = context
        self._lead = Lead(job.id, context.owner, epoch)
        self._runners: list[StageRunner] = []
        self._is_listed = False
        self._may_list = asyncio.Event()
        self._may_list.set()
        self._ending: str | None = None
        self._reasons: list[Reason] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._is_abandoned = False
        self._began = time.monotonic()

    @property
    def is_held(self) -> bool:
        """Whether it ended until a person has looked at what its site answers."""
        return self._ending == "paused"

    @property
    def is_fast(self) -> bool:
        """Whether this job may need the whole machine: just begun, or many files a second."""
        if time.monotonic() - self._began < _WARM_UP_S:
            return True
        return any(runner.rate > _FAST for runner in self._runners)

    async def run(self) -> None:
        """Until the job is over, stopped, or led by somebody else."""
        context, job = self._context, self.job
        chain = chain_of(job)
        self._runners = [runner_of(job, name, context) for name in chain]
        targets = await context.store.read(ledger.targets_of_job, job.id)
        try:
            async with asyncio.TaskGroup() as group:
                steering = group.create_task(self._steer())
                listing = group.create_task(self._begin(targets))
                running = [
                    group.create_task(self._run_stage(index))
                    for index in range(len(self._runners))
                ]
                self._tasks = [listing, *running]
                await asyncio.wait(self._tasks)
                if self._ending is None and not self._is_abandoned:
                    self._tasks = [group.create_task(self._finish(chain, targets))]
                    await asyncio.wait(self._tasks)
                steering.cancel()
        except* LeadLost:
            log.warning("lead lost", job=job.id)
            self._is_abandoned = True
        if self._is_abandoned:
            return
        await self._end()

    async def stop(self, ending: str, *, finish_running: bool = False) -> None:
        """End early: `stopped` by the user, `interrupted` by the end of the program."""
        if self._ending is not None:
            return
        self._ending = ending
        if finish_running:
            self._may_list.clear()
            await asyncio.gather(*(runner.finish_running() for runner in self._runners))
        self.cancel()

    def cancel(self) -> None:
        """End at once; what is claimed goes back."""
        for task in self._tasks:
            task.cancel()

    async def abandon(self) -> None:
        """The lead is lost: end without touching the job."""
        self._is_abandoned = True
        self.cancel()

    async def _begin(self, targets: Sequence[TargetRow]) -> None:
        """What there is to do besides the stages, or for them."""
        if self.job.kind in jobs.WITHOUT_STAGE:
            await self._do_by_itself()
        elif is_over_library(self.job):
            await self._ask_all()
        else:
            await self._list_all(targets)

    async def _do_by_itself(self) -> None:
        """A job that takes over a folder, looks for duplicates, or makes a training set."""
        kinds = {
            jobs.ADOPT: take_over,
            jobs.DUPLICATES: duplicates.look,
            jobs.EXPORT: training_job.make,
        }
        do = kinds[self.job.kind]
        try:
            await do(self._context, self._lead, self.job, lambda: not self._may_list.is_set())
        except LeadLost:
            raise
        except AppError as error:  # the folder has gone, the disk is full
            code = exit_code_of(error.code, error.exit_code)
            self._reasons.append(Reason(error.code, str(error), code))

    async def _ask_all(self) -> None:
        """A job over the library: its query says of which artworks the stage is asked."""
        try:
            await ask_all(
                self._context, self._lead, self.job, self._may_go_on, self._found_work
            )
        finally:
            self._is_listed = True
            self._found_work()

    async def _list_all(self, targets: Sequence[TargetRow]) -> None:
        params = self.job.params
        wanted = Wanted(
            quality=str(params.get("quality", "hd")),
            then=tuple(self.job.then),
            most=params.get("max_items"),
            most_per_model=params.get("max_per_model"),
            limits_this_run=bool(params.get("limits_this_run")),
            tries=params.get("tries"),
            is_simulated=bool(params.get("simulate")),
            is_deep=bool(params.get("deep")),
            is_redownload=bool(params.get("redownload")),
            layout=Layout.from_json(params.get("layout") or {}),
            stages=params.get("stages") or {},
        )
        try:
            await self._context.store.write(walking.reopen_failed, self.job.id)
            for target in targets:
                if target.is_picked:
                    continue  # its artworks were asked for when the job was made
                discovery = Discovery(
                    self._context,
                    self._lead,
                    target,
                    wanted,
                    may_go_on=self._may_go_on,
                    found_work=self._found_work,
                )
                try:
                    await discovery.run()
                except LeadLost:
                    raise
                except SiteChanged as error:
                    await self._hold(error)
                    return
                except AppError as error:
                    code = exit_code_of(error.code, error.exit_code)
                    self._reasons.append(Reason(error.code, f"{target.title}: {error}", code))
        finally:
            self._is_listed = True
            self._found_work()

    async def _hold(self, error: SiteChanged) -> None:
        """Let this job and all others of the site wait until a person has looked."""
        store, folder = self._context.store, self._context.settings.data_dir / "samples"
        sample = await self._context.in_thread(keep_sample, folder, error)
        text = f"{error} {error.advice}" + (f" Kept: samples/{sample}" if sample else "")
        reason = Reason(error.code, text)
        self._reasons.append(reason)
        self._ending = "paused"  # ours before all are told, so that it is not said twice
        await store.write(holds.hold, error.site, text, sample, reason.to_json())
        log.warning("site held", site=error.site, why=text)
        self.cancel()

    async def _may_go_on(self) -> None:
        await self._may_list.wait()

    def _found_work(self) -> None:
        for runner in self._runners:
            runner.nudge.set()

    async def _run_stage(self, index: int) -> None:
        """One stage of the chain; it is over when those before it are."""
        runner = self._runners[index]

        def is_over() -> bool:
            return self._is_listed and all(task.done() for task in self._tasks[1 : index + 1])

        while True:
            try:
                await runner.run(is_over)
            except JobError as error:
                self._reasons.append(Reason(error.code, str(error), error.exit_code))
                self._ending = self._ending or "failed"
                for task in self._tasks:
                    if task is not asyncio.current_task():
                        task.cancel()
                return
            # Others may hold work of this job, or give some back that they could not finish.
            if not await self._is_work_left(runner.stage.name):
                return
            await asyncio.sleep(_LOOK_S)

    async def _finish(self, chain: Sequence[StageName], targets: Sequence[TargetRow]) -> None:
        """What is left when everything of ours is done."""
        await self._help_others(chain)
        layout = Layout.from_json(self.job.params.get("layout") or {})
        if not layout.is_by_target or self.job.params.get("simulate"):
            return
        for target in targets:
            try:
                await fill_folder(self._context, target, layout, self._may_go_on)
                if layout.name == "dataset" and self._context.settings.names.captions:
                    await complete_captions(self._context, target, layout)
            except AppError as error:  # the disk is full or away, a link stands in the way
                code = exit_code_of(error.code, error.exit_code)
                self._reasons.append(Reason(error.code, f"{target.title}: {error}", code))

    async def _help_others(self, chain: Sequence[StageName]) -> None:
        """Artworks of ours that another job was asked for first: done together, or taken over
        when that job runs no more."""
        store, mine = self._context.store, self.job.id
        while True:
            await store.write(backlog.take_from_ended, mine)
            others = await store.read(backlog.jobs_to_help, mine)
            left = [(job_id, StageName.DOWNLOAD) for job_id in others]
            left += [(mine, stage) for stage in chain if await self._is_work_left(stage)]
            if not left:
                return
            for job_id, stage in left:
                runner = runner_of(self.job, stage, self._context, job_id)
                self._runners.append(runner)
                await self._may_go_on()
                try:
                    await runner.run(lambda: True)
                except JobError as error:
                    self._reasons.append(Reason(error.code, str(error), error.exit_code))
                    return
                finally:
                    self._runners.remove(runner)
            await asyncio.sleep(_LOOK_S)

    async def _is_work_left(self, stage: StageName) -> bool:
        return await self._context.store.read(backlog.has_work_now, self.job.id, stage)

    async def _steer(self) -> None:
        """Do what people want, also when they said it to another instance."""
        store, owner, job_id = self._context.store, self._context.owner, self.job.id
        state = "running"
        while True:
            await asyncio.sleep(_LOOK_S)
            wanted = (await store.read(jobs.wanted_states, [job_id])).get(job_id)
            if wanted == "stopped":
                await self.stop("stopped")
                return
            if wanted == holds.WANTED:
                for hold in await store.read(holds.all_holds):
                    self._reasons.append(Reason("site_changed", hold.detail))
                await self.stop("paused")
                return
            if wanted == "paused" and state == "running":
                self._may_list.clear()
                for runner in self._runners:
                    runner.pause()
                state = "paused"
            elif wanted == "running" and state == "paused":
                self._may_list.set()
                for runner in self._runners:
                    runner.resume()
                state = "running"
            else:
                continue
            await store.write(jobs.show_state, job_id, owner, state)
            self._context.on_progress()

    async def _end(self) -> None:
        lead, store = self._lead, self._context.store
        state = self._ending
        found: list[Reason] = []
        if state is None:
            found = await store.read(reasons_of, lead.job_id)
            state = "incomplete" if found or self._reasons else "completed"
        reasons = [reason.to_json() for reason in [*self._reasons, *found]]
        await store.write(jobs.hand_back, lead.job_id, lead.owner, lead.epoch, state, reasons)
        await store.write(job_events.say, lead.job_id, state, f"{self.job.title}: {state}")
        log.info("job ended", job=lead.job_id, state=state, reasons=reasons)
        self._context.on_progress()
