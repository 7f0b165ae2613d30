"""`artkeep tags`: what a site's visitors call the artworks of the library, with votes."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from artkeep.cli.convert import add_scope, run_over_library
from artkeep.cli.output import clean, print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.artwork import StageName
from artkeep.jobs.library_job import scope_of
from artkeep.jobs.tag_jobs import scope_text
from artkeep.stages._tag_options import AUTO, read_tag_options
from artkeep.store import tag_views
from artkeep.store.base import Store
from artkeep.store.tag_views import ChangeRow

_PAGE = 100


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`tags` with its options."""
    parser = verbs.add_parser(
        "tags",
        help="fetch the community tags of downloaded artworks, with their votes",
        epilog="""artkeep tags
artkeep tags author:lena_paints --older-than 30d
artkeep tags --again --method page --rate 2
artkeep tags --changes author:lena_paints""",
    )
    add_scope(parser, may_be_tagged=False)
    which = parser.add_argument_group("which of them (nothing: those without tags)")
    which.add_argument("--older-than", metavar="30d", help="also those asked for before then")
    which.add_argument("--again", action="store_true", help="all of them")
    how = parser.add_argument_group("how (what is left out: as in the settings)")
    how.add_argument(
        "--method",
        choices=(AUTO, "page", "read", "key"),
        help="calls from a page, pages one by one, calls with your key; auto: what works",
    )
    how.add_argument("--rate", type=float, metavar="N", help="calls or pages a second at most")
    how.add_argument("--embed", action="store_true", help="write them into the files, too")
    how.add_argument(
        "--once", action="store_true", help="end when each was asked for (as without it)"
    )
    parser.add_argument(
        "-s", "--simulate", action="store_true", help="count what would be asked for"
    )
    parser.add_argument(
        "--changes", action="store_true", help="show what later looks found to be different"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    settings = read_settings(args)
    words = " ".join(args.query)
    query = scope_text(words, again=args.again, older_than=args.older_than)
    told = {"method": args.method, "rate": args.rate, "at_once": args.workers}
    options = read_tag_options(told, settings).to_json()
    with open_database(settings) as store:
        if args.changes:
            return _show_changes(store, words, as_json=args.json)
        if args.simulate:
            return _count(store, words, query, as_json=args.json)
        return run_over_library(
            args,
            settings,
            store,
            StageName.TAGS,
            {StageName.TAGS.value: options},
            query=query,
            then=[StageName.EMBED.value] if args.embed else [],
        )


def _show_changes(store: Store, words: str, *, as_json: bool) -> int:
    before: int | None = None
    while True:
        with store.reading() as connection:
            query = scope_of(connection, words, StageName.TAGS)
            rows = tag_views.changes(connection, query=query, before=before, limit=_PAGE)
        for row in rows:
            print_json(_change_json(row)) if as_json else print(_change_text(row))
        if len(rows) < _PAGE:
            break
        before = rows[-1].id
    if before is None and not rows and not as_json:
        print(say("No later look has found anything different."))
    return 0


def _change_text(row: ChangeRow) -> str:
    when = row.at.astimezone().strftime("%Y-%m-%d %H:%M")
    told = [f"+{name}" for name in row.added] + [f"-{name}" for name in row.removed]
    told += [f"{name} {_votes(was)} → {_votes(now)}" for name, was, now in row.voted]
    return f"{when}  {row.site} {row.site_id}: {clean(', '.join(told))}"


def _votes(score: int | None) -> str:
    return "–" if score is None else str(score)


def _change_json(row: ChangeRow) -> dict[str, Any]:
    return {"event": "changed", **asdict(row), "at": row.at.isoformat()}


def _count(store: Store, words: str, query: str, *, as_json: bool) -> int:
    with store.reading() as connection:
        due = tag_views.standing(connection, scope_of(connection, query, StageName.TAGS))
        whole = tag_views.standing(connection, scope_of(connection, words, StageName.TAGS))
    if as_json:
        oldest = whole.oldest.isoformat() if whole.oldest else None
        counts = {"artworks": whole.artworks, "due": due.artworks, "done": whole.done}
        print_json({"event": "simulated", **counts, "failed": whole.failed, "oldest": oldest})
        return 0
    sentence = "{due} of {all} would be asked for; {done} have their tags."
    print(say(sentence, due=due.artworks, all=whole.artworks, done=whole.done))
    return 0
