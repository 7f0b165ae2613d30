"""`artkeep completion`: what makes a shell complete verbs, options and their values."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from artkeep.cli.help import say_help
from artkeep.cli.shells import SCRIPTS, Option, Takes, Verb

_FILES = ("FILE", "files")
_FOLDERS = ("DIR",)


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`completion` with the shells."""
    parser = verbs.add_parser(
        "completion",
        help="print what makes a shell complete verbs and options with Tab",
        epilog="artkeep completion bash\nartkeep completion powershell",
    )
    parser.add_argument(
        "shell", metavar="SHELL", choices=tuple(SCRIPTS), help="bash, zsh, fish or powershell"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    from artkeep.cli.app import build_parser

    print(SCRIPTS[args.shell](list(offers(build_parser()))), end="")
    return 0


def offers(program: argparse.ArgumentParser) -> Iterator[Verb]:
    """What may follow the program's name."""
    (verbs,) = (one for one in program._actions if isinstance(one, argparse._SubParsersAction))
    for listed in verbs._choices_actions:
        actions = [
            one
            for one in verbs.choices[listed.dest]._actions
            if one.help is not argparse.SUPPRESS
        ]
        yield Verb(
            listed.dest,
            say_help(listed.help or ""),
            tuple(_option(one) for one in actions if one.option_strings),
            tuple(_takes(one) for one in actions if not one.option_strings),
        )


def _option(action: argparse.Action) -> Option:
    takes = None if action.nargs == 0 else _takes(action)
    return Option(tuple(action.option_strings), say_help(action.help or ""), takes)


def _takes(action: argparse.Action) -> Takes:
    name = str(action.metavar or action.dest)
    if action.choices:
        return Takes(name, tuple(map(str, action.choices)))
    if re.fullmatch(r"[a-z0-9]+(,[a-z0-9]+)+", name):  # pg,pg13,r: any of these words
        return Takes(name, tuple(name.split(",")))
    return Takes(name, is_file=name in _FILES, is_folder=name in _FOLDERS)
