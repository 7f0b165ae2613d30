"""Files of other artworks with a hash that a site declares: they need not be fetched again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from artkeep.store.models import Artwork, ArtworkFile, File, Place

INDEXED = ("md5", "sha512")  # what artworks are found by: every site declares one of these
_MOST = 5  # of the same bytes: one of them will be whole


@dataclass(frozen=True, slots=True)
class SameBytes:
    """A file that is there, and where it lies below the root. `is_as_fetched`: nothing was
    written into it since."""

    file_id: int
    path: str
    sha256: str
    size: int
    format: str
    width: int | None
    height: int | None
    is_as_fetched: bool


_FIND = {
    algorithm: select(
        File.id,
        Place.path,
        File.sha256,
        File.size,
        File.format,
        File.width,
        File.height,
        File.sha256 == File.downloaded_sha256,
    )
    .select_from(Artwork)
    .join(ArtworkFile, ArtworkFile.artwork_id == Artwork.id)
    .join(File, File.id == ArtworkFile.file_id)
    .join(Place, Place.file_id == File.id)
    .where(
        getattr(Artwork, algorithm) == bindparam("declared"),
        Artwork.id != bindparam("but"),
        Artwork.download_status == "done",
        File.role == "original",
        File.quality == "hd",
        File.state == "present",
        File.downloaded_sha256.is_not(None),
        Place.root_id == bindparam("root"),
        Place.is_primary,
    )
    .order_by(File.id)
    .limit(_MOST)
    for algorithm in INDEXED
}


def find(
    connection: Connection, artwork_id: int, hashes: Mapping[str, str], root_id: int
) -> list[SameBytes]:
    """Whole originals of other artworks that declare one of these hashes, by algorithm."""
    found: dict[int, SameBytes] = {}
    for algorithm, declared in hashes.items():
        asked = {"declared": declared, "but": artwork_id, "root": root_id}
        for row in connection.execute(_FIND[algorithm], asked):
            found.setdefault(row[0], SameBytes(*row))
    return list(found.values())


def declared(connection: Connection, file_ids: Collection[int]) -> dict[int, str]:
    """The md5 that a site declares of files that are as they were fetched, by file. Not of
    videos: some boorus code them anew and keep the md5 of what was sent in."""
    rows = connection.execute(
        select(File.id, Artwork.md5)
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .join(Artwork, Artwork.id == ArtworkFile.artwork_id)
        .where(
            File.id.in_(list(file_ids)),
            File.role == "original",
            File.quality == "hd",
            File.sha256 == File.downloaded_sha256,
            Artwork.md5.is_not(None),
            Artwork.kind != "video",
        )
    )
    return {file_id: md5 for file_id, md5 in rows if md5 is not None}
