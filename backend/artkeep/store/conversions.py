"""Converted files: what they are made of, making them known (V8), and taking that back.

A conversion job is one batch. The original of a file that was converted in place is `trashed`
with it: its place stays its own until the trash is emptied, so that it can come back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update
from sqlalchemy.orm import aliased

from artkeep.domain.artwork import Status
from artkeep.store import claims, work
from artkeep.store.claims import Claim
from artkeep.store.embedded import THERE
from artkeep.store.models import Artwork, ArtworkFile, Batch, File, Job, Place, table_of
from artkeep.store.places import Intent
from artkeep.store.work import Ending

CONVERSION = "conversion"  # kinds of batches
UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Source:
    """The original that a file is made of: fetched by us, or somebody's own. `made` are the
    specs of what was made of it."""

    artwork_id: int
    file_id: int
    place_id: int
    path: str
    format: str
    quality: str
    size: int
    sha256: str
    is_fetched: bool
    spec: dict[str, Any] | None
    made: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A proven file under its final name. With `replaces` its source goes into the trash."""

    claim: Claim
    source: Source
    intent: Intent
    spec: dict[str, Any]
    width: int
    height: int
    frames: int
    picture_hash: str | None
    perceptual_hash: str | None
    replaces: bool
    is_rendered: bool = False  # the only form of its source that can be looked at


def sources(
    connection: Connection, artwork_ids: Collection[int], root_id: int
) -> dict[int, Source]:
    """The originals of artworks that lie in an output folder, by artwork."""
    rows = connection.execute(
        select(
            ArtworkFile.artwork_id,
            File.id,
            Place.id,
            Place.path,
            File.format,
            File.quality,
            File.size,
            File.sha256,
            File.downloaded_sha256.is_not(None),
            File.spec,
        )
        .join(File, File.id == ArtworkFile.file_id)
        .join(Place, Place.file_id == File.id)
        .where(
            ArtworkFile.artwork_id.in_(list(artwork_ids)),
            File.role == "original",
            File.state.in_(THERE),
            Place.root_id == root_id,
            Place.is_primary,
        )
        .order_by(File.id)
    ).all()
    specs: dict[int, list[dict[str, Any]]] = {}
    for of_file, spec in connection.execute(
        select(File.derived_from, File.spec).where(
            File.derived_from.in_([row[1] for row in rows]),
            File.role.in_(("converted", "rendered")),
            File.state.in_(THERE),
        )
    ):
        specs.setdefault(of_file or 0, []).append(spec or {})
    return {row[0]: replace(Source(*row), made=tuple(specs.get(row[1], ()))) for row in rows}


def settle(connection: Connection, owner: str, made: Sequence[Made]) -> set[int]:
    """V8: the new files stand for their artworks, what they replace is to go. To be flushed.

    Returns the ids of the claims that were still held; the others changed nothing.
    """
    held = claims.still_held(connection, owner, (one.claim for one in made))
    mine = [one for one in made if one.claim.id in held]
    batches: dict[int | None, int] = {}
    for one in mine:
        job_id = one.claim.job_id
        if one.is_rendered:  # nobody takes it back: without it there is nothing to look at
            _make_known(connection, one, None)
            continue
        if job_id not in batches:
            batches[job_id] = _batch_of(connection, job_id)
        _make_known(connection, one, batches[job_id])
    replaced: dict[int, list[int]] = {}
    for one in mine:
        if one.replaces:
            replaced.setdefault(batches[one.claim.job_id], []).append(one.source.file_id)
    for batch_id, file_ids in replaced.items():
        connection.execute(
            update(File).where(File.id.in_(file_ids)).values(state="trashed", batch_id=batch_id)
        )
    work.end_held(
        connection,
        [
            Ending(
                one.claim,
                Status.DONE,
                bytes=0 if one.is_rendered else one.source.size - one.intent.size,
            )
            for one in mine
        ],
    )
    return held


