"""Who is alive, and what may be asked of hosts together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.models.base import Base


class Instance(Base):
    """One running process (MI-1). `beat` is a counter: nobody compares clocks (MI-4)."""

    __tablename__ = "instances"

    id: Mapped[str] = mapped_column(primary_key=True)
    host_id: Mapped[str]
    host_name: Mapped[str]
    pid: Mapped[int]
    process_started: Mapped[str]  # tells a reused process id apart
    port: Mapped[int | None]
    version: Mapped[str]
    protocol: Mapped[int]
    beat: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="alive")  # alive left dead
    started_at: Mapped[datetime]


class Budget(Base):
    """Requests granted to a host in the running interval, shared by all instances."""

    __tablename__ = "budgets"

    host: Mapped[str] = mapped_column(primary_key=True)
    interval: Mapped[int]
    granted: Mapped[int]
