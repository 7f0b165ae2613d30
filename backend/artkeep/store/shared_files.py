"""Files that show several artworks: taking part in one, and leaving it to the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, case, delete, func, insert, select, update
from sqlalchemy.orm import aliased

from artkeep.domain.artwork import Status
from artkeep.store.bulk import insert_new
from artkeep.store.models import Artwork, ArtworkFile, File, Place, table_of

_IS_THERE = (File.role == "original", File.state == "present")


def still_there(
    connection: Connection, file_ids: Collection[int]
) -> Collection[tuple[int, str]]:
    """Those of these files that are there, with their hashes; nobody changes that until the
    transaction ends."""
    if not file_ids:
        return ()
    there = select(File.id, File.sha256).where(File.id.in_(file_ids), *_IS_THERE)
    return {
        (file_id, sha256) for file_id, sha256 in connection.execute(there.with_for_update())
    }


def shown_already(connection: Connection, wanted: Mapping[int, str]) -> dict[int, int]:
    """The file with this hash that an artwork has got meanwhile, by artwork."""
    if not wanted:
        return {}
    rows = connection.execute(
        select(ArtworkFile.artwork_id, File.id, File.sha256)
        .join(File, File.id == ArtworkFile.file_id)
        .where(ArtworkFile.artwork_id.in_(list(wanted)), *_IS_THERE)
    )
    return {
        artwork_id: file_id
        for artwork_id, file_id, sha256 in rows
        if wanted[artwork_id] == sha256
    }


def show_instead(
    connection: Connection, stand_ins: Mapping[int, int], but: Collection[int]
) -> None:
    """What the former files show, the latter show, too, but for these artworks."""
    if not stand_ins:
        return
    shown = connection.execute(
        select(ArtworkFile.artwork_id, ArtworkFile.file_id).where(
            ArtworkFile.file_id.in_(list(stand_ins)), ArtworkFile.artwork_id.not_in(but)
        )
    ).all()
    rows = [(artwork_id, stand_ins[file_id]) for artwork_id, file_id in shown]
    insert_new(connection, ArtworkFile, ("artwork_id", "file_id"), rows)


def leave_to_others(
    connection: Connection, file_ids: Collection[int], artwork_ids: Collection[int]
) -> set[int]:
    """These artworks show these files no more, where others do: those files."""
    of_others = (ArtworkFile.file_id.in_(file_ids), ArtworkFile.artwork_id.not_in(artwork_ids))
    shared = set(connection.scalars(select(ArtworkFile.file_id).where(*of_others)))
    if not shared:
        return shared
    mine = (ArtworkFile.file_id.in_(shared), ArtworkFile.artwork_id.in_(artwork_ids))
    connection.execute(delete(table_of(ArtworkFile)).where(*mine))
    _give_first_places(connection, shared)
    return shared


def part_removed(connection: Connection, artwork_ids: Collection[int]) -> None:
    """Removed artworks that share files with kept ones get files of their own of the same
    bytes, which lie in their own places. A file that lies in no other place stays shared."""
    shown, kept = aliased(ArtworkFile), aliased(Artwork)
    elsewhere = aliased(Place)
    rows = connection.execute(
        select(Place.file_id, Place.artwork_id, Place.id)
        .where(
            Place.artwork_id.in_(artwork_ids),
            Place.file_id.is_not(None),
            select(shown.file_id)
            .join(kept, kept.id == shown.artwork_id)
            .where(shown.file_id == Place.file_id, kept.download_status != Status.SKIPPED.value)
            .exists(),
            select(elsewhere.id)
            .where(elsewhere.file_id == Place.file_id, elsewhere.artwork_id.not_in(artwork_ids))
            .exists(),
        )
        .order_by(Place.is_primary.desc(), Place.id)
    ).all()
    parted: dict[tuple[int, int], list[int]] = {}
    for file_id, artwork_id, place_id in rows:
        parted.setdefault((file_id or 0, artwork_id or 0), []).append(place_id)
    for (file_id, artwork_id), place_ids in parted.items():
        own: int = connection.execute(
            insert(File)
            .from_select(_COPIED, select(*_COPIED).where(File.id == file_id))
            .returning(File.id)
        ).scalar_one()
        mine = (ArtworkFile.file_id == file_id, ArtworkFile.artwork_id == artwork_id)
        connection.execute(update(table_of(ArtworkFile)).where(*mine).values(file_id=own))
        connection.execute(
            update(Place)
            .where(Place.id.in_(place_ids))
            .values(file_id=own, is_primary=Place.id == place_ids[0])
        )
    _give_first_places(connection, {file_id for file_id, _ in parted})


# All but what makes the row this one.
_COPIED = [
    column
    for column in table_of(File).columns
    if column.name not in ("id", "batch_id") and column.computed is None
]


def _give_first_places(connection: Connection, file_ids: Collection[int]) -> None:
    """One place of each file is the first one."""
    ids = connection.scalars(
        select(func.min(Place.id))
        .where(Place.file_id.in_(file_ids))
        .group_by(Place.file_id)
        .having(func.sum(case((Place.is_primary, 1), else_=0)) == 0)
    ).all()
    connection.execute(update(Place).where(Place.id.in_(ids)).values(is_primary=True))
