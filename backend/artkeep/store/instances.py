"""Who is alive: registration, heartbeat counters, and taking over from the dead (MI-1…MI-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, case, delete, insert, select, update

from artkeep.store.models import Instance, Job, Work

PROTOCOL = 2  # 2: budgets of hosts are shared
_CRASHES_UNTIL_POISON = 3


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """One registered process. `process_started` tells a reused process id apart."""

    id: str
    host_id: str
    host_name: str
    pid: int
    process_started: str
    port: int | None
    version: str
    beat: int
    state: str
    started_at: datetime | None = None  # as registered
    protocol: int = PROTOCOL

    @property
    def words(self) -> str:
        """Who it is, for people."""
        page = f", port {self.port}" if self.port else ""
        return f"Artkeep {self.version} on {self.host_name}, process {self.pid}{page}"


_COLUMNS = (
    Instance.id,
    Instance.host_id,
    Instance.host_name,
    Instance.pid,
    Instance.process_started,
    Instance.port,
    Instance.version,
    Instance.beat,
    Instance.state,
    Instance.started_at,
    Instance.protocol,
)  # all there since the first schema: an upgrade asks who lives before it begins


def register(connection: Connection, row: InstanceRow) -> None:
    """Announce a process, and forget those that ended long ago."""
    ended = (
        select(Instance.id)
        .where(Instance.state != "alive")
        .order_by(Instance.started_at.desc())
    )
    old = connection.scalars(ended.offset(50)).all()
    connection.execute(delete(Instance).where(Instance.id.in_(old)))
    connection.execute(
        insert(Instance).values(
            id=row.id,
            host_id=row.host_id,
            host_name=row.host_name,
            pid=row.pid,
            process_started=row.process_started,
            port=row.port,
            version=row.version,
            protocol=row.protocol,
            started_at=datetime.now(UTC),
        )
    )


def beat(connection: Connection, instance_id: str) -> bool:
    """Count the heartbeat up by one; False when others have declared us dead."""
    changed = connection.execute(
        update(Instance)
        .where(Instance.id == instance_id, Instance.state == "alive")
        .values(beat=Instance.beat + 1)
    )
    return changed.rowcount == 1


def living(connection: Connection) -> Sequence[InstanceRow]:
    """Every instance that has neither left nor been declared dead."""
    rows = connection.execute(select(*_COLUMNS).where(Instance.state == "alive"))
    return [InstanceRow(**row._asdict()) for row in rows]


def longest_registered(connection: Connection) -> str | None:
    """The one of the living that does what one must do for all; everybody sees the same."""
    first = select(Instance.id).where(Instance.state == "alive")
    return connection.scalar(first.order_by(Instance.started_at, Instance.id).limit(1))


def ask_to_leave(connection: Connection, instance_ids: Sequence[str]) -> None:
    """Ask instances to finish what runs, give everything back and end (MI-17)."""
    connection.execute(
        update(Instance).where(Instance.id.in_(instance_ids)).values(wanted="left")
    )


def is_asked_to_leave(connection: Connection, instance_id: str) -> bool:
    """Whether somebody wants this instance to end."""
    wanted = select(Instance.wanted).where(Instance.id == instance_id)
    return connection.scalar(wanted) == "left"


def declare_dead(connection: Connection, instance_id: str, beat_seen: int) -> bool:
    """Take everything from an instance whose counter still shows `beat_seen`.

    False when it has beaten since, or another observer was first: then nothing changes.
    """
    changed = connection.execute(
        update(Instance)
        .where(
            Instance.id == instance_id, Instance.beat == beat_seen, Instance.state == "alive"
        )
        .values(state="dead")
    )
    if changed.rowcount == 0:
        return False
    _release_all(connection, instance_id, has_crashed=True)
    return True


def strays(connection: Connection) -> set[str]:
    """Owners of work or jobs that are not alive: a claim may be committed at the very moment
    when its owner, just awake again, was declared dead."""
    alive = select(Instance.id).where(Instance.state == "alive")
    found: set[str] = set()
    for owner in (Work.owner, Job.owner):
        is_stray = owner.is_not(None) & owner.not_in(alive)
        found |= {one for one in connection.scalars(select(owner).where(is_stray)) if one}
    return found


def give_back(connection: Connection, owner: str) -> None:
    """Release everything of an owner that is not alive; the dead do not come back."""
    _release_all(connection, owner, has_crashed=False)


def leave(connection: Connection, instance_id: str) -> None:
    """A clean exit: give everything back and say so."""
    _release_all(connection, instance_id, has_crashed=False)
    connection.execute(
        update(Instance)
        .where(Instance.id == instance_id, Instance.state == "alive")
        .values(state="left")
    )


def _release_all(connection: Connection, instance_id: str, *, has_crashed: bool) -> None:
    # `verified` is kept: its file lies ready, and whoever claims it next finishes it (D8). Only
    # `working` says that the artwork itself may have brought the process down (CR-3).
    in_hand = Work.state == "working"
    connection.execute(
        update(Work)
        .where(Work.owner == instance_id)
        .values(
            owner=None,
            crashes=case((in_hand, Work.crashes + 1), else_=Work.crashes)
            if has_crashed
            else Work.crashes,
            state=case((Work.state == "verified", "verified"), else_="queued"),
        )
    )
    connection.execute(
        update(Job)
        .where(Job.owner == instance_id, Job.state.in_(("running", "queued", "paused")))
        .values(
            owner=None,
            state=case((Job.state == "paused", "paused"), else_="interrupted"),
        )
    )


def poisoned(connection: Connection, instance_id: str) -> Sequence[int]:
    """Ids of our claimed work that took a process down three times (CR-3)."""
    return connection.scalars(
        select(Work.id).where(Work.owner == instance_id, Work.crashes >= _CRASHES_UNTIL_POISON)
    ).all()
