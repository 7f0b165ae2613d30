"""Transactions that have reached the disk when they end (CR-19).

Others may lose the last seconds to a power cut (CR-18); what a deletion leans on may not.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text


@contextmanager
def flushing(connection: Connection, *, is_wanted: bool) -> Iterator[None]:
    """Around a transaction of SQLite, which knows the level outside of transactions only."""
    driver = connection.connection.driver_connection
    if not is_wanted or not isinstance(driver, sqlite3.Connection):
        yield
        return
    (before,) = driver.execute("PRAGMA synchronous").fetchone()
    driver.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        connection.rollback()  # what failed on the way; nothing after a commit
        driver.execute(f"PRAGMA synchronous={before:d}")


def flush_this(connection: Connection) -> None:
    """Within a transaction of PostgreSQL, for this one only."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL synchronous_commit = on"))
