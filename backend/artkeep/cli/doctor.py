"""`artkeep doctor`: what is here, what is missing, and what is off without it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from artkeep.cli.output import clean, print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.errors import AppError
from artkeep.jobs.doctor import about_here, find
from artkeep.media.programs import find_programs
from artkeep.settings import Settings


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`doctor` with its options."""
    parser = verbs.add_parser(
        "doctor",
        help="what is here and what is missing",
        epilog="""artkeep doctor
artkeep doctor --json""",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0, or the exit code of what is broken."""
    settings = read_settings(args)
    facts, code = _facts(settings)
    programs = find_programs()
    if args.json:
        found = {
            program.name: {"path": program.path, "version": program.version}
            for program in programs
        }
        print_json({**facts, "programs": found})
        return code
    for name, value in facts.items():
        print(f"{name:<20} {clean(str(value))}")
    for program in programs:
        if program.path:
            print(f"{program.name:<20} {clean(program.version or '')} {clean(program.path)}")
        else:
            print(f"{program.name:<20} – {say('off without it')}: {program.feature}")
            print(f"{'':<20}   {program.install_command}")
    if "warning" in facts:
        print(clean(facts["warning"]), file=sys.stderr)
    return code


def _facts(settings: Settings) -> tuple[dict[str, Any], int]:
    """The facts with exit code 0; of a database that cannot be opened only why."""
    try:
        with open_database(settings) as store:
            return find(settings, store).to_json(), 0
    except AppError as error:
        return {
            **about_here(),
            "data_dir": str(settings.data_dir),
            "library": str(settings.library),
            "database": str(error),
        }, error.exit_code
