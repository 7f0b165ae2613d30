"""Watching targets from the command line; the page's server does the looking."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from artkeep.cli.output import clean, print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.target import Target
from artkeep.errors import UsageError
from artkeep.jobs.progress import TargetProgress
from artkeep.jobs.watch import LONGEST_S, SHORTEST_S, Note, now_utc, set_watch, spread
from artkeep.store import ledger

_UNITS = {"h": 3600, "d": 86400}
_NOTES = {
    Note.GONE: "not checked any more: its site did not know it three times in a row",
    Note.NOT_FOUND: "its site did not know it at the last check",
    Note.KEY_REFUSED: "the key was refused at the last check (Settings › Sites)",
    Note.SITE_HELD: "its site is held until somebody has looked at its jobs",
    Note.PAUSED: "not checked: its download is paused",
    Note.NOT_LISTED: "the last check did not get to the end",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """What `artkeep targets` can do with some of them."""
    parser.add_argument(
        "action",
        nargs="?",
        default="list",
        metavar="ACTION",
        choices=("list", "watch", "unwatch"),
        help="list (if nothing is said); watch: look at them again by itself; unwatch: no more",
    )
    parser.add_argument("ids", nargs="*", type=int, metavar="ID", help="their numbers")
    parser.add_argument(
        "--every",
        type=read_interval,
        metavar="6h",
        help="with watch: how long to the first look, 1h to 7d (1d); it adapts from then on",
    )


def read_interval(text: str) -> int:
    """`6h` or `2d` in seconds."""
    found = re.fullmatch(r"(\d{1,4})([hd])", text.strip().lower())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError("write 6h or 2d, from 1h to 7d")
    return seconds


def run(args: argparse.Namespace) -> int:
    """All of them or, when one is not there, none. Returns the exit code. Raises NotFound."""
    if not args.ids:
        raise UsageError(say("Which ones? `artkeep targets` shows their numbers."))
    settings = read_settings(args)
    is_watched = args.action == "watch"

    def change(connection: Connection) -> list[ledger.TargetRow]:
        return [_set(connection, id_, is_watched, args.every) for id_ in args.ids]

    with open_database(settings) as store:
        rows = store.transact(change)
    for row in rows:
        if args.json:
            moment = row.next_check_at.isoformat() if row.next_check_at else None
            print_json({"id": row.id, "is_watched": row.is_watched, "next_check_at": moment})
        else:
            print(f"{row.id:>4}  {row.asked.kind} {clean(row.title)}: {_next_words(row)}")
    if is_watched and not args.json:
        print(say("They are looked at while `artkeep gui` runs."))
    return 0


def watch_these(connection: Connection, targets: Sequence[Target]) -> None:
    """`artkeep get … --watch`."""
    for target in targets:
        _set(connection, ledger.save_target(connection, target), True, None)


def watch_words(progress: TargetProgress) -> str:
    """When a target is looked at again and what is in the way; empty where nobody watches."""
    note = say(_NOTES[Note(progress.watch_note)]) if progress.watch_note else ""
    when = ""
    if progress.is_watched and progress.next_check_at:
        when = say("next check {when}", when=_minute(progress.next_check_at))
    return " · ".join(filter(None, (when, note)))


def _set(
    connection: Connection, target_id: int, is_watched: bool, every_s: int | None
) -> ledger.TargetRow:
    return set_watch(connection, target_id, is_watched, every_s, now=now_utc(), by=spread())


def _next_words(row: ledger.TargetRow) -> str:
    if row.next_check_at is None:
        return say("not watched")
    return say("next check {when}", when=_minute(row.next_check_at.isoformat()))


def _minute(iso: str) -> str:
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M")
