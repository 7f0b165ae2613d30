"""Artworks for people's spreadsheets and scripts: CSV, JSON lines, and where their files lie.

Everything is read in pages, each in a transaction of its own: nobody waits for a slow reader
(RB-12), and memory does not grow with the library.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Text, and_, case, cast, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from artkeep.domain.csv_text import csv_line, csv_line_of
from artkeep.domain.query import Query
from artkeep.store.base import Store
from artkeep.store.json_text import (
    WANTED,
    IsoText,
    JsonFlag,
    JsonList,
    JsonText,
    JsonValue,
    wanted,
)
from artkeep.store.models import Artwork, ArtworkTag, Place, Root, Tag
from artkeep.store.order import Position, Sort, page_of_ids
from artkeep.store.places import whole_path
from artkeep.store.search import count_matching
from artkeep.store.shelf import rating_label
from artkeep.store.shown import is_there, shown, shown_id

T = TypeVar("T")

_FIRST, _LINES_AT_ONCE = 200, 5_000  # somebody waits for the first ones

_tags = (
    select(func.aggregate_strings(Tag.name, ", "))
    .join(ArtworkTag, ArtworkTag.tag_id == Tag.id)
    .where(ArtworkTag.artwork_id == Artwork.id)
    .scalar_subquery()
)
_tag_list = (
    select(JsonList(Tag.name))
    .join(ArtworkTag, ArtworkTag.tag_id == Tag.id)
    .where(ArtworkTag.artwork_id == Artwork.id)
    .scalar_subquery()
)


def _number(column: Any) -> Any:
    return cast(column, Text)


class _Cells(FunctionElement[str]):
    """All cells of a line as one text, on SQLite: a Python object less for each of them."""

    name = "cells"
    type = Text()
    inherit_cache = True


@compiles(_Cells)
def _cells(element: _Cells, compiler: SQLCompiler, **options: Any) -> str:
    cells = (compiler.process(one, **options) for one in element.clauses)
    return " || char(0) || ".join(f"coalesce({cell}, '')" for cell in cells)


_path = Root.path + os.sep + func.replace(Place.path, "/", os.sep)

# Everything is text already when it is read: that is half the time of an export.
_COLUMNS: Mapping[str, Any] = {
    "site": Artwork.site,
    "site_id": Artwork.site_id,
    "page_url": Artwork.page_url,
    "kind": Artwork.kind,
    "author": Artwork.author,
    "title": Artwork.title,
    "rating": rating_label,
    "posted_at": IsoText(Artwork.posted_at),
    "added_at": IsoText(Artwork.added_at),
    "downloaded_at": IsoText(Artwork.downloaded_at),
    "width": _number(Artwork.width),
    "height": _number(Artwork.height),
    "model": Artwork.model,
    "version": Artwork.version_name,
    "base_model": Artwork.base_model,
    "prompt": Artwork.prompt,
    "negative_prompt": Artwork.negative_prompt,
    "seed": Artwork.seed,
    "tags": _tags,
    "download_status": Artwork.download_status,
    "format": shown.format,
    "size": _number(shown.size),
    "sha256": shown.sha256,
    "path": _path,
    "quality": shown.quality,  # from here: as the program before us named and knew it
    "url": Artwork.media_url,
    "checkpoint_name": func.coalesce(Artwork.model, Artwork.version_name, Artwork.base_model),
    "stars": _number(func.nullif(Artwork.stars, 0)),
    "favourite": case((Artwork.is_favourite, "yes")),
}
_OBJECT: Mapping[str, Any] = {
    **{name: column for name, column in _COLUMNS.items() if name not in ("url",)},
    "id": Artwork.id,
    "width": Artwork.width,
    "height": Artwork.height,
    "size": shown.size,
    "stars": Artwork.stars,
    "favourite": JsonFlag(Artwork.is_favourite),
    "tags": _tag_list,
    "url": Artwork.media_url,
    "generation": JsonValue(Artwork.generation),
}


def _joined(dialect: str, *columns: Any) -> Select[Any]:
    wanted_ids = WANTED[dialect]
    return (
        select(Artwork.id, *columns)
        .select_from(wanted_ids)
        .join(Artwork, Artwork.id == wanted_ids.c.id)
        .outerjoin(shown, shown.id == shown_id)
        .outerjoin(Place, and_(Place.file_id == shown.id, Place.is_primary))
        .outerjoin(Root, Root.id == Place.root_id)
    )


def _lines_with(names: Sequence[str]) -> Mapping[str, Select[Any]]:
    columns = [_COLUMNS[name] for name in names]
    return {
        "sqlite": _joined("sqlite", _Cells(*columns)),
        "postgresql": _joined("postgresql", *columns),
    }


_NAMES = {True: tuple(_COLUMNS), False: tuple(name for name in _COLUMNS if name != "tags")}
_LINES = {with_tags: _lines_with(names) for with_tags, names in _NAMES.items()}
_OBJECTS = {name: _joined(name, JsonText(_OBJECT)) for name in WANTED}
_FILES = {
    name: _joined(name, Artwork.site, Artwork.site_id, Root.path, Place.path).where(is_there)
    for name in WANTED
}


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file that is there. `path` is below the root, with forward slashes."""

    artwork_id: int
    site: str
    site_id: str
    root: str
    path: str

    @property
    def whole_path(self) -> str:
        return whole_path(self.root, self.path)


