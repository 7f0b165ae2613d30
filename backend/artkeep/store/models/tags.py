"""Tags and who says that an artwork carries them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.columns import JsonList, PrimaryId
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


class SiteTag(Base):
    """What a site calls a tag of its own: `tag_id` has the canonical name, `display` is what
    its page shows, `level` the rating level that the tag itself has."""

    __tablename__ = "site_tags"

    site: Mapped[str] = mapped_column(primary_key=True)
    site_tag_id: Mapped[str] = mapped_column(primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"))
    display: Mapped[str]
    level: Mapped[int | None]


class TagChange(Base):
    """What a later look at an artwork's votes found to be different. Names, and for votes the
    score before and after."""

    __tablename__ = "tag_changes"
    __table_args__ = (
        Index("ix_tag_changes_artwork_id_id", "artwork_id", "id"),
        Index("ix_tag_changes_job_id_id", "job_id", "id"),
    )

    id: Mapped[PrimaryId]
    artwork_id: Mapped[int] = mapped_column(ForeignKey("artworks.id", ondelete="CASCADE"))
    job_id: Mapped[int | None]
    at: Mapped[datetime]
    method: Mapped[str]
    added: Mapped[JsonList | None]
    removed: Mapped[JsonList | None]
    voted: Mapped[JsonList | None]


class JobTag(Base):
    """How many of a job's artworks were found to carry a tag."""

    __tablename__ = "job_tags"

    job_id: Mapped[int] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)
    amount: Mapped[int]
