"""What was asked for, what belongs to it, and the ledger of walks that looked for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.columns import BigId, JsonDict, JsonList, PrimaryId
from artkeep.store.models.base import Base


class Target(Base):
    """One thing asked for, with its filters; `key` is equal for targets that mean the same."""

    __tablename__ = "targets"
    __table_args__ = (UniqueConstraint("key", "filters_key"),)

    id: Mapped[PrimaryId]
    key: Mapped[str]
    site: Mapped[str]
    kind: Mapped[str]
    value: Mapped[str]
    filters: Mapped[JsonDict]
    filters_key: Mapped[str]
    title: Mapped[str | None]
    site_claims: Mapped[int | None]
    site_claims_what: Mapped[str | None]
    unreachable: Mapped[JsonList | None]
    added_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    is_watched: Mapped[bool] = mapped_column(default=False, server_default=false())
    check_every_s: Mapped[int | None]  # how long a watched target rests between two checks
    next_check_at: Mapped[datetime | None]
    watch_note: Mapped[str | None]  # why it is not looked at any more, or what went wrong


class TargetArtwork(Base):
    """An artwork belongs to a target, or was left out by its filters (`skipped` says why)."""

    __tablename__ = "target_artworks"
    __table_args__ = (Index("ix_target_artworks_artwork_id", "artwork_id"),)

    target_id: Mapped[int] = mapped_column(
        ForeignKey("targets.id", ondelete="CASCADE"), primary_key=True
    )
    artwork_id: Mapped[int] = mapped_column(
        ForeignKey("artworks.id", ondelete="CASCADE"), primary_key=True
    )
    skipped: Mapped[str | None]
    added_at: Mapped[datetime]
    seen_by: Mapped[int | None]  # the job that came across it last


class Listing(Base):
    """One job's walk over one API path for a target, with its cursor and how it ended."""

    __tablename__ = "listings"
    __table_args__ = (
        UniqueConstraint("target_id", "job_id", "path", "value", "options_key"),
        Index("ix_listings_open", "job_id", "target_id", "ended", "position"),
    )

    id: Mapped[PrimaryId]
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id", ondelete="CASCADE"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    position: Mapped[int]  # order within the plan
    path: Mapped[str]
    value: Mapped[str]
    options: Mapped[JsonList]
    options_key: Mapped[str]
    proves_end: Mapped[bool]
    parent_id: Mapped[int | None] = mapped_column(BigId)  # the walk that led to this one
    is_substitute: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_optional: Mapped[bool] = mapped_column(default=False, server_default=false())
    claims: Mapped[int | None]  # how many items the site says it holds
    before: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    holes: Mapped[JsonList | None]  # cursors of pages that could not be had
    tail: Mapped[JsonDict | None]  # of the last page: cursor, before, ids
    whole_at: Mapped[datetime | None]  # when it was last walked from its beginning to its end
    cursor: Mapped[str | None]
    pages: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    repeated: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    ended: Mapped[str | None]  # end cap error stopped; None while it runs or waits
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    empty_at: Mapped[datetime | None]  # when it first ended without a single item
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SiteHold(Base):
    """A site whose replies do not look like themselves any more: its jobs wait for a person."""

    __tablename__ = "site_holds"

    site: Mapped[str] = mapped_column(primary_key=True)
    detail: Mapped[str]
    sample: Mapped[str | None]  # the file name of a kept reply, without anything private
    since: Mapped[datetime]
