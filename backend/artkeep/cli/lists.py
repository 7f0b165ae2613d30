"""`artkeep export csv|jsonl|paths|zip`: what a query means, into a file or to the terminal."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from artkeep.cli.output import print_json
from artkeep.cli.session import open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.query import Query, parse_query
from artkeep.errors import UsageError
from artkeep.logs import hide_known
from artkeep.media.archive import zipped
from artkeep.store import exports, words
from artkeep.store.base import Store
from artkeep.store.order import Sort
from artkeep.store.removal import without_removed


class ListFormat(StrEnum):
    """What there is beside training sets."""

    CSV = "csv"
    JSONL = "jsonl"
    PATHS = "paths"
    ZIP = "zip"


def run(args: argparse.Namespace) -> int:
    """0. An export that is broken off leaves the file that was there as it was (CR-13)."""
    chosen = ListFormat(args.format)
    if args.output is None and chosen is ListFormat.ZIP:
        raise UsageError("Say where the archive goes: -o FILE.")
    now = datetime.now(UTC).replace(microsecond=0)
    query = parse_query(" ".join(args.query), now=now)
    with open_database(read_settings(args)) as store:
        words.catch_up(store, None)
        with store.reading() as connection:
            meant = without_removed(connection, query)
        if args.simulate:
            with store.reading() as connection:
                _tell(args, {"artworks": exports.amount(connection, meant)})
            return 0
        pieces = _pieces(store, chosen, meant)
        if args.output is None or args.output == "-":
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return 0
        path = Path(args.output).expanduser()
        _tell(args, {"path": str(path.absolute()), "bytes": _write(path, pieces)})
    return 0


def _pieces(store: Store, chosen: ListFormat, query: Query) -> Iterator[bytes]:
    order = Sort.NEWEST
    if chosen is ListFormat.ZIP:
        pages = exports.files_of(store, query, order)
        return zipped((Path(line.root), line.path) for page in pages for line in page)
    texts = {
        ListFormat.CSV: exports.as_csv,
        ListFormat.JSONL: exports.as_json_lines,
        ListFormat.PATHS: exports.as_paths,
    }[chosen](store, query, order)
    return (hide_known(text).encode("utf-8", "surrogateescape") for text in texts)  # SE-25


def _write(path: Path, pieces: Iterator[bytes]) -> int:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    size = 0
    try:
        with part.open("xb") as file:
            for piece in pieces:
                size += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            part.unlink()
    return size


def _tell(args: argparse.Namespace, told: dict[str, object]) -> None:
    if args.json:
        print_json(told)
    elif "path" in told:
        print(say("{size} bytes in {path}", size=told["bytes"], path=told["path"]))
    else:
        print(say("{count} artworks", count=told["artworks"]))
