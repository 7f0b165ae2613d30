"""`artkeep convert`: smaller files of what a query means, proven; history; taking it back."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from artkeep.cli.follow import run_started
from artkeep.cli.history import newest_standing, show_history
from artkeep.cli.output import ProgressView, clean, print_json, size_text
from artkeep.cli.session import open_database, read_settings, running_engine
from artkeep.cli.words import say
from artkeep.domain.artwork import StageName
from artkeep.jobs.advice import advise
from artkeep.jobs.engine import Engine
from artkeep.jobs.library_job import scope_of, start_over_library
from artkeep.jobs.tidy import open_library
from artkeep.jobs.trials import Trial, clear_trials, try_conversions
from artkeep.jobs.undo import undo
from artkeep.settings import Settings
from artkeep.stages._conversion import Conversion, read_conversion
from artkeep.store import conversions, search
from artkeep.store.base import Store
from artkeep.store.conversions import BatchRow

_PAGE = 100
_LATEST = "latest"


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`convert` with its options."""
    parser = verbs.add_parser(
        "convert",
        help="make smaller files of the library, with everything known inside, and prove them",
        epilog="""artkeep convert format:png --simulate
artkeep convert format:png --quality 85 --originals trash
artkeep convert --history
artkeep convert --undo""",
    )
    add_scope(parser)
    how = parser.add_argument_group("how (what is left out: as in the settings)")
    how.add_argument(
        "--format", choices=("webp", "avif"), help="webp is read everywhere, avif is smaller"
    )
    how.add_argument(
        "--quality", type=int, metavar="1-100", help="85 looks the same to most eyes"
    )
    how.add_argument("--lossless", action="store_true", default=None, help="keep every pixel")
    how.add_argument("--max-side", type=int, metavar="PIXELS", help="make larger ones smaller")
    how.add_argument(
        "--allow-8-bit",
        action="store_true",
        default=None,
        help="also where the original has 16 bits a sample",
    )
    where = parser.add_argument_group("originals and folders")
    where.add_argument(
        "--originals",
        choices=("keep", "trash", "delete"),
        help="keep: new files go into a folder of their own; trash and delete: in place",
    )
    where.add_argument(
        "--replace-own",
        action="store_true",
        default=None,
        help="in place also what was not downloaded and nobody could fetch again",
    )
    where.add_argument("--folder", metavar="NAME", help="that folder, within the library")
    where.add_argument(
        "--organise", metavar="rating,model,author", help="folders within that one"
    )
    other = parser.add_argument_group("before and after")
    other.add_argument(
        "-s",
        "--simulate",
        action="store_true",
        help="convert and prove, put nothing anywhere: what would be done and saved",
    )
    other.add_argument("--history", action="store_true", help="what was converted")
    other.add_argument(
        "--undo",
        nargs="?",
        const=_LATEST,
        metavar="NUMBER",
        help="take a conversion back, without a number the last one",
    )
    parser.set_defaults(run=run)


def add_scope(parser: argparse.ArgumentParser, *, may_be_tagged: bool = True) -> None:
    """Which artworks, and how a job over them is followed."""
    which = parser.add_argument_group("which of the library (nothing: all)")
    which.add_argument("query", nargs="*", metavar="QUERY", help="such as format:png since:30d")
    if may_be_tagged:
        which.add_argument("--only-tagged", action="store_true", help="only what has tags")
    run = parser.add_argument_group("running")
    run.add_argument("--workers", type=_workers, metavar="N", help="1 to 20 at a time")
    run.add_argument("--json", action="store_true", help="one JSON object per line")
    run.add_argument("-q", "--quiet", action="store_true", help="no progress")


