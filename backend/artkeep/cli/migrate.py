"""The classic migration: `migrate_json_to_sqlite.py`, over this program's database.

Its two questions and four counts are those of the classic migration; without a terminal
nothing is asked, it goes on, and the file keeps its name.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import artkeep
from artkeep.cli.adopt import adopt
from artkeep.cli.app import prepare_streams, run_guarded
from artkeep.cli.output import clean, print_json
from artkeep.cli.session import interruptible, open_database, read_settings
from artkeep.cli.words import choose_language, say
from artkeep.domain.legacy import HISTORY, TEXT_HISTORY
from artkeep.jobs.adopt_report import Report, by_reason
from artkeep.jobs.adopt_sources import collect, identifier
from artkeep.settings import Settings
from artkeep.sites._registry import adapters
from artkeep.store.base import open_store
from artkeep.store.legacy import NotFoundHere

_INTERRUPTED = 130
_RENAMED = "{name}.migrated_to_sqlite_{now:%Y%m%d_%H%M%S}"


def build_parser() -> argparse.ArgumentParser:
    """Arguments only: everything has a default."""
    parser = argparse.ArgumentParser(
        prog="migrate_json_to_sqlite.py",
        description=f"Take over a {HISTORY} (or {TEXT_HISTORY}) into Artkeep's database.",
        epilog="Exit codes: 0 clean, 2 no such history, 3 some entries were skipped, "
        "4 nothing there, 6 disk, 7 database, 130 interrupted.",
    )
    add = parser.add_argument
    add("file", nargs="?", metavar="FILE", help=f"default: {HISTORY} here or at the program")
    add("--output-dir", metavar="DIR", help="where the files lie, if they were moved")
    add("--yes", action="store_true", help="go on without asking when a database exists")
    add("--rename", action="store_true", help="rename the file afterwards without asking")
    add("--dry-run", dest="is_dry", action="store_true", help="say what would come of it")
    add("--json", action="store_true", help="one JSON object")
    add("--data-dir", metavar="DIR", help="database, settings and logs")
    add("--library", metavar="DIR", help="where pictures and videos go")
    add("--database-url", metavar="URL", help="PostgreSQL instead of SQLite")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the migration; returns the exit code."""
    prepare_streams()
    choose_language("auto")
    args = build_parser().parse_args(arguments)
    args.verb, args.run, args.verbose = "migrate", run, 0
    return run_guarded(args)


def run(args: argparse.Namespace) -> int:
    """Find the history, ask, take it over, count, and rename it if that is wanted."""
    settings = read_settings(args)
    source = Path(args.file) if args.file else _find()
    collected = collect(
        source,
        identifier(adapters(settings)),
        output_dir=Path(args.output_dir) if args.output_dir else None,
    )
    if not args.yes and not args.is_dry and _has_database(settings):
        words = "The tracking database exists already; what is in it stays. Go on? [y/N] "
        if not _agreed(words, otherwise=True):
            print(say("Nothing was changed."))
            return 0
    with open_database(settings) as store, interruptible() as interruption:
        report, written = adopt(args, settings, store, collected, interruption)
    if args.json:
        print_json({**report.to_json(), "report": str(written) if written else None})
    else:
        _print(report, written)
    if report.is_stopped:
        return _INTERRUPTED
    question = "Rename the history, so that it is not taken over again? [y/N] "
    if not args.is_dry and (args.rename or _agreed(question, otherwise=False)):
        to = source.with_name(
            _RENAMED.format(name=source.name, now=datetime.now().astimezone())
        )
        source.rename(to)
        print(say("Renamed to {name}", name=to.name), file=sys.stderr)
    return 3 if report.skipped else 0


def _find() -> Path:
    """In the current folder, then beside the program."""
    clone = Path(artkeep.__file__).parents[2]
    for folder in (Path.cwd(), clone):
        for name in (HISTORY, TEXT_HISTORY):
            if (folder / name).is_file():
                return folder / name
    raise NotFoundHere(
        f"There is no {HISTORY} in this folder or beside the program.",
        advice="Give its path: migrate_json_to_sqlite.py FILE",
    )


def _has_database(settings: Settings) -> bool:
    store = open_store(settings.database_url, settings.data_dir)
    store.close()
    return not store.is_sqlite or Path(store.url.database or "").exists()


def _agreed(question: str, *, otherwise: bool) -> bool:
    """The answer of whoever sits there, else `otherwise`."""
    if sys.stdin is None or not sys.stdin.isatty():
        return otherwise
    try:
        return input(say(question)).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _print(report: Report, written: Path | None) -> None:
    for reason, one in by_reason(report.skipped).items():
        print(f"  {reason}: {one['count']} ({', '.join(map(clean, one['examples']))})")
    if written is not None:
        print(say("  every one of them: {path}", path=written))
    if report.is_unchanged and not report.is_dry:
        print(say("Everything was taken over before; nothing changed."))
    print(f"Entries processed: {report.entries + len(report.skipped)}")
    print(f"Images inserted or already there: {report.entries}")
    print(f"Tags inserted: {report.tags}")
    print(f"Entries skipped: {len(report.skipped)}")


if __name__ == "__main__":
    sys.exit(main())
