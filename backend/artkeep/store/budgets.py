"""What may be asked of hosts, shared out between instances (MI-10).

One row for each lane of a host says until when its budget is given out. Only the database's own
clock is read: PostgreSQL's, or with SQLite that of the one machine on which all instances run.
When that clock is set back or on, nobody waits longer than if it had not been, and nobody gets
more than one burst too many.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql

from artkeep.net.shared import (
    GROWTH,
    HALVE_AT_MOST_EVERY_S,
    SLOWEST,
    Ask,
    Debt,
    Grant,
    LaneName,
)
from artkeep.store.models import Budget, table_of

LEASE_S = 2.0  # who is alone has the budget for so long at a time
BLOCK_S = 1.0  # several are granted so much of it at a time
LATE_S = 0.25  # and may use a slot so much too late
USER_S = 10.0  # who has asked within this time counts
_LANES: tuple[LaneName, ...] = ("api", "media")


@dataclass(frozen=True, slots=True)
class Standing:
    """A lane's row. It is given out until `next_at`, which may be ahead by the burst."""

    next_at: float = 0.0
    factor: float = 1.0
    halved_at: float = 0.0
    parked_until: float = 0.0
    parked_s: float = 0.0
    parked_for: str = ""
    lease_of: str | None = None
    lease_until: float = 0.0
    users: dict[str, float] = field(default_factory=dict)


def grant(connection: Connection, me: str, ask: Ask) -> Grant:
    """Give `me` its share of a lane. In a transaction of its own: the row is locked."""
    standing = _locked(connection, ask.host, ask.lane)
    asked_at = time.monotonic()
    now = _now(connection)
    told_at = time.monotonic()
    after, granted = share_out(standing, me, ask, now)
    _save(connection, ask.host, ask.lane, after)
    return replace(granted, asked_at=asked_at, told_at=told_at)


def slow_down(connection: Connection, host: str) -> None:
    """Halve both lanes for everybody, unless somebody did within the last second."""
    for lane in _LANES:
        standing, now = _locked(connection, host, lane), _now(connection)
        if 0 <= now - standing.halved_at < HALVE_AT_MOST_EVERY_S:
            continue
        factor = max(standing.factor / 2, SLOWEST)
        _save(connection, host, lane, replace(standing, factor=factor, halved_at=now))


def park(connection: Connection, host: str, seconds: float, reason: str) -> None:
    """Nobody asks this host before then; a shorter time never replaces a longer one."""
    for lane in _LANES:
        standing, now = _locked(connection, host, lane), _now(connection)
        if now + seconds > _told_right(standing, now, 0.0).parked_until:
            after = replace(
                standing, parked_until=now + seconds, parked_s=seconds, parked_for=reason
            )
            _save(connection, host, lane, after)


def leave(connection: Connection, me: str, debts: Sequence[Debt]) -> None:
    """`me` asks for nothing more; what it has used up of late stays used up."""
    for debt in sorted(debts, key=lambda debt: (debt.host, debt.lane)):
        standing, now = _locked(connection, debt.host, debt.lane), _now(connection)
        users = {name: at for name, at in standing.users.items() if name != me}
        if standing.lease_of == me:
            standing = replace(
                standing, next_at=now + debt.seconds, lease_of=None, lease_until=0.0
            )
        _save(connection, debt.host, debt.lane, replace(standing, users=users))


def share_out(standing: Standing, me: str, ask: Ask, now: float) -> tuple[Standing, Grant]:
    """The rule itself, without a database: the row afterwards, and what `me` gets."""
    factor = min(standing.factor + GROWTH * ask.well, 1.0)
    rate = ask.requests_per_s * factor
    step_s = 1 / rate
    standing = _told_right(standing, now, _farthest_s(standing, ask))
    # Whoever asked within the time that a burst takes to fill up again still counts.
    remembered_s = max(USER_S, ask.burst * step_s)
    users = {name: at for name, at in standing.users.items() if now - at < remembered_s}
    users[me] = now
    standing = replace(standing, factor=factor, users=users)
    granted = Grant(now, now, factor=factor, sharers=len(users))
    if standing.parked_until > now:
        parked_s = standing.parked_until - now
        return standing, replace(granted, parked_s=parked_s, parked_for=standing.parked_for)
    if len(users) == 1:
        # Its own count is the truth while it has the lease, the row before.
        has_lease = standing.lease_of == me
        next_at = now + ask.debt_s if has_lease else max(standing.next_at, now)
        tokens = max(0.0, ask.burst - (next_at - now) / step_s)
        standing = replace(standing, next_at=next_at, lease_of=me, lease_until=now + LEASE_S)
        return standing, replace(granted, lease_s=LEASE_S, tokens=tokens)
    return _give_slots(standing, granted, ask, now, step_s)