def amount(connection: Connection, query: Query) -> int:
    """How many artworks an export has."""
    return count_matching(connection, query)


def as_csv(store: Store, query: Query, sort: Sort, *, with_tags: bool = True) -> Iterator[str]:
    """The artworks that a query means, in pieces of a few thousand lines, the header first.

    Tags take ten times as long as everything else.
    """
    yield csv_line(_NAMES[with_tags])
    yield from _pages(store, query, sort, partial(_csv, statements=_LINES[with_tags]))


def as_json_lines(store: Store, query: Query, sort: Sort) -> Iterator[str]:
    """The same as an object a line, with tags as a list and what the generator was told."""
    return _pages(store, query, sort, _json_lines)


def files_of(store: Store, query: Query, sort: Sort) -> Iterator[list[FileLine]]:
    """The file that is shown of each artwork, if it is there, in pages."""
    return _pages(store, query, sort, _file_lines)


def as_paths(store: Store, query: Query, sort: Sort) -> Iterator[str]:
    """Whole paths of the files, one a line."""
    for page in files_of(store, query, sort):
        yield "".join([f"{line.whole_path}\n" for line in page])


def _csv(
    connection: Connection, ids: Sequence[int], statements: Mapping[str, Select[Any]]
) -> str:
    rows = _rows(connection, statements, ids)
    if connection.dialect.name == "sqlite":
        lines = {row[0]: csv_line_of(row[1]) for row in rows}
    else:
        lines = {row[0]: csv_line(row[1:]) for row in rows}
    return "".join([lines[one] for one in ids if one in lines])


def _json_lines(connection: Connection, ids: Sequence[int]) -> str:
    found = {row[0]: row[1] for row in _rows(connection, _OBJECTS, ids)}
    return "".join([f"{found[one]}\n" for one in ids if one in found])


def _file_lines(connection: Connection, ids: Sequence[int]) -> list[FileLine]:
    found = {row[0]: FileLine(*row) for row in _rows(connection, _FILES, ids) if row[3]}
    return [found[one] for one in ids if one in found]


def _pages(
    store: Store, query: Query, sort: Sort, read: Callable[[Connection, Sequence[int]], T]
) -> Iterator[T]:
    """What is read of one page after the other."""
    after: Position | None = None
    amount = min(_FIRST, _LINES_AT_ONCE)
    while True:
        with store.reading() as connection:
            page = page_of_ids(connection, query, sort, after, amount)
            found = read(connection, page.ids)
        yield found
        if page.next is None:
            return
        after, amount = page.next, _LINES_AT_ONCE


def _rows(
    connection: Connection, statements: Mapping[str, Select[Any]], ids: Sequence[int]
) -> Sequence[Any]:
    return connection.execute(statements[connection.dialect.name], wanted(ids)).all()
