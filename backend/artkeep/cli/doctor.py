"""`artkeep doctor`: what is here, what is missing, and what is off without it."""

from __future__ import annotations

import argparse
import platform
import shutil
import sqlite3
import sys
from typing import Any

from artkeep import __version__
from artkeep.cli.output import clean, print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.errors import AppError
from artkeep.jobs.process import is_gone
from artkeep.media.library import read_marker
from artkeep.media.programs import find_programs
from artkeep.settings import Settings
from artkeep.store import instances
from artkeep.store.base import SCHEMA

_FIRST_SAFE_SQLITE = (3, 51, 3)  # MI-13: earlier ones carry a rare checkpoint race


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`doctor` with its options."""
    parser = verbs.add_parser(
        "doctor", help="what is here and what is missing", epilog="example: artkeep doctor"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0, or the exit code of what is broken."""
    settings = read_settings(args)
    facts: dict[str, Any] = {
        "artkeep": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "data_dir": str(settings.data_dir),
        "library": str(settings.library),
        "library_marker": "found" if read_marker(settings.library) else "none yet",
        "library_free_bytes": _free(settings),
        "civitai_key": "set" if settings.sites.civitai.api_key else "none",
    }
    code = _database(settings, facts)
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


def _free(settings: Settings) -> int | None:
    for folder in (settings.library, *settings.library.parents):
        if folder.is_dir():
            return shutil.disk_usage(folder).free
    return None


def _database(settings: Settings, facts: dict[str, Any]) -> int:
    try:
        with open_database(settings) as store:
            facts["database"] = store.url.render_as_string(hide_password=True)
            facts["schema"] = SCHEMA
            if store.is_sqlite:
                facts["sqlite"] = sqlite3.sqlite_version
                if sqlite3.sqlite_version_info < _FIRST_SAFE_SQLITE:
                    facts["warning"] = (
                        f"SQLite {sqlite3.sqlite_version}: with several instances writing at "
                        "once, versions before 3.51.3 can in rare cases damage a database. "
                        "Keep the backups, or use PostgreSQL."
                    )
            with store.reading() as connection:
                alive = [row for row in instances.living(connection) if not is_gone(row)]
            facts["instances"] = ", ".join(f"{row.host_name}:{row.pid}" for row in alive) or "–"
    except AppError as error:
        facts["database"] = str(error)
        return error.exit_code
    return 0
