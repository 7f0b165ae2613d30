"""Inserting the rows of a page: hundreds that are alike.

SQLAlchemy looks at every value of every row to convert it, and the driver of SQLite gives the
interpreter away and takes it back for every row. SQLite takes most of ours as they are: there a
statement brings many rows, and columns without a single value are left out. It costs a third,
and other threads run meanwhile. What is there already stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, compress
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Table
from sqlalchemy.dialects import postgresql

from artkeep.store.columns import UtcDateTime
from artkeep.store.models import Base, table_of

Convert = Callable[[Any], Any]

_MOST_ROWS = 256
_MOST_VALUES = 16_384  # half of what SQLite takes


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
    table = table_of(model)
    columns = list(zip(*rows, strict=True))
    is_given = [
        not _is_null_by_default(table, name) or column.count(None) < len(column)
        for name, column in zip(names, columns, strict=True)
    ]
    given = tuple(compress(names, is_given))
    plain = [
        _converted(table, name, column)
        for name, column in zip(given, compress(columns, is_given), strict=True)
    ]
    values = list(zip(*plain, strict=True))
    begin = 0
    while begin < len(values):
        amount = _rows_at_once(len(values) - begin, len(given))
        some = values[begin : begin + amount]
        text = _statement(table, given, amount)
        connection.exec_driver_sql(text, tuple(chain.from_iterable(some)))
        begin += amount


def _rows_at_once(left: int, columns: int) -> int:
    """A power of two, so that there are few statements, which the driver keeps prepared."""
    most = min(left, _MOST_ROWS, _MOST_VALUES // columns)
    return 1 << (most.bit_length() - 1)


@lru_cache(maxsize=256)
def _statement(table: Table, names: tuple[str, ...], amount: int) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    row = f"({', '.join('?' * len(names))})"
    rows = ", ".join([row] * amount)
    return f'INSERT INTO "{table.name}" ({columns}) VALUES {rows} ON CONFLICT DO NOTHING'


@lru_cache(maxsize=256)
def _is_null_by_default(table: Table, name: str) -> bool:
    column = table.c[name]
    return column.server_default is None and bool(column.nullable)


def _converted(table: Table, name: str, values: Sequence[Any]) -> Sequence[Any]:
    convert = _convert_of(table.c[name].type)
    if convert is None:
        return values
    return [None if value is None else convert(value) for value in values]


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
