"""`artkeep gui`, which `launch_gui.py` hands over to."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import artkeep
from artkeep.cli import get
from artkeep.cli.demo import CREATOR, demo_environment, sample_site
from artkeep.cli.session import read_settings
from artkeep.cli.words import say
from artkeep.errors import UsageError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`gui` with the launcher's options."""
    parser = verbs.add_parser(
        "gui", help="the page (not in this version), or the demonstration", epilog=_EXAMPLE
    )
    parser.add_argument("--port", type=int, help="default: 5000")
    parser.add_argument("--host", default="127.0.0.1", help="loopback only")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--demo", action="store_true", help="use the sample site")
    parser.add_argument("--once", action="store_true", help="do the main job, then exit")
    parser.add_argument("--setup", action="store_true", help="prepare, then exit")
    parser.add_argument("--resume", action="store_true", help="go on with interrupted jobs")
    parser.set_defaults(run=run)


_EXAMPLE = "example: artkeep gui --demo --once"


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    if args.host not in _LOOPBACK:
        raise UsageError(
            f"--host {args.host}: only this machine may reach Artkeep, there is no login yet.",
            advice="Use 127.0.0.1.",
        )
    if args.setup:
        return 0
    if args.demo and args.once:
        return _demonstrate(args)
    raise UsageError(
        say("The page is not part of this version yet."),
        advice=say("Use `artkeep get …`, or `--demo --once` to see it work."),
        code="no_page",
    )


def _demonstrate(args: argparse.Namespace) -> int:
    """Download a creator's whole gallery from the sample site and show what lies where."""
    home = Path(args.data_dir) if args.data_dir else _demo_folder()
    args.data_dir = str(home)
    args.library = args.library or str(home / "library")
    with sample_site() as url:
        print(say("Sample site at {url}", url=url))
        os.environ.update(demo_environment(url))
        words = ["get", "--user", CREATOR]
        parser = argparse.ArgumentParser()
        get.add_parser(parser.add_subparsers())
        chosen = parser.parse_args(words)
        for name in ("data_dir", "library", "database_url", "verbose"):
            setattr(chosen, name, getattr(args, name, None))
        code = get.run(chosen)
    settings = read_settings(args)
    print(f"\n{say('Where the files lie')}:")
    _print_tree(settings.library)
    print(f"{say('Database')}: {settings.data_dir / 'tracking_database.sqlite'}")
    print(f"{say('Settings and logs')}: {settings.data_dir}")
    sys.stdout.flush()
    return code


def _demo_folder() -> Path:
    """A data folder of its own, beside the program in a clone."""
    clone = Path(artkeep.__file__).parents[2]
    if (clone / "launch_gui.py").exists() and os.access(clone, os.W_OK):
        return clone / "artkeep-demo"
    return Path.cwd() / "artkeep-demo"


def _print_tree(library: Path) -> None:
    """Folders with the number of media files in each."""
    print(library)
    for folder in sorted(path for path in library.rglob("*") if path.is_dir()):
        relative = folder.relative_to(library)
        if relative.parts[0].startswith("."):
            continue
        amount = sum(child.is_file() and child.suffix != ".json" for child in folder.iterdir())
        indent = "  " * len(relative.parts)
        print(f"{indent}{folder.name}/" + (f"  {amount}" if amount else ""))
