"""Reading what earlier programs kept: JSON and text histories, and their databases.

A source is only ever read: a database is opened so that not even a journal appears beside it,
and through a private copy while its own program has left changes beside it.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import json_safe
from artkeep.domain.legacy import (
    CIVITAI,
    HD,
    SD,
    OldEntry,
    OldReject,
    author_among,
    civitai_artwork,
    path_parts,
    read_date,
    read_key,
    read_quality,
    read_tags,
    read_target,
    target_of_path,
)
from artkeep.domain.target import Target
from artkeep.errors import NotFound, UsageError

OldItem = OldEntry | OldReject

_MOST_BYTES = 4 * 2**30
_SQLITE = b"SQLite format 3\0"


def read_json_history(path: Path) -> Iterator[OldItem]:
    """The entries of a `downloaded_images.json` of any age, one after the other.

    Raises NotFound, and UsageError when the file as a whole is no such history.
    """
    try:
        whole = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise _not_a_history(path, f"it is not JSON ({_short(error)})") from None
    if not isinstance(whole, dict):
        raise _not_a_history(path, "it does not hold one object")
    return (_json_entry(key, value) for key, value in whole.items())


def _json_entry(key: str, value: Any) -> OldItem:
    if not key.strip():
        return OldReject(key, "no_key")
    told = read_key(key)
    if told is None:
        return OldReject(key, "no_number")
    if not isinstance(value, dict):
        return OldReject(key, "no_object")
    return _entry(key, told.site_id, value, {**value, "target": told.target})


def _entry(
    key: str, site_id: str, history: Mapping[str, Any], row: Mapping[str, Any]
) -> OldEntry:
    """What the JSON history and the database have in common. `row` may know its target."""
    told = read_key(key)
    path = row.get("path")
    path = path if isinstance(path, str) and path.strip() else None
    tags, are_tags_plain = read_tags(row.get("tags"))
    quality = told.quality if told else None
    date = read_date(row.get("download_date"))
    target = row.get("target") or (target_of_path(path_parts(path)) if path else None)
    targets: tuple[Target, ...] = (target,) if target else ()
    notes = (
        *(("odd_key",) if told is None or told.is_odd else ()),
        *(("no_path",) if path is None else ()),
        *(("odd_date",) if date is None and row.get("download_date") else ()),
        *(() if are_tags_plain else ("odd_tags",)),
    )
    return OldEntry(
        key=key,
        artwork=civitai_artwork(
            site_id,
            path=path,
            url=row.get("url"),
            model=row.get("checkpoint_name"),
            author=author_among(targets),
            history={"key": key, **json_safe(dict(history))},
        ),
        path=path,
        quality=quality or read_quality(row.get("quality")) or _first_word(row) or SD,
        downloaded_at=date,
        tags=tags,
        targets=targets,
        notes=notes,
    )


def _first_word(row: Mapping[str, Any]) -> str | None:
    """`HD_extra` was some HD once."""
    told = row.get("quality")
    return read_quality(told.partition("_")[0]) if isinstance(told, str) else None


def read_text_history(path: Path) -> Iterator[OldItem]:
    """The oldest history: one id a line. Raises NotFound, UsageError."""
    for line in _read(path).splitlines():
        key = line.strip()
        if not key:
            continue
        told = read_key(key)
        if told is None or told.target is not None:
            yield OldReject(key, "no_number")
        else:
            artwork = civitai_artwork(told.site_id, history={"key": key})
            yield OldEntry(key, artwork, quality=told.quality or SD)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _not_a_history(path, "it is too large")
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundHere(f"There is no file {path}.") from None
    except OSError as error:
        raise _not_a_history(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise _not_a_history(path, "it is not UTF-8") from None


class NotFoundHere(NotFound):
    """The source to be adopted is not there."""

    exit_code = 4


def _not_a_history(path: Path, why: str) -> UsageError:
    return UsageError(f"{path} cannot be taken over: {why}.", code="not_a_history")


def _short(error: BaseException) -> str:
    return str(error)[:120] or type(error).__name__


# --- databases


def is_sqlite(path: Path) -> bool:
    """Whether a file is a SQLite database, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def is_classic_database(path: Path) -> bool:
    """A classic tracking database: ours has a view of the same name, and a version."""
    tables = _tables_of(path)
    return "tracked_images" in tables and "alembic_version" not in tables


