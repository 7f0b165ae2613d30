"""`artkeep rescan`: rebuild what the database knew from the files themselves (CR-21)."""

from __future__ import annotations

import argparse
from pathlib import Path

from artkeep.cli.adopt import add_options, take_over
from artkeep.cli.session import read_settings


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`rescan` with its options."""
    parser = verbs.add_parser(
        "rescan",
        help="rebuild a lost database from the files and what lies beside and in them",
        epilog="artkeep rescan\nartkeep rescan --dry-run",
    )
    parser.add_argument("folder", nargs="?", metavar="DIR", help="default: the library")
    add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0, or 3 when nothing says what some files are."""
    folder = Path(args.folder) if args.folder else read_settings(args).library
    return take_over(args, folder)
