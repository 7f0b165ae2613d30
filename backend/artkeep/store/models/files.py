"""Bytes on disk: what they are, which artworks they show, and where they lie."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.columns import JsonDict, PrimaryId
from artkeep.store.models.base import Base


class Root(Base):
    """An output folder, known by the id in its marker file (DF-8)."""

    __tablename__ = "roots"

    id: Mapped[PrimaryId]
    marker: Mapped[str] = mapped_column(unique=True)
    path: Mapped[str]
    added_at: Mapped[datetime]


class Batch(Base):
    """What a conversion, move or deletion did, so that it can be undone."""

    __tablename__ = "batches"

    id: Mapped[PrimaryId]
    kind: Mapped[str]
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    params: Mapped[JsonDict | None]
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class File(Base):
    """Some bytes. Hashes: as downloaded, as they are now, of the picture, and perceptual."""

    __tablename__ = "files"
    __table_args__ = (Index("ix_files_sha256", "sha256"), Index("ix_files_size", "size", "id"))

    id: Mapped[PrimaryId]
    role: Mapped[str]  # original converted rendered frames source_image
    quality: Mapped[str]  # hd sd reduced
    format: Mapped[str]  # png jpeg webp …: the sniffed type
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    frames: Mapped[int | None]
    downloaded_sha256: Mapped[str | None]
    sha256: Mapped[str]
    picture_hash: Mapped[str | None]
    perceptual_hash: Mapped[str | None]  # 16 hex digits
    derived_from: Mapped[int | None] = mapped_column(
        ForeignKey("files.id", ondelete="SET NULL")
    )
    spec: Mapped[JsonDict | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(default="present", server_default="present")
    created_at: Mapped[datetime]


class ArtworkFile(Base):
    """Which artworks a file shows: the same bytes from two sites are one file."""

    __tablename__ = "artwork_files"
    __table_args__ = (Index("ix_artwork_files_file_id", "file_id"),)

    artwork_id: Mapped[int] = mapped_column(
        ForeignKey("artworks.id", ondelete="CASCADE"), primary_key=True
    )
    file_id: Mapped[int] = mapped_column(
        ForeignKey("files.id", ondelete="CASCADE"), primary_key=True
    )


class Place(Base):
    """A path below a root. Without `file_id` it is a reservation for `artwork_id`.

    `compare_key` folds case and Unicode forms, so that no two places collide on any filesystem
    (MI-9). What will come to lie there is in the work's scratch (D7).
    """

    __tablename__ = "places"
    __table_args__ = (
        UniqueConstraint("root_id", "compare_key"),
        Index("ix_places_file_id", "file_id"),
        Index("ix_places_artwork_id", "artwork_id"),
    )

    id: Mapped[PrimaryId]
    root_id: Mapped[int] = mapped_column(ForeignKey("roots.id"))
    path: Mapped[str]  # relative to the root, forward slashes
    compare_key: Mapped[str]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    artwork_id: Mapped[int | None] = mapped_column(
        ForeignKey("artworks.id", ondelete="SET NULL")
    )
    is_primary: Mapped[bool] = mapped_column(default=True)
