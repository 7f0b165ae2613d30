"""`artkeep jobs`: what ran, how far it is, and steering it from any process."""

from __future__ import annotations

import argparse

from artkeep.cli.follow import follow
from artkeep.cli.output import clean, print_json, print_summary
from artkeep.cli.session import open_database, read_settings, running_engine
from artkeep.cli.words import say
from artkeep.errors import UsageError
from artkeep.jobs.progress import job_progress
from artkeep.jobs.start import retry
from artkeep.settings import Settings
from artkeep.store import jobs
from artkeep.store.base import Store


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`jobs` with its actions."""
    parser = verbs.add_parser(
        "jobs",
        help="list jobs; pause, resume, stop or retry one",
        epilog="""artkeep jobs
artkeep jobs resume 3
artkeep jobs retry 3 --reason rate_limited""",
    )
    parser.add_argument(
        "action",
        nargs="?",
        default="list",
        metavar="ACTION",
        choices=("list", "show", "pause", "resume", "stop", "retry"),
        help="list (if nothing is said), show, pause, resume, stop; retry: again what failed",
    )
    parser.add_argument("job", nargs="?", type=int, metavar="ID", help="default: the newest")
    parser.add_argument(
        "--reason", metavar="CODE", help="with retry: only failures of this reason"
    )
    parser.add_argument("--no-examine", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    settings = read_settings(args)
    with open_database(settings) as store:
        if args.action == "list":
            return _list(store, as_json=args.json)
        job_id = args.job if args.job is not None else _newest(store)
        if args.action == "show":
            return _show(store, job_id, as_json=args.json)
        if args.action in ("pause", "stop"):
            state = "paused" if args.action == "pause" else "stopped"
            row = store.transact(lambda connection: jobs.want(connection, job_id, state))
            _require(row, job_id)
            return 0
        if args.action == "retry":
            count = store.transact(
                lambda connection: retry(connection, job_id, reason=args.reason)
            )
            if not args.json:
                print(say("{count} failures are asked for again.", count=count))
        return _resume(settings, store, job_id, args)


def _newest(store: Store) -> int:
    with store.reading() as connection:
        found = jobs.newest(connection, limit=1)
    if not found:
        raise UsageError(say("There are no jobs yet."), code="no_job")
    return found[0].id


def _require(row: jobs.JobRow | None, job_id: int) -> None:
    if row is None:
        raise UsageError(say("There is no job {job}.", job=job_id), code="no_job")


def _list(store: Store, *, as_json: bool) -> int:
    with store.reading() as connection:
        rows = [job_progress(connection, row.id) for row in jobs.newest(connection)]
    if not rows and not as_json:
        print(say("There are no jobs yet."))
    for progress in filter(None, rows):
        if as_json:
            print_json(progress.to_json())
            continue
        job = progress.job
        print(
            f"{job.id:>4}  {say(job.state):<12} {progress.done}/{progress.total} "
            f"{say('failed')} {progress.failed}  {clean(job.title)}"
        )
    return 0


def _show(store: Store, job_id: int, *, as_json: bool) -> int:
    with store.reading() as connection:
        progress = job_progress(connection, job_id)
    if progress is None:
        raise UsageError(say("There is no job {job}.", job=job_id), code="no_job")
    if as_json:
        print_json(progress.to_json())
    else:
        print_summary(progress)
        for group in progress.failures:
            print(f"  {group.stage} {group.reason}: {group.amount}")
    return 0


def _resume(settings: Settings, store: Store, job_id: int, args: argparse.Namespace) -> int:
    row = store.transact(lambda connection: jobs.want(connection, job_id, "running"))
    _require(row, job_id)
    with running_engine(settings, store) as (engine, interruption):
        return follow(
            engine,
            store,
            job_id,
            interruption,
            as_json=args.json,
            quiet=args.quiet,
            examine=not args.no_examine,
        )
