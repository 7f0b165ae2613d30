"""`artkeep site-tags`: the names of a site's tags, kept in a file and searched there."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from artkeep.cli.output import clean
from artkeep.cli.session import open_database, read_settings, running_engine
from artkeep.cli.words import say
from artkeep.errors import TargetNotFound, UsageError
from artkeep.jobs.site_tags import NameFile, add_tag_names
from artkeep.settings import Settings

_FILE = "tag_names.txt"
_SITE = "civitai"


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`site-tags` with its options."""
    parser = verbs.add_parser(
        "site-tags",
        help="the names of a site's tags: keep them in a file, search them",
        epilog="""artkeep site-tags
artkeep site-tags "sci fi"
artkeep site-tags dragon --refresh -o names.txt""",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="show the names that contain all of these; none: add what is new to the file",
    )
    parser.add_argument("--refresh", action="store_true", help="look for new names before")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default=_FILE,
        help=f"the file ({_FILE} in this folder)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    path = Path(args.output).absolute()
    try:
        file = NameFile(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", code="no_input") from None
    if args.refresh or not args.words or not file.names:
        _refresh(read_settings(args), file)
    if not args.words:
        return 0
    words = [word.casefold() for word in " ".join(args.words).replace("_", " ").split()]
    found = [
        name
        for name in file.names
        if all(word in name.casefold().replace("_", " ") for word in words)
    ]
    for name in found:
        print(clean(name))
    if found:
        return 0
    words_shown = clean(" ".join(args.words))
    print(say("No tag name contains {words}.", words=words_shown), file=sys.stderr)
    print(say("--refresh looks for new ones first."), file=sys.stderr)
    return TargetNotFound.exit_code


def _refresh(settings: Settings, file: NameFile) -> None:
    """Raises FetchFailed with what was had before kept in the file."""
    known = len(file.names)
    with open_database(settings) as store, running_engine(settings, store) as (engine, _):
        adapter = engine.context.adapters[_SITE]
        adding = add_tag_names(engine.client, adapter, file, time_scale=settings.net.time_scale)
        try:
            engine.submit(adding).result()
        finally:
            new = len(file.names) - known
            words = say("{new} new tag names, {all} in all.", new=new, all=len(file.names))
            print(words, file=sys.stderr)