def _batch_of(connection: Connection, job_id: int | None) -> int:
    found = connection.scalar(
        select(Batch.id)
        .where(Batch.kind == CONVERSION, Batch.job_id == job_id, Batch.undone_at.is_(None))
        .order_by(Batch.id.desc())
        .limit(1)
    )
    if found is not None and job_id is not None:
        # The days in the trash count from the last file, however long a job was paused.
        now = datetime.now(UTC)
        connection.execute(update(Batch).where(Batch.id == found).values(created_at=now))
        return found
    batch_id: int = connection.execute(
        insert(Batch)
        .values(kind=CONVERSION, job_id=job_id, params=None, created_at=datetime.now(UTC))
        .returning(Batch.id)
    ).scalar_one()
    return batch_id


def _make_known(connection: Connection, one: Made, batch_id: int | None) -> None:
    file_id: int = connection.execute(
        insert(File)
        .values(
            role="rendered" if one.is_rendered else "converted",
            quality=one.source.quality,
            format=one.intent.format,
            size=one.intent.size,
            width=one.width,
            height=one.height,
            frames=one.frames,
            sha256=one.intent.sha256,
            picture_hash=one.picture_hash,
            perceptual_hash=one.perceptual_hash,
            derived_from=one.source.file_id,
            spec=one.spec | {"saved": one.source.size - one.intent.size},
            batch_id=batch_id,
            created_at=datetime.now(UTC),
        )
        .returning(File.id)
    ).scalar_one()
    shown = select(ArtworkFile.artwork_id).where(ArtworkFile.file_id == one.source.file_id)
    connection.execute(
        insert(ArtworkFile),
        [
            {"artwork_id": artwork_id, "file_id": file_id}
            for artwork_id in connection.scalars(shown).all()
        ],
    )
    connection.execute(
        update(table_of(Place))
        .where(Place.id == one.intent.place_id)
        .values(file_id=file_id, artwork_id=one.claim.artwork_id)
    )


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What a conversion job did: its files, and how many of them can be taken back: whose
    original lies in its place or in the trash. `ended_at` is when the last one was made."""

    id: int
    job_id: int | None
    title: str
    options: dict[str, Any]
    ended_at: datetime
    undone_at: datetime | None
    files: int
    bytes_before: int
    bytes_after: int
    restorable: int


def history(
    connection: Connection, *, before: int | None = None, limit: int = 50
) -> list[BatchRow]:
    """Conversion batches, the newest first."""
    some = (
        select(Batch.id, Batch.job_id, Batch.created_at, Batch.undone_at, Job.title, Job.params)
        .outerjoin(Job, Job.id == Batch.job_id)
        .where(Batch.kind == CONVERSION)
        .order_by(Batch.id.desc())
        .limit(limit)
    )
    if before is not None:
        some = some.where(Batch.id < before)
    return [_batch_row(connection, row) for row in connection.execute(some).all()]


def batch(connection: Connection, batch_id: int) -> BatchRow | None:
    """One of them, or None."""
    found = history(connection, before=batch_id + 1, limit=1)
    return next((row for row in found if row.id == batch_id), None)


def _batch_row(connection: Connection, row: Any) -> BatchRow:
    sums = [_sums(connection, File.batch_id == row.id), *_taken_back(connection, row.id)]
    files, after, gained = (sum(column) for column in zip(*sums, strict=True))
    source = aliased(File)
    restorable = connection.execute(
        select(func.count())
        .select_from(File)
        .join(source, source.id == File.derived_from)
        .where(
            File.batch_id == row.id,
            File.role == "converted",
            source.state.in_((*THERE, "trashed")),
        )
    ).scalar_one()
    options = ((row.params or {}).get("stages") or {}).get("convert") or {}
    return BatchRow(
        id=row.id,
        job_id=row.job_id,
        title=row.title or "",
        options=options,
        ended_at=row.created_at,
        undone_at=row.undone_at,
        files=files,
        bytes_before=after + gained,
        bytes_after=after,
        restorable=restorable,
    )


def _sums(connection: Connection, which: ColumnElement[bool]) -> tuple[int, int, int]:
    """How many converted files, their bytes, and the bytes that they save."""
    saved = File.spec["saved"].as_integer()
    files, after, gained = connection.execute(
        select(func.count(), func.sum(File.size), func.sum(saved)).where(
            which, File.role == "converted"
        )
    ).one()
    return files, int(after or 0), int(gained or 0)


def _taken_back(connection: Connection, batch_id: int) -> list[tuple[int, int, int]]:
    """The same of what was taken back of a batch: its rows are gone."""
    undos = connection.scalars(
        select(Batch.params).where(
            Batch.kind == UNDO, Batch.params["batch"].as_integer() == batch_id
        )
    )
    return [tuple(told["sums"]) for told in undos if told and "sums" in told]


@dataclass(frozen=True, slots=True)
class Undoable:
    """A converted file, and the trashed original that it replaced (or none: it lies there)."""

    file_id: int
    place_id: int
    root_id: int
    source_id: int | None
    source_state: str | None
    source_place_id: int | None


def undoable(connection: Connection, batch_id: int, after: int, limit: int) -> list[Undoable]:
    """Files of a batch by id, `limit` of them after the one with id `after`."""
    source = aliased(File)
    lies = aliased(Place)
    rows = connection.execute(
        select(File.id, Place.id, Place.root_id, source.id, source.state, lies.id)
        .join(Place, Place.file_id == File.id)
        .outerjoin(source, source.id == File.derived_from)
        .outerjoin(lies, (lies.file_id == source.id) & lies.is_primary)
        .where(
            File.batch_id == batch_id,
            File.role == "converted",
            File.state.in_((*THERE, "missing", "damaged")),
            File.id > after,
        )
        .order_by(File.id)
        .limit(limit)
    )
    return [Undoable(*row) for row in rows]


def places_of(connection: Connection, file_ids: Collection[int]) -> dict[int, str]:
    """Where files lie, below their output folders, by file."""
    rows = connection.execute(
        select(Place.file_id, Place.path).where(
            Place.file_id.in_(list(file_ids)), Place.is_primary
        )
    )
    return {file_id or 0: path for file_id, path in rows}


def take_back(connection: Connection, batch_id: int, undone: Sequence[Undoable]) -> None:
    """Originals stand for their artworks again; what was made of them goes. To be flushed.

    Their bytes must lie in their places again.
    """
    came_back = [one.source_id for one in undone if one.source_state == "trashed"]
    connection.execute(
        update(File).where(File.id.in_(came_back)).values(state="present", batch_id=None)
    )
    file_ids = [one.file_id for one in undone]
    sums = _sums(connection, File.id.in_(file_ids))
    undo_id: int = connection.execute(
        insert(Batch)
        .values(
            kind=UNDO,
            params={"batch": batch_id, "sums": list(sums)},
            created_at=datetime.now(UTC),
        )
        .returning(Batch.id)
    ).scalar_one()
    connection.execute(
        update(File).where(File.id.in_(file_ids)).values(state="trashed", batch_id=undo_id)
    )
    shown = select(ArtworkFile.artwork_id).where(ArtworkFile.file_id.in_(file_ids))
    connection.execute(
        update(Artwork).where(Artwork.id.in_(shown)).values(convert_status=Status.NONE.value)
    )


def close(connection: Connection, batch_id: int) -> None:
    """Note that a batch was undone."""
    connection.execute(
        update(Batch).where(Batch.id == batch_id).values(undone_at=datetime.now(UTC))
    )


def forget(connection: Connection, file_ids: Collection[int]) -> None:
    """Let go of originals that are deleted for good; what was made of them stays. To be
    flushed."""
    connection.execute(
        table_of(File).delete().where(File.id.in_(list(file_ids)), File.state == "trashed")
    )


def keep(connection: Connection, file_ids: Collection[int]) -> None:
    """Originals that somebody changed meanwhile are not removed."""
    connection.execute(
        update(File)
        .where(File.id.in_(list(file_ids)), File.state == "trashed")
        .values(state="changed", batch_id=None)
    )
