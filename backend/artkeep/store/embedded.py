"""Files that are written into: where they lie, and noting what they are afterwards (CR-11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from artkeep.store import claims, work
from artkeep.store.claims import Claim
from artkeep.store.models import Artwork, ArtworkFile, File, Place, table_of
from artkeep.store.source_images import SOURCE_IMAGE
from artkeep.store.work import Ending

EMBEDDED = "embedded"  # the part of a file's spec that tells what we wrote into it
THERE = ("present", "changed")


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A file of an artwork that is there. `others` are further places of the same bytes."""

    id: int
    role: str
    path: str
    others: tuple[str, ...]
    format: str
    size: int
    sha256: str
    spec: dict[str, Any]


def files_of(
    connection: Connection, artwork_ids: Sequence[int], root_id: int
) -> dict[int, list[WholeFile]]:
    """By artwork: its files that lie in an output folder, the oldest first."""
    rows = connection.execute(
        select(
            ArtworkFile.artwork_id,
            File.id,
            File.role,
            File.format,
            File.size,
            File.sha256,
            File.spec,
            Place.path,
        )
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .join(Place, Place.file_id == File.id)
        .where(
            ArtworkFile.artwork_id.in_(artwork_ids),
            File.state.in_(THERE),
            File.role != SOURCE_IMAGE,  # it is not what the prompt made
            Place.root_id == root_id,
        )
        .order_by(File.id, Place.is_primary.desc(), Place.id)
    ).all()
    found: dict[int, dict[int, WholeFile]] = {}
    for artwork_id, file_id, role, format_, size, sha256, spec, path in rows:
        files = found.setdefault(artwork_id, {})
        known = files.get(file_id)
        first, others = (path, ()) if known is None else (known.path, (*known.others, path))
        files[file_id] = WholeFile(
            file_id, role, first, others, format_, size, sha256, spec or {}
        )
    return {artwork_id: list(files.values()) for artwork_id, files in found.items()}


def note_making(
    connection: Connection, owner: str, claim: Claim, values: Mapping[str, object]
) -> bool:
    """What a file says about the making of its artwork, as columns; False when the claim is
    lost, which changes nothing."""
    if not claims.still_held(connection, owner, [claim]):
        return False
    connection.execute(
        update(Artwork).where(Artwork.id == claim.artwork_id).values(dict(values))
    )
    return True


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Files that hold now what was to be written into them: id, SHA-256, size in bytes, and
    what is to be remembered of it. With `ending` the work is over."""

    claim: Claim
    files: list[tuple[int, str, int, dict[str, Any]]]
    ending: Ending | None = None


def note(connection: Connection, owner: str, entries: Sequence[Rewritten]) -> set[int]:
    """Remember what was written, for claims still held, and end their work.

    What was downloaded keeps its hash in `downloaded_sha256`. Returns the ids of the claims.
    """
    held = claims.still_held(connection, owner, (entry.claim for entry in entries))
    mine = [entry for entry in entries if entry.claim.id in held]
    ids = [file_id for entry in mine for file_id, *_ in entry.files]
    specs = {
        file_id: spec or {}
        for file_id, spec in connection.execute(
            select(File.id, File.spec).where(File.id.in_(ids)).with_for_update()
        )
    }
    rows = [
        {
            "which": file_id,
            "hash": sha256,
            "bytes": size,
            "told": specs[file_id] | {EMBEDDED: told},
        }
        for entry in mine
        for file_id, sha256, size, told in entry.files
        if file_id in specs
    ]
    if rows:
        connection.execute(_NOTE, rows)
    over = [entry.ending for entry in mine if entry.ending is not None]
    work.end_held(connection, over)
    going_on: list[tuple[Claim, dict[str, Any]]] = [
        (entry.claim, {}) for entry in mine if entry.ending is None
    ]
    claims.write_scratch(connection, going_on, state="claimed")
    return held


_NOTE = (
    update(table_of(File))
    .where(File.id == bindparam("which"))
    .values(
        sha256=bindparam("hash"),
        size=bindparam("bytes"),
        spec=bindparam("told", type_=File.spec.type),
        state="present",
    )
)
