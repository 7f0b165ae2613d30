"""The limiter with a budget that other instances share, on a clock of our own (MI-10)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.fake_clock import FakeClock
from yarl import URL

from artkeep.net.guard import Guard, HostPolicy
from artkeep.net.hosts import Hosts
from artkeep.net.limiter import HostLimiter, Pace
from artkeep.net.retry import FetchFailed
from artkeep.net.shared import Ask, BudgetAway, Debt, Grant
from artkeep.settings import Net
from artkeep.store.budgets import Standing, share_out

API = Pace(1.0, 2)
MEDIA = Pace(10.0, 10, 20)


class Table:
    """The row of one lane, on the same fake clock; what it was asked and told."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.row = Standing()
        self.asks: list[Ask] = []
        self.asked = asyncio.Event()
        self.told: list[tuple[object, ...]] = []
        self.debts: list[Debt] = []
        self.is_away = False

    def seen_by(self, name: str) -> _Seen:
        return _Seen(self, name)


class _Seen:
    """A `SharedBudget` for one instance."""

    def __init__(self, table: Table, name: str) -> None:
        self._table, self._name = table, name

    async def ask(self, ask: Ask) -> Grant:
        table = self._table
        table.asks.append(ask)
        table.asked.set()
        if table.is_away:
            raise BudgetAway
        table.row, granted = share_out(table.row, self._name, ask, table.clock.time)
        return granted

    async def slow_down(self, host: str) -> None:
        self._table.told.append(("slow_down", host))

    async def park(self, host: str, seconds: float, reason: str) -> None:
        if self._table.is_away:
            raise BudgetAway
        self._table.told.append(("park", host, seconds, reason))

    async def leave(self, debts: Sequence[Debt]) -> None:
        self._table.debts += debts


def limiter(table: Table, name: str, media: Pace = MEDIA) -> HostLimiter:
    clock = table.clock
    budget = table.seen_by(name)
    return HostLimiter("c.com", API, media, budget=budget, clock=clock.now, sleep=clock.sleep)


@pytest.fixture
def table(clock: FakeClock) -> Table:
    return Table(clock)


async def test_alone_it_is_as_fast_as_without_and_asks_once_in_a_while(
    table: Table, clock: FakeClock
) -> None:
    host = limiter(table, "a")
    for _ in range(110):
        async with host.slot("media"):
            pass

    assert clock.waited == pytest.approx(10)
    assert len(table.asks) <= 10


async def test_two_share_what_one_would_have(table: Table, clock: FakeClock) -> None:
    left: list[float] = []

    async def fetch(host: HostLimiter, times: int) -> None:
        for _ in range(times):
            async with host.slot("media"):
                left.append(clock.time)

    first, second = limiter(table, "a"), limiter(table, "b")
    await fetch(first, 5)
    await asyncio.gather(*(fetch(host, 40) for host in (first, second) for _ in range(4)))

    left.sort()
    assert len(left) == 325
    for begin in range(len(left) - 30):
        span = left[begin + 29] - left[begin]
        assert 10 + span * 10 + 1e-6 >= 30


async def test_before_its_lease_ends_it_asks_once_for_what_comes_after(
    table: Table, clock: FakeClock
) -> None:
    host = limiter(table, "a")

    async def fetch() -> None:
        async with host.slot("media"):
            pass

    await fetch()
    ask = Ask("c.com", "media", 10, 10, wanted=8)
    table.row, _ = share_out(table.row, "b", ask, clock.time)
    leases_end = table.row.next_at - ask.wanted / ask.requests_per_s
    await asyncio.gather(*(fetch() for _ in range(28)))

    assert clock.time < leases_end
    assert len(table.asks) == 2
    assert table.row.next_at <= leases_end + 2.0, "a block each; the other's next is not far"


async def test_what_another_was_told_holds_for_slots_granted_before(
    table: Table, clock: FakeClock
) -> None:
    table.row, _ = share_out(table.row, "a", Ask("c.com", "media", 10, 10, 1), clock.time)
    host = limiter(table, "b")
    left: list[float] = []

    async def fetch() -> None:
        async with host.slot("media"):
            left.append(clock.time)

    waiting = asyncio.gather(*(fetch() for _ in range(8)))
    await table.asked.wait()
    told = clock.time + 6
    table.row = replace(table.row, parked_until=told, parked_s=6.0, parked_for="rate_limited")
    await waiting

    assert table.asks[1].wanted == 0, "it holds slots and wants to know only"
    assert len(left) == 8
    assert min(left) >= told


