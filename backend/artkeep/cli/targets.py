"""`artkeep targets`: everything that was ever asked for, whether all of it is here, and why."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import asdict

from artkeep.cli import watch
from artkeep.cli.output import clean, print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.target import Filters
from artkeep.jobs.progress import target_progress
from artkeep.jobs.verdict import Verdict, verdict_of
from artkeep.store import ledger
from artkeep.store.removal import DELETED_BY_ME


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`targets` with its options."""
    parser = verbs.add_parser(
        "targets",
        help="what was asked for, and the ledger of each",
        epilog="""artkeep targets --ledger
artkeep targets watch 3 7 --every 6h
artkeep targets unwatch 7""",
    )
    watch.add_options(parser)
    parser.add_argument("--ledger", action="store_true", help="every listing, and how it ended")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.set_defaults(run=run)


_VERDICTS = {
    Verdict.NEVER_LISTED: "never listed: nobody knows what there is. Download it.",
    Verdict.LISTING: "not listed to the end: resume its job.",
    Verdict.GAPS: "not everything could be listed: download it again.",
    Verdict.FAILED: "all is listed, {failed} failed: retry them.",
    Verdict.WAITING: "all is listed, {waiting} not fetched: download it.",
    Verdict.LIMITED: "you have everything that can be reached; some is out of reach.",
    Verdict.COMPLETE: "you have everything.",
}
_FINE = (Verdict.COMPLETE, Verdict.LIMITED, Verdict.NEVER_LISTED)


def _command(row: ledger.TargetRow, verdict: Verdict) -> str:
    """What mends it, to be copied; nothing where its filters would have to be said as well."""
    is_fine = verdict in (Verdict.COMPLETE, Verdict.LIMITED)
    if is_fine or row.asked.filters != Filters():
        return ""
    how = "--deep " if verdict is Verdict.GAPS else ""
    asked = f"{row.asked.site}:{row.asked.kind}:{row.asked.value}"
    return f"  artkeep get {how}{shlex.quote(clean(asked))}"


def run(args: argparse.Namespace) -> int:
    """Returns the exit code: 3 unless all that was listed is here, as far as it can be."""
    if args.action != "list":
        return watch.run(args)
    settings = read_settings(args)
    with open_database(settings) as store, store.reading() as connection:
        rows = [
            (row, target_progress(connection, row)) for row in ledger.all_targets(connection)
        ]
    if not rows and not args.json:
        print(say("There are no targets yet."))
    for row, progress in rows:
        verdict = verdict_of(progress)
        if args.json:
            filters = row.asked.filters.to_json()
            head = {"id": row.id, "site": row.asked.site, "kind": row.asked.kind}
            print_json(
                {
                    **head,
                    "value": row.asked.value,
                    "filters": filters,
                    "verdict": verdict,
                    **asdict(progress),
                }
            )
            continue
        claims = progress.site_claims
        claimed = f"{say('site says {n}', n=claims)} · " if claims is not None else ""
        print(
            f"{row.id:>4}  {row.asked.kind} {clean(row.title)}: {claimed}{say('listed')} "
            f"{progress.listed} · {say('have')} {progress.stored} · {say('new')} "
            f"{progress.waiting} · {say('skipped')} "
            f"{progress.skipped} · {say('failed')} {progress.failed} · {say('gone')} "
            f"{progress.gone} · {say('gaps')} {progress.gaps}"
        )
        amounts = {"failed": progress.failed, "waiting": progress.waiting}
        print(f"        {say(_VERDICTS[verdict], **amounts)}{_command(row, verdict)}")
        for sentence in progress.unreachable if verdict is Verdict.LIMITED else ():
            print(f"        {say('unreachable')}: {clean(sentence)}")
        if when := watch.watch_words(progress):
            print(f"        {when}")
        if progress.skipped_by:
            why = " · ".join(f"{code} {n}" for code, n in progress.skipped_by.items())
            print(f"        {say('skipped')}: {why}")
            if progress.skipped_by.keys() - {DELETED_BY_ME}:
                hint = "`artkeep get --skipped-of {id}` fetches these, too."
                print(f"        {say(hint, id=row.id)}")
        if args.ledger:
            for one in progress.listings:
                options = " ".join(f"{name}={value}" for name, value in one["options"].items())
                how = one["ended"] or "–"
                why = f" ({one['detail'] or one['reason']})" if one["reason"] else ""
                if one["ended"] != "end" and one["is_covered"]:
                    how = f"{how}, {say('covered by others')}"
                before = (
                    f", {say('behind {n} known', n=one['before'])}" if one["before"] else ""
                )
                print(
                    f"        {one['path']} {clean(one['value'])} {clean(options)}: "
                    f"{one['seen']} in {one['pages']} pages, {one['new']} new"
                    f"{before}, {how}{clean(why)}"
                )
    return 0 if all(verdict_of(progress) in _FINE for _, progress in rows) else 3
