"""Budgets that instances share (MI-10): together they never get more than one would."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest
from tests.store.rows import Rows

from artkeep.net.shared import Ask, Debt, Grant
from artkeep.store import budgets
from artkeep.store.budgets import LEASE_S, USER_S, Standing, share_out
from artkeep.store.models import Budget

API = Ask("civitai.com", "api", requests_per_s=1.0, burst=2, wanted=1)
MEDIA = Ask("civitai.com", "media", requests_per_s=10.0, burst=10, wanted=20)
NOW = 1_800_000_000.0


class Lane:
    """A row and the clock of its database."""

    def __init__(self, ask: Ask) -> None:
        self.row = Standing()
        self.ask = ask
        self.now = NOW

    def grant(self, me: str, **changes: float) -> Grant:
        fields = {name: getattr(self.ask, name) for name in Ask.__slots__}
        self.row, granted = share_out(self.row, me, Ask(**{**fields, **changes}), self.now)
        return granted


def require_budget(moments: Iterable[float], ask: Ask, slack_s: float = 1e-5) -> None:
    """In no span of time more requests than the burst and what the rate gives."""
    left = sorted(moments)
    for first, began in enumerate(left):
        for last in range(first, min(first + 60, len(left))):
            allowed = ask.burst + (left[last] - began + slack_s) * ask.requests_per_s
            assert last - first + 1 <= allowed


def test_who_is_alone_has_all_of_it_for_two_seconds():
    lane = Lane(MEDIA)
    first = lane.grant("a")
    assert (first.lease_s, first.tokens, first.slots, first.sharers) == (LEASE_S, 10, (), 1)
    lane.now += 1.5
    again = lane.grant("a", debt_s=0.4)
    assert (again.lease_s, again.tokens) == (LEASE_S, pytest.approx(6))


def test_the_second_one_waits_for_the_end_of_the_lease_and_then_both_get_slots():
    lane = Lane(MEDIA)
    lane.grant("a")
    lane.now += 0.5
    second = lane.grant("b")
    assert (second.sharers, second.lease_s, len(second.slots)) == (2, 0, 10)
    assert min(second.slots) > 1.5, "the first one may use all of the burst until then"
    lane.now += 1.5
    first = lane.grant("a")
    assert (first.sharers, first.lease_s) == (2, 0)
    assert min(first.slots) + 1.5 >= max(second.slots) + 0.1 - 1e-6


def test_a_block_is_no_larger_than_a_second_of_the_budget_or_than_what_is_wanted():
    lane = Lane(MEDIA)
    lane.grant("a")
    lane.now += 5
    assert len(lane.grant("b", wanted=50).slots) == 10
    assert len(lane.grant("a", wanted=3).slots) == 3
    slow = Lane(API)
    slow.grant("a")
    slow.now += 5
    assert len(slow.grant("b", wanted=50).slots) == 1


def test_who_only_wants_to_know_is_given_nothing_and_delays_nobody():
    lane = Lane(MEDIA)
    lane.grant("a")
    lane.now += 5
    lane.grant("b")
    before = lane.row.next_at
    assert lane.grant("b", wanted=0).slots == ()
    assert lane.row.next_at == before


@pytest.mark.parametrize("ask", [API, MEDIA], ids=["api", "media"])
@pytest.mark.parametrize("seed", range(5))
def test_many_who_come_and_go_never_get_more_than_one_alone(ask: Ask, seed: int) -> None:
    """Requests leave as late or as early in their slots as chance will have it."""
    chance = random.Random(seed)
    lane = Lane(ask)
    lane.grant("p0")  # a lease, whose holder uses all of it at its very end
    left: list[float] = [NOW + LEASE_S] * ask.burst
    lane.grant("p1", wanted=1)
    held_until = {"p0": NOW + LEASE_S}
    for _ in range(3000):
        lane.now += chance.choice([0.0, 0.01, 0.05, 0.3]) / ask.requests_per_s
        name = f"p{chance.randrange(4)}"
        if lane.now < held_until.get(name, 0) - 0.1:
            continue
        granted = lane.grant(name, wanted=chance.randint(1, 20))
        assert granted.slots, "nobody is alone here"
        held_until[name] = lane.now + granted.slots[-1]
        left += [lane.now + slot + chance.uniform(0, granted.late_s) for slot in granted.slots]
    assert len(left) > 50
    require_budget(left, ask)


def test_nothing_of_the_budget_is_lost_when_several_want_all_of_it():
    lane = Lane(MEDIA)
    lane.grant("a")
    lane.grant("b")
    blocks: list[int] = []
    for tick in range(600):
        lane.now = NOW + 4 + tick / 10
        if lane.row.next_at - lane.now < 1:
            blocks.append(len(lane.grant("ab"[len(blocks) % 2]).slots))
    assert sum(blocks) >= 600


def test_the_share_of_who_is_gone_comes_back():
    lane = Lane(MEDIA)
    lane.grant("a")
    lane.now += 1
    lane.grant("b")  # never heard of again
    lane.now += USER_S - 0.1
    assert lane.grant("a").sharers == 2
    lane.now += 0.2
    granted = lane.grant("a")
    assert (granted.sharers, granted.lease_s) == (1, LEASE_S)


def test_who_comes_after_somebody_who_used_up_the_burst_does_not_get_another_one():
    lane = Lane(API)
    lane.grant("a")
    lane.now += 1
    lane.grant("a", debt_s=2.0)
    lane.now += 30
    assert lane.grant("b").tokens == 2, "after a while it is whole again"
    slow = Lane(Ask("x", "api", requests_per_s=0.01, burst=2, wanted=1))
    slow.grant("a")
    slow.now += 1
    slow.grant("a", debt_s=200.0)
    slow.now += 30
    assert slow.grant("b").lease_s == 0, "at this speed half a minute is nothing"


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_set_right_stops_nobody(days: int) -> None:
    lane = Lane(MEDIA)
    lane.grant("a")
    lane.now += 3
    lane.grant("b")
    lane.grant("a")
    lane.now += days * 86_400
    for _ in range(20):
        granted = lane.grant("b")
        assert granted.lease_s or max(granted.slots) < 20
        lane.now += 1


def test_a_halved_rate_holds_for_all_and_grows_with_good_replies_of_all():
    lane = Lane(MEDIA)
    lane.grant("a")
    lane.row = Standing(**{**_fields(lane.row), "factor": 0.5})
    lane.now += 3
    b = lane.grant("b")
    assert (b.factor, b.slots[1] - b.slots[0]) == (0.5, pytest.approx(0.2))
    assert lane.grant("a", well=4).factor == pytest.approx(0.7)
    assert lane.grant("b", well=2).factor == pytest.approx(0.8)


def test_a_parked_host_is_parked_for_all_also_when_the_clock_is_set_back():
    lane = Lane(API)
    lane.row = Standing(parked_until=NOW + 60, parked_s=60, parked_for="rate_limited")
    granted = lane.grant("b")
    assert (granted.parked_s, granted.parked_for) == (60, "rate_limited")
    assert (granted.slots, granted.lease_s) == ((), 0)
    lane.now -= 86_400
    assert lane.grant("c").parked_s == 60


def _fields(row: Standing) -> dict[str, object]:
    return {name: getattr(row, name) for name in Standing.__slots__}


# In the database


def test_a_row_is_made_at_the_first_ask_and_kept(rows: Rows) -> None:
    granted = rows.do(budgets.grant, "a", MEDIA)
    assert granted.lease_s == LEASE_S
    assert granted.asked_at <= granted.told_at
    assert rows.do(budgets.grant, "b", MEDIA).sharers == 2
    (row,) = rows.all(Budget)
    assert (row["host"], row["lane"], row["lease_of"]) == ("civitai.com", "media", None)
    assert row["users"].keys() == {"a", "b"}


def test_what_a_host_told_one_is_known_to_the_next(rows: Rows) -> None:
    rows.do(budgets.park, "civitai.com", 60.0, "rate_limited")
    rows.do(budgets.park, "civitai.com", 5.0, "shorter")
    for ask in (API, MEDIA):
        granted = rows.do(budgets.grant, "b", ask)
        assert 55 < granted.parked_s <= 60
        assert granted.parked_for == "rate_limited"


def test_one_burst_of_complaints_halves_once(rows: Rows) -> None:
    for _ in range(3):
        rows.do(budgets.slow_down, "civitai.com")
    for ask in (API, MEDIA):
        assert rows.do(budgets.grant, "a", ask).factor == 0.5


def test_who_leaves_leaves_what_is_left(rows: Rows) -> None:
    rows.do(budgets.grant, "a", MEDIA)
    rows.do(budgets.leave, "a", [Debt("civitai.com", "media", 0.5)])
    granted = rows.do(budgets.grant, "b", MEDIA)
    assert (granted.sharers, granted.lease_s) == (1, LEASE_S)
    assert 5 <= granted.tokens < 10


async def test_grants_of_many_processes_at_once_are_each_others(store, rows: Rows) -> None:
    from tests.store import claimers

    rows.do(budgets.grant, "before", MEDIA)
    deeds: list[tuple[Callable[..., object], tuple[object, ...]]]
    deeds = [(claimers.ask_for_slots, (MEDIA, 20))] * 3
    slots = sorted(slot for found in claimers.together(store, deeds) for slot in found)
    assert len(slots) == 3 * 20
    require_budget(slots, MEDIA, slack_s=0.01)
