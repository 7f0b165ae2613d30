"""`artkeep captions`: texts for training beside files that are there, without fetching."""

from __future__ import annotations

import argparse

from artkeep.cli.adopt import progress_bar
from artkeep.cli.output import clean, print_json
from artkeep.cli.session import interruptible, open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.caption_rules import DROPPED, ORDERS, SOURCES, CaptionRules
from artkeep.jobs.captions import CaptionReport, CaptionRun, Existing, write_captions
from artkeep.jobs.tidy import open_library

_INTERRUPTED = 130


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`captions` with its options."""
    parser = verbs.add_parser(
        "captions",
        help="write captions for training beside files, from tags or prompts",
        epilog="""artkeep captions --simulate
artkeep captions rating:pg --existing overwrite --trigger hfm --max-tags 40""",
    )
    which = parser.add_argument_group("which of the library (nothing: all)")
    which.add_argument("query", nargs="*", metavar="QUERY", help="such as format:png since:30d")
    parser.add_argument(
        "--existing",
        choices=[one.value for one in Existing],
        default=Existing.KEEP.value,
        help="what becomes of captions that are there; yours stay with overwrite, too",
    )
    parser.add_argument(
        "--overwrite-edited",
        action="store_true",
        help="with overwrite: also those that you wrote or edited",
    )
    add_rules(parser)
    parser.add_argument(
        "-s", "--simulate", action="store_true", help="say what would be written, write nothing"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def add_rules(parser: argparse.ArgumentParser) -> None:
    """How captions are made."""
    how = parser.add_argument_group("how captions are made")
    how.add_argument(
        "--from",
        dest="source",
        choices=SOURCES,
        default="tags",
        help="where its words are from",
    )
    how.add_argument(
        "--order",
        default="category",
        metavar="ORDER",
        help=f"{', '.join(ORDERS)}, or words such as: trigger ||| counts character general",
    )
    how.add_argument("--trigger", default="", metavar="WORDS", help="in front of every caption")
    how.add_argument(
        "--suffix", default="", metavar="WORDS", help="at the end of every caption"
    )
    how.add_argument(
        "--first", action="append", metavar="TAG", help="tags that go in front, in this order"
    )
    how.add_argument(
        "--keep", action="append", metavar="TAG", help="tags that stay whatever leaves them out"
    )
    how.add_argument(
        "--drop", action="append", metavar="TAG", help="tags to leave out; * is anything"
    )
    how.add_argument(
        "--drop-nothing-else",
        action="store_true",
        help="keep what is about the upload, such as highres",
    )
    how.add_argument(
        "--replace", action="append", metavar="TAG=OTHER", help="another tag in its place"
    )
    how.add_argument(
        "--min-score", type=int, metavar="N", help="of tags with votes: those with as many"
    )
    how.add_argument("--max-tags", type=int, metavar="N", help="at most so many tags")
    how.add_argument(
        "--escape", action="store_true", help="brackets as \\( and \\), for prompt parsers"
    )
    how.add_argument("--underscores", action="store_true", help="leave _ in tags")
    how.add_argument("--rating-word", action="store_true", help="general, sensitive … as a tag")
    how.add_argument("--model-word", action="store_true", help="the model it was made with")


def rules_of(args: argparse.Namespace) -> CaptionRules:
    """The rules that were given. Raises UsageError."""
    usual = () if args.drop_nothing_else else DROPPED
    pairs = (one.partition("=") for one in args.replace or ())
    return CaptionRules(
        source=args.source,
        order=args.order,
        trigger=args.trigger,
        suffix=args.suffix,
        first=tuple(args.first or ()),
        keep=tuple(args.keep or ()),
        drop=(*usual, *(args.drop or ())),
        replace=tuple((old, new) for old, _, new in pairs),
        min_score=args.min_score,
        max_tags=args.max_tags,
        escape=args.escape,
        spaces=not args.underscores,
        rating=args.rating_word,
        model=args.model_word,
    )


def run(args: argparse.Namespace) -> int:
    """0; 3 when something is in the way of a caption; 130 when it was interrupted."""
    todo = CaptionRun(
        rules_of(args), Existing(args.existing), args.overwrite_edited, args.simulate
    )
    settings = read_settings(args)
    with open_database(settings) as store, interruptible() as interruption:
        library = open_library(store, settings.library)
        with progress_bar() as on_progress:
            report = write_captions(
                store,
                library,
                " ".join(args.query),
                todo,
                on_progress=on_progress,
                should_stop=interruption.requested.is_set,
            )
    if args.json:
        print_json(report.to_json())
    else:
        _print(report, is_simulated=args.simulate)
    if report.is_stopped:
        return _INTERRUPTED
    return 3 if report.in_the_way else 0


def _print(report: CaptionReport, *, is_simulated: bool) -> None:
    for path, text in report.examples:
        print(f"{clean(path)}\n    {clean(text)}")
    words = (
        "{written} would be written, {replaced} replaced, {merged} merged; nothing was changed."
        if is_simulated
        else "{written} written, {replaced} replaced, {merged} merged."
    )
    told = {"written": report.written, "replaced": report.replaced, "merged": report.merged}
    print(say(words, **told))
    if report.same or report.kept:
        print(say("{n} are there already and stay.", n=report.same + report.kept))
    if report.edited:
        words = "{n} were edited by hand and stay (--overwrite-edited replaces them): {paths}"
        print(say(words, n=report.edited, paths=", ".join(map(clean, report.edited_paths))))
    if report.in_the_way:
        words = "{n} could not be written: a link, or a text that is not UTF-8, is in the way."
        print(say(words, n=report.in_the_way))
    if report.without_file:
        print(say("{n} artworks have no file in this library.", n=report.without_file))
