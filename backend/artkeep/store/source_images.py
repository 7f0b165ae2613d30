"""The pictures that creations were made from, as files of what was made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, update

from artkeep.domain.naming import compare_key
from artkeep.store.bulk import insert_new
from artkeep.store.models import ArtworkFile, File, Place
from artkeep.store.places import insert_places

SOURCE_IMAGE = "source_image"  # the role of such a file


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What a creation was made from, under its name beside an output."""

    root_id: int
    path: str
    sha256: str
    size: int
    format: str
    width: int | None
    height: int | None


def keep(connection: Connection, artwork_id: int, source: SourceFile) -> None:
    """Make one known as a file of this artwork. Its place is no primary one: where it is gone,
    its artwork is not fetched again for it."""
    key = compare_key(source.path)
    rows = {key: (artwork_id, source.path)}
    made = insert_places(connection, source.root_id, rows, is_primary=False)
    if key not in made:
        return  # known since an earlier download
    file_id = connection.execute(
        insert(File)
        .values(
            role=SOURCE_IMAGE,
            quality="hd",
            format=source.format,
            size=source.size,
            width=source.width,
            height=source.height,
            downloaded_sha256=source.sha256,
            sha256=source.sha256,
            created_at=datetime.now(UTC),
        )
        .returning(File.id)
    ).scalar_one()
    insert_new(connection, ArtworkFile, ("artwork_id", "file_id"), [(artwork_id, file_id)])
    connection.execute(update(Place).where(Place.id == made[key]).values(file_id=file_id))
