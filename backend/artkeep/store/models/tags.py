"""Tags and who says that an artwork carries them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.columns import PrimaryId
from artkeep.store.models.base import Base


class Tag(Base):
    """A tag name within its category; lower case is not forced, sites differ."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("name", "category"),)

    id: Mapped[PrimaryId]
    name: Mapped[str]
    category: Mapped[str]


class ArtworkTag(Base):
    """An artwork's tag, its origin: `site` list, site `votes`, `booru`, `prompt`, `user`."""

    __tablename__ = "artwork_tags"
    __table_args__ = (Index("ix_artwork_tags_tag_id_artwork_id", "tag_id", "artwork_id"),)

    artwork_id: Mapped[int] = mapped_column(
        ForeignKey("artworks.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)
    origin: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str | None]
    site_tag_id: Mapped[str | None]
    score: Mapped[int | None]
    up: Mapped[int | None]
    down: Mapped[int | None]
    automated: Mapped[bool | None]
    fetched_at: Mapped[datetime]
    method: Mapped[str | None]
