"""The engine: one asyncio loop in a thread of its own, on which every job of this process runs.

Other threads (the command line, the page's requests) hand work to it and wait for futures.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection

from artkeep import __version__
from artkeep.domain.rating import parse_rating
from artkeep.errors import DatabaseAway, JobError
from artkeep.jobs.apply import apply_settings
from artkeep.jobs.backups import back_up_daily
from artkeep.jobs.budgets import DatabaseBudget
from artkeep.jobs.checkpoints import Checkpoints
from artkeep.jobs.heartbeat import Heartbeat
from artkeep.jobs.house import House
from artkeep.jobs.indexing import keep_indexing
from artkeep.jobs.lead import JobLeader
from artkeep.jobs.library_job import chain_of, runner_of
from artkeep.jobs.policies import host_policies
from artkeep.jobs.process import collect_rarely, require_one_protocol, this_process
from artkeep.jobs.start import layout_for
from artkeep.jobs.tidy import clear_left_overs, open_library
from artkeep.jobs.trash import keep_emptying
from artkeep.jobs.watch import Watcher
from artkeep.logs import get_logger
from artkeep.media.convert import ConverterPool
from artkeep.media.embedding import EmbedderPool
from artkeep.media.examine import DecoderPool
from artkeep.media.library import Library
from artkeep.media.preview_cache import PreviewCache
from artkeep.net.client import Client, Timeouts
from artkeep.settings import Settings
from artkeep.sites._registry import adapters
from artkeep.stages._stage import StageContext
from artkeep.stages._tagging import Tagging
from artkeep.stages._threads import FileThreads
from artkeep.stages._together import Together
from artkeep.store import backlog, checkpoints, embedded, instances, jobs
from artkeep.store.base import Store
from artkeep.store.jobs import JobRow

log = get_logger(__name__)

T = TypeVar("T")

_FILE_THREADS = 4
_PLACING_THREADS = 2
_LOOK_S = 0.3
_MANY = 500  # pictures to examine: who took over so many waits for other things
_DUE_LOOK_S = 5.0
_LAST_CHANCE_S = 8.0  # what runs may finish after the first signal (RB-14)
_ENDED = ("completed", "incomplete", "failed", "stopped")


class Engine:
    """Runs jobs in this process. `start` before anything else, `stop` at the end."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        port: int | None = None,
        timeouts: Timeouts | None = None,
        on_asked_to_leave: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.store = store
        self._on_asked_to_leave = on_asked_to_leave
        self._port = port
        self._timeouts = timeouts
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready: Future[None] = Future()
        self._closing = asyncio.Event()
        self._leaders: dict[int, JobLeader] = {}
        self._jobs: dict[int, asyncio.Task[JobRow]] = {}
        self._is_stopping = False
        self._house: House | None = None
        self._context: StageContext | None = None

    def start(self) -> None:
        """Open the library, register, take over from the dead. Raises what is in the way."""
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()
        self._ready.result()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the engine's loop from another thread."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def run_job(self, job_id: int) -> Future[JobRow]:
        """Lead a job, or help whoever leads it; done when the job is over here."""
        return self.submit(self._start_job(job_id))

    def begin(self, job_id: int) -> None:
        """The same for those who do not wait."""
        self.run_job(job_id).add_done_callback(_note_error)

    def apply(self, settings: Settings) -> Future[None]:
        """Go on with other settings: what runs ends as it began, what begins has them.

        Raises Conflict when the library is to change while a job uses it; what opening the new
        one raises. Nothing has changed then.
        """
        return self.submit(self._apply(settings))

    def finish_house(self) -> Future[None]:
        """Examine what waits to be examined; done when nothing is left, but for a heap that
        waited before `start`: whoever serves the page does that."""
        return self.submit(self._finish_house())

    def house_work_left(self, connection: Connection) -> int:
        """How much `finish_house` waits for."""
        assert self._house is not None
        return self._house.work_left(connection)

    def stop(self) -> None:
        """Finish what runs (8 s at most), give everything back, leave. Safe to call twice."""
        if self._loop is None or self._thread is None or not self._thread.is_alive():
            return
        self.submit(self._stop()).result()
        self._thread.join()

    @property
    def owner(self) -> str:
        """The id of this instance at present; another one after it was declared dead."""
        assert self._context is not None
        return self._context.owner

    @property
    def context(self) -> StageContext:
        """What stages work with, for what is tried without a job."""
        assert self._context is not None
        return self._context

    @property
    def client(self) -> Client:
        """The one HTTP client."""
        assert self._context is not None
        return self._context.client

    @property
    def previews(self) -> PreviewCache:
        """Small forms that were fetched to be looked at."""
        assert self._context is not None
        return self._context.previews

    @property
    def library(self) -> Library:
        """The output folder."""
        assert self._context is not None
        return self._context.library

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
            else:
                log.exception("engine ended")

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        settings, store = self.settings, self.store
        library = await asyncio.to_thread(open_library, store, settings.library)
        sites = adapters(settings)
        row = this_process(self._port)
        require_one_protocol(await store.read(instances.living))
        await store.write(instances.register, row)
        store.sign(row.id)
        heartbeat = Heartbeat(store, row.id, time_scale=settings.net.time_scale)
        threads, placing = FileThreads(_FILE_THREADS), FileThreads(_PLACING_THREADS)
        decoders = DecoderPool(_examine_workers(settings), settings.data_dir / "thumbs")
        converters = ConverterPool(settings.workers.convert or os.cpu_count() or 1)
        embedders = EmbedderPool(min(settings.workers.embed, os.cpu_count() or 1))
        previews = PreviewCache(settings.data_dir / "cache" / "previews")
        await asyncio.to_thread(previews.clear_strays)
        async with Client(
            settings.net,
            host_policies(settings, sites),
            version=__version__,
            budget=DatabaseBudget(store),
            timeouts=self._timeouts,
        ) as client:
            self._context = StageContext(
                settings=settings,
                store=store,
                owner=row.id,
                client=client,
                adapters=sites,
                library=library,
                decoders=decoders,
                converters=converters,
                embedders=embedders,
                previews=previews,
                threads=threads,
                placing=placing,
                safe_ratings=frozenset(map(parse_rating, settings.safe_ratings)),
                tagging=Tagging(client),
                whole_files=Together(
                    lambda ids: store.read(embedded.files_of, ids, library.root_id)
                ),
                may_start_work=_watch(heartbeat),
            )
            await heartbeat.look_around()
            await asyncio.to_thread(clear_left_overs, store, library)
            collect_rarely()
            old = await store.read(backlog.newest_of_many, _MANY)
            self._house = House(self._context, _examine_workers(settings), self._is_busy, old)
            background = [
                asyncio.create_task(self._keep_alive(heartbeat)),
                asyncio.create_task(self._house.run()),
                asyncio.create_task(self._pick_up_due()),
                asyncio.create_task(back_up_daily(store, settings.data_dir / "backups")),
                asyncio.create_task(keep_emptying(self._context)),
                asyncio.create_task(keep_indexing(store, self._has_jobs)),
            ]
            if checkpoints.is_needed(store):
                checkpoints.stop_automatic(store)
                kept_small = Checkpoints(store, lambda: self.owner)
                background.append(asyncio.create_task(kept_small.run()))
            if self._port is not None:  # whoever serves the page stays
                background.append(asyncio.create_task(self._watcher().run()))
            sqlite = sqlite3.sqlite_version if store.is_sqlite else None
            log.info("started", version=__version__, sqlite=sqlite, port=self._port)  # MI-13
            self._ready.set_result(None)
            try:
                await self._closing.wait()
            finally:
                for task in background:
                    task.cancel()
                await asyncio.gather(*background, return_exceptions=True)
                await self._context.tagging.close()
                await decoders.close()
                await converters.close()
                await embedders.close()
                with contextlib.suppress(DatabaseAway):  # others will find out
                    await store.write(instances.leave, self._context.owner)
                threads.close()
                placing.close()

    async def _keep_alive(self, heartbeat: Heartbeat) -> None:
        """Beat; when others took over while we slept, begin anew under another name."""
        assert self._context is not None
        while True:
            died = asyncio.Event()

            async def on_death(event: asyncio.Event = died) -> None:
                event.set()

            await heartbeat.run(on_death, self._on_asked_to_leave)
            log.warning("declared dead by others; starting anew")
            row = this_process(self._port)
            await self.store.write(instances.register, row)
            self.store.sign(row.id)
            self._context.owner = row.id  # first: nothing more may be taken in the old name
            for leader in list(self._leaders.values()):
                await leader.abandon()
            heartbeat = Heartbeat(self.store, row.id, time_scale=self.settings.net.time_scale)
            self._context.may_start_work = _watch(heartbeat)

    async def _apply(self, settings: Settings) -> None:
        assert self._context is not None
        assert self._house is not None
        await apply_settings(self._context, self._house, settings, self._has_jobs)
        self.settings = settings

    def _has_jobs(self) -> bool:
        return any(not task.done() for task in self._jobs.values())

    def _is_busy(self) -> bool:
        """Whether downloads run so fast that examining would slow them down."""
        return any(leader.is_fast for leader in self._leaders.values())

    async def _finish_house(self) -> None:
        assert self._house is not None
        await self._house.finish()

    async def _start_job(self, job_id: int) -> JobRow:
        task = self._jobs.get(job_id)
        if task is None or task.done():
            task = self._jobs[job_id] = asyncio.create_task(self._run_job(job_id))
        return await task

    async def _run_job(self, job_id: int) -> JobRow:
        assert self._context is not None
        store, context = self.store, self._context
        has_run = is_held = False
        while True:
            job = await store.read(jobs.get, job_id)
            if job is None:
                raise JobError(f"There is no job {job_id}.", code="no_job")
            if self._is_stopping or is_held or (has_run and job.state in _ENDED):
                return job
            epoch = await store.write(jobs.take_lead, job_id, context.owner)
            has_run = True
            if epoch is None:
                if job.owner is None:  # paused, and its leader is gone
                    await asyncio.sleep(_LOOK_S)
                else:
                    await self._help(job)
                continue
            leader = self._leaders[job_id] = JobLeader(context, job, epoch)
            try:
                await leader.run()
                is_held = leader.is_held
            except Exception:
                # A bug: the job fails with a logged traceback, the program lives on.
                log.exception("job failed", job=job_id)
                reason = {"code": "bug", "text": "An error of the program; see the log."}
                await store.write(
                    jobs.hand_back, job_id, context.owner, epoch, "failed", [reason]
                )
            finally:
                del self._leaders[job_id]

    async def _help(self, job: JobRow) -> None:
        """Work on a job that another instance leads, until it is over or needs a leader."""
        assert self._context is not None
        runners = [runner_of(job, name, self._context) for name in chain_of(job)]
        is_over = False
        tasks = [asyncio.create_task(runner.run(lambda: is_over)) for runner in runners]
        try:
            while not self._is_stopping and not any(task.done() for task in tasks):
                now = await self.store.read(jobs.get, job.id)
                if now is None or now.owner is None or now.state in _ENDED:
                    break
                for runner in runners:
                    if now.state == "paused":
                        runner.pause()
                    else:
                        runner.resume()
                await asyncio.sleep(_LOOK_S)
            is_over = True
            for runner in runners:
                await runner.finish_running()
            for task in tasks:
                if task.done():
                    task.result()  # what keeps this instance from helping ends the job here
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pick_up_due(self) -> None:
        """Deferred work whose time has come: its job goes on by itself."""
        while True:
            await asyncio.sleep(_DUE_LOOK_S * self.settings.net.time_scale)
            for job_id in await self.store.read(backlog.due_jobs):
                if job_id not in self._leaders:
                    log.info("deferred work is due", job=job_id)
                    task = self._jobs[job_id] = asyncio.create_task(self._run_job(job_id))
                    task.add_done_callback(_note_error)

    def _watcher(self) -> Watcher:
        context = self._context
        assert context is not None
        return Watcher(
            self.store,
            self._start_job,
            lambda: not self._is_stopping and context.may_start_work(),
            layout=lambda target: layout_for(context.settings, targets=[target]),
            time_scale=self.settings.net.time_scale,
        )

    async def _stop(self) -> None:
        self._is_stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_CHANCE_S):
                await asyncio.gather(
                    *(
                        leader.stop("interrupted", finish_running=True)
                        for leader in list(self._leaders.values())
                    )
                )
        self.store.stop_waiting()
        for leader in list(self._leaders.values()):
            await leader.stop("interrupted")
            leader.cancel()
        running = [task for task in self._jobs.values() if not task.done()]
        if running:
            await asyncio.wait(running, timeout=2)
        for task in running:
            task.cancel()
        self._closing.set()


def _note_error(task: asyncio.Task[JobRow] | Future[JobRow]) -> None:
    """Nobody waits for it."""
    if not task.cancelled() and (error := task.exception()):
        log.warning("job not helped", why=str(error))


def _watch(heartbeat: Heartbeat) -> Callable[[], bool]:
    return lambda: heartbeat.may_start_work


def _examine_workers(settings: Settings) -> int:
    configured = settings.workers.examine
    return configured if configured is not None else max(1, os.cpu_count() or 1)
