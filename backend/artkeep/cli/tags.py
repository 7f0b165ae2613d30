"""`artkeep tags`: what a site's visitors call the artworks of the library, with votes."""

from __future__ import annotations

import argparse

from artkeep.cli.convert import add_scope, run_over_library
from artkeep.cli.output import print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.artwork import StageName
from artkeep.jobs.library_job import scope_of
from artkeep.jobs.tag_jobs import scope_text
from artkeep.stages._tag_options import AUTO, read_tag_options
from artkeep.store import tag_views
from artkeep.store.base import Store


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`tags` with its options."""
    parser = verbs.add_parser(
        "tags",
        help="fetch the community tags of downloaded artworks, with their votes",
        epilog="example: artkeep tags author:lena_paints --older-than 30d",
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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    settings = read_settings(args)
    words = " ".join(args.query)
    query = scope_text(words, again=args.again, older_than=args.older_than)
    told = {"method": args.method, "rate": args.rate, "at_once": args.workers}
    options = read_tag_options(told, settings).to_json()
    with open_database(settings) as store:
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
