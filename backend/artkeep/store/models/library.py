"""What the library knows beside its artworks: words to be indexed, saved searches, and artworks
that look the same. Its counts are a table of triggers: `store/counts.py`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.columns import PrimaryId
from artkeep.store.models.base import Base


class WordsDue(Base):
    """Something changed in the words of an artwork: kept by triggers, read by the indexer."""

    __tablename__ = "words_due"

    id: Mapped[PrimaryId]
    artwork_id: Mapped[int]


class SavedSearch(Base):
    """A query that somebody has named."""

    __tablename__ = "saved_searches"

    id: Mapped[PrimaryId]
    name: Mapped[str] = mapped_column(unique=True)
    query: Mapped[str]
    sort: Mapped[str]
    created_at: Mapped[datetime]


class DuplicateGroup(Base):
    """Artworks that look the same and that nobody has decided about."""

    __tablename__ = "duplicate_groups"

    id: Mapped[PrimaryId]
    distance: Mapped[int]  # bits that were allowed between two of them
    found_at: Mapped[datetime]


class Duplicate(Base):
    """An artwork of a group."""

    __tablename__ = "duplicates"
    __table_args__ = (Index("ix_duplicates_artwork_id", "artwork_id"),)

    group_id: Mapped[int] = mapped_column(
        ForeignKey("duplicate_groups.id", ondelete="CASCADE"), primary_key=True
    )
    artwork_id: Mapped[int] = mapped_column(
        ForeignKey("artworks.id", ondelete="CASCADE"), primary_key=True
    )


class ToldApart(Base):
    """Artworks with the same `decision` are no duplicates of one another, somebody has said."""

    __tablename__ = "told_apart"
    __table_args__ = (Index("ix_told_apart_artwork_id", "artwork_id"),)

    decision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    artwork_id: Mapped[int] = mapped_column(
        ForeignKey("artworks.id", ondelete="CASCADE"), primary_key=True
    )
