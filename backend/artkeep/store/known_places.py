"""Where the files of an artwork lie or lay, for bringing them back there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, or_, select

from artkeep.store.models import ArtworkFile, File, Place, Root
from artkeep.store.places import whole_path


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A path at which a file of an artwork lies, or lay."""

    path: str
    sha256: str
    size: int
    format: str
    quality: str
    is_original: bool  # not made by us


_KNOWN_PLACE = (
    Place.path,
    File.sha256,
    File.size,
    File.format,
    File.quality,
    File.role == "original",
)


def of_artwork(connection: Connection, artwork_id: int, root_id: int) -> list[KnownPlace]:
    """Those of an artwork below a root, not of others that share its file: the newest
    original's own place first."""
    rows = connection.execute(
        select(*_KNOWN_PLACE)
        .join(File, File.id == Place.file_id)
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .where(
            ArtworkFile.artwork_id == artwork_id,
            or_(Place.artwork_id == artwork_id, Place.artwork_id.is_(None)),
            Place.root_id == root_id,
            File.role.in_(("original", "converted")),
            File.state != "trashed",
        )
        .order_by(File.role.desc(), Place.is_primary.desc(), File.id.desc(), Place.id)
    )
    return [KnownPlace(*row) for row in rows]


def own_place(connection: Connection, file_id: int) -> Path | None:
    """Where a file lies in the first place, on this machine."""
    row = connection.execute(
        select(Root.path, Place.path)
        .join(Place, Place.root_id == Root.id)
        .where(Place.file_id == file_id, Place.is_primary)
        .limit(1)
    ).one_or_none()
    return Path(whole_path(*row)) if row else None


def held_at(connection: Connection, place_id: int) -> KnownPlace | None:
    """What the file at a place is, as far as we know."""
    row = connection.execute(
        select(*_KNOWN_PLACE).join(File, File.id == Place.file_id).where(Place.id == place_id)
    ).one_or_none()
    return KnownPlace(*row) if row else None
