"""`artkeep embed`: prompt, parameters, tags and origin into the files themselves."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from artkeep.cli.convert import add_scope, query_of, run_over_library
from artkeep.cli.output import print_json, size_text
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.artwork import StageName
from artkeep.jobs.library_job import scope_of
from artkeep.media.exiftool import find_exiftool
from artkeep.media.programs import how_to_install, install
from artkeep.stages._read_back import FROM_FILES
from artkeep.store import scopes
from artkeep.store.base import Store


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`embed` with its options."""
    parser = verbs.add_parser(
        "embed",
        help="write prompt, parameters, tags and origin into the files",
        epilog="""artkeep embed
artkeep embed author:lena_paints --only-tagged
artkeep embed --from-files format:png""",
    )
    add_scope(parser)
    parser.add_argument(
        "--from-files",
        action="store_true",
        help="first read what files say of their making, where no prompt is known",
    )
    parser.add_argument(
        "-s", "--simulate", action="store_true", help="count what would be written into"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    settings = read_settings(args)
    if find_exiftool() is None and not install("exiftool"):
        words = "exiftool is not here: IPTC keywords, AVIF and videos stay out. Get it: {how}"
        print(say(words, how=how_to_install("exiftool")), file=sys.stderr)
    with open_database(settings) as store:
        if args.simulate:
            return _count(store, query_of(args), as_json=args.json)
        stages: dict[str, Any] = (
            {StageName.EMBED: {FROM_FILES: True}} if args.from_files else {}
        )
        return run_over_library(args, settings, store, StageName.EMBED, stages)


def _count(store: Store, query: str, *, as_json: bool) -> int:
    with store.reading() as connection:
        meant = scope_of(connection, query, StageName.EMBED)
        found = scopes.originals_by_format(connection, meant)
        done = scopes.done_before(connection, meant, StageName.EMBED)
    if as_json:
        formats = {line.format: {"files": line.files, "bytes": line.bytes} for line in found}
        print_json({"event": "simulated", "formats": formats, "done_before": done})
        return 0
    for line in found:
        print(f"{line.files:8}  {line.format}  {size_text(line.bytes)}")
    words = "{done} of them were written into before; what is new goes in again."
    print(say(words, done=done))
    return 0
