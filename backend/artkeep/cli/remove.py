"""`artkeep remove`: delete artworks and remember that. The files go to the library's trash."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from artkeep.cli.output import print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.query import parse_query
from artkeep.errors import UsageError
from artkeep.jobs import trash
from artkeep.jobs.tidy import open_library
from artkeep.store import search
from artkeep.store.removal import without_removed


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`remove` with its options."""
    parser = verbs.add_parser(
        "remove",
        help="delete artworks; they are remembered and not fetched again",
        epilog='artkeep remove "author:lena_paints rating:xxx"',
    )
    parser.add_argument("query", metavar="QUERY", help="which, in the search language")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask first")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when all of them are removed, 3 when some are just being downloaded."""
    settings = read_settings(args)
    query = parse_query(args.query, now=datetime.now(UTC).replace(microsecond=0))
    if query.root is None:
        raise UsageError("Say which artworks: an empty query means all of them.")
    with open_database(settings) as store:
        with store.reading() as connection:
            amount = search.count_matching(connection, without_removed(connection, query))
        if amount and not args.yes and not _confirm(amount, settings.disk.trash_days):
            print(say("Nothing was removed."), file=sys.stderr)
            return 0
        library = open_library(store, settings.library)
        done = trash.remove(store, library, trash.matching(store, query))
    if args.json:
        told = {"removed": done.removed, "busy": done.busy, "files": done.files}
        print_json({**told, "left": done.left, "batches": done.batches})
    else:
        print(
            say(
                "{count} removed; their files can be restored for {days} days.",
                count=done.removed,
                days=settings.disk.trash_days,
            )
        )
        if done.busy:
            print(say("{count} are being downloaded and were left alone.", count=done.busy))
    return 3 if done.busy or done.left else 0


def _confirm(amount: int, days: int) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(f"{amount} artworks would be removed. Say --yes to do it.")
    words = "Remove {count} artworks? Their files can be restored for {days} days. [y/N] "
    return input(say(words, count=amount, days=days)).strip().lower() in ("y", "yes")
