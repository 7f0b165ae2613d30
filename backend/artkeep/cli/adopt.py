"""Taking over what other programs left: `artkeep db adopt`, `artkeep rescan`, the migration."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import artkeep
from artkeep.cli.output import clean, print_json, size_text
from artkeep.cli.session import Interruption, interruptible, open_database, read_settings
from artkeep.cli.words import say
from artkeep.jobs.adopt import Adoption, back_up_unless_empty
from artkeep.jobs.adopt_report import REASONS, Report, by_reason, write_report
from artkeep.jobs.adopt_sources import Collected, collect, identifier
from artkeep.jobs.old_database import find_old_databases
from artkeep.settings import Settings
from artkeep.sites._registry import adapters
from artkeep.store import adoption
from artkeep.store.base import Store

if TYPE_CHECKING:
    from artkeep.jobs.adopt import OnProgress

_INTERRUPTED = 130


def add_options(parser: argparse._ActionsContainer) -> None:
    """Options of everything that takes over."""
    parser.add_argument(
        "-s",
        "--dry-run",
        "--simulate",
        dest="is_dry",
        action="store_true",
        help="look at everything and say what would come of it; change nothing",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask first")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def take_over(
    args: argparse.Namespace,
    path: Path,
    *,
    output_dir: str | None = None,
    site: str | None = None,
) -> int:
    """Look, ask, take over, tell. 0, or 3 when something was left out, 4 when nothing is there,
    130 when interrupted."""
    settings = read_settings(args)
    with open_database(settings) as store, interruptible() as interruption:
        collected = collect(
            path,
            identifier(adapters(settings)),
            output_dir=Path(output_dir) if output_dir else None,
            site=site,
        )
        if interruption.requested.is_set():
            return _INTERRUPTED
        if not args.json:
            _print_collected(collected)
        if collected.artworks and not args.is_dry and not args.yes and not _confirm():
            print(say("Nothing was changed."))
            return 0
        report, written = adopt(args, settings, store, collected, interruption)
    if args.json:
        print_json({**report.to_json(), "report": str(written) if written else None})
    else:
        _print_report(report, written)
    if report.is_stopped:
        return _INTERRUPTED
    return 3 if report.skipped else 0


def adopt(
    args: argparse.Namespace,
    settings: Settings,
    store: Store,
    collected: Collected,
    interruption: Interruption,
) -> tuple[Report, Path | None]:
    """Take over what was collected, after a backup, with a bar; and where the report lies."""
    if not args.is_dry:
        back_up_unless_empty(store, settings.data_dir)
    taking = Adoption(store, settings.library, collected, is_dry=args.is_dry)
    with progress_bar() as on_progress:
        report = taking.run(on_progress, interruption.requested.is_set)
    return report, None if args.is_dry else write_report(settings.logs_dir, report)


def old_databases(settings: Settings, store: Store) -> list[Path]:
    """Classic databases that nobody took over yet: only an empty database is new to them."""
    with store.reading() as connection:
        if not adoption.is_empty(connection):
            return []
    clone = Path(artkeep.__file__).parents[2]
    return find_old_databases(settings.data_dir, (clone, Path.cwd()))


def offer_old_databases(settings: Settings, store: Store) -> None:
    """Say which of them could be taken over."""
    for path in old_databases(settings, store):
        words = "A classic database is here; `artkeep db adopt {path}` takes it over."
        print(say(words, path=path), file=sys.stderr)


def take_over_old_databases(settings: Settings, store: Store) -> list[Report]:
    """Take over those that are there at the first start, and tell the counts."""
    reports = []
    for path in old_databases(settings, store):
        collected = collect(path, identifier(adapters(settings)))
        _print_collected(collected)
        with progress_bar() as on_progress:
            report = Adoption(store, settings.library, collected).run(on_progress)
        _print_report(report, write_report(settings.logs_dir, report))
        reports.append(report)
    return reports


@contextmanager
def progress_bar() -> Iterator[OnProgress]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True, highlight=False)
    columns = (BarColumn(bar_width=28), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _confirm() -> bool:
    """Nobody is waited for where nobody is: then it goes on."""
    if sys.stdin is None or not sys.stdin.isatty():
        return True
    try:
        answer = input(say("Take this over? Nothing is moved or changed. [y/N] "))
    except EOFError:
        return False
    return answer.strip().lower() in ("y", "yes")


def _print_collected(collected: Collected) -> None:
    for source in collected.sources:
        print(clean(str(source)))
    print(
        say(
            "  {entries} entries of {artworks} artworks; files of {found} were found.",
            entries=collected.entries,
            artworks=len(collected.artworks),
            found=collected.found,
        ),
        flush=True,
    )


def _print_report(report: Report, written: Path | None) -> None:
    if report.is_stopped:
        print(say("Stopped. The same command goes on where it was."))
    elif not report.is_dry and report.is_unchanged:
        print(say("Everything was taken over before; nothing changed."))
    else:
        print(say("This would be taken over:" if report.is_dry else "Taken over:"))
    print(
        say(
            "  with their file: {file} ({size}) · without: {none} · known before: {known}",
            file=report.with_file,
            size=size_text(report.bytes),
            none=report.without_file,
            known=report.known,
        )
    )
    if not report.is_dry:
        told = {"tags": report.tags, "members": report.memberships}
        print(say("  tags: {tags} · memberships of targets: {members}", **told))
    if report.without_file:
        print(say("  Those without a file are fetched when their target is downloaded again."))
    for title, rows in (("skipped", report.skipped), ("noted", report.notes)):
        for reason, one in by_reason(rows).items():
            words = say(REASONS.get(reason, reason))
            examples = ", ".join(map(clean, one["examples"]))
            print(f"  {say(title)} {one['count']}: {words} ({examples})")
    for folder in report.folders:
        print(say("  files lie in {folder}", folder=clean(folder)))
    if written is not None:
        print(say("  every one of them: {path}", path=written))
