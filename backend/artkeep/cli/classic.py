"""The classic command line: `civit_image_downloader.py`, over this program's engine.

Every identifier is a download job with the classic layout, one after another: the limits of a
run hold exactly, and each job says by itself how it ended. The words here are those of the
classic downloader, in English only, because scripts read them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from artkeep import __version__, logs
from artkeep.cli.adopt import take_over_old_databases
from artkeep.cli.app import prepare_streams, run_guarded
from artkeep.cli.classic_csv import write_tag_csv
from artkeep.cli.classic_modern import modern_line
from artkeep.cli.classic_options import (
    OUTPUT,
    TIMEOUT_S,
    misfits,
    read_filter_tags,
    read_identifiers,
    read_options,
)
from artkeep.cli.classic_prompts import (
    ask_everything,
    ask_filters,
    ask_identifiers,
    chosen_mode,
)
from artkeep.cli.classic_result import (
    Result,
    Wish,
    limit_reached,
    refused,
    result_of,
    worst,
)
from artkeep.cli.classic_run import MOST_AT_ONCE, Run
from artkeep.cli.classic_summary import STATES, Limits, print_summary
from artkeep.cli.classic_view import PageLines, show_end
from artkeep.cli.follow import examine_rest, read_progress, wait_for_end
from artkeep.cli.output import clean
from artkeep.cli.session import Interruption, open_database, read_settings, running_engine
from artkeep.domain.target import TargetKind
from artkeep.errors import AppError, UsageError
from artkeep.jobs.engine import Engine
from artkeep.jobs.start import start_download
from artkeep.net.client import Timeouts
from artkeep.settings import Settings
from artkeep.store.base import Store
from artkeep.store.classic import left_over
from artkeep.store.jobs import ENDED

_SHORTEST_ROOM = 60  # below the output folder: for names that are shortened, and the file's
_NOTHING_MORE_TO_DO = (6, 7)  # the next identifier would meet the same


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the classic command line; returns the exit code."""
    prepare_streams()
    args = read_options(sys.argv[1:] if arguments is None else arguments)
    args.verb, args.run = "classic", run
    return run_guarded(args)


def run(args: argparse.Namespace) -> int:
    """Ask, download, sum up; returns the exit code."""
    is_interactive = args.mode is None
    may_ask = sys.stdin is not None and sys.stdin.isatty()
    print(f"Artkeep {__version__}: the classic downloader (civit_image_downloader)")
    print(f"Running in {'interactive' if is_interactive else 'command-line'} mode.")
    if is_interactive and not may_ask:
        raise UsageError(
            "--mode is required when nobody can be asked.", advice="Give --mode 1, 2, 3 or 4."
        )
    asked = _ask(args, is_interactive=is_interactive, may_ask=may_ask)
    output = _output_folder(args)
    args.library, args.verbose = str(output), int(args.debug)
    settings = read_settings(args)
    if args.debug:
        logs.configure(
            settings.logs_dir, verbose=True, secrets=settings.secrets(), console=True
        )
    _warn(asked)
    print(modern_line(asked, str(output)), flush=True)
    log = logs.get_logger(__name__)
    log.info("classic run", mode=asked.mode.number, identifiers=asked.values)
    try:
        code = _download(asked, settings)
    except AppError as error:
        log.error("classic run ended", why=str(error))
        print(f"Log: {settings.logs_dir}", file=sys.stderr)
        raise
    if code not in (0, 130):
        print(f"Log: {settings.logs_dir}", file=sys.stderr)
    print(f"Finished: {STATES.get(code, 'failed')} (exit code {code})", flush=True)
    return code


def _ask(args: argparse.Namespace, *, is_interactive: bool, may_ask: bool) -> Run:
    """Everything that was given, with what is missing asked for where that is possible."""
    if is_interactive:
        ask_everything(args)
    mode = chosen_mode(args)
    values = read_identifiers(getattr(args, mode.option) or "", mode)
    if not values:
        if not may_ask:
            raise UsageError(f"--mode {mode.number} needs --{mode.option}.")
        ask_identifiers(args, mode)
        values = read_identifiers(getattr(args, mode.option), mode)
    print(f"Targets: {len(values)} ({mode.word}): {clean(', '.join(values))}")
    if is_interactive:
        ask_filters(args, mode)
    fits = mode.fits
    per_model = args.max_per_model if "max_per_model" in fits else None
    filter_tags = read_filter_tags(args.filter_tags or "") if "filter_tags" in fits else []
    return Run(args, mode, values, filter_tags, Limits(args.max_images or None, per_model))