def _give_slots(
    standing: Standing, granted: Grant, ask: Ask, now: float, step_s: float
) -> tuple[Standing, Grant]:
    """A block of moments, one after the other at the lane's rate, for one of several.

    A slot may be used late, so two instances could meet there; the burst is smaller by as many.
    """
    burst = max(ask.burst, 2)
    late_s = min(LATE_S, (burst - 1) * step_s)
    ahead_s = (burst - 1) * step_s - late_s if standing.factor == 1.0 else 0.0
    begin = max(standing.next_at, now)
    if standing.lease_of is not None and standing.lease_until > now:
        # Until then all of it belongs to somebody, who may use up the burst at the end.
        begin = max(begin, standing.lease_until + burst * step_s)
    amount = min(ask.wanted, ceil(BLOCK_S / step_s))
    slots = (begin + number * step_s - ahead_s - now for number in range(amount))
    standing = replace(
        standing, next_at=begin + amount * step_s, lease_of=None, lease_until=0.0
    )
    return standing, replace(
        granted, slots=tuple(max(0.0, slot) for slot in slots), late_s=late_s
    )


def _farthest_s(standing: Standing, ask: Ask) -> float:
    """What may honestly be given out ahead: two blocks for everybody at the slowest rate."""
    slowest_step_s = 1 / (ask.requests_per_s * SLOWEST)
    blocks = 2 * len(standing.users) + 2
    return LEASE_S + ask.burst * slowest_step_s + blocks * max(BLOCK_S, slowest_step_s)


def _told_right(standing: Standing, now: float, farthest_s: float) -> Standing:
    """The row if the clock was set back: nothing lies farther ahead than it can."""
    return replace(
        standing,
        next_at=standing.next_at if standing.next_at <= now + farthest_s else now,
        parked_until=min(standing.parked_until, now + standing.parked_s),
        lease_until=min(standing.lease_until, now + LEASE_S),
        users={name: min(at, now) for name, at in standing.users.items()},
    )


_COLUMNS = (
    Budget.next_at,
    Budget.factor,
    Budget.halved_at,
    Budget.parked_until,
    Budget.parked_s,
    Budget.parked_for,
    Budget.lease_of,
    Budget.lease_until,
    Budget.users,
)


def _locked(connection: Connection, host: str, lane: LaneName) -> Standing:
    """The lane's row, ours until the transaction ends."""
    found = select(*_COLUMNS).where(Budget.host == host, Budget.lane == lane).with_for_update()
    row = connection.execute(found).one_or_none()
    if row is None:
        new = {"host": host, "lane": lane}
        if connection.dialect.name == "postgresql":
            made = postgresql.insert(table_of(Budget)).on_conflict_do_nothing()
            connection.execute(made, new)
        else:  # which has one writer at a time
            connection.execute(insert(table_of(Budget)), new)
        row = connection.execute(found).one()
    return Standing(**row._asdict())


def _save(connection: Connection, host: str, lane: LaneName, standing: Standing) -> None:
    connection.execute(
        update(Budget)
        .where(Budget.host == host, Budget.lane == lane)
        .values({name: getattr(standing, name) for name in Standing.__slots__})
    )


_SERVER_CLOCK = select(func.extract("epoch", func.clock_timestamp()))


def _now(connection: Connection) -> float:
    """Seconds by the clock of the database."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(_SERVER_CLOCK).scalar_one())
    return time.time()
