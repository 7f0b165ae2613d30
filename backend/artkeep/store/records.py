"""The raw replies about artworks and groups, compressed; written again only if they differ."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select

from artkeep.domain.artwork import Artwork
from artkeep.store import models
from artkeep.store.bulk import insert_new
from artkeep.store.json_text import WANTED, WANTED_NAMES, wanted, wanted_names
from artkeep.store.models import Record

Reply = Mapping[str, Any]

_DIGESTS = {
    dialect: select(Record.artwork_id, Record.digest).where(
        Record.artwork_id.in_(select(ids.c.id))
    )
    for dialect, ids in WANTED.items()
}
_DIGESTS_OF = {
    dialect: select(models.Artwork.site_id, Record.digest)
    .join(Record, Record.artwork_id == models.Artwork.id)
    .where(
        models.Artwork.site == bindparam("site"),
        models.Artwork.site_id.in_(select(names.c.name)),
    )
    for dialect, names in WANTED_NAMES.items()
}


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


@dataclass(frozen=True, slots=True)
class Packed:
    """A reply as it is kept."""

    digest: str
    body: bytes


def pack_new(connection: Connection, artworks: Sequence[Artwork]) -> dict[str, Packed]:
    """The replies about artworks of one site that differ from what is kept, by site id: made
    by a reader, so that the writer does not have to."""
    if not artworks:
        return {}
    asked = wanted_names([artwork.site_id for artwork in artworks])
    found = connection.execute(
        _DIGESTS_OF[connection.dialect.name], {"site": artworks[0].site, **asked}
    )
    digests = {site_id: digest for site_id, digest in found}
    packed: dict[str, Packed] = {}
    for artwork in artworks:
        text = _to_text(artwork.raw)
        digest = _digest(text)
        if digests.get(artwork.site_id) != digest:
            packed[artwork.site_id] = Packed(digest, zlib.compress(text, 6))
    return packed


def keep_of_artworks(
    connection: Connection,
    replies: Sequence[tuple[int, Artwork]],
    packed: Mapping[str, Packed],
) -> set[int]:
    """Keep replies that are new or differ; the row ids of those artworks."""
    found = connection.execute(
        _DIGESTS[connection.dialect.name], wanted([row_id for row_id, _ in replies])
    )
    digests = {row_id: digest for row_id, digest in found}
    now = datetime.now(UTC)
    rows: dict[int, tuple[Any, ...]] = {}
    for row_id, artwork in replies:
        reply = packed.get(artwork.site_id)
        text = _to_text(artwork.raw) if reply is None else b""
        digest = _digest(text) if reply is None else reply.digest
        if digests.get(row_id) == digest:
            continue
        body = zlib.compress(text, 6) if reply is None else reply.body
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
