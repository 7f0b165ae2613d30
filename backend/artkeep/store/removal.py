"""Removing artworks and bringing them back: what the database remembers of it.

When deleting, the database leads (design: "Order of effects"). A removed artwork stays, with
`download_status` `skipped` and the reason `deleted_by_me` in every target, so that nobody
fetches it again. Its files are `trashed`; their places and names stay theirs until the trash is
emptied, so that restoring finds everything where it was. `jobs/trash.py` moves the bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select, update
from sqlalchemy.orm import aliased

from artkeep.domain.artwork import StageName, Status
from artkeep.domain.query import Query
from artkeep.domain.query_nodes import And, Choices, Not, fields_of
from artkeep.store import jobs, shared_files, work
from artkeep.store.models import (
    Artwork,
    ArtworkFile,
    Batch,
    Failure,
    File,
    Place,
    Root,
    TargetArtwork,
    Work,
    table_of,
)

DELETED_BY_ME = "deleted_by_me"
REMOVAL = "removal"  # the kind of batch
_REMOVED = Status.SKIPPED.value  # the download stage itself never skips anything


@dataclass(frozen=True, slots=True)
class Trashed:
    """A place of a file that is in the trash, or on its way there."""

    place_id: int
    file_id: int
    root_id: int
    root: str
    marker: str
    path: str  # below the root, forward slashes
    sha256: str


@dataclass(frozen=True, slots=True)
class Removed:
    """`busy` are being downloaded or moved at this moment, and were left alone."""

    artworks: int
    busy: int
    batch_id: int | None
    places: list[Trashed]


@dataclass(frozen=True, slots=True)
class Restored:
    """`lost` came back without the bytes that they had: these have to be fetched."""

    artworks: int
    lost: list[int]


def remove(connection: Connection, artwork_ids: Collection[int]) -> Removed:
    """Remember artworks as deleted, and their files as trashed. To be flushed."""
    busy = _let_go_of_work(connection, artwork_ids)
    ids = connection.scalars(
        update(Artwork)
        .where(
            Artwork.id.in_(set(artwork_ids) - busy),
            Artwork.download_status != _REMOVED,
        )
        .values(download_status=_REMOVED)
        .returning(Artwork.id)
    ).all()
    if not ids:
        return Removed(0, len(busy), None, [])
    connection.execute(delete(Failure).where(Failure.artwork_id.in_(ids)))
    connection.execute(
        update(TargetArtwork)
        .where(TargetArtwork.artwork_id.in_(ids), TargetArtwork.skipped.is_(None))
        .values(skipped=DELETED_BY_ME)
    )
    connection.execute(delete(Place).where(Place.artwork_id.in_(ids), Place.file_id.is_(None)))
    batch_id: int = connection.execute(
        insert(Batch)
        .values(kind=REMOVAL, params={"artworks": sorted(ids)}, created_at=datetime.now(UTC))
        .returning(Batch.id)
    ).scalar_one()
    shared_files.part_removed(connection, ids)
    file_ids = connection.scalars(_files_nobody_keeps(ids)).all()
    connection.execute(
        update(File).where(File.id.in_(file_ids)).values(state="trashed", batch_id=batch_id)
    )
    return Removed(len(ids), len(busy), batch_id, _places(connection, File.id.in_(file_ids)))


def _let_go_of_work(connection: Connection, artwork_ids: Collection[int]) -> set[int]:
    """What is asked for and waits is not wanted any more. Returns who is being downloaded or
    moved: the file may get its name at any moment, and would be left behind."""
    rows = connection.execute(
        select(Work.id, Work.artwork_id, Work.stage, Work.job_id, Work.owner, Work.state)
        .where(Work.artwork_id.in_(artwork_ids))
        .with_for_update()
    ).all()
    busy = {row.artwork_id for row in rows if _is_under_way(row)}
    mine = [row for row in rows if row.artwork_id not in busy]
    connection.execute(delete(Work).where(Work.id.in_([row.id for row in mine])))
    for row in mine:
        stage = StageName(row.stage)
        if stage is not StageName.DOWNLOAD and stage.has_status:
            connection.execute(
                update(Artwork)
                .where(Artwork.id == row.artwork_id)
                .values({f"{stage}_status": Status.NONE.value})
            )
        if row.job_id is not None:
            jobs.count(connection, row.job_id, stage, "asked", amount=-1)
            jobs.count(connection, row.job_id, stage, "skipped", DELETED_BY_ME, amount=1)
    return busy


def _is_under_way(row: Any) -> bool:
    if row.stage == StageName.MOVE:  # a death in the middle leaves two names
        return row.owner is not None or row.state == "verified"
    return row.owner is not None and row.stage == StageName.DOWNLOAD


def _files_nobody_keeps(artwork_ids: Sequence[int]) -> Select[int]:
    """Files of these artworks that show no other one that is kept."""
    of_kept = aliased(ArtworkFile)
    kept = aliased(Artwork)
    is_kept = (
        select(of_kept.file_id)
        .join(kept, kept.id == of_kept.artwork_id)
        .where(of_kept.file_id == File.id, kept.download_status != _REMOVED)
        .exists()
    )
    return (
        select(File.id)
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .where(ArtworkFile.artwork_id.in_(artwork_ids), File.state != "trashed", ~is_kept)
        .distinct()
    )


def _places(connection: Connection, *which: Any) -> list[Trashed]:
    rows = connection.execute(
        select(Place.id, File.id, Root.id, Root.path, Root.marker, Place.path, File.sha256)
        .select_from(Place)
        .join(File, File.id == Place.file_id)
        .join(Root, Root.id == Place.root_id)
        .where(File.state == "trashed", *which)
        .order_by(Place.id)
    )
    return [Trashed(*row) for row in rows]


def still_trashed(connection: Connection, place_ids: Collection[int]) -> list[Trashed]:
    """Those of these places whose file is to be in the trash; nobody changes that until the
    transaction ends."""
    files = select(Place.file_id).where(Place.id.in_(place_ids))
    connection.execute(select(File.id).where(File.id.in_(files)).with_for_update())
    return trashed_at(connection, place_ids)


def trashed_at(connection: Connection, place_ids: Collection[int]) -> list[Trashed]:
    """The same for whoever only looks."""
    return _places(connection, Place.id.in_(place_ids))


def trashed_after(
    connection: Connection, root_id: int, after: int, limit: int
) -> list[Trashed]:
    """Places of trashed files below a root by id, `limit` of them after the one with id
    `after`."""
    some = select(Place.id).join(File, File.id == Place.file_id)
    page = (
        some.where(Place.root_id == root_id, Place.id > after, File.state == "trashed")
        .order_by(Place.id)
        .limit(limit)
    )
    return _places(connection, Place.id.in_(connection.scalars(page).all()))


def trashed_of(connection: Connection, artwork_ids: Collection[int]) -> list[Trashed]:
    """The places of what the trash holds of removed artworks."""
    files = (
        select(ArtworkFile.file_id)
        .join(Artwork, Artwork.id == ArtworkFile.artwork_id)
        .where(Artwork.id.in_(artwork_ids), Artwork.download_status == _REMOVED)
    )
    return _places(connection, File.id.in_(files), File.batch_id.in_(_REMOVALS))


# What a conversion has put into the trash is not what a removal has.
_REMOVALS = select(Batch.id).where(Batch.kind == REMOVAL)


def removed_in(connection: Connection, batch_ids: Collection[int]) -> list[int]:
    """The artworks that these batches removed."""
    rows = connection.scalars(
        select(Batch.params).where(Batch.id.in_(batch_ids), Batch.kind == REMOVAL)
    )
    return sorted({artwork_id for params in rows for artwork_id in (params or {})["artworks"]})


def restore(
    connection: Connection,
    artwork_ids: Collection[int],
    there: Collection[int],
    stuck: Collection[int] = (),
) -> Restored:
    """Take removed artworks back; `there` are the places whose bytes lie there again. Those
    with a place in `stuck` stay as they are."""
    of_stuck = (
        select(ArtworkFile.artwork_id)
        .join(Place, Place.file_id == ArtworkFile.file_id)
        .where(Place.id.in_(stuck))
    )
    ids = connection.scalars(
        select(Artwork.id)
        .where(
            Artwork.id.in_(artwork_ids),
            Artwork.download_status == _REMOVED,
            Artwork.id.not_in(of_stuck),
        )
        .with_for_update()
    ).all()
    back = set(connection.scalars(select(Place.file_id).where(Place.id.in_(there))))
    mine = select(ArtworkFile.file_id).where(ArtworkFile.artwork_id.in_(ids))
    files = connection.scalars(
        select(File.id).where(
            File.id.in_(mine), File.state == "trashed", File.batch_id.in_(_REMOVALS)
        )
    ).all()
    for state, which in (("present", back & set(files)), ("missing", set(files) - back)):
        connection.execute(
            update(File).where(File.id.in_(which)).values(state=state, batch_id=None)
        )
    whole = set(
        connection.scalars(
            select(ArtworkFile.artwork_id)
            .join(File, File.id == ArtworkFile.file_id)
            .where(
                ArtworkFile.artwork_id.in_(ids),
                File.role.in_(("original", "converted")),
                File.state.in_(("present", "changed")),
            )
        )
    )
    bare = [artwork_id for artwork_id in ids if artwork_id not in whole]
    lost = connection.scalars(  # the others never had a file
        select(Artwork.id)
        .where(Artwork.id.in_(bare), Artwork.downloaded_at.is_not(None))
        .order_by(Artwork.id)
    ).all()
    for status, some in ((Status.DONE, sorted(whole)), (Status.NONE, bare)):
        connection.execute(
            update(Artwork).where(Artwork.id.in_(some)).values(download_status=status.value)
        )
    connection.execute(
        update(TargetArtwork)
        .where(TargetArtwork.artwork_id.in_(ids), TargetArtwork.skipped == DELETED_BY_ME)
        .values(skipped=None)
    )
    _examine_what_was_not(connection, sorted(whole))
    return Restored(len(ids), list(lost))


def _examine_what_was_not(connection: Connection, artwork_ids: Sequence[int]) -> None:
    """Its examination was put away with it."""
    ids = connection.scalars(
        select(Artwork.id).where(
            Artwork.id.in_(artwork_ids), Artwork.examine_status == Status.NONE.value
        )
    ).all()
    work.ask(connection, ids, StageName.EXAMINE, None)


@dataclass(frozen=True, slots=True)
class Emptied:
    """What left the database for good. Thumbnails of `artworks` are of no use any more."""

    places: list[Trashed]
    artworks: list[int]


def forget_files(connection: Connection, root_id: int, before: datetime, limit: int) -> Emptied:
    """Let go of files that came into the trash before then, and lie below this root only.

    To be flushed. The artworks stay, so that they are not fetched again.
    """
    elsewhere = aliased(Place)
    ids = connection.scalars(
        select(File.id)
        .join(Batch, Batch.id == File.batch_id)
        .where(
            File.state == "trashed",
            Batch.created_at < before,
            ~select(elsewhere.id)
            .where(elsewhere.file_id == File.id, elsewhere.root_id != root_id)
            .exists(),
        )
        .order_by(File.id)
        .limit(limit)
        .with_for_update(of=table_of(File))
    ).all()
    places = _places(connection, File.id.in_(ids))
    shown = connection.scalars(
        select(ArtworkFile.artwork_id)
        .join(Artwork, Artwork.id == ArtworkFile.artwork_id)
        .where(ArtworkFile.file_id.in_(ids), Artwork.download_status == _REMOVED)
        .distinct()
    ).all()
    connection.execute(_FORGET, {"ids": list(ids)})
    return Emptied(places, list(shown))


_FORGET = delete(table_of(File)).where(File.id.in_(bindparam("ids", expanding=True)))


_NOT_REMOVED = Not(Choices("download", (_REMOVED,)))
_ASK_FOR_REMOVED = frozenset({"download", "id"})


def is_everything(query: Query) -> bool:
    """Whether it means all artworks, or all that were not deleted."""
    return query.root is None or query.root == _NOT_REMOVED


def without_removed(connection: Connection, query: Query) -> Query:
    """The same without what was deleted, unless the query speaks of statuses or names ids."""
    if fields_of(query.root) & _ASK_FOR_REMOVED:
        return query
    any_removed = select(Artwork.id).where(Artwork.download_status == _REMOVED).limit(1)
    if connection.scalar(any_removed) is None:
        return query
    if query.root is None:
        return Query(_NOT_REMOVED)
    parts = query.root.parts if isinstance(query.root, And) else (query.root,)
    return Query(And((*parts, _NOT_REMOVED)))
