"""Text patterns as conditions on a column, ignoring case alike on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from artkeep.domain.query_nodes import Pattern


class Folded(FunctionElement[str]):
    """Text without its case. SQLite's own lower() knows ASCII only, so we bring a function."""

    name = "folded"
    type = Text()
    inherit_cache = True


@compiles(Folded, "sqlite")
def _fold_on_sqlite(element: Folded, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(func.casefold(*element.clauses), **options)


@compiles(Folded)
def _fold(element: Folded, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(func.lower(*element.clauses), **options)


def matches(column: Any, pattern: Pattern, *, anywhere: bool = False) -> ColumnElement[bool]:
    """The column is the pattern, or with `anywhere` contains it, whatever the case."""
    if pattern.is_plain and not anywhere:
        folded, wanted = _fold_both(column, pattern.parts[0])
        return folded == wanted
    text = "%".join(
        part.replace("/", "//").replace("%", "/%").replace("_", "/_") for part in pattern.parts
    )
    folded, wanted = _fold_both(column, f"%{text}%" if anywhere else text)
    return folded.like(wanted, escape="/")


def _fold_both(column: Any, text: str) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """lower() is built in and many times faster than our function; for ASCII it is enough."""
    if text.isascii():
        return func.lower(column), literal(text.lower())
    return Folded(column), Folded(literal(text))
