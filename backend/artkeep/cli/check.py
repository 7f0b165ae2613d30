"""`artkeep check`: compare database and disk, and mend (CR-20)."""

from __future__ import annotations

import argparse
import sys

from artkeep.cli.output import clean, print_json
from artkeep.cli.session import open_database, read_settings, running_engine
from artkeep.cli.words import say
from artkeep.jobs.check import Report, check, repair
from artkeep.jobs.tidy import open_library
from artkeep.media.library import read_marker, write_marker

_SHOWN = 10


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`check` with its options."""
    parser = verbs.add_parser(
        "check",
        help="compare the database with the files, and mend",
        epilog="""artkeep check --hashes
artkeep check --repair""",
    )
    parser.add_argument("--repair", action="store_true", help="mend; media is never deleted")
    parser.add_argument("--hashes", action="store_true", help="read every byte as well")
    parser.add_argument(
        "--accept-library",
        action="store_true",
        help="with --repair: the library folder was emptied on purpose",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when everything is in order or mended, 3 when something was found."""
    settings = read_settings(args)
    with open_database(settings) as store:
        if args.accept_library and args.repair and read_marker(settings.library) is None:
            write_marker(settings.library)
        library = open_library(store, settings.library)
        report = check(store, library, hashes=args.hashes)
        mended = repair(store, library, report) if args.repair and report.problems else {}
        if mended.get("asked for again") or mended.get("adopted"):
            with running_engine(settings, store) as (engine, interruption):
                engine.finish_house().result()
                if interruption.requested.is_set():
                    return 130
            after = check(store, open_library(store, settings.library), hashes=args.hashes)
        else:
            after = check(store, library, hashes=False) if mended else report
    if args.json:
        print_json({**report.to_json(), "mended": mended, "left": after.problems})
    else:
        _print(report, mended)
    return 3 if after.problems else 0


def _print(report: Report, mended: dict[str, int]) -> None:
    if not report.problems:
        print(say("Everything is in order: {files} files checked.", files=report.files))
        return
    print(say("Found {count} problems.", count=report.problems))
    for name, found in report.to_json().items():
        if isinstance(found, list) and found:
            print(f"  {name}: {len(found)}")
            for path in found[:_SHOWN]:
                print(f"    {clean(path)}")
    if mended:
        what = ", ".join(f"{amount} {name}" for name, amount in mended.items() if amount)
        print(say("Mended: {what}.", what=what))
    else:
        print(say("`artkeep check --repair` mends them."), file=sys.stderr)
