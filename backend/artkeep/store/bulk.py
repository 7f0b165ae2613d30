"""Inserting the rows of a page: hundreds that are alike.

SQLAlchemy looks at every value of every row to convert it. SQLite takes most of ours as they
are, so there the statement is made once and the driver gets plain tuples; this is half of what
storing a page costs. What is there already stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, Connection
from sqlalchemy.dialects import postgresql

from artkeep.store.columns import UtcDateTime
from artkeep.store.models import Base, table_of

Convert = Callable[[Any], Any]


def insert_new(
    connection: Connection,
    model: type[Base],
    names: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert rows with values for these columns; those in conflict with others are left out."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        statement = postgresql.insert(model).on_conflict_do_nothing()
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])
        return
    text, converts = _statement(model, names)
    plain = []
    for row in rows:
        values = list(row)
        for at, convert in converts:
            if values[at] is not None:
                values[at] = convert(values[at])
        plain.append(tuple(values))
    connection.exec_driver_sql(text, plain)


@lru_cache(maxsize=64)
def _statement(
    model: type[Base], names: tuple[str, ...]
) -> tuple[str, tuple[tuple[int, Convert], ...]]:
    table = table_of(model)
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    text = f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING'
    found = ((at, _convert_of(table.c[name].type)) for at, name in enumerate(names))
    return text, tuple((at, convert) for at, convert in found if convert is not None)


def _convert_of(column_type: Any) -> Convert | None:
    if isinstance(column_type, UtcDateTime):
        return _moment
    if isinstance(column_type, JSON):
        return _json
    return None


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # integers beyond 64 bits, lone surrogates
        return json.dumps(value)


@lru_cache(maxsize=1024)  # all rows of a page have the same
def _moment(value: datetime) -> str:
    """As SQLAlchemy's dialect writes it."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
