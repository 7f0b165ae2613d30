"""What can be moved: the files of artworks, where they lie, and what says where they belong."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from artkeep.domain.artwork import StageName
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.store import models
from artkeep.store.embedded import THERE
from artkeep.store.models import ArtworkFile, File, Place, Root, TargetArtwork, Work


@dataclass(frozen=True, slots=True)
class Movable:
    """A file that lies where it should, and its primary place."""

    artwork_id: int
    file_id: int
    place_id: int
    root_id: int
    root: str
    marker: str
    path: str
    role: str
    format: str
    sha256: str  # as downloaded: what was written into the file since changes no name


def files_of(connection: Connection, artwork_ids: Collection[int]) -> dict[int, list[Movable]]:
    """The files of artworks that are theirs to be moved, originals first."""
    rows = connection.execute(
        select(
            ArtworkFile.artwork_id,
            File.id,
            Place.id,
            Root.id,
            Root.path,
            Root.marker,
            Place.path,
            File.role,
            File.format,
            func.coalesce(File.downloaded_sha256, File.sha256),
        )
        .join(File, File.id == ArtworkFile.file_id)
        .join(Place, Place.file_id == File.id)
        .join(Root, Root.id == Place.root_id)
        .where(
            ArtworkFile.artwork_id.in_(list(artwork_ids)),
            # Of artworks that share a file, one says where it lies.
            or_(Place.artwork_id == ArtworkFile.artwork_id, Place.artwork_id.is_(None)),
            Place.is_primary,
            File.role.in_(("original", "converted", "rendered")),
            File.state.in_(THERE),
        )
        .order_by((File.role == "original").desc(), File.role, File.id)
    )
    found: dict[int, list[Movable]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Movable(*tuple(row)))
    return found


def roots_of(connection: Connection, root_ids: Collection[int]) -> list[tuple[int, str, str]]:
    """Id, path and marker of output folders."""
    found = select(Root.id, Root.path, Root.marker).where(Root.id.in_(list(root_ids)))
    return [(row.id, row.path, row.marker) for row in connection.execute(found)]


def targets_of(connection: Connection, artwork_ids: Collection[int]) -> dict[int, list[Target]]:
    """The targets that artworks were found by, the first asked for first."""
    table = models.Target
    rows = connection.execute(
        select(TargetArtwork.artwork_id, table.site, table.kind, table.value)
        .join(table, table.id == TargetArtwork.target_id)
        .where(TargetArtwork.artwork_id.in_(list(artwork_ids)), TargetArtwork.skipped.is_(None))
        .order_by(table.id)
    )
    found: dict[int, list[Target]] = {}
    for artwork_id, site, kind, value in rows:
        target = Target(site, TargetKind(kind), value, Filters())
        found.setdefault(artwork_id, []).append(target)
    return found


def in_other_hands(connection: Connection, artwork_ids: Collection[int]) -> set[int]:
    """Artworks for which other work has noted names that it is about to use."""
    busy = select(Work.artwork_id).where(
        Work.artwork_id.in_(list(artwork_ids)),
        Work.stage != StageName.MOVE,
        Work.state == "verified",
    )
    return set(connection.scalars(busy))
