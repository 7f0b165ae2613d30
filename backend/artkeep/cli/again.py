"""`artkeep get --skipped-of`: what a target left out, without listing it again."""

from __future__ import annotations

import argparse
import sys

from artkeep.cli.follow import follow
from artkeep.cli.output import print_json
from artkeep.cli.session import open_database, running_engine
from artkeep.cli.words import say
from artkeep.jobs.again import start_skipped
from artkeep.jobs.start import Options
from artkeep.settings import Settings


def get_skipped(args: argparse.Namespace, settings: Settings, options: Options) -> int:
    """Returns the exit code."""
    reasons = [word.strip() for word in (args.reason or "").split(",") if word.strip()]
    with open_database(settings) as store:
        started = start_skipped(store, args.skipped_of, reasons, options)
        if not started.is_new and not args.json:
            print(say("Job {job} goes on where it was.", job=started.job_id), file=sys.stderr)
        with running_engine(settings, store) as (engine, interruption):
            if args.json:
                print_json({"event": "started", "job": started.job_id})
            return follow(
                engine,
                store,
                started.job_id,
                interruption,
                as_json=args.json,
                quiet=args.quiet,
                examine=not args.no_examine,
            )
