"""The tracking database: connections, transactions, and the one thread that writes.

SQLite's own busy handler starves whoever waits longest (its sleeps grow while others re-take
the lock at once), so waiting is ours: short random pauses, 60 s in all (MI-11). Every write
transaction takes the write lock first and checks the schema number (MI-18).
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from artkeep.errors import DatabaseError, DatabaseTooNew, UsageError
from artkeep.store.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")

SCHEMA = "0001"  # the last migration; a test compares it with migrations/versions
_READERS = 4
_BUSY_WAIT_S = 60.0
_LONGEST_PAUSE_S = 0.003


class Store:
    """The database of one process. Store functions take a connection and are synchronous."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _make_sqlite(url) if self.is_sqlite else _make_postgres(url)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-read")
        self._writer = Writer(self.transact)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection with one consistent view; nothing is written through it."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:  # whose transactions see one state anyway
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction. Waits for the lock; commits at the end, else rolls back."""
        with self.engine.connect() as connection:
            connection = connection.execution_options(immediate=True)
            self.begin(connection)
            _check_schema(connection)
            yield connection
            connection.commit()

    def transact(self, change: Callable[[Connection], T], /) -> T:
        """Run a store function in a write transaction of its own, again after a deadlock."""

        def job() -> T:
            with self.writing() as connection:
                return change(connection)

        return with_busy_retry(job)

    def begin(self, connection: Connection) -> None:
        """Begin a transaction, waiting for the lock if it is an immediate one."""
        deadline = time.monotonic() + _BUSY_WAIT_S
        while True:
            try:
                connection.begin()
            except OperationalError as error:
                if not is_busy(error):
                    raise
                if time.monotonic() > deadline:
                    raise DatabaseError(
                        "The tracking database was locked by another program for a minute.",
                        code="database_busy",
                    ) from error
                time.sleep(random.uniform(0, _LONGEST_PAUSE_S))
            else:
                return

    async def read(
        self,
        function: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a store function in a reader thread."""

        def job() -> T:
            with self.reading() as connection:
                return function(connection, *args, **kwargs)

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, with_busy_retry, job)

    async def write(
        self,
        function: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a store function in the writer thread; returns after the commit.

        Calls that arrive together share one transaction; one that raises costs only itself.
        The function may be run again, so it must have no other effect than on the database.
        """
        return await asyncio.wrap_future(
            self._writer.submit(lambda connection: function(connection, *args, **kwargs))
        )

    def close(self) -> None:
        """Finish what was submitted and let go of every connection."""
        self._writer.close()
        self._readers.shutdown()
        self.engine.dispose()


def open_store(database_url: str | None, data_dir: Path) -> Store:
    """The configured database; by default `tracking_database.sqlite` in the data folder.

    Raises UsageError for an unusable URL. Schema and data are not touched.
    """
    if database_url is None:
        return Store(f"sqlite:///{data_dir / 'tracking_database.sqlite'}")
    url = database_url.strip()
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            url = "postgresql+psycopg://" + url.removeprefix(plain)
    try:
        name = make_url(url).get_backend_name()
    except Exception as error:
        raise UsageError(
            "database_url cannot be read: write postgresql://user@host/name"
        ) from error
    if name not in ("sqlite", "postgresql"):
        raise UsageError(
            f"database_url: {name} is not supported, use postgresql:// or leave it out"
        )
    return Store(url)


def is_busy(error: DBAPIError) -> bool:
    """SQLite's "locked" and "busy", and PostgreSQL's deadlock and serialisation failures."""
    original = error.orig
    if isinstance(original, sqlite3.OperationalError):
        message = str(original)
        return "locked" in message or "busy" in message
    return getattr(original, "sqlstate", None) in ("40001", "40P01", "55P03")


def with_busy_retry(job: Callable[[], T]) -> T:
    """Run again while another process holds the database; the job must be repeatable."""
    deadline = time.monotonic() + _BUSY_WAIT_S
    while True:
        try:
            return job()
        except (OperationalError, InterfaceError) as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0, _LONGEST_PAUSE_S))


def _check_schema(connection: Connection) -> None:
    number = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if number != SCHEMA:
        raise DatabaseTooNew(
            f"The tracking database has schema {number}, this program knows {SCHEMA}.",
            advice="Update Artkeep on this machine; nothing was written.",
        )


def _make_sqlite(url: str) -> Engine:
    # Our own waits replace the driver's (timeout 0); transactions are begun by the hook below.
    engine = create_engine(
        url,
        connect_args={"timeout": 0, "check_same_thread": False},
        pool_size=8,
        max_overflow=8,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.create_function("casefold", 1, _casefold, deterministic=True)

        def pragmas() -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA wal_autocheckpoint=4000")  # 16 MiB: half the flushes
            connection.execute("PRAGMA journal_size_limit=67108864")  # RB-12
            connection.execute("PRAGMA cache_size=-16384")

        _wait_while_locked(pragmas)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _wait_while_locked(job: Callable[[], None]) -> None:
    """Switching to WAL and recovery need the file alone for a moment."""
    deadline = time.monotonic() + _BUSY_WAIT_S
    while True:
        try:
            return job()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0, _LONGEST_PAUSE_S))


def _make_postgres(url: str) -> Engine:
    engine = create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, entry: ConnectionPoolEntry) -> None:
        # A crash of the server may cost the last commits, as with SQLite's WAL (CR-18).
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
            cursor.execute("SET timezone = 'UTC'")
        connection.commit()

    return engine


def _casefold(value: str | float | None) -> str | float | None:
    return value.casefold() if isinstance(value, str) else value
