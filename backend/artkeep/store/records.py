"""The raw replies about artworks and groups, compressed; written again only if they differ."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select

from artkeep.store.bulk import insert_new
from artkeep.store.models import Record

Reply = Mapping[str, Any]


def keep_of_groups(connection: Connection, replies: Iterable[tuple[int, Reply]]) -> None:
    """Keep the newest reply about each group, by its row id."""
    for row_id, raw in replies:
        if not raw:
            continue
        text = _to_text(raw)
        connection.execute(delete(Record).where(Record.group_id == row_id))
        connection.execute(
            insert(Record).values(
                group_id=row_id,
                digest=_digest(text),
                body=zlib.compress(text, 6),
                fetched_at=datetime.now(UTC),
            )
        )


def keep_of_artworks(connection: Connection, replies: Sequence[tuple[int, Reply]]) -> set[int]:
    """Keep replies that are new or differ; the row ids of those artworks."""
    digests = {
        row_id: digest
        for row_id, digest in connection.execute(
            select(Record.artwork_id, Record.digest).where(
                Record.artwork_id.in_([row_id for row_id, _ in replies])
            )
        )
    }
    now = datetime.now(UTC)
    rows: dict[int, tuple[Any, ...]] = {}
    for row_id, raw in replies:
        text = _to_text(raw)
        digest = _digest(text)
        if digests.get(row_id) == digest:
            continue
        body = zlib.compress(text, 6)
        rows[row_id] = (row_id, digest, body, now)
    outdated = [row_id for row_id in rows if row_id in digests]
    if outdated:
        connection.execute(delete(Record).where(Record.artwork_id.in_(outdated)))
    names = ("artwork_id", "digest", "body", "fetched_at")
    insert_new(connection, Record, names, list(rows.values()))
    return set(rows)


def _to_text(raw: Reply) -> bytes:
    """JSON, exact; in ASCII where lone surrogates or endless numbers have to survive."""
    try:
        return orjson.dumps(raw)
    except TypeError:
        return json.dumps(raw, separators=(",", ":")).encode("ascii")


def _digest(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=16).hexdigest()
