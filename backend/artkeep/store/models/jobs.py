"""Jobs: what the user started, how far it is, and what is to be told about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.columns import JsonDict, JsonList, PrimaryId
from artkeep.store.models.base import Base


class Job(Base):
    """A job. `owner` leads it (lists, ends it); any instance may work on it.

    `signature` is equal for jobs that ask for the same, so that a second start joins the first.
    """

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state", "state"), Index("ix_jobs_signature", "signature"))

    id: Mapped[PrimaryId]
    kind: Mapped[str]
    title: Mapped[str]
    params: Mapped[JsonDict]
    query: Mapped[str | None]
    then: Mapped[JsonList | None]
    signature: Mapped[str]
    state: Mapped[str]  # queued running paused stopped completed incomplete failed interrupted
    wanted_state: Mapped[str | None]  # running paused stopped
    owner: Mapped[str | None]
    epoch: Mapped[int] = mapped_column(default=0)
    reasons: Mapped[JsonList | None]  # why it is incomplete or failed, in plain sentences
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class JobTarget(Base):
    """The targets of a download job. With `is_picked` nothing of it is listed: somebody ticked
    the artworks that are wanted."""

    __tablename__ = "job_targets"

    job_id: Mapped[int] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), primary_key=True)
    position: Mapped[int]
    is_picked: Mapped[bool] = mapped_column(default=False)


class JobPick(Base):
    """An artwork that somebody ticked: all that a job has of a target that is picked from."""

    __tablename__ = "job_picks"

    job_id: Mapped[int] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    artwork_id: Mapped[int] = mapped_column(
        ForeignKey("artworks.id", ondelete="CASCADE"), primary_key=True
    )


class JobTally(Base):
    """Progress, counted in the same transaction as what it counts.

    `outcome` is `asked done skipped known elsewhere`, `reason` tells kinds of the same outcome
    apart; `amount` counts artworks and `bytes` what was fetched for them.
    """

    __tablename__ = "job_tallies"

    job_id: Mapped[int] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    stage: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True, default="")
    amount: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(default=0)


class JobEvent(Base):
    """The log that a person reads."""

    __tablename__ = "job_events"
    __table_args__ = (Index("ix_job_events_job_id_id", "job_id", "id"),)

    id: Mapped[PrimaryId]
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    level: Mapped[str]  # info warning error
    code: Mapped[str]
    message: Mapped[str]