def _output_folder(args: argparse.Namespace) -> Path:
    """Absolute. Raises UsageError when `--max_path` leaves no room below it."""
    folder = Path(args.output_dir or OUTPUT).expanduser().absolute()
    if args.max_path is not None and args.max_path < len(str(folder)) + _SHORTEST_ROOM:
        raise UsageError(
            f"--max_path {args.max_path} leaves no room for files below {folder}.",
            advice=f"At least {len(str(folder)) + _SHORTEST_ROOM} are needed there.",
        )
    return folder


def _warn(asked: Run) -> None:
    """What is not done as it was written."""
    args, mode = asked.args, asked.mode
    warnings = []
    if others := misfits(args, mode):
        warnings.append(f"mode {mode.number} does not use {', '.join(others)}: ignored.")
    if args.timeout is not None and args.timeout <= 0:
        warnings.append(f"--timeout {args.timeout} is no time: {TIMEOUT_S} is used.")
    if (args.semaphore_limit or 0) > MOST_AT_ONCE:
        warnings.append(f"--semaphore_limit: {MOST_AT_ONCE} at a time are used.")
    for words in warnings:
        print(f"Warning: {words}", file=sys.stderr, flush=True)
        logs.get_logger(__name__).warning("classic option", why=words)


def _download(asked: Run, settings: Settings) -> int:
    """All identifiers, the CSV of tags and the summary; the exit code."""
    timeout_s = asked.args.timeout if (asked.args.timeout or 0) > 0 else TIMEOUT_S
    timeouts = Timeouts(head_s=timeout_s, idle_s=timeout_s)
    results = [Result(asked.mode, value) for value in asked.values]
    with (
        open_database(settings) as store,
        running_engine(settings, store, timeouts=timeouts) as (engine, interruption),
    ):
        print(f"Files go to {settings.library}", flush=True)
        take_over_old_databases(settings, store)
        for at, value in enumerate(asked.values):
            if interruption.requested.is_set():
                break
            got = sum(one.downloaded for one in results)
            results[at] = _download_one(asked, value, got, engine, store, interruption)
            show_end(results[at])
            if results[at].exit_code in _NOTHING_MORE_TO_DO:
                break
        if not interruption.requested.is_set():
            with PageLines("") as view:
                examine_rest(engine, store, view, interruption)
        codes = {one.exit_code for one in results}
        if asked.mode.kind is TargetKind.MODEL_TAG and any(one.items for one in results):
            codes.add(_write_csvs(asked, results, engine, store))
        if interruption.requested.is_set():
            codes.add(130)
    print_summary(results, asked.limits)
    return worst(codes)


def _download_one(
    asked: Run, value: str, got: int, engine: Engine, store: Store, interruption: Interruption
) -> Result:
    """One identifier, to its end or until the user wants to stop."""
    mode = asked.mode
    print(f"\nProcessing {mode.word_in_lists}: {clean(value)}", flush=True)
    most = asked.limits.most
    if most is not None and got >= most:
        return limit_reached(mode, value)
    try:
        target = asked.target_of(value, engine.settings)
    except UsageError as error:
        return refused(mode, value, error)
    options = asked.options(None if most is None else most - got)
    since = datetime.now(UTC)
    started = store.transact(lambda connection: start_download(connection, [target], options))
    # A run that was interrupted goes on: what it did then is not of this run.
    before = 0 if started.is_new else read_progress(store, started.job_id).done
    view = PageLines(value)
    with view:
        running = engine.run_job(started.job_id)
        if wait_for_end(running, store, started.job_id, view, interruption):
            engine.stop()
    progress = read_progress(store, started.job_id)
    view.show_pages(progress)
    with store.reading() as connection:
        left = left_over(connection, started.job_id, progress.targets[0].id, since)
    if target.filters.keeps_untagged and left.untagged:
        words = f"{left.untagged} images without known site tags are kept."
        print(f"Warning: {words}", file=sys.stderr, flush=True)
    wish = Wish(asked.tag_of(value), bool(asked.args.no_videos), asked.is_deep, before)
    is_over = progress.job.state in (*ENDED, "paused")
    return result_of(mode, value, progress, left, wish, is_over=is_over)


def _write_csvs(asked: Run, results: Sequence[Result], engine: Engine, store: Store) -> int:
    """The CSV of every tag that something was listed for; the exit code."""
    today = datetime.now().astimezone().date()
    for value, result in zip(asked.values, results, strict=True):
        if not result.items:
            continue
        try:
            target = asked.target_of(value, engine.settings)
            path = write_tag_csv(store, engine.library, target, today)
        except OSError as error:
            print(f"The summary of {clean(value)} cannot be written: {error}", file=sys.stderr)
            return 6
        if path is not None:
            print(f"Summary of the tag: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
