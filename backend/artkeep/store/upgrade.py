"""Bringing the schema up to date: at start, under a lock, after a backup (MI-15…MI-18).

While an older program runs on the database, the upgrade is refused: it could not go on writing.
`draining` asks all programs to end and watches them do so.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

import artkeep
from artkeep.errors import DatabaseError, DatabaseTooNew
from artkeep.logs import get_logger
from artkeep.store import instances
from artkeep.store.base import SCHEMA, Store
from artkeep.store.instances import InstanceRow

if TYPE_CHECKING:
    from alembic.config import Config

log = get_logger(__name__)

_ADVISORY_LOCK = 0x41524B50  # "ARKP"
_BACKUPS_KEPT = 7

IsGone = Callable[[InstanceRow], bool]


def migrations_dir() -> Path:
    """Inside the installed package, else beside it in a clone."""
    package = Path(artkeep.__file__).parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"


def ensure_schema(store: Store, backups_dir: Path, is_gone: IsGone = lambda row: False) -> None:
    """Create or upgrade the schema if needed. Safe with many processes starting at once.

    Raises DatabaseTooNew when a newer program has been here, DatabaseError when the file is no
    usable database (DF-11) or older programs use it; none of them writes anything. `is_gone`
    tells of registered programs whether they have certainly ended.
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
            _upgrade_under_lock(store, connection, backups_dir, is_gone)
        store.engine.dispose()  # that connection flushes every commit in full
    except DBAPIError as error:
        raise _explain(store, error) from error


def _upgrade_under_lock(
    store: Store, connection: Connection, backups_dir: Path, is_gone: IsGone
) -> None:
    connection = connection.execution_options(immediate=True)
    if store.is_sqlite:
        # The intent is a lasting change: this transaction is flushed in full (CR-19).
        connection.connection.driver_connection.execute("PRAGMA synchronous=FULL")  # type: ignore[union-attr]
        _lock_backed_up(store, connection, backups_dir, is_gone)
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
        _refuse_while_used([row for row in instances.living(connection) if not is_gone(row)])
        if not store.is_sqlite:
            back_up(store, backups_dir, label=f"before-{SCHEMA}")
    _run_migrations(connection)
    connection.commit()
    log.info("schema upgraded", found=found, now=SCHEMA)


def _lock_backed_up(
    store: Store, connection: Connection, backups_dir: Path, is_gone: IsGone
) -> None:
    """Begin to write, with a backup of what is there now.

    SQLite copies nothing out of a connection that writes, and on a network drive there is only
    this one (MI-12): so the copy comes first, again if somebody wrote meanwhile.
    """
    while True:
        store.begin(connection)
        found = _read_version(connection)
        if found is None or found == SCHEMA:
            return
        _refuse_newer(found)
        _refuse_while_used([row for row in instances.living(connection) if not is_gone(row)])
        seen = _changes_by_others(connection)
        connection.rollback()
        made = back_up(store, backups_dir, label=f"before-{SCHEMA}", over=connection)
        store.begin(connection)
        if _changes_by_others(connection) == seen:
            return
        connection.rollback()
        made.unlink(missing_ok=True)


def _changes_by_others(connection: Connection) -> int:
    """A number that is another one after a commit of any other connection."""
    return int(connection.execute(text("PRAGMA data_version")).scalar_one())


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


def _refuse_while_used(alive: Sequence[InstanceRow]) -> None:
    """MI-17: who runs on the old schema could write nothing more."""
    if alive:
        raise DatabaseError(
            "The tracking database must be upgraded, and older programs use it: "
            f"{'; '.join(row.words for row in alive)}.",
            code="upgrade_refused",
            advice="Stop them, or let `artkeep db drain` ask them to; then start again.",
        )


def draining(
    store: Store, is_gone: IsGone, lease_s: float, clock: Callable[[], float] = time.monotonic
) -> Iterator[list[InstanceRow]]:
    """Ask every program on this database to end; at each step those that still run.

    Whose counter stood still for the lease while we watched is dead (MI-4). The schema may be
    an older one: from the third on, programs can be asked.
    """
    watched: dict[str, tuple[int, float]] = {}
    while True:
        with store.engine.connect() as connection:
            connection = connection.execution_options(immediate=True)
            store.begin(connection)
            here = []
            for row in instances.living(connection):
                if watched.get(row.id, (None, 0.0))[0] != row.beat:
                    watched[row.id] = (row.beat, clock())
                if is_gone(row) or clock() - watched[row.id][1] >= lease_s:
                    connection.execute(_DEAD, {"id": row.id})  # its work is found as strays
                else:
                    here.append(row)
            if _can_be_asked(connection):
                instances.ask_to_leave(connection, [row.id for row in here])
            connection.commit()
        if not here:
            return
        yield here


