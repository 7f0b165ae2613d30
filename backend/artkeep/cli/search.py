"""`artkeep search`: the artworks that a query means, a line each."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from artkeep.cli.output import clean, print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.query import parse_query
from artkeep.store import shelf, words
from artkeep.store.order import MOST_COUNTED, Position, Sort, page_of_ids
from artkeep.store.removal import without_removed

_AT_ONCE = 500


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`search` with its options."""
    parser = verbs.add_parser(
        "search",
        help="find artworks in the library",
        epilog='artkeep search "castle tag:night rating:pg" --sort stars -n 20',
    )
    parser.add_argument(
        "query", nargs="*", metavar="QUERY", help="which, in the search language"
    )
    parser.add_argument(
        "--sort",
        choices=[sort.value for sort in Sort],
        default=Sort.NEWEST.value,
        help="what comes first",
    )
    parser.add_argument(
        "-n", "--limit", type=int, default=50, metavar="N", help="at most so many; 0: all"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0, also when there are none."""
    now = datetime.now(UTC).replace(microsecond=0)
    query = parse_query(" ".join(args.query), now=now)
    left = args.limit if args.limit > 0 else None
    after: Position | None = None
    total: int | None = None
    with open_database(read_settings(args)) as store:
        words.catch_up(store, None)
        while left is None or left > 0:
            amount = _AT_ONCE if left is None else min(left, _AT_ONCE)
            with store.reading() as connection:
                meant = without_removed(connection, query)
                page = page_of_ids(connection, meant, Sort(args.sort), after, amount)
                cards = shelf.cards(connection, page.ids)
            total = page.total if total is None else total
            for card in cards:
                if args.json:
                    print_json(card)
                else:
                    print(_line(card))
            left = None if left is None else left - len(cards)
            after = page.next
            if after is None:
                break
    if not args.json and total is not None:
        more = "+" if total == MOST_COUNTED else ""
        amount_words = f"{min(total, MOST_COUNTED - 1)}{more}"
        print(say("{count} artworks", count=amount_words), file=sys.stderr)
    return 0


def _line(card: dict[str, object]) -> str:
    shown = (card["site"], card["site_id"], card["rating"], card["author"], card["model"])
    said = [str(one) if one else "–" for one in shown]
    return clean("  ".join([*said, str(card["prompt"] or card["title"] or "")[:80]]))
