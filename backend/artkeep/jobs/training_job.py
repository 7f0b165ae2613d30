"""A training set as a job: it asks for no stage and changes no artwork.

What lies in its folder is noted there, file by file: a job that was stopped or killed looks
anew at what its query means and goes on behind what is there.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from artkeep.domain.query import parse_query
from artkeep.domain.training import TrainingOptions
from artkeep.errors import AppError, FileProblem, UsageError
from artkeep.jobs.listed import Lead, LeadLost
from artkeep.jobs.start import Started
from artkeep.jobs.threaded import run_in_thread
from artkeep.jobs.training import TrainingReport, make_training_set, open_folder
from artkeep.jobs.training_plan import TrainingPlan, plan
from artkeep.media.folders import look_at
from artkeep.media.library import explain
from artkeep.settings import Settings
from artkeep.stages._stage import StageContext
from artkeep.store import job_events, jobs
from artkeep.store.jobs import EXPORT, JobRow

QUERY, FOLDER, OPTIONS = "query", "folder", "options"  # in the parameters
_LOOK_S = 0.2


class _Stopped(Exception):
    """Ends the planning of a job that was stopped."""


def require_folder(path: Path, settings: Settings) -> None:
    """Raises UsageError for a folder that no training set may go to; nothing is made."""
    found = look_at(path)
    if found.is_system or not found.is_writable:
        raise UsageError(f"{path}: {found.text}", code="bad_folder")
    if path.resolve() == settings.data_dir.resolve():
        raise UsageError(f"{path} holds database and settings.", code="bad_folder")
    try:
        open_folder(path, settings.library)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}", code="bad_folder") from error


def start_training(
    connection: Connection, query: str, folder: Path, options: TrainingOptions
) -> Started:
    """A job that makes this training set, or the unfinished one. Raises BadQuery, and
    UsageError while another one writes to the same folder."""
    parse_query(query)
    signature = _signature(folder)
    params = {QUERY: query, FOLDER: str(folder), OPTIONS: options.to_json()}
    going_on = jobs.unfinished_like(connection, signature)
    if going_on is not None and _asked(going_on) == (query, options):
        jobs.want(connection, going_on.id, "running")
        return Started(going_on.id, is_new=False)
    if going_on is not None and (going_on.state != "stopped" or going_on.owner is not None):
        raise _taken(folder, going_on.id)
    job_id = jobs.create(
        connection,
        kind=EXPORT,
        title=f"Training set in {folder}",
        params=params,
        then=(),
        signature=signature,
    )
    return Started(job_id, is_new=True)


def _signature(folder: Path) -> str:
    return f"export {folder.resolve()}"


def _taken(folder: Path, job_id: int) -> UsageError:
    return UsageError(
        f"Job {job_id} makes another training set in {folder}.",
        code="folder_in_use",
        advice="Stop that job first, or give another folder.",
    )


def _asked(job: JobRow) -> tuple[str, TrainingOptions]:
    return str(job.params[QUERY]), TrainingOptions.from_json(job.params[OPTIONS])


async def make(
    context: StageContext, lead: Lead, job: JobRow, is_paused: Callable[[], bool]
) -> None:
    """Do the job, until it is done or this is cancelled: then the batch in hand is finished.
    Raises LeadLost, AppError."""
    await run_in_thread(_Making(context, lead, job, is_paused))


class _Making:
    """What runs in a thread of its own."""

    def __init__(
        self, context: StageContext, lead: Lead, job: JobRow, is_paused: Callable[[], bool]
    ) -> None:
        self.is_over = threading.Event()
        self._context = context
        self._lead = lead
        self._query, self._options = _asked(job)
        self._folder = Path(job.params[FOLDER])
        self._is_paused = is_paused
        self._earlier = 0  # pictures that a stopped run of this job wrote
        self._told: Counter[tuple[str, str]] = Counter()

    def run(self) -> None:
        """Plan, write, tell."""
        store, settings = self._context.store, self._context.settings
        try:
            planned = plan(store, self._query, self._options, self._go_on)
        except _Stopped:
            return
        require_folder(self._folder, settings)
        store.transact(lambda connection: self._begin(connection, planned))
        try:
            report = asyncio.run(
                make_training_set(
                    planned,
                    open_folder(self._folder, settings.library),
                    on_progress=self._on_progress,
                    should_stop=self._should_stop,
                )
            )
        except OSError as error:
            raise self._problem(error) from error
        if report.is_stopped:
            return
        store.transact(lambda connection: self._tell(connection, planned, report))
        self._context.on_progress()
        if report.failed:
            (code, _), *_ = report.failed.most_common(1)
            text = f"{report.failed.total()} pictures could not be taken over: "
            raise FileProblem(text + "; ".join(report.failed_examples), code=code)

    def _problem(self, error: OSError) -> AppError:
        known = explain(error, self._folder)
        if known.code == "root_offline":  # the words are the library's
            return FileProblem(f"{self._folder}: {error.strerror}", code="disk_error")
        return known

    def _go_on(self) -> None:
        if self._should_stop():
            raise _Stopped

    def _should_stop(self) -> bool:
        """Waits while the job is paused."""
        while self._is_paused() and not self.is_over.wait(_LOOK_S):
            pass
        return self.is_over.is_set()

    def _on_progress(self, report: TrainingReport, total: int) -> None:
        reached = self._outcomes(report)
        self._context.store.transact(
            lambda connection: self._count(connection, reached - self._told)
        )
        self._told = reached
        self._context.on_progress()

    def _outcomes(self, report: TrainingReport) -> Counter[tuple[str, str]]:
        """What to count beside what an earlier run of this job counted."""
        known = report.same - min(report.same, self._earlier)
        found = Counter({("done", ""): report.pictures, ("known", ""): known})
        found.update({("failed", code): amount for code, amount in report.failed.items()})
        return found

    def _begin(self, connection: Connection, planned: TrainingPlan) -> None:
        self._require_lead(connection)
        job_id = self._lead.job_id
        for other in jobs.led_like(connection, _signature(self._folder)):
            if other != job_id:  # an older one was resumed, or this one
                raise _taken(self._folder, other)
        self._earlier = jobs.forget_tallies(connection, job_id, keep="done")
        self._count_plan(connection, planned)

    def _count_plan(self, connection: Connection, planned: TrainingPlan) -> None:
        job_id = self._lead.job_id
        jobs.count(connection, job_id, EXPORT, "asked", amount=planned.artworks)
        for reason, amount in planned.left_out.items():
            jobs.count(connection, job_id, EXPORT, "skipped", reason, amount=amount)

    def _count(self, connection: Connection, outcomes: Counter[tuple[str, str]]) -> None:
        self._require_lead(connection)
        for (outcome, reason), amount in outcomes.items():
            jobs.count(connection, self._lead.job_id, EXPORT, outcome, reason, amount=amount)

    def _tell(
        self, connection: Connection, planned: TrainingPlan, report: TrainingReport
    ) -> None:
        """Count anew, for somebody may have taken files away since an earlier run."""
        job_id = self._lead.job_id
        self._require_lead(connection)
        jobs.forget_tallies(connection, job_id, keep="")
        self._count_plan(connection, planned)
        met = Counter({("done", ""): min(report.same, self._earlier)})
        self._count(connection, self._outcomes(report) + met)
        left_out = planned.left_out.total()
        text = (
            f"{report.pictures} pictures and {report.captions} captions written, "
            f"{report.same} were there already, {left_out} left out: {self._folder}"
        )
        job_events.say(connection, job_id, "training_set", text)
        if report.edited:
            text = f"{report.edited} texts were edited by hand and stay."
            job_events.say(connection, job_id, "texts_stay", text)
        if report.removed:
            text = f"{report.removed} files of an earlier export were removed."
            job_events.say(connection, job_id, "files_removed", text)

    def _require_lead(self, connection: Connection) -> None:
        lead = self._lead
        if not jobs.is_led_by(connection, lead.job_id, lead.owner, lead.epoch):
            raise LeadLost(f"Job {lead.job_id} is led by another instance.")
