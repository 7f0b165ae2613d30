"""`artkeep get --skipped-of`: what a target left out, without listing it again."""

from __future__ import annotations

import argparse

from artkeep.cli.follow import run_started
from artkeep.cli.session import open_database
from artkeep.jobs.again import start_skipped
from artkeep.jobs.start import Options
from artkeep.settings import Settings


def get_skipped(args: argparse.Namespace, settings: Settings, options: Options) -> int:
    """Returns the exit code."""
    reasons = [word.strip() for word in (args.reason or "").split(",") if word.strip()]
    with open_database(settings) as store:
        started = start_skipped(store, args.skipped_of, reasons, options)
        return run_started(args, settings, store, started, examine=not args.no_examine)
