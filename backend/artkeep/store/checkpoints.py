"""Copying the write-ahead log into the database file where SQLite cannot be left to it (MI-13).

Versions before 3.51.3 carry a race: a checkpoint that runs while somebody begins the log anew
may leave pages out. A checkpoint that holds the write lock meanwhile cannot meet it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry

from artkeep.store.base import Store
from artkeep.store.engines import FIRST_SAFE_SQLITE

# For the lock, and again for readers while it is held: who writes waits no longer than this.
_PATIENCE_S = 0.1


def is_needed(store: Store) -> bool:
    """Whether this database is one that several may share through a SQLite with the fault."""
    if not store.is_sqlite or store.drive is not None:
        return False
    return sqlite3.sqlite_version_info < FIRST_SAFE_SQLITE


def stop_automatic(store: Store) -> None:
    """From now on no connection of this process makes a checkpoint of itself."""

    @event.listens_for(store.engine, "connect")
    def none_of_itself(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        connection.execute("PRAGMA wal_autocheckpoint=0")

    store.engine.dispose()  # those that were opened before


def log_size(store: Store) -> int:
    """How many bytes of the log wait to be copied, at most."""
    try:
        return _log_of(store).stat().st_size
    except FileNotFoundError:
        return 0


def empty_log(store: Store) -> bool:
    """Copy all of it and begin it anew; False when somebody was in the way.

    Then what could be copied was, and the next attempt has less to do. The lock that is waited
    for first is the writers', so that none of them begins the log anew meanwhile.
    """
    with closing(sqlite3.connect(_database_of(store), timeout=_PATIENCE_S)) as connection:
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _database_of(store: Store) -> Path:
    assert store.url.database is not None
    return Path(store.url.database)


def _log_of(store: Store) -> Path:
    path = _database_of(store)
    return path.with_name(f"{path.name}-wal")