async def test_a_complaint_is_passed_on(table: Table) -> None:
    host = limiter(table, "a")
    async with host.slot("api"):
        pass
    host.slow_down()
    host.park(60)
    host.park(30)
    await asyncio.sleep(0)

    assert table.told == [("slow_down", "c.com"), ("park", "c.com", 60, "rate_limited")]


async def test_what_another_was_told_holds_here(table: Table, clock: FakeClock) -> None:
    table.row = Standing(parked_until=clock.time + 7200, parked_s=7200, parked_for="challenge")
    host = limiter(table, "b")
    with pytest.raises(FetchFailed) as caught:
        async with host.slot("media"):
            pass

    assert (caught.value.reason, caught.value.retry_after_s) == ("host_paused", 7200)
    assert table.told == [], "it is not said again"


async def test_a_rate_that_another_halved_holds_here(table: Table, clock: FakeClock) -> None:
    table.row = Standing(factor=0.25)
    host = limiter(table, "b")
    async with host.slot("media"):
        pass

    assert host.snapshot().media_rate == 2.5
    for _ in range(3):
        host.went_well("media")
    clock.time += 2
    async with host.slot("media"):
        pass
    assert table.row.factor == pytest.approx(0.4)


async def test_without_the_database_it_is_slower_than_with(
    table: Table, clock: FakeClock
) -> None:
    host = limiter(table, "a")
    table.is_away = True
    began = clock.time
    for _ in range(20):
        async with host.slot("media"):
            pass
    assert clock.time - began > 19 / 10 * 2 - 1

    table.is_away = False
    clock.time += 3
    async with host.slot("media"):
        pass
    assert host.lanes["media"].share is not None
    assert host.lanes["media"].share.is_leased, "and back to normal by itself"


async def test_a_database_that_hangs_holds_up_nobody_for_ever(
    table: Table, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = limiter(table, "a")

    async def hang(ask: Ask) -> Grant:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("artkeep.net.limiter.PATIENCE_S", 0.0)
    monkeypatch.setattr(host._budget, "ask", hang)
    async with host.slot("media"):
        assert host.snapshot().in_flight == 1
    assert host.lanes["media"].share is not None
    assert host.lanes["media"].share.is_away, "it goes on more slowly"
    await host.close()


async def test_a_complaint_is_repeated_until_the_database_listens(
    table: Table, clock: FakeClock
) -> None:
    host = limiter(table, "a")
    table.is_away = True
    host.park(60)
    for _ in range(4):
        await asyncio.sleep(0)
    table.is_away = False
    for _ in range(4):
        await asyncio.sleep(0)
    await host.close()

    [(word, name, seconds, reason)] = table.told
    assert (word, name, reason) == ("park", "c.com", "rate_limited")
    assert 0 < float(str(seconds)) < 60, "what is left of it"


async def test_places_are_shared_as_well(table: Table, clock: FakeClock) -> None:
    for name in ("x", "y", "z"):
        table.row, _ = share_out(table.row, name, Ask("c.com", "media", 10, 10, 1), clock.time)
    host = limiter(table, "a")
    finish = asyncio.Event()

    async def fetch() -> None:
        async with host.slot("media"):
            await finish.wait()

    tasks = [asyncio.create_task(fetch()) for _ in range(12)]
    for _ in range(200):
        await asyncio.sleep(0)
    assert host.snapshot().in_flight == 20 // 4
    finish.set()
    await asyncio.gather(*tasks)
    await host.close()


async def test_loopback_without_limits_asks_nothing(table: Table, clock: FakeClock) -> None:
    net = Net(unlimited=True, allow_private=True)
    guard = Guard([HostPolicy()], allow_private=True)
    door = Hosts(net, guard, budget=table.seen_by("a"), clock=clock.now, sleep=clock.sleep)
    for _ in range(50):
        async with door.visit(URL("http://127.0.0.1:81/"), "media"):
            pass
    failure = FetchFailed("rate_limited", http_status=429, retry_after_s=1)
    with pytest.raises(FetchFailed):
        async with door.visit(URL("http://127.0.0.1:81/"), "media"):
            raise failure
    await door.close()

    assert (table.asks, table.told, table.debts) == ([], [], [])


async def test_at_the_end_everything_is_given_back(table: Table, clock: FakeClock) -> None:
    guard = Guard([HostPolicy(hosts=frozenset({"c.com"}))])
    door = Hosts(Net(), guard, budget=table.seen_by("a"), clock=clock.now, sleep=clock.sleep)
    for _ in range(4):
        async with door.visit(URL("https://c.com/"), "media"):
            pass
    await door.close()

    [debt] = table.debts
    assert (debt.host, debt.lane, debt.seconds) == ("c.com", "media", pytest.approx(0.4))