def is_archive(path: Path) -> bool:
    """An archive of gallery-dl."""
    return "archive" in _tables_of(path) and not is_classic_database(path)


def _tables_of(path: Path) -> set[str]:
    """Without what lies beside the file: a large database of ours is not to be copied to see
    that it is ours."""
    if not is_sqlite(path):
        return set()
    try:
        with closing(_connect(_as_it_lies(path))) as database:
            found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {str(row[0]) for row in found}
    except sqlite3.Error:
        return set()


def _as_it_lies(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


@contextmanager
def open_read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection through which nothing changes, and no file appears beside the database.

    What its program has not folded in yet (`-wal`, `-journal`) is read from a private copy.
    Raises sqlite3.Error.
    """
    beside = [path.with_name(path.name + ending) for ending in ("-wal", "-journal")]
    if not any(one.is_file() and one.stat().st_size for one in beside):
        with closing(_connect(_as_it_lies(path))) as database:
            yield database
        return
    with tempfile.TemporaryDirectory(prefix="artkeep-") as folder:
        for one in (path, *beside):
            if one.is_file():
                shutil.copyfile(one, Path(folder) / one.name)
        with closing(_connect((Path(folder) / path.name).as_uri())) as database:
            yield database


def _connect(uri: str) -> sqlite3.Connection:
    database = sqlite3.connect(uri, uri=True)
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")
    database.row_factory = sqlite3.Row
    return database


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    return [str(row["name"]) for row in database.execute(f'PRAGMA table_info("{table}")')]


def read_classic_database(path: Path) -> Iterator[OldItem]:
    """The rows of a classic tracking database of any age, by column name.

    Raises UsageError when it is none, or damaged.
    """
    try:
        with open_read_only(path) as database:
            columns = _columns(database, "tracked_images")
            if "image_key" not in columns and "image_id" not in columns:
                raise _not_a_history(path, "it has no table tracked_images")
            tags = _tags(database)
            for row in database.execute("SELECT * FROM tracked_images"):
                yield _classic_row(dict(zip(columns, row, strict=False)), tags)
    except sqlite3.Error as error:
        raise _not_a_history(path, _short(error)) from None


def _tags(database: sqlite3.Connection) -> dict[Any, list[Any]]:
    tags: dict[Any, list[Any]] = {}
    if {"image_key", "tag"} <= set(_columns(database, "image_tags")):
        for key, tag in database.execute("SELECT image_key, tag FROM image_tags"):
            tags.setdefault(key, []).append(tag)
    return tags


def _classic_row(row: dict[str, Any], tags: Mapping[Any, list[Any]]) -> OldItem:
    key = row.get("image_key")
    key = key if isinstance(key, str) else str(row.get("image_id") or "")
    told = read_key(key)
    number = read_key(str(row.get("image_id") or ""))
    site_id = number.site_id if number and not number.is_odd else told and told.site_id
    if not site_id:
        return OldReject(key, "no_number" if key.strip() else "no_key")
    target = read_target(row.get("target_type"), row.get("target_value"))
    of_key = told.target if told else None
    found = {**row, "tags": tags.get(row.get("image_key")), "target": target or of_key}
    written = {name: _plain(value) for name, value in row.items()}
    history = {name: value for name, value in written.items() if value is not None}
    return _entry(key, site_id, history, found)


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def read_archive(path: Path) -> Iterator[OldItem]:
    """Entries of a gallery-dl archive, whose pictures have no path.

    Of Civitai it keeps the name of the file on the media server, which is no number of a
    picture: such an entry counts when a sidecar in the same tree tells which picture it is.
    Raises UsageError.
    """
    try:
        with open_read_only(path) as database:
            for (entry,) in database.execute("SELECT entry FROM archive"):
                yield _archived(str(entry))
    except sqlite3.Error as error:
        raise _not_a_history(path, _short(error)) from None


def _archived(entry: str) -> OldItem:
    """The site's name and its key for the file, without a mark between them."""
    rest = entry.removeprefix(CIVITAI)
    if rest == entry:
        return OldReject(entry, "unknown_site")
    if not (rest.isascii() and rest.isdecimal() and len(rest) <= 18):
        return OldReject(entry, "no_number")
    return OldEntry(entry, civitai_artwork(rest, history={"key": entry}), quality=HD)
