"""`artkeep export FORMAT QUERY`: what a query means, for other programs."""

from __future__ import annotations

import argparse

from artkeep.cli import lists, training
from artkeep.cli.lists import ListFormat
from artkeep.domain.training import TrainerFormat


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`export` with its formats and options."""
    parser = verbs.add_parser(
        "export",
        help="write what a query means into a file, or make a training set of it",
        epilog="""artkeep export csv author:lena_paints -o lena.csv
artkeep export kohya tag:hifumi --concept hifumi --repeats 10 --simulate
artkeep export kohya tag:hifumi --concept hifumi --repeats 10 -o hifumi-set""",
    )
    parser.add_argument(
        "format",
        metavar="FORMAT",
        choices=[*(one.value for one in ListFormat), *(one.value for one in TrainerFormat)],
        help="csv, jsonl, paths or zip; kohya, onetrainer, imagefolder or plain: a training "
        "set",
    )
    parser.add_argument(
        "query", nargs="*", metavar="QUERY", help="such as format:png since:30d"
    )
    parser.add_argument("-o", "--output", metavar="PATH", help="where it goes")
    parser.add_argument(
        "-s", "--simulate", action="store_true", help="count and say it, write nothing"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    training.add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    if args.format in list(ListFormat):
        return lists.run(args)
    return training.run(args)
