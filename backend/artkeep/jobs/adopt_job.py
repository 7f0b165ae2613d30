"""Taking over what lies in a folder as a job: with progress, to be paused, stopped and resumed.

It asks for no stage. What is committed stands: whoever leads the job next collects everything
anew and finds that part known. How far it is stands in the job's tallies, under its kind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from artkeep.errors import UsageError
from artkeep.jobs.adopt import Adoption, Step, back_up_unless_empty
from artkeep.jobs.adopt_report import REASONS, Report, by_reason, write_report
from artkeep.jobs.adopt_sources import Collected, collect, identifier
from artkeep.jobs.listed import Lead, LeadLost
from artkeep.jobs.start import Started
from artkeep.jobs.threaded import run_in_thread
from artkeep.media.folders import is_system_folder
from artkeep.sites._adapter import SiteAdapter
from artkeep.stages._stage import StageContext
from artkeep.store import adoption, job_events, jobs
from artkeep.store.base import Store
from artkeep.store.jobs import ADOPT, JobRow

FOLDER = "folder"  # in the parameters
LEFT_OUT = "left_out"  # entries, not artworks
_NO_FILE = "no_file"
_LOOK_S = 0.2
_AT_ONCE = 500


class _Stopped(Exception):
    """Ends the collecting of a job that was stopped."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would come of a folder, by what is found there; no file was opened for it."""

    collected: Collected
    with_file: int
    without_file: int
    known: int  # and had, or deleted on purpose


def look(store: Store, adapters: Mapping[str, SiteAdapter], folder: Path) -> Outlook:
    """What a job of this folder would take over. Raises NotFoundHere, UsageError."""
    require_own(folder)
    collected = collect(folder, identifier(adapters))
    by_site: dict[str, list[str]] = {}
    for site, site_id in collected.artworks:
        by_site.setdefault(site, []).append(site_id)
    settled: set[tuple[str, str]] = set()
    with store.reading() as connection:
        for site, ids in by_site.items():
            for first in range(0, len(ids), _AT_ONCE):
                rows = adoption.known(connection, site, ids[first : first + _AT_ONCE])
                settled |= {
                    (site, site_id)
                    for site_id, row in rows.items()
                    if row.download_status in adoption.SETTLED
                }
    with_file = sum(
        bool(old.files) for key, old in collected.artworks.items() if key not in settled
    )
    without_file = len(collected.artworks) - len(settled) - with_file
    return Outlook(collected, with_file, without_file, len(settled))


def require_own(folder: Path) -> None:
    """Raises UsageError for what belongs to the system, or only holds the folders of others."""
    if is_system_folder(folder):
        raise UsageError(
            f"{folder} belongs to the system.",
            code="system_folder",
            advice="Give the folder that the pictures lie in.",
        )


def start_adoption(connection: Connection, folder: Path) -> Started:
    """A job that takes over what lies in a folder, or the unfinished one. Raises UsageError."""
    require_own(folder)
    signature = f"adopt {folder}"
    going_on = jobs.unfinished_like(connection, signature)
    if going_on is not None:
        jobs.want(connection, going_on.id, "running")
        return Started(going_on.id, is_new=False)
    job_id = jobs.create(
        connection,
        kind=ADOPT,
        title=f"Take over {folder}",
        params={FOLDER: str(folder)},
        then=(),
        signature=signature,
    )
    return Started(job_id, is_new=True)


async def take_over(
    context: StageContext, lead: Lead, job: JobRow, is_paused: Callable[[], bool]
) -> None:
    """Do the job, until it is done or this is cancelled: then the file in hand is finished, and
    what was found whole is committed. Raises LeadLost, AppError."""
    await run_in_thread(_TakingOver(context, lead, Path(job.params[FOLDER]), is_paused))


class _TakingOver:
    """What runs in a thread of its own."""

    def __init__(
        self, context: StageContext, lead: Lead, folder: Path, is_paused: Callable[[], bool]
    ) -> None:
        self.is_over = threading.Event()
        self._context = context
        self._lead = lead
        self._folder = folder
        self._is_paused = is_paused
        self._earlier = 0  # what a stopped run of this job took over
        self._met = 0  # of these, in the batch that is being committed

    def run(self) -> None:
        """Collect, take over, tell."""
        context = self._context
        store, settings = context.store, context.settings
        try:
            identify = identifier(context.adapters)
            collected = collect(self._folder, identify, go_on=self._go_on)
        except _Stopped:
            return
        back_up_unless_empty(store, settings.data_dir)
        self._earlier = store.transact(lambda connection: self._begin(connection, collected))
        taking = Adoption(store, settings.library, collected)
        report = taking.run(self._on_progress, self._should_stop, self._count)
        if report.is_stopped:
            return
        written = write_report(settings.logs_dir, report)
        store.transact(lambda connection: self._tell(connection, report, written))
        context.on_progress()

    def _go_on(self) -> None:
        if self._should_stop():
            raise _Stopped

    def _should_stop(self) -> bool:
        """Waits while the job is paused."""
        while self._is_paused() and not self.is_over.wait(_LOOK_S):
            pass
        return self.is_over.is_set()

    def _on_progress(self, done: int, total: int) -> None:
        self._earlier -= self._met
        self._met = 0
        self._context.on_progress()

    def _begin(self, connection: Connection, collected: Collected) -> int:
        """How many this job took over before it was stopped; they come as known ones now."""
        self._require_lead(connection)
        job_id = self._lead.job_id
        before = jobs.forget_tallies(connection, job_id, keep="done")
        jobs.count(connection, job_id, ADOPT, "asked", amount=len(collected.artworks))
        for reason, one in by_reason(collected.rejects).items():
            jobs.count(connection, job_id, ADOPT, LEFT_OUT, reason, amount=one["count"])
        return before

    def _count(self, connection: Connection, step: Step) -> None:
        self._require_lead(connection)
        job_id = self._lead.job_id
        self._met = min(step.known, self._earlier)
        jobs.count(connection, job_id, ADOPT, "done", amount=step.done, size=step.bytes)
        jobs.count(connection, job_id, ADOPT, "known", amount=step.known - self._met)
        jobs.count(connection, job_id, ADOPT, "elsewhere", amount=step.busy)
        jobs.count(connection, job_id, ADOPT, _NO_FILE, amount=step.no_file)

    def _tell(self, connection: Connection, report: Report, written: Path | None) -> None:
        self._require_lead(connection)
        job_id = self._lead.job_id
        for rows, words in ((report.skipped, "left out"), (report.notes, "odd")):
            for reason, one in by_reason(rows).items():
                why = REASONS.get(reason, reason)
                text = f"{one['count']} {words}: {why} ({', '.join(one['examples'])})"
                job_events.say(connection, job_id, reason, text, "warning")
        if written is not None:
            text = f"Every one of them: {written}"
            job_events.say(connection, job_id, "adoption_report", text)

    def _require_lead(self, connection: Connection) -> None:
        lead = self._lead
        if not jobs.is_led_by(connection, lead.job_id, lead.owner, lead.epoch):
            raise LeadLost(f"Job {lead.job_id} is led by another instance.")
