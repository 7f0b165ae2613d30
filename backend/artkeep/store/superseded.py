"""What a new file takes the place of: a lost one, or an older one of the same artwork."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, select, update

from artkeep.store import shared_files
from artkeep.store.models import ArtworkFile, File, Place

SUPERSEDED = "superseded"  # the role of an original that a better or fresher one stands for


def retire_lost(connection: Connection, newer: Mapping[int, tuple[int, str]]) -> Sequence[int]:
    """What was lost or damaged is superseded by the original just fetched, given by artwork
    with its hash. Other artworks of a lost file that had the same bytes show the new one.
    Returns the places of lost originals, which are free for it."""
    lost = (
        select(File.id, File.role, File.downloaded_sha256, ArtworkFile.artwork_id)
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .where(
            ArtworkFile.artwork_id.in_(list(newer)),
            File.role.in_(("original", "converted", "rendered")),
            File.state.in_(("missing", "damaged")),
        )
    )
    rows = connection.execute(lost).all()
    ids = [row.id for row in rows]
    originals_lost = [row.id for row in rows if row.role == "original"]
    if not ids:
        return ()
    stand_ins = {
        row.id: newer[row.artwork_id][0]
        for row in rows
        if row.downloaded_sha256 == newer[row.artwork_id][1]
    }
    shared_files.show_instead(connection, stand_ins, list(newer))
    # The name of an original is taken again; that of what was made of it goes with it.
    free = update(Place).where(Place.file_id.in_(originals_lost)).values(file_id=None)
    freed = connection.scalars(free.returning(Place.id)).all()
    connection.execute(delete(File).where(File.id.in_(ids)))
    return freed


def supersede(connection: Connection, newer: Mapping[int, int]) -> None:
    """What an artwork had before its new file stands for it no more. Where it still lies it
    stays: another format's file, and further places of the same bytes. Other artworks that
    share it keep it as it is."""
    if not newer:
        return
    rows = connection.execute(
        select(File.id, Place.id, ArtworkFile.artwork_id)
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .outerjoin(Place, Place.file_id == File.id)
        .where(
            ArtworkFile.artwork_id.in_(list(newer)),
            File.role == "original",
            File.state.in_(("present", "changed")),
            File.id.not_in(list(newer.values())),
        )
    ).all()
    older = {file_id for file_id, _, _ in rows}
    shared = shared_files.leave_to_others(connection, older, list(newer))
    lying = {file_id for file_id, place_id, _ in rows if place_id is not None} - shared
    gone = older - lying - shared
    connection.execute(update(File).where(File.id.in_(lying)).values(role=SUPERSEDED))
    connection.execute(update(Place).where(Place.file_id.in_(lying)).values(is_primary=False))
    connection.execute(delete(File).where(File.id.in_(gone)))
