"""What is asked for and unfinished, and what went wrong."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.columns import JsonDict, PrimaryId
from artkeep.store.models.base import Base

_RUNNING = text("owner IS NOT NULL")
_FREE = text("owner IS NULL")


class Work(Base):
    """A stage was asked for on an artwork and is not finished: at most one row each.

    Who changes a claimed row names owner and epoch; zero rows changed means the claim is lost.
    The partial unique index makes sure that one artwork has one piece of work running.
    """

    __tablename__ = "work"
    __table_args__ = (
        UniqueConstraint("artwork_id", "stage"),
        Index(
            "ix_work_free",
            *("job_id", "stage", "not_before", "id"),
            postgresql_where=_FREE,
            sqlite_where=_FREE,
        ),
        Index(
            "uq_work_running",
            "artwork_id",
            unique=True,
            postgresql_where=_RUNNING,
            sqlite_where=_RUNNING,
        ),
        Index("ix_work_owner", "owner", postgresql_where=_RUNNING, sqlite_where=_RUNNING),
        {"sqlite_autoincrement": True},  # temporary files carry the id: never use one twice
    )

    id: Mapped[PrimaryId]
    artwork_id: Mapped[int] = mapped_column(ForeignKey("artworks.id", ondelete="CASCADE"))
    stage: Mapped[str]
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))  # None: the house's own
    spec: Mapped[JsonDict | None]
    state: Mapped[str] = mapped_column(default="queued")  # queued claimed working verified
    owner: Mapped[str | None]
    epoch: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    visits: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    scratch: Mapped[JsonDict | None]
    asked_at: Mapped[datetime]


class Failure(Base):
    """Why a stage failed on an artwork; gone as soon as it is tried again with success."""

    __tablename__ = "failures"
    __table_args__ = (
        UniqueConstraint("artwork_id", "stage"),
        Index("ix_failures_job_id_reason", "job_id", "reason"),
    )

    id: Mapped[PrimaryId]
    artwork_id: Mapped[int] = mapped_column(ForeignKey("artworks.id", ondelete="CASCADE"))
    stage: Mapped[str]
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    reason: Mapped[str]
    detail: Mapped[str | None]
    host: Mapped[str | None]
    http_status: Mapped[int | None]
    attempts: Mapped[int]
    at: Mapped[datetime]
