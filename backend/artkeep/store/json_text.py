"""JSON written and read by the database, the same on SQLite and PostgreSQL.

A page of a hundred rows with thirty columns comes back as one text: the database writes it
while other threads of the process run, and nothing of it becomes a Python object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Subquery,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class JsonText(FunctionElement[str]):
    """An object with these members, as text. The names are ours alone: nobody escapes them."""

    name = "json_text"
    type = Text()
    inherit_cache = True

    def __init__(self, members: Mapping[str, Any]) -> None:
        clauses: list[Any] = []
        for name, value in members.items():
            clauses += [literal_column(f"'{name}'"), value]
        super().__init__(*clauses)


@compiles(JsonText, "sqlite")
def _on_sqlite(element: JsonText, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **options)})"


@compiles(JsonText)
def _on_postgres(element: JsonText, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(json_build_object({compiler.process(element.clauses, **options)}) AS text)"


class JsonFlag(FunctionElement[bool]):
    """A column of yes or no, as a member of `JsonText`; SQLite keeps it as a number."""

    name = "json_flag"
    inherit_cache = True


@compiles(JsonFlag, "sqlite")
def _flag_on_sqlite(element: JsonFlag, compiler: SQLCompiler, **options: Any) -> str:
    flag = compiler.process(element.clauses, **options)
    return f"json(CASE WHEN {flag} THEN 'true' ELSE 'false' END)"


@compiles(JsonFlag)
def _flag_on_postgres(element: JsonFlag, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


class JsonValue(FunctionElement[str]):
    """A column of JSON, as a member of `JsonText`; to SQLite it is text."""

    name = "json_value"
    inherit_cache = True


@compiles(JsonValue, "sqlite")
def _value_on_sqlite(element: JsonValue, compiler: SQLCompiler, **options: Any) -> str:
    return f"json({compiler.process(element.clauses, **options)})"


@compiles(JsonValue)
def _value_on_postgres(element: JsonValue, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


class JsonList(FunctionElement[str]):
    """The values of a column in all rows, as a list."""

    name = "json_list"
    inherit_cache = True


@compiles(JsonList, "sqlite")
def _list_on_sqlite(element: JsonList, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(DISTINCT {compiler.process(element.clauses, **options)})"


@compiles(JsonList)
def _list_on_postgres(element: JsonList, compiler: SQLCompiler, **options: Any) -> str:
    values = compiler.process(element.clauses, **options)
    return f"coalesce(to_json(array_agg(DISTINCT {values})), '[]')"


class IsoText(FunctionElement[str]):
    """A moment in ISO 8601, UTC, to the second."""

    name = "iso_text"
    type = Text()
    inherit_cache = True


@compiles(IsoText, "sqlite")
def _iso_on_sqlite(element: IsoText, compiler: SQLCompiler, **options: Any) -> str:
    stored = compiler.process(element.clauses, **options)  # 2026-05-31 12:00:00.000000
    return f"(replace(substr({stored}, 1, 19), ' ', 'T') || '+00:00')"


@compiles(IsoText)
def _iso_on_postgres(element: IsoText, compiler: SQLCompiler, **options: Any) -> str:
    stored = compiler.process(element.clauses, **options)
    return f"to_char({stored} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+00:00\"')"


_IDS = bindparam("ids", type_=Text)
_of_sqlite = func.json_each(_IDS).table_valued(column("value", BigInteger))
_of_postgres = func.json_array_elements_text(cast(_IDS, JSON)).column_valued("value")
WANTED: Mapping[str, Subquery] = {
    "sqlite": select(_of_sqlite.c.value.label("id")).subquery("wanted"),
    "postgresql": select(cast(_of_postgres, BigInteger).label("id")).subquery("wanted"),
}
"""By dialect: the ids of the parameter `ids`, to be joined. One parameter of constant shape is
read faster than a hundred, or five thousand."""

_NAMES = bindparam("names", type_=Text)
WANTED_NAMES: Mapping[str, Subquery] = {
    "sqlite": select(
        func.json_each(_NAMES).table_valued(column("value", Text)).c.value.label("name")
    ).subquery("wanted_names"),
    "postgresql": select(
        func.json_array_elements_text(cast(_NAMES, JSON)).column_valued("value").label("name")
    ).subquery("wanted_names"),
}
"""The same for the texts of the parameter `names`."""


def wanted(ids: Sequence[int]) -> dict[str, str]:
    """The parameter of `WANTED`."""
    return {"ids": f"[{','.join(map(str, ids))}]"}


def wanted_names(names: Sequence[str]) -> dict[str, str]:
    """The parameter of `WANTED_NAMES`."""
    return {"names": json.dumps(names)}
