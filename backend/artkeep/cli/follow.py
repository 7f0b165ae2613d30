"""Following a job on a terminal: its bar, its end, and the exit code that says how it ended."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress

from artkeep.cli.output import ProgressView, print_json, print_summary
from artkeep.cli.session import Interruption, running_engine
from artkeep.cli.words import say
from artkeep.errors import DatabaseAway
from artkeep.jobs.engine import Engine
from artkeep.jobs.progress import Progress, job_progress
from artkeep.jobs.start import Started
from artkeep.settings import Settings
from artkeep.store.base import Store
from artkeep.store.jobs import JobRow

_LOOK_S = 0.2


def run_started(
    args: argparse.Namespace,
    settings: Settings,
    store: Store,
    started: Started,
    *,
    examine: bool,
) -> int:
    """Run a job that was started just now; the exit code."""
    if not started.is_new and not args.json:
        print(say("Job {job} goes on where it was.", job=started.job_id), file=sys.stderr)
    with running_engine(settings, store) as (engine, interruption):
        if args.json:
            print_json({"event": "started", "job": started.job_id})
        else:
            print(f"{say('Library')}: {settings.library}", file=sys.stderr)
        return follow(
            engine,
            store,
            started.job_id,
            interruption,
            as_json=args.json,
            quiet=args.quiet,
            examine=examine,
        )


def follow(
    engine: Engine,
    store: Store,
    job_id: int,
    interruption: Interruption,
    *,
    as_json: bool,
    quiet: bool,
    examine: bool,
) -> int:
    """Show a job until it is over here; the exit code says how it ended."""
    running = engine.run_job(job_id)
    with ProgressView(as_json=as_json, quiet=quiet) as view:
        if wait_for_end(running, store, job_id, view, interruption):
            engine.stop()
        elif examine:
            examine_rest(engine, store, view, interruption)
    progress = read_progress(store, job_id)
    if as_json:
        print_json({"event": "ended", **progress.to_json()})
    else:
        print_summary(progress)
        if interruption.requested.is_set():
            words = "Stopped. `artkeep jobs resume {job}` goes on."
            print(say(words, job=job_id), file=sys.stderr)
    return exit_code(progress.job, progress, was_interrupted=interruption.requested.is_set())


def wait_for_end(
    running: Future[JobRow],
    store: Store,
    job_id: int,
    view: ProgressView,
    interruption: Interruption,
) -> bool:
    """Show how far it is; True when the user wants to stop before the job is over."""
    is_told = False
    show_again = 0.0
    while not interruption.requested.is_set():
        try:
            running.result(timeout=_LOOK_S)
        except NotYet:
            if store.is_away and not is_told:
                words = "The database does not answer; waiting for it."
                print(say(words), file=sys.stderr, flush=True)
            is_told = store.is_away
            now = time.monotonic()
            if view.is_shown and now >= show_again:
                with suppress(DatabaseAway):
                    view.show(read_progress(store, job_id))
                # Counting over a large target is not worth more than a twentieth of the time.
                show_again = now + 20 * (time.monotonic() - now)
        else:
            return False
    return True


def examine_rest(
    engine: Engine, store: Store, view: ProgressView, interruption: Interruption
) -> None:
    """Examine what waits for it, as long as the user does not want to stop."""
    examining = engine.finish_house()
    while not interruption.requested.is_set():
        try:
            return examining.result(timeout=_LOOK_S)
        except NotYet:
            with store.reading() as connection:
                left = engine.house_work_left(connection)
            view.show_left(say("Examining pictures"), left)
    return None


def read_progress(store: Store, job_id: int) -> Progress:
    """How far a job is."""
    with store.reading() as connection:
        progress = job_progress(connection, job_id)
    assert progress is not None
    return progress


def exit_code(job: JobRow, progress: Progress, *, was_interrupted: bool) -> int:
    """0 done and clean, 3 incomplete, 4 5 6 for their reasons, 130 interrupted (design §7)."""
    if was_interrupted and job.state not in ("completed", "incomplete", "failed"):
        return 130
    if job.state == "completed":
        return 3 if progress.failed else 0
    codes = [int(reason.get("exit_code", "3")) for reason in job.reasons] or [3]
    return next((code for code in codes if code not in (0, 3)), max(codes))
