"""`artkeep move`: put files that are there where another layout wants them, and back again."""

from __future__ import annotations

import argparse

from artkeep.cli.convert import query_of
from artkeep.cli.follow import run_started
from artkeep.cli.history import newest_standing, show_history
from artkeep.cli.output import clean, print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.layout import LONGEST_PATH, Layout
from artkeep.domain.rating import parse_rating
from artkeep.errors import UsageError
from artkeep.jobs.layouts import LayoutPreview, preview
from artkeep.jobs.moves import start_move, start_undo
from artkeep.jobs.start import layout_for
from artkeep.settings import Settings
from artkeep.store import move_batches
from artkeep.store.base import Store
from artkeep.store.move_batches import MoveBatch

_LATEST = "latest"


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`move` with its options."""
    parser = verbs.add_parser(
        "move",
        help="put files that are there where another layout wants them",
        epilog="""artkeep move --layout dated --simulate
artkeep move --layout "{author}/{date} {id}" site:civitai
artkeep move --history
artkeep move --undo""",
    )
    parser.add_argument(
        "--layout",
        metavar="NAME|TEMPLATE",
        help="organized, classic, dated, dataset, or a template such as {author}/{id}; "
        "nothing: as the settings say",
    )
    which = parser.add_argument_group("which of the library (nothing: all)")
    which.add_argument("query", nargs="*", metavar="QUERY", help="such as format:png since:30d")
    which.add_argument("--only-tagged", action="store_true", help="only what has tags")
    running = parser.add_argument_group("running")
    running.add_argument("--json", action="store_true", help="one JSON object per line")
    running.add_argument("-q", "--quiet", action="store_true", help="no progress")
    parser.add_argument(
        "-s", "--simulate", action="store_true", help="show what would lie where, move nothing"
    )
    parser.add_argument("--history", action="store_true", help="what was moved")
    parser.add_argument(
        "--undo",
        nargs="?",
        const=_LATEST,
        metavar="NUMBER",
        help="move back what a move moved, without a number the last one",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    settings = read_settings(args)
    with open_database(settings) as store:
        if args.history:
            return show_history(
                store, move_batches.history, _row_json, _row_text, as_json=args.json
            )
        if args.undo is not None:
            number = _number(store, args.undo)
            started = store.transact(lambda connection: start_undo(connection, number))
            return run_started(args, settings, store, started, examine=False)
        layout = _layout(args.layout, settings)
        if args.simulate:
            safe = frozenset(map(parse_rating, settings.safe_ratings))
            _tell(preview(store, layout, query_of(args), safe), as_json=args.json)
            return 0
        text = query_of(args)
        started = store.transact(lambda connection: start_move(connection, layout, text))
        return run_started(args, settings, store, started, examine=False)


def _layout(text: str | None, settings: Settings) -> Layout:
    is_template = text is not None and "{" in text and not text.startswith("template:")
    return layout_for(settings, f"template:{text}" if is_template else text)


def _number(store: Store, which: str) -> int:
    if which != _LATEST:
        if not which.isdecimal():
            raise UsageError(f"{which} is no number of a move.")
        return int(which)
    return newest_standing(store, move_batches.history)


def _tell(told: LayoutPreview, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "event": "simulated",
                "artworks": told.artworks,
                "files": told.files,
                "moving": told.moving,
                "colliding": told.colliding,
                "shortened": told.shortened,
                "unplaced": told.unplaced,
                "longest": told.longest,
                "longest_path": told.longest_path,
                "examples": [{"from": one.old, "to": one.new} for one in told.examples],
            }
        )
        return
    for one in told.examples:
        print(f"{clean(one.old)}\n    → {clean(one.new)}")
    words = "{moving} of {files} files would be moved; nothing was changed."
    print(say(words, moving=told.moving, files=told.files))
    words = "The longest path has {longest} characters ({most} fit everywhere)."
    print(say(words, longest=told.longest, most=LONGEST_PATH))
    if told.shortened:
        print(say("{amount} names would be shortened.", amount=told.shortened))
    if told.colliding:
        words = "{amount} files want a name that another one has, and get a number."
        print(say(words, amount=told.colliding))
    if told.unplaced:
        print(say("{amount} have no room for their names.", amount=told.unplaced))


def _row_text(row: MoveBatch) -> str:
    when = row.ended_at.astimezone().strftime("%Y-%m-%d %H:%M")
    left = f"{row.left} {say('can be taken back')}"
    name = Layout.from_json(row.options.get("layout") or {})
    words = f"{row.id:5}  {when}  {clean(name.template or name.name)}: {row.files}"
    return f"{words}, {say('taken back') if row.undone_at else left}"


def _row_json(row: MoveBatch) -> dict[str, object]:
    return {
        "event": "move",
        "id": row.id,
        "job": row.job_id,
        "layout": row.options.get("layout") or {},
        "query": row.query,
        "ended_at": row.ended_at.isoformat(),
        "undone_at": row.undone_at.isoformat() if row.undone_at else None,
        "files": row.files,
        "left": row.left,
    }
