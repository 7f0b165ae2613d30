"""Who is alive, and what may be asked of hosts together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.columns import JsonDict
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
    wanted: Mapped[str | None]  # "left": it is asked to finish and go
    commits: Mapped[int] = mapped_column(default=0)  # its last one, see store/lost.py
    started_at: Mapped[datetime]


class Budget(Base):
    """How much of a host's lane is given out, and to whom (MI-10, see store/budgets.py).

    All times are seconds of the database's own clock; no instance's clock is ever written here.
    """

    __tablename__ = "budgets"

    host: Mapped[str] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[float] = mapped_column(default=0.0)  # given out until then
    factor: Mapped[float] = mapped_column(default=1.0)
    halved_at: Mapped[float] = mapped_column(default=0.0)
    parked_until: Mapped[float] = mapped_column(default=0.0)
    parked_s: Mapped[float] = mapped_column(default=0.0)
    parked_for: Mapped[str] = mapped_column(default="")
    lease_of: Mapped[str | None]
    lease_until: Mapped[float] = mapped_column(default=0.0)
    users: Mapped[JsonDict] = mapped_column(default=dict)  # instance to when it last asked
