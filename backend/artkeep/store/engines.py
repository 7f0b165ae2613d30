"""Connections as this program wants them, and what their errors mean.

SQLite's own busy handler starves whoever waits longest (its sleeps grow while others re-take
the lock at once), so waiting is ours: short random pauses, 60 s in all (MI-11).
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, FromClause, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from artkeep.errors import DatabaseError

T = TypeVar("T")

BUSY_WAIT_S = 60.0
_LONGEST_PAUSE_S = 0.003
FIRST_SAFE_SQLITE = (3, 51, 3)
# 16 MiB make half as many flushes as SQLite's own. Where its checkpoints carry the race of
# MI-13, programs that run on make them (store/checkpoints.py), and short ones leave it to them.
_CHECKPOINT_PAGES = 4000 if sqlite3.sqlite_version_info >= FIRST_SAFE_SQLITE else 12_000
ID_BITS = 30  # of an artwork's id, in the rows of the index of words
LAST_SECOND = (1 << 33) - 1
_ALONE_TRIES = 40  # another program may just be ending
_ALONE_PAUSE_S = 0.05
# PostgreSQL shuts down, crashed, starts, dropped us; 08xxx are connection exceptions.
_LOST_STATES = ("57P01", "57P02", "57P03", "57P05")


def pause() -> None:
    """Let whoever holds the lock get on."""
    time.sleep(random.uniform(0, _LONGEST_PAUSE_S))


def is_busy(error: DBAPIError) -> bool:
    """SQLite's "locked" and "busy", and PostgreSQL's deadlock and serialisation failures."""
    original = error.orig
    if isinstance(original, sqlite3.OperationalError):
        message = str(original)
        return "locked" in message or "busy" in message
    return getattr(original, "sqlstate", None) in ("40001", "40P01", "55P03")


def is_lost(error: DBAPIError) -> bool:
    """Whether the server went away or does not answer, which is nobody's fault (MI-20)."""
    original = error.orig
    state = getattr(original, "sqlstate", None)
    if state is not None:
        return state in _LOST_STATES or state.startswith("08")
    is_of_connection = isinstance(error, OperationalError | InterfaceError)
    return is_of_connection and not isinstance(original, sqlite3.Error)


def with_busy_retry(job: Callable[[], T]) -> T:
    """Run again while another process holds the database; the job must be repeatable."""
    deadline = time.monotonic() + BUSY_WAIT_S
    while True:
        try:
            return job()
        except (OperationalError, InterfaceError) as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            pause()


class _WithHints(SQLiteCompiler):
    """Writes `INDEXED BY` behind a table: SQLite without statistics often chooses badly."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        return text


def make_sqlite(url: str, *, is_shared: bool) -> Engine:
    """Not shared: the file lies where only one process can use it, over one connection."""
    # Our own waits replace the driver's (timeout 0); transactions are begun by the hook below.
    engine = create_engine(
        url,
        connect_args={"timeout": 0, "check_same_thread": False},
        pool_size=8 if is_shared else 1,
        max_overflow=8 if is_shared else 0,
        pool_timeout=BUSY_WAIT_S,
        pool_use_lifo=True,  # what one has read, the next finds in its cache
    )
    engine.dialect.statement_compiler = _WithHints

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.create_function("casefold", 1, _casefold, deterministic=True)
        connection.create_function("word_place", 2, word_place, deterministic=True)

        def pragmas() -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
            connection.execute("PRAGMA journal_size_limit=67108864")  # RB-12

        if is_shared:
            _wait_while_locked(pragmas)
        else:
            _lock_for_us_alone(connection)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-16384")
        # The signatures of addresses leave with their work rows (SE-24): not every build of
        # SQLite blanks what is deleted by itself.
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _wait_while_locked(job: Callable[[], None]) -> None:
    """Switching to WAL and recovery need the file alone for a moment."""
    deadline = time.monotonic() + BUSY_WAIT_S
    while True:
        try:
            return job()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            pause()


def _lock_for_us_alone(connection: sqlite3.Connection) -> None:
    """On a network drive: no shared memory, and a lock that is kept until the end (MI-12)."""
    for tries_left in reversed(range(_ALONE_TRIES)):
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            if not tries_left:
                raise DatabaseError(
                    "The tracking database lies on a network drive, and another Artkeep has it "
                    "open. SQLite cannot be shared over a network.",
                    code="database_not_shared",
                    advice="Stop the other one, or use PostgreSQL for several "
                    "(docs/several-machines.md).",
                ) from error
            time.sleep(_ALONE_PAUSE_S)
        else:
            return


def make_postgres(url: str) -> Engine:
    """Commits wait for the disk: unlike SQLite, the server may crash while we live on, and what
    we remember as done must be done there too (MI-20)."""
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=8,
        pool_pre_ping=True,
        connect_args={  # a server that vanished without a word is noticed within half a minute
            "connect_timeout": 10,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, entry: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET timezone = 'UTC'")
            # Who is stopped inside a transaction (a laptop put to sleep) must not hold up the
            # others: the server ends it, and its work is taken over (MI-5).
            cursor.execute("SET idle_in_transaction_session_timeout = '20s'")
        connection.commit()

    return engine


def word_place(posted_at: str | None, artwork_id: int) -> int:
    """Where the words of an artwork stand in the index: the second it was posted, then its id.

    `posted_at` as it is stored. Migration 0006 says the same in SQL.
    """
    if posted_at is None:
        return artwork_id
    moment = datetime.fromisoformat(posted_at[:19]).replace(tzinfo=UTC)
    second = min(LAST_SECOND, max(1, int(moment.timestamp())))
    return (second << ID_BITS) | artwork_id


def _casefold(value: str | float | None) -> str | float | None:
    return value.casefold() if isinstance(value, str) else value
