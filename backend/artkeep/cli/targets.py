"""`artkeep targets`: everything that was ever asked for, with its ledger."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from artkeep.cli.output import clean, print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.jobs.progress import target_progress
from artkeep.store import ledger


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`targets` with its options."""
    parser = verbs.add_parser(
        "targets",
        help="what was asked for, and the ledger of each",
        epilog="example: artkeep targets --ledger",
    )
    parser.add_argument("--ledger", action="store_true", help="every listing, and how it ended")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code: 3 when something is known to be missing."""
    settings = read_settings(args)
    with open_database(settings) as store, store.reading() as connection:
        rows = [
            (row, target_progress(connection, row)) for row in ledger.all_targets(connection)
        ]
    if not rows and not args.json:
        print(say("There are no targets yet."))
    for row, progress in rows:
        if args.json:
            filters = row.asked.filters.to_json()
            head = {"id": row.id, "site": row.asked.site, "kind": row.asked.kind}
            print_json(
                {**head, "value": row.asked.value, "filters": filters, **asdict(progress)}
            )
            continue
        print(
            f"{row.id:>4}  {row.asked.kind} {clean(row.title)}: {say('listed')} "
            f"{progress.listed} · {say('have')} {progress.stored} · {say('skipped')} "
            f"{progress.skipped} · {say('failed')} {progress.failed} · {say('gone')} "
            f"{progress.gone} · {say('gaps')} {progress.gaps}"
        )
        if args.ledger:
            for one in progress.listings:
                options = " ".join(f"{name}={value}" for name, value in one["options"].items())
                how = one["ended"] or "–"
                why = f" ({one['detail'] or one['reason']})" if one["reason"] else ""
                print(
                    f"        {one['path']} {clean(one['value'])} {clean(options)}: "
                    f"{one['seen']} in {one['pages']} pages, {one['new']} new, "
                    f"{how}{clean(why)}"
                )
    return 3 if any(progress.gaps for _, progress in rows) else 0
