"""The tracking database: connections, transactions, and the one thread that writes.

SQLite's own busy handler starves whoever waits longest (its sleeps grow while others re-take
the lock at once), so waiting is ours: short random pauses, 60 s in all (MI-11). Every write
transaction takes the write lock first and checks the schema number (MI-18).

When PostgreSQL goes away, `read` and `write` wait until it is back and then go on; `reading`,
`writing` and `transact` say so at once, because a person waits for them (MI-20).
"""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from artkeep.errors import DatabaseAway, DatabaseError, DatabaseTooNew, UsageError
from artkeep.logs import get_logger
from artkeep.store.drives import network_drive
from artkeep.store.engines import (
    BUSY_WAIT_S,
    is_busy,
    is_lost,
    make_postgres,
    make_sqlite,
    pause,
    with_busy_retry,
)
from artkeep.store.flushed import flush_this, flushing
from artkeep.store.writer import Writer

__all__ = ["SCHEMA", "Store", "is_busy", "open_store"]

log = get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

SCHEMA = "0006"  # the last migration; a test compares it with migrations/versions
_READERS = 4
_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 5.0


class Store:
    """The database of one process. Store functions take a connection and are synchronous."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.drive = self._network_drive()
        if self.is_sqlite:
            self.engine = make_sqlite(url, is_shared=self.drive is None)
        else:
            self.engine = make_postgres(url)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-read")
        self._writer = Writer(self._transact_patiently)
        self._signature: str | None = None
        self._numbers = itertools.count(1)
        self._is_away = threading.Lock()  # held by whoever tells of it
        self._is_closing = threading.Event()

    @property
    def is_away(self) -> bool:
        """The server does not answer, and jobs wait for it."""
        return self._is_away.locked()

    def sign(self, instance_id: str) -> None:
        """Number the commits of `write` in this instance's row from now on."""
        self._signature = instance_id

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection with one consistent view; nothing is written through it.

        Raises DatabaseAway.
        """
        with _told_when_lost(), self.engine.connect() as connection:
            if not self.is_sqlite:  # whose transactions see one state anyway
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self, *, is_flushed: bool = False) -> Iterator[Connection]:
        """One write transaction. Waits for the lock; commits at the end, else rolls back.

        `is_flushed`: it lies on the disk when this ends (CR-19). Raises DatabaseAway; whether
        it was committed is then not known.
        """
        with (
            _told_when_lost(),
            self.engine.connect() as connection,
            flushing(connection, is_wanted=is_flushed),
        ):
            connection = connection.execution_options(immediate=True)
            self.begin(connection)
            _check_schema(connection)
            if is_flushed:
                flush_this(connection)
            yield connection
            connection.commit()

    def transact(self, change: Callable[[Connection], T], /, *, is_flushed: bool = False) -> T:
        """Run a store function in a write transaction of its own, again after a deadlock."""

        def job() -> T:
            with self.writing(is_flushed=is_flushed) as connection:
                return change(connection)

        return with_busy_retry(job)

    def _transact_patiently(self, change: Callable[[Connection], T], /) -> T:
        """The same, waiting while the server is away.

        A commit whose answer was lost is settled by reading: it bears a number in our row, so a
        change is neither lost nor made twice.
        """
        number, signature = next(self._numbers), self._signature
        results: list[T] = []

        def job(connection: Connection) -> T:
            results.clear()
            if signature is not None and not self.is_sqlite:
                connection.execute(_SIGN, {"number": number, "id": signature})
            results.append(change(connection))
            return results[0]

        while True:
            try:
                return self.transact(job)
            except DatabaseAway as error:
                self._wait_for_server(error)
                if results and signature and self._last_commit(signature) == number:
                    return results[0]

    def _last_commit(self, signature: str) -> int | None:
        while True:
            try:
                with self.reading() as connection:
                    return connection.execute(_SIGNED, {"id": signature}).scalar()
            except DatabaseAway as error:
                self._wait_for_server(error)

    def _wait_for_server(self, error: DatabaseAway) -> None:
        """Until it answers; raises the error once this store is being closed."""
        tells = self._is_away.acquire(blocking=False)
        began, wait_s = time.monotonic(), _FIRST_WAIT_S
        if tells:
            log.warning("database is away, waiting for it", why=str(error.__cause__))
        try:
            while not self._is_closing.wait(random.uniform(wait_s / 2, wait_s)):
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
                try:
                    with self.reading() as connection:
                        connection.execute(text("SELECT 1"))
                except DatabaseAway:
                    continue
                if tells:
                    log.info("database is back", after_s=round(time.monotonic() - began, 1))
                return
            raise error
        finally:
            if tells:
                self._is_away.release()

    def begin(self, connection: Connection) -> None:
        """Begin a transaction, waiting for the lock if it is an immediate one."""
        deadline = time.monotonic() + BUSY_WAIT_S
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
                pause()
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
            while True:
                try:
                    with self.reading() as connection:
                        return function(connection, *args, **kwargs)
                except DatabaseAway as error:
                    self._wait_for_server(error)

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

    async def write_alone(
        self,
        function: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """As `write`, in a transaction that nothing shares: others wait for its rows."""
        return await asyncio.wrap_future(
            self._writer.submit(
                lambda connection: function(connection, *args, **kwargs), is_alone=True
            )
        )

    def stop_waiting(self) -> None:
        """The program is ending: who waits for a server that is away waits no longer."""
        self._is_closing.set()

    def _network_drive(self) -> str | None:
        """What kind of network drive a SQLite file lies on (MI-12)."""
        name = self.url.database
        if not self.is_sqlite or not name or name == ":memory:":
            return None
        return network_drive(Path(name))

    def close(self) -> None:
        """Finish what was submitted and let go of every connection."""
        self.stop_waiting()
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


def _check_schema(connection: Connection) -> None:
    number = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if number != SCHEMA:
        raise DatabaseTooNew(
            f"The tracking database has schema {number}, this program knows {SCHEMA}.",
            advice="Update Artkeep on this machine; nothing was written.",
        )


@contextmanager
def _told_when_lost() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if not is_lost(error):
            raise
        raise DatabaseAway(
            "The database server does not answer.",
            advice="Artkeep waits for it and goes on by itself; nothing is lost.",
        ) from error


_SIGN = text("UPDATE instances SET commits = :number WHERE id = :id")
_SIGNED = text("SELECT commits FROM instances WHERE id = :id")