def _workers(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 20:
        raise argparse.ArgumentTypeError("must be from 1 to 20")
    return number


def query_of(args: argparse.Namespace) -> str:
    """The scope as one query."""
    words = " ".join(args.query)
    if not args.only_tagged:
        return words
    return f"({words}) tags:>=1" if words else "tags:>=1"


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    settings = read_settings(args)
    with open_database(settings) as store:
        if args.history:
            return show_history(
                store, conversions.history, _row_json, _row_text, as_json=args.json
            )
        if args.undo is not None:
            return _undo(settings, store, args.undo, as_json=args.json)
        to = read_conversion(_told(args), settings)
        if args.simulate:
            return _simulate(args, settings, store, to)
        return run_over_library(
            args, settings, store, StageName.CONVERT, {StageName.CONVERT.value: to.to_json()}
        )


def run_over_library(
    args: argparse.Namespace,
    settings: Settings,
    store: Store,
    stage: StageName,
    stages: dict[str, Any],
    *,
    query: str | None = None,
    then: Sequence[str] = (),
) -> int:
    """Start a job over what the query means and follow it; the exit code."""
    text = query_of(args) if query is None else query
    started = store.transact(
        lambda connection: start_over_library(
            connection, stage, text, stages=stages, concurrency=args.workers, then=then
        )
    )
    return run_started(args, settings, store, started, examine=False)


def _told(args: argparse.Namespace) -> dict[str, Any]:
    return {
        "format": args.format,
        "quality": args.quality,
        "lossless": args.lossless,
        "max_side": args.max_side,
        "may_reduce_depth": args.allow_8_bit,
        "originals": args.originals,
        "folder": args.folder,
        "organise": args.organise,
        "may_replace_own": args.replace_own,
    }


def _simulate(
    args: argparse.Namespace, settings: Settings, store: Store, to: Conversion
) -> int:
    """CV-17: every file is converted and proven, and nothing is put into the library."""
    with store.reading() as connection:
        query = scope_of(connection, query_of(args), StageName.CONVERT)
        amount = search.count_matching(connection, query)
    outcomes: Counter[tuple[str, str]] = Counter()
    before = after = 0
    clear_trials(settings.data_dir)
    with (
        running_engine(settings, store) as (engine, interruption),
        ProgressView(as_json=args.json, quiet=args.quiet) as view,
    ):
        asked_to: int | None = None
        while not interruption.requested.is_set():
            with store.reading() as connection:
                statement = search.select_ids(query, after_id=asked_to, limit=_PAGE)
                ids = list(connection.scalars(statement))
            if not ids:
                break
            asked_to = ids[-1]
            for trial in engine.submit(_try(engine, ids, to)).result():
                outcomes[trial.outcome, trial.reason] += 1
                if trial.made and trial.source:
                    before += trial.source.size
                    after += trial.made.size
            view.show_left(say("Trying"), amount - outcomes.total())
    _tell_trials(outcomes, before, after, amount, as_json=args.json)
    return 130 if interruption.requested.is_set() else 0


async def _try(engine: Engine, ids: list[int], to: Conversion) -> list[Trial]:
    found: AsyncIterator[Trial] = try_conversions(engine.context, ids, to, keep=False)
    async with aclosing(found) as trials:  # type: ignore[type-var]
        return [trial async for trial in trials]


def _tell_trials(
    outcomes: Counter[tuple[str, str]], before: int, after: int, amount: int, *, as_json: bool
) -> None:
    if as_json:
        print_json(
            {
                "event": "simulated",
                "artworks": amount,
                "outcomes": [
                    {"outcome": outcome, "reason": reason, "amount": count}
                    for (outcome, reason), count in outcomes.most_common()
                ],
                "bytes_before": before,
                "bytes_after": after,
            }
        )
        return
    for (outcome, reason), count in outcomes.most_common():
        why = f": {advise(reason).title}" if reason else ""
        print(f"{count:8}  {say(outcome)}{why}")
    print(
        say(
            "{before} would become {after}; nothing was changed.",
            before=size_text(before),
            after=size_text(after),
        )
    )


def _row_text(row: BatchRow) -> str:
    when = row.ended_at.astimezone().strftime("%Y-%m-%d %H:%M")
    left = f"{row.restorable} {say('can be taken back')}"
    words = (
        f"{row.id:5}  {when}  {clean(row.title)}: {row.files}",
        f"{say('saved')} {size_text(row.bytes_before - row.bytes_after)}",
        say("taken back") if row.undone_at else left,
    )
    return ", ".join(words)


def _row_json(row: BatchRow) -> dict[str, Any]:
    return {
        "event": "conversion",
        "id": row.id,
        "job": row.job_id,
        "ended_at": row.ended_at.isoformat(),
        "undone_at": row.undone_at.isoformat() if row.undone_at else None,
        "files": row.files,
        "bytes_before": row.bytes_before,
        "bytes_after": row.bytes_after,
        "restorable": row.restorable,
        "options": row.options,
    }


def _undo(settings: Settings, store: Store, which: str, *, as_json: bool) -> int:
    if which == _LATEST:
        number = newest_standing(store, conversions.history)
    else:
        number = int(which) if which.isdecimal() else 0
    done = undo(store, open_library(store, settings.library), number)
    if as_json:
        print_json({"event": "undone", "id": number, "files": done.files, "stuck": done.stuck})
        return 3 if done.stuck else 0
    print(say("Conversion {number}: {files} taken back.", number=number, files=done.files))
    if done.stuck:
        words = "{amount} stay converted: their originals are gone, or their names are taken."
        print(say(words, amount=done.stuck))
    return 3 if done.stuck else 0
