"""The command line: one module per verb, each with its options beside it."""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
from collections.abc import Sequence

from artkeep import __version__
from artkeep.cli.help import EVERYWHERE, Parser
from artkeep.cli.words import choose_language, say
from artkeep.errors import AppError

# What people come for, and the modules of its verbs.
GROUPS = {
    "get": ("get", "imports", "targets", "jobs"),
    "tag, describe and shrink": ("tags", "site_tags", "captions", "embed", "convert"),
    "find": ("search",),
    "look after what is there": ("read", "move", "remove", "restore", "check", "rescan"),
    "take it elsewhere": ("export",),
    "the database": ("db",),
    "the page and the program": ("gui", "doctor", "completion", "demo"),
}
_EXAMPLES = """artkeep https://civitai.com/user/lena_paints
artkeep help get"""
_BARE = "get"
_HELP = "help"
_EXIT_BUG = 1
_INTERRUPTED = 130
_NEW_OBJECTS = 20_000


def build_parser() -> argparse.ArgumentParser:
    """Every verb with its options."""
    parser = Parser(
        prog="artkeep",
        description="Download AI art complete, with prompts, tags and origin, and keep it.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "--version", action="version", version=f"artkeep {__version__}", help="show the version"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    for title, modules in GROUPS.items():
        known = set(verbs.choices)
        for name in modules:
            importlib.import_module(f"artkeep.cli.{name}").add_parser(verbs)
        parser.groups[title] = [name for name in verbs.choices if name not in known]
    for verb in verbs.choices.values():
        group = verb.add_argument_group(EVERYWHERE)
        group.add_argument("--data-dir", metavar="DIR", help="database, settings and logs")
        group.add_argument("--library", metavar="DIR", help="where pictures and videos go")
        group.add_argument("--database-url", metavar="URL", help="PostgreSQL instead of SQLite")
        group.add_argument("-v", "--verbose", action="count", default=0, help="log more")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (design: 0 2 3 4 5 6 7 130)."""
    gc.set_threshold(_NEW_OBJECTS)  # what is imported stays: looking through it is no use
    prepare_streams()
    choose_language("auto")
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and ":" in words[0]:  # a link, or site:kind:value
        words.insert(0, _BARE)
    elif words[:1] == [_HELP]:
        words = [*words[1:2], "--help"]
    parser = build_parser()
    gc.freeze()  # nor at the end: it would take a fifth of the time of a short run
    args = parser.parse_args(words)
    if args.verb is None:
        parser.print_help()
        return 2
    return run_guarded(args)


def run_guarded(args: argparse.Namespace) -> int:
    """`args.run`, which may raise anything: nobody is shown a traceback."""
    try:
        return int(args.run(args))
    except AppError as error:
        print(f"artkeep: {_clean(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return _INTERRUPTED
    except Exception:
        return _report_bug(args)


def prepare_streams() -> None:
    """Names from all over the world must not stop a terminal of the old kind."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _clean(text: str) -> str:
    from artkeep.cli.output import clean

    return "\n".join(map(clean, text.splitlines()))


def _report_bug(args: argparse.Namespace) -> int:
    from artkeep.cli.session import read_settings
    from artkeep.logs import get_logger

    try:
        folder = str(read_settings(args).logs_dir)
        get_logger(__name__).exception("bug", verb=args.verb)
    except (AppError, OSError) as error:
        folder = f"– ({error})"
    words = say("An error of the program; it is written down in {log}.", log=folder)
    print(f"artkeep: {words}", file=sys.stderr)
    return _EXIT_BUG
