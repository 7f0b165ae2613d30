"""The least that a claim can be: a table of three columns and the plain drivers."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Sequence

import psycopg
from sqlalchemy.engine import URL

_TABLE = "CREATE TABLE bare (id INTEGER PRIMARY KEY, owner TEXT, epoch INTEGER NOT NULL)"
_INDEX = "CREATE INDEX bare_free ON bare (id) WHERE owner IS NULL"
_CLAIM = (
    "UPDATE bare SET owner = {mark}, epoch = epoch + 1 WHERE id IN "
    "(SELECT id FROM bare WHERE owner IS NULL ORDER BY id LIMIT {mark} {skip}) "
    "RETURNING id, epoch"
)


def fill(url: URL, rows: int) -> None:
    """Make the table anew with this many free rows."""
    if url.get_backend_name() == "sqlite":
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {})"
        with _sqlite(url) as connection:
            connection.execute("DROP TABLE IF EXISTS bare")
            connection.execute(_TABLE)
            connection.execute(_INDEX)
            connection.execute(
                f"{numbers.format(rows)} INSERT INTO bare SELECT i, NULL, 0 FROM n"
            )
        connection.close()
    else:
        with psycopg.connect(_conninfo(url), autocommit=True) as server:
            server.execute("DROP TABLE IF EXISTS bare")
            server.execute(_TABLE)
            server.execute(_INDEX)
            server.execute(
                "INSERT INTO bare SELECT i, NULL, 0 FROM generate_series(1, %s) i", [rows]
            )
            server.execute("VACUUM ANALYZE bare")


def claimer(
    url: URL, owner: str, batch: int
) -> tuple[Callable[[], list[int]], Callable[[Sequence[int]], None]]:
    """A function that claims a batch, and one that removes what was claimed."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_claimer(url, owner, batch)
    connection = psycopg.connect(_conninfo(url), autocommit=True)
    connection.execute("SET synchronous_commit = off")
    claim_text = _CLAIM.format(mark="%s", skip="FOR UPDATE SKIP LOCKED")

    def claim() -> list[int]:
        return [row[0] for row in connection.execute(claim_text, [owner, batch])]

    def end(ids: Sequence[int]) -> None:
        connection.execute("DELETE FROM bare WHERE id = ANY(%s)", [list(ids)])

    return claim, end


def _sqlite_claimer(
    url: URL, owner: str, batch: int
) -> tuple[Callable[[], list[int]], Callable[[Sequence[int]], None]]:
    connection = _sqlite(url)
    claim_text = _CLAIM.format(mark="?", skip="")

    def lock() -> None:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                time.sleep(random.uniform(0, 0.003))
            else:
                return

    def claim() -> list[int]:
        lock()
        ids = [row[0] for row in connection.execute(claim_text, [owner, batch])]
        connection.execute("COMMIT")
        return ids

    def end(ids: Sequence[int]) -> None:
        lock()
        connection.executemany("DELETE FROM bare WHERE id = ?", [(id_,) for id_ in ids])
        connection.execute("COMMIT")

    return claim, end


def _sqlite(url: URL) -> sqlite3.Connection:
    connection = sqlite3.connect(url.database or "", timeout=0, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
