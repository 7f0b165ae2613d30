"""How fast a host may be asked, on a clock of our own (NF-3, NF-6)."""

from __future__ import annotations

import asyncio

import pytest
from tests.fake_clock import FakeClock

from artkeep.net.limiter import HostLimiter, LaneName, Pace
from artkeep.net.retry import FetchFailed, longest_wait_s

API = Pace(1.0, 2)
MEDIA = Pace(10.0, 10, 4)


def limiter(clock: FakeClock, *, api: Pace = API, media: Pace = MEDIA) -> HostLimiter:
    return HostLimiter("civitai.com", api, media, clock=clock.now, sleep=clock.sleep)


async def ask(host: HostLimiter, lane: LaneName = "api", times: int = 1) -> None:
    for _ in range(times):
        async with host.slot(lane):
            pass


async def test_after_a_burst_requests_keep_their_distance(clock: FakeClock) -> None:
    await ask(limiter(clock), times=5)

    assert clock.waited == pytest.approx(3)


async def test_media_does_not_wait_for_the_api(clock: FakeClock) -> None:
    host = limiter(clock)
    await ask(host, times=2)
    await ask(host, "media", times=10)

    assert clock.waited == 0


async def test_only_so_many_at_a_time(clock: FakeClock) -> None:
    host = limiter(clock)
    finish = asyncio.Event()
    most = 0

    async def download() -> None:
        nonlocal most
        async with host.slot("media"):
            most = max(most, host.snapshot().in_flight)
            await finish.wait()

    tasks = [asyncio.create_task(download()) for _ in range(7)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert (host.snapshot().in_flight, host.snapshot().waiting) == (4, 3)

    finish.set()
    await asyncio.gather(*tasks)
    assert most == 4
    assert (host.snapshot().in_flight, host.snapshot().waiting) == (0, 0)


async def test_first_come_first_served(clock: FakeClock) -> None:
    host = limiter(clock, api=Pace(1.0, 1))
    order: list[int] = []

    async def request(number: int) -> None:
        async with host.slot("api"):
            order.append(number)

    await asyncio.gather(*(request(number) for number in range(6)))

    assert order == list(range(6))


async def test_waiting_can_be_cancelled_without_losing_a_place(clock: FakeClock) -> None:
    host = limiter(clock, media=Pace(None, 1, 1))
    async with host.slot("media"):
        waiting = [asyncio.create_task(ask(host, "media")) for _ in range(3)]
        for _ in range(5):
            await asyncio.sleep(0)
        assert host.snapshot().waiting == 3
        waiting[0].cancel()
        waiting[1].cancel()
        await asyncio.gather(*waiting[:2], return_exceptions=True)
        assert host.snapshot().waiting == 1
    await waiting[2]

    assert (host.snapshot().in_flight, host.snapshot().waiting) == (0, 0)


async def test_a_limit_halves_the_speed_once_a_second_and_it_grows_back(
    clock: FakeClock,
) -> None:
    host = limiter(clock)
    host.slow_down()
    host.slow_down()
    assert (host.snapshot().api_rate, host.snapshot().media_rate) == (0.5, 5)

    clock.time += 1
    host.slow_down()
    assert host.snapshot().api_rate == 0.25

    host.went_well("api")
    assert host.snapshot().api_rate == pytest.approx(0.3)
    for _ in range(50):
        host.went_well("api")
    assert host.snapshot().api_rate == host.snapshot().normal_api_rate == 1
    assert host.snapshot().media_rate == 2.5


async def test_halving_has_an_end(clock: FakeClock) -> None:
    host = limiter(clock)
    for _ in range(50):
        clock.time += 2
        host.slow_down()

    assert host.snapshot().media_rate == pytest.approx(10 / 32)
    assert host.lanes["media"].has_slot()


async def test_a_parked_host_waits_for_all(clock: FakeClock) -> None:
    host = limiter(clock)
    host.park(120)
    host.park(30)  # shorter: does not count
    assert host.snapshot().parked_s == 120

    await asyncio.gather(ask(host), ask(host, "media"))

    assert clock.time >= 1120
    assert host.snapshot().parked_s == 0


async def test_parking_binds_unlimited_hosts_too(clock: FakeClock) -> None:
    host = limiter(clock, media=Pace(None))
    await ask(host, "media", times=1000)
    assert clock.waited == 0

    host.park(5)
    await ask(host, "media")
    assert clock.waited == 5


async def test_more_than_an_hour_is_not_waited_for(clock: FakeClock) -> None:
    host = limiter(clock)
    host.park(7200)
    with pytest.raises(FetchFailed) as caught:
        await ask(host)

    assert (caught.value.reason, caught.value.retry_after_s) == ("rate_limited", 7200)
    assert clock.waited == 0
    assert host.snapshot().waiting == 0


async def test_a_challenge_is_not_waited_for(clock: FakeClock) -> None:
    host = limiter(clock)
    host.park(900, "challenge")
    with pytest.raises(FetchFailed) as caught:
        await ask(host, "media")

    assert (caught.value.reason, caught.value.retry_after_s) == ("host_paused", 900)
    assert host.snapshot().parked_for == "challenge"


async def test_who_has_somebody_waiting_waits_only_so_long(clock: FakeClock) -> None:
    host = limiter(clock)
    host.park(60)
    token = longest_wait_s.set(20)
    with pytest.raises(FetchFailed) as failed:
        await ask(host)
    assert failed.value.retry_after_s == pytest.approx(60)
    clock.time += 45
    await ask(host)
    longest_wait_s.reset(token)

    assert clock.waited == pytest.approx(15)
