"""`artkeep db`: where the tracking database is, upgrading, backing up and restoring it."""

from __future__ import annotations

import argparse
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from artkeep.cli.adopt import add_options, take_over
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.errors import DatabaseError, UsageError
from artkeep.jobs.heartbeat import LEASE_S
from artkeep.jobs.process import is_gone
from artkeep.settings import Settings
from artkeep.store import instances
from artkeep.store.base import SCHEMA, open_store
from artkeep.store.upgrade import back_up, draining

_LOOK_S = 0.5


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`db` with its actions."""
    parser = verbs.add_parser(
        "db",
        help="the tracking database: path, upgrade, backup, restore, drain, adopt",
        epilog="""artkeep db path
artkeep db backup
artkeep db restore
artkeep db adopt tracking_database.sqlite --dry-run""",
    )
    parser.add_argument(
        "action",
        metavar="ACTION",
        choices=("path", "upgrade", "backup", "restore", "drain", "adopt"),
        help="path (where it is), upgrade, backup, restore; drain: ask all programs on it to "
        "go; adopt: take over what another program left",
    )
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="with restore: this backup, else the newest; with adopt: a history, database or "
        "folder of another program",
    )
    taking = parser.add_argument_group("adopt")
    taking.add_argument("--output-dir", metavar="DIR", help="where its files lie, if moved")
    taking.add_argument(
        "--site", choices=("civitai",), help="the numbers in file names are this site's"
    )
    add_options(taking)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    if args.action == "adopt":
        if args.file is None:
            raise UsageError("Say what to take over: artkeep db adopt FILE|DIR.")
        path, output_dir = Path(args.file), args.output_dir
        return take_over(args, path, output_dir=output_dir, site=args.site)
    settings = read_settings(args)
    if args.action == "path":
        store = open_store(settings.database_url, settings.data_dir)
        shown = store.url.render_as_string(hide_password=True)
        print(store.url.database if store.is_sqlite else shown)
        store.close()
        return 0
    if args.action == "restore":
        return _restore(settings, args.file)
    if args.action == "drain":
        return _drain(settings)
    with open_database(settings) as store:
        if args.action == "backup":
            path = back_up(store, settings.data_dir / "backups")
            print(say("Backup written: {path}", path=path))
        else:
            print(SCHEMA)
    return 0


def _drain(settings: Settings) -> int:
    """Ask all programs on the database to end, and say who still runs until none does."""
    store = open_store(settings.database_url, settings.data_dir)
    told: set[str] = set()
    try:
        for here in draining(store, is_gone, LEASE_S * settings.net.time_scale):
            for row in here:
                if row.id not in told:
                    told.add(row.id)
                    print(say("Waiting for {who}", who=row.words), flush=True)
            time.sleep(_LOOK_S)
    finally:
        store.close()
    print(say("Nobody else uses the database."))
    return 0


def _restore(settings: Settings, name: str | None) -> int:
    """Put a backup in the database's place; the old file is kept under another name."""
    store = open_store(settings.database_url, settings.data_dir)
    store.close()
    if not store.is_sqlite:
        raise UsageError("Restore a PostgreSQL database with pg_restore and the .dump file.")
    backups = sorted((settings.data_dir / "backups").glob("tracking_database-*.sqlite"))
    source = Path(name) if name else (backups[-1] if backups else None)
    if source is None or not source.is_file():
        raise UsageError("There is no such backup.", code="no_backup")
    _require_whole(source)
    database = Path(store.url.database or "")
    _require_unused(settings)
    kept = database.with_name(
        f"{database.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    )
    copy = database.with_name(f".{database.name}.part")
    with closing(sqlite3.connect(source)) as whole, closing(sqlite3.connect(copy)) as part:
        whole.backup(part)
    if database.exists():
        database.rename(kept)
    for ending in ("-wal", "-shm"):  # they belong to the old file
        beside = database.with_name(database.name + ending)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + ending))
    copy.rename(database)
    print(
        say(
            "Restored from {path}; the old file was kept as {kept}.",
            path=source,
            kept=kept.name,
        )
    )
    return 0


def _require_whole(path: Path) -> None:
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as opened:
            verdict = opened.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise DatabaseError(f"{path} cannot be read: {error}") from None
    if verdict != "ok":
        raise DatabaseError(f"{path} is damaged: {verdict}")


def _require_unused(settings: Settings) -> None:
    """A database that another process has open is never moved (MI-14)."""
    store = open_store(settings.database_url, settings.data_dir)
    try:
        with store.reading() as connection:
            alive = [row for row in instances.living(connection) if not is_gone(row)]
    except Exception:
        alive = []  # it cannot be read, which is why it is being restored
    finally:
        store.close()
    if alive:
        raise UsageError(
            f"The database is in use by process {alive[0].pid} on {alive[0].host_name}.",
            advice="Stop it first.",
        )
