"""`--simulate`: list and record what is there, ask for nothing, tell what would be fetched."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from artkeep.cli.follow import exit_code, read_progress, wait_for_end
from artkeep.cli.output import ProgressView, clean, print_json
from artkeep.cli.session import running_engine
from artkeep.cli.words import say
from artkeep.domain.target import Target
from artkeep.jobs.start import Options, start_download
from artkeep.settings import Settings
from artkeep.store import ledger
from artkeep.store.base import Store

_AT_A_TIME = 1000


def simulate(
    settings: Settings,
    store: Store,
    targets: Sequence[Target],
    options: Options,
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """Returns the exit code."""
    options = replace(options, is_simulated=True)
    started = store.transact(lambda connection: start_download(connection, targets, options))
    with (
        running_engine(settings, store) as (engine, interruption),
        ProgressView(as_json=as_json, quiet=quiet) as view,
    ):
        running = engine.run_job(started.job_id)
        if wait_for_end(running, store, started.job_id, view, interruption):
            engine.stop()
    if as_json:
        _print_artworks(store, started.job_id)
    progress = read_progress(store, started.job_id)
    for target in progress.targets if not as_json else ():
        print(
            f"{clean(target.target)}: {say('listed')} {target.listed} · "
            f"{say('have')} {target.stored} · {say('skipped')} {target.skipped} · "
            f"{say('would be fetched')} {target.waiting}"
        )
    for reason in progress.job.reasons:
        print(clean(reason["text"]), file=sys.stderr)
    if as_json:
        print_json({"event": "ended", **progress.to_json()})
    return exit_code(progress.job, progress, was_interrupted=interruption.requested.is_set())


def _print_artworks(store: Store, job_id: int) -> None:
    after = 0
    while True:
        with store.reading() as connection:
            rows = ledger.listed_by(connection, job_id, after, _AT_A_TIME)
        if not rows:
            return
        after = rows[-1].id
        for row in rows:
            print_json(row.to_json())
