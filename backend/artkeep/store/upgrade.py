"""Bringing the schema up to date: at start, under a lock, after a backup (MI-15…MI-18)."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

import artkeep
from artkeep.errors import DatabaseError, DatabaseTooNew
from artkeep.logs import get_logger
from artkeep.store.base import SCHEMA, Store

if TYPE_CHECKING:
    from alembic.config import Config

log = get_logger(__name__)

_ADVISORY_LOCK = 0x41524B50  # "ARKP"
_BACKUPS_KEPT = 7


def migrations_dir() -> Path:
    """Inside the installed package, else beside it in a clone."""
    package = Path(artkeep.__file__).parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"


def ensure_schema(store: Store, backups_dir: Path) -> None:
    """Create or upgrade the schema if needed. Safe with many processes starting at once.

    Raises DatabaseTooNew when a newer program has been here, DatabaseError when the file is no
    usable database (DF-11); neither writes anything.
    """
    if store.is_sqlite and store.url.database:
        database = Path(store.url.database)
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not database.exists():
            database.touch(mode=0o600)  # prompts are private (SE-27); its -wal takes this over
    try:
        with store.engine.connect() as connection:
            found = _read_version(connection)
        if found == SCHEMA:
            return
        _refuse_newer(found)
        with store.engine.connect() as connection:
            _upgrade_under_lock(store, connection, backups_dir)
        store.engine.dispose()  # that connection flushes every commit in full
    except DBAPIError as error:
        raise _explain(store, error) from error


def _upgrade_under_lock(store: Store, connection: Connection, backups_dir: Path) -> None:
    connection = connection.execution_options(immediate=True)
    if store.is_sqlite:
        # The intent is a lasting change: this transaction is flushed in full (CR-19).
        connection.connection.driver_connection.execute("PRAGMA synchronous=FULL")  # type: ignore[union-attr]
        store.begin(connection)
    else:
        connection.begin()
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        connection.execute(text("SET LOCAL synchronous_commit = on"))
    found = _read_version(connection)  # another process may have done it while we waited
    if found == SCHEMA:
        connection.rollback()
        return
    _refuse_newer(found)
    if found is not None:
        back_up(store, backups_dir, label=f"before-{SCHEMA}")
    _run_migrations(connection)
    connection.commit()
    log.info("schema upgraded", found=found, now=SCHEMA)


def _run_migrations(connection: Connection) -> None:
    from alembic import command  # slow to import, and needed once per upgrade

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def alembic_config() -> Config:
    """Alembic's configuration, without a file of its own."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    return config


def back_up(store: Store, folder: Path, *, label: str = "") -> Path:
    """A verified copy of the database as it is committed now; the last seven are kept.

    SQLite: the online backup call, then an integrity check of the copy. PostgreSQL: pg_dump.
    Raises DatabaseError when the copy cannot be made or does not pass.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    name = f"tracking_database-{stamp}{'-' + label if label else ''}"
    if store.is_sqlite:
        made = _copy_sqlite(Path(store.url.database or ""), folder / f"{name}.sqlite")
    else:
        made = _dump_postgres(store, folder / f"{name}.dump")
    for old in sorted(folder.glob("tracking_database-*"))[:-_BACKUPS_KEPT]:
        old.unlink()
    log.info("database backed up", to=str(made), size=made.stat().st_size)
    return made


def _copy_sqlite(source: Path, to: Path) -> Path:
    part = to.with_suffix(".part")
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(part)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        part.unlink(missing_ok=True)
        raise DatabaseError(f"The database could not be backed up: {error}") from error
    if verdict != "ok":
        part.unlink()
        raise DatabaseError(f"The backup does not pass the integrity check: {verdict}")
    part.chmod(0o600)
    return part.rename(to)


def _dump_postgres(store: Store, to: Path) -> Path:
    url = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        subprocess.run(
            ["pg_dump", "--format=custom", f"--file={to}", "--dbname", url],
            check=True,
            capture_output=True,
            timeout=3600,
        )
    except FileNotFoundError as error:
        raise DatabaseError(
            "A backup is made before the schema changes, and pg_dump is not installed.",
            advice="Install PostgreSQL's client (Debian: apt install postgresql-client).",
        ) from error
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip()
        raise DatabaseError(f"pg_dump failed: {words}") from None
    return to


def _read_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_newer(found: str | None) -> None:
    if found is not None and found > SCHEMA:
        raise DatabaseTooNew(
            f"The tracking database has schema {found}, this program knows up to {SCHEMA}.",
            advice="Update Artkeep, or use another --data-dir. Nothing was written.",
        )


def _explain(store: Store, error: DBAPIError) -> DatabaseError:
    words = str(error.orig or error).strip()
    if store.is_sqlite and ("not a database" in words or "malformed" in words):
        return DatabaseError(
            f"{store.url.database} is damaged or not a database ({words}).",
            code="database_damaged",
            advice="It was left as it is. `artkeep db restore` brings back the newest backup.",
        )
    return DatabaseError(
        f"The tracking database cannot be opened: {words}",
        advice="Check the path or URL, that the server runs, and that you may write there.",
    )
