"""`artkeep restore`: bring back what was removed."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from artkeep.cli.follow import follow
from artkeep.cli.output import print_json
from artkeep.cli.session import open_database, read_settings, running_engine
from artkeep.cli.words import say
from artkeep.domain.query import parse_query
from artkeep.errors import UsageError
from artkeep.jobs import trash
from artkeep.jobs.again import start_again
from artkeep.jobs.start import Options, layout_for
from artkeep.jobs.tidy import open_library


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`restore` with its options."""
    parser = verbs.add_parser(
        "restore",
        help="bring removed artworks back",
        epilog='artkeep restore "author:lena_paints" --fetch',
    )
    parser.add_argument("query", metavar="QUERY", help="which of the removed ones")
    parser.add_argument(
        "--fetch", action="store_true", help="download those whose files are gone for good"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when all of them are back whole, 3 when the files of some are not there."""
    settings = read_settings(args)
    query = parse_query(args.query, now=datetime.now(UTC).replace(microsecond=0))
    if query.root is None:
        raise UsageError("Say which artworks; download:skipped means all that were removed.")
    with open_database(settings) as store:
        library = open_library(store, settings.library)
        done = trash.restore(store, library, trash.matching(store, query))
        if args.json:
            told = {"restored": done.restored, "files": done.files, "stuck": done.stuck}
            print_json({**told, "lost": len(done.lost)})
        else:
            print(
                say(
                    "{count} restored, {lost} of them without their file.",
                    count=done.restored,
                    lost=len(done.lost),
                )
            )
        if not (args.fetch and done.lost):
            return 3 if done.lost or done.stuck else 0
        started = start_again(store, done.lost, Options(layout=layout_for(settings)))
        with running_engine(settings, store) as (engine, interruption):
            return follow(
                engine,
                store,
                started.job_id,
                interruption,
                as_json=args.json,
                quiet=False,
                examine=True,
            )
