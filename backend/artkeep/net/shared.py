"""A host's budget that several instances share (MI-10): what is asked for and granted.

Who is alone on a host is granted all of it for two seconds at a time and goes by its own count.
Several are granted slots: moments at which one request may leave, never more of them together
than one instance would have had. What is granted comes in blocks, so no request waits for a
write of its own; and because it runs out by itself, nobody needs to notice that somebody died.
Slots may lie far ahead, so before one is used whoever holds it looks again whether another was
asked to wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

LaneName = Literal["api", "media"]

SLOWEST = 1 / 32  # of the normal rate: halving ends here
GROWTH = 1 / 20  # of the normal rate per reply that went well
HALVE_AT_MOST_EVERY_S = 1.0
KNOWN_FOR_S = 1.5  # then it is looked up again whether the host wants to be asked
_RENEW_BEFORE_S = 0.7
_AWAY_S = 2.0


class BudgetAway(Exception):
    """The database did not answer: go on more slowly than it would ever have allowed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """`well`: good replies since the last one. `debt_s`: until the burst is whole again.
    `wanted` is 0 to hear only what the others were told."""

    host: str
    lane: LaneName
    requests_per_s: float
    burst: int
    wanted: int
    well: int = 0
    debt_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What an ask gave. Times are seconds from the moment at which the database read its clock,
    which lies between `asked_at` and `told_at` by our own monotonic one."""

    asked_at: float
    told_at: float
    factor: float = 1.0  # of the normal rate, for all instances
    sharers: int = 1
    lease_s: float = 0.0  # all of the budget is ours for so long,
    tokens: float = 0.0  # beginning with so many at once
    slots: tuple[float, ...] = ()
    late_s: float = 0.0  # how much later than its time a slot may be used
    parked_s: float = 0.0
    parked_for: str = ""


@dataclass(frozen=True, slots=True)
class Debt:
    """How long until a lane that is left has its burst again."""

    host: str
    lane: LaneName
    seconds: float


class SharedBudget(Protocol):
    """The budgets of all hosts. Every method raises BudgetAway."""

    async def ask(self, ask: Ask) -> Grant:
        """A block of requests, or all of the budget for a while."""

    async def slow_down(self, host: str) -> None:
        """Halve a host's lanes for everybody, at most once a second."""

    async def park(self, host: str, seconds: float, reason: str) -> None:
        """Nobody asks this host before then."""

    async def leave(self, debts: Sequence[Debt]) -> None:
        """Give everything back at the end."""


class Share:
    """What one lane holds of its host's budget."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.sharers = 1
        self.well = 0
        self._clock = clock
        self._slots: deque[tuple[float, float]] = deque()  # from when, until when
        self._leased_until = float("-inf")
        self._away_until = float("-inf")
        self._known_until = float("-inf")

    @property
    def is_leased(self) -> bool:
        """All of the budget is ours at the moment."""
        return self._clock() < self._leased_until

    @property
    def is_away(self) -> bool:
        """The database does not answer; ours is what is certainly not somebody else's."""
        return self._clock() < self._away_until

    @property
    def part(self) -> float:
        """Of the budget, while nobody can be asked: one more may have come meanwhile."""
        return 1 / (self.sharers + 1)

    def wait_s(self) -> float | None:
        """Until the next slot held; None when there is none."""
        now = self._clock()
        while self._slots and self._slots[0][1] < now:
            self._slots.popleft()  # too late: by now it may be another's turn
        return max(0.0, self._slots[0][0] - now) if self._slots else None

    @property
    def must_ask(self) -> bool:
        """No slot is held, or one is due and the host may have complained since we heard."""
        wait_s = self.wait_s()
        return wait_s is None or (not wait_s and self._clock() >= self._known_until)

    def wanted(self, waiting: int) -> int:
        """How many slots to ask for: none while several are held."""
        return max(1, waiting) if len(self._slots) <= 1 else 0

    def take(self) -> None:
        """Use the next slot."""
        if self._slots and not self.is_leased:
            self._slots.popleft()

    def runs_out(self, waiting: int) -> bool:
        """Whether it is time to ask for more, before anybody has to wait for it."""
        if self.is_leased:  # slots held are for afterwards; more would lie too far ahead
            return not self._slots and self._leased_until - self._clock() < _RENEW_BEFORE_S
        return not self.is_away and waiting > 0 and len(self._slots) <= 1

    def receive(self, grant: Grant) -> None:
        """Hold what was granted."""
        self.sharers = grant.sharers
        self._away_until = float("-inf")
        self._known_until = grant.asked_at + KNOWN_FOR_S
        if grant.lease_s:
            self._slots.clear()
            self._leased_until = grant.asked_at + grant.lease_s
        self._slots.extend(
            (grant.told_at + slot, grant.asked_at + slot + grant.late_s) for slot in grant.slots
        )

    def go_without(self) -> None:
        """Nobody answered; try again in a while."""
        self._away_until = self._clock() + _AWAY_S

    def drop(self) -> None:
        """The host wants less: what was granted at the old rate is void."""
        self._slots.clear()
