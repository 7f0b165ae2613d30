"""Leaving hosts alone: breaker, retry budget, offline (NF-2, NF-4, NF-5)."""

from __future__ import annotations

import asyncio

import pytest
from tests.fake_clock import FakeClock

from artkeep.net.breaker import Breaker, Failures, Offline, RetryBudget, host_breaker, owner_of
from artkeep.net.retry import FetchFailed, longest_wait_s


def breaker(clock: FakeClock, time_scale: float = 1.0) -> Breaker:
    return host_breaker(clock.now, clock.sleep, time_scale)


def test_eight_failures_in_a_row_are_enough() -> None:
    failures = Failures()

    assert [failures.note(worked=False) for _ in range(8)] == [False] * 7 + [True]


def test_a_success_ends_the_row() -> None:
    failures = Failures()
    outcomes = [failures.note(worked=False) for _ in range(7)]
    outcomes += [failures.note(worked=True)]
    outcomes += [failures.note(worked=False) for _ in range(7)]

    assert not any(outcomes)


def test_more_than_half_of_the_last_twenty_are_enough() -> None:
    failures = Failures()
    outcomes = [failures.note(worked=number % 2 == 0) for number in range(20)]
    assert not any(outcomes)  # exactly half

    assert failures.note(worked=False)


async def test_an_open_breaker_waits_twice_as_long_each_time(clock: FakeClock) -> None:
    door = breaker(clock)
    for _ in range(3):
        if not door.is_open:
            door.trip()
        assert await door.enter("h") is True
        door.leave(worked=False)

    assert clock.slept == [60, 120, 240]


async def test_a_good_probe_closes_it(clock: FakeClock) -> None:
    door = breaker(clock)
    door.trip()
    assert await door.enter("h") is True
    door.leave(worked=True)

    assert not door.is_open
    assert await door.enter("h") is False
    door.trip()
    await door.enter("h")
    assert clock.slept == [60, 60]


async def test_one_probe_at_a_time(clock: FakeClock) -> None:
    door = breaker(clock)
    door.trip()
    assert await door.enter("h") is True
    others = [asyncio.create_task(door.enter("h")) for _ in range(3)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert not any(task.done() for task in others)

    door.leave(worked=True)
    assert await asyncio.gather(*others) == [False, False, False]


async def test_a_cancelled_probe_lets_the_next_one_try(clock: FakeClock) -> None:
    door = breaker(clock)
    door.trip()
    await door.enter("h")
    door.leave(worked=None)

    assert await door.enter("h") is True


async def test_a_dead_host_does_not_hold_jobs_for_ever(clock: FakeClock) -> None:
    door = breaker(clock)
    for _ in range(4):
        door.trip()
    with pytest.raises(FetchFailed) as caught:
        await door.enter("civitai.com")

    assert (caught.value.reason, caught.value.retry_after_s) == ("host_paused", 480)
    assert clock.waited == 0
    clock.time += 480
    assert await door.enter("civitai.com") is True


async def test_the_time_scale_shrinks_it(clock: FakeClock) -> None:
    door = breaker(clock, 0.01)
    door.trip()
    await door.enter("h")

    assert clock.slept == [pytest.approx(0.6)]


async def test_retries_are_a_fifth_of_all_and_ten(clock: FakeClock) -> None:
    budget = RetryBudget(clock.now, clock.sleep)
    for _ in range(50):
        budget.note(is_retry=False)
    sent = 0
    while clock.waited == 0:
        await budget.wait()
        budget.note(is_retry=True)
        sent += 1

    # r <= (50 + r) / 5 + 10 holds up to 25; the next one had to wait for the minute to slide
    assert sent == 26
    assert clock.waited == pytest.approx(60)


async def test_three_unrelated_hosts_mean_offline(clock: FakeClock) -> None:
    offline = Offline(clock.now, clock.sleep)
    for host in ("civitai.com", "image.civitai.com", "yande.re"):
        offline.unreachable(host)
    assert not offline.is_offline

    offline.unreachable("danbooru.donmai.us")
    assert offline.is_offline
    offline.reached()
    assert not offline.is_offline


async def test_failures_far_apart_do_not(clock: FakeClock) -> None:
    offline = Offline(clock.now, clock.sleep)
    for host in ("civitai.com", "yande.re", "e621.net"):
        offline.unreachable(host)
        clock.time += 16

    assert not offline.is_offline


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("image.civitai.com", "civitai.com"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("::1", "::1"),
        ("localhost", "localhost"),
    ],
)
def test_hosts_of_one_owner_are_related(host: str, owner: str) -> None:
    assert owner_of(host) == owner


async def test_who_has_somebody_waiting_does_not_wait_for_it(clock: FakeClock) -> None:
    door = breaker(clock)
    door.trip()
    token = longest_wait_s.set(20)
    with pytest.raises(FetchFailed) as failed:
        await door.enter("h")
    longest_wait_s.reset(token)

    assert (failed.value.reason, clock.slept) == ("host_paused", [])
    assert await door.enter("h") is True  # others do