_DEAD = text("UPDATE instances SET state = 'dead' WHERE id = :id AND state = 'alive'")


def _can_be_asked(connection: Connection) -> bool:
    columns = inspect(connection).get_columns("instances")
    return any(column["name"] == "wanted" for column in columns)


def back_up(
    store: Store, folder: Path, *, label: str = "", over: Connection | None = None
) -> Path:
    """A verified copy of the database as it is committed now; the last seven are kept.

    `over`: an open connection outside any transaction, needed where there can be only one
    (MI-12): from one that writes, SQLite copies nothing and waits for ever.

    SQLite: the online backup call, then an integrity check of the copy. PostgreSQL: pg_dump.
    Raises DatabaseError when the copy cannot be made or does not pass.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _require_room(store, folder, over)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    name = f"tracking_database-{stamp}{'-' + label if label else ''}"
    if not store.is_sqlite:
        made = _dump_postgres(store, folder / f"{name}.dump")
    elif over is not None:
        made = _copy_sqlite(over.connection.driver_connection, folder / f"{name}.sqlite")
    else:
        with closing(store.engine.raw_connection()) as live:
            made = _copy_sqlite(live.driver_connection, folder / f"{name}.sqlite")
    for old in _backups(folder)[:-_BACKUPS_KEPT]:
        old.unlink(missing_ok=True)
    log.info("database backed up", to=str(made), size=made.stat().st_size)
    return made


def newest_backup(folder: Path) -> Path | None:
    """The last one that was made, if any."""
    return next(reversed(_backups(folder)), None)


def _backups(folder: Path) -> list[Path]:
    """Whole ones, the oldest first: their names begin with the time."""
    found = folder.glob("tracking_database-*")
    return sorted(path for path in found if path.suffix in (".sqlite", ".dump"))


def _require_room(store: Store, folder: Path, over: Connection | None) -> None:
    if over is not None:
        store.begin(over)
        size = over.execute(text(_SIZE[store.is_sqlite])).scalar_one()
        over.rollback()  # a copy is made of a connection that does nothing else
    else:
        with store.reading() as connection:
            size = connection.execute(text(_SIZE[store.is_sqlite])).scalar_one()
    free = shutil.disk_usage(folder).free
    if free < 2 * size:
        raise DatabaseError(
            f"There is no room for a backup of the database ({size // 2**20} MiB) "
            f"in {folder}: {free // 2**20} MiB are free.",
            code="no_room_for_backup",
            advice="Make room for twice the size of the database.",
        )


_SIZE = {
    True: "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    False: "SELECT pg_database_size(current_database())",
}


def _copy_sqlite(live: Any, to: Path) -> Path:
    part = to.with_suffix(".part")
    try:
        with closing(sqlite3.connect(part)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            _blank_signatures(copy)
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        part.unlink(missing_ok=True)
        raise DatabaseError(f"The database could not be backed up: {error}") from error
    if verdict != "ok":
        part.unlink()
        raise DatabaseError(f"The backup does not pass the integrity check: {verdict}")
    part.chmod(0o600)
    return part.rename(to)


def _blank_signatures(copy: sqlite3.Connection) -> None:
    """Signed addresses live as long as the work that fetches them (SE-24), which a copy
    outlives: restored, such work asks for a new capture. PostgreSQL's dumps hold them."""
    columns = copy.execute("SELECT name FROM pragma_table_info('work')").fetchall()
    if ("spec",) not in columns:
        return  # of an older schema
    copy.execute("PRAGMA secure_delete=ON")
    with copy:
        copy.execute(
            "UPDATE work SET spec = json_remove(spec, '$.given') "
            "WHERE stage = 'download' AND json_valid(spec) AND spec LIKE '%\"given\"%'"
        )


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
