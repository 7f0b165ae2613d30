"""The door to a host: what each outcome does to the requests after it."""

from __future__ import annotations

import asyncio

import pytest
from tests import faulty_answers as answers
from tests.fake_clock import FakeClock
from tests.faulty import FaultyServer
from yarl import URL

from artkeep.net.client import Client, HostPolicy
from artkeep.net.guard import Guard
from artkeep.net.hosts import Hosts
from artkeep.net.retry import FetchFailed, with_retries
from artkeep.settings import Net

CIVITAI = URL("https://civitai.com/api")
POLICY = HostPolicy(hosts=frozenset({"civitai.com"}), requests_per_s=1.0, burst=1)


def hosts(clock: FakeClock, **net: object) -> Hosts:
    settings = Net.model_validate(net)
    guard = Guard([POLICY], allow_private=True)
    return Hosts(settings, guard, clock=clock.now, sleep=clock.sleep)


async def fail(
    door: Hosts, reason: str, url: URL = CIVITAI, times: int = 1, **known: object
) -> None:
    for _ in range(times):
        with pytest.raises(FetchFailed):
            async with door.visit(url, "media"):
                raise FetchFailed(reason, host=url.host or "", **known)  # type: ignore[arg-type]


async def succeed(door: Hosts, url: URL = CIVITAI, times: int = 1) -> None:
    for _ in range(times):
        async with door.visit(url, "media"):
            pass


async def test_a_host_that_keeps_failing_is_left_alone(clock: FakeClock) -> None:
    door = hosts(clock)
    await fail(door, "server_error", times=8, http_status=500)
    assert door.snapshot()[0].is_broken

    before = clock.time
    await succeed(door)
    assert clock.time - before >= 60
    assert not door.snapshot()[0].is_broken


async def test_what_is_wrong_with_an_artwork_says_nothing_about_the_host(
    clock: FakeClock,
) -> None:
    door = hosts(clock)
    await fail(door, "not_found", times=30, http_status=404)
    await fail(door, "cut_short", times=30, http_status=200)
    await fail(door, "address_refused", times=30)

    assert not door.snapshot()[0].is_broken


async def test_ten_refusals_in_a_row_pause_the_host(clock: FakeClock) -> None:
    door = hosts(clock)
    await fail(door, "not_permitted", times=9, http_status=403)
    await succeed(door)
    await fail(door, "not_permitted", times=9, http_status=403)
    assert door.snapshot()[0].parked_s == 0

    await fail(door, "not_permitted", http_status=403)
    [status] = door.snapshot()
    assert (status.parked_s, status.parked_for) == (900, "not_permitted")


async def test_a_challenge_pauses_the_host_for_a_quarter_of_an_hour(clock: FakeClock) -> None:
    door = hosts(clock)
    await fail(door, "challenge", http_status=403)
    with pytest.raises(FetchFailed) as caught:
        await succeed(door)

    assert (caught.value.reason, caught.value.retry_after_s) == ("host_paused", 900)


async def test_retry_after_parks_the_host_unscaled(clock: FakeClock) -> None:
    door = hosts(clock, time_scale=0.001)
    await fail(door, "rate_limited", http_status=429, retry_after_s=40)
    await fail(door, "server_error", URL("https://b.test/"), http_status=503, retry_after_s=2)

    first, second = door.snapshot()
    assert (first.parked_s, second.parked_s) == (40, 2)
    assert (first.api_rate, first.normal_api_rate) == (0.5, 1.0)


async def test_offline_pauses_every_host_until_something_answers(clock: FakeClock) -> None:
    door = hosts(clock)
    for name in ("one.example", "two.net", "api.two.net", "three.org"):
        assert not door.offline.is_offline
        await fail(door, "dns", URL(f"https://{name}/"))
    assert door.offline.is_offline

    before = clock.time
    await succeed(door)
    assert clock.time - before >= 5
    assert not door.offline.is_offline


async def test_who_probes_for_all_does_not_wait_for_its_own_host(clock: FakeClock) -> None:
    door = hosts(clock)
    await fail(door, "connect_timeout", times=8)
    await fail(door, "dns", URL("https://one.example/"))
    await fail(door, "dns", URL("https://two.net/"))
    assert door.offline.is_offline
    assert door.snapshot()[0].is_broken

    before = clock.time
    await succeed(door)
    assert clock.time - before < 10
    assert not door.snapshot()[0].is_broken


async def test_the_setting_replaces_a_sites_own_speed(clock: FakeClock) -> None:
    door = hosts(clock, requests_per_s=4)

    assert door.get(CIVITAI).limiter.snapshot().api_rate == 4


async def test_only_loopback_is_ever_unlimited(clock: FakeClock) -> None:
    door = hosts(clock, unlimited=True)

    assert door.get(URL("http://127.0.0.1:81/")).limiter.snapshot().api_rate is None
    assert door.get(URL("http://[::1]:81/")).limiter.snapshot().media_rate is None
    assert door.get(URL("http://10.0.0.1/")).limiter.snapshot().api_rate == 1
    assert door.get(CIVITAI).limiter.snapshot().api_rate == 1


async def test_retries_wait_for_their_budget(clock: FakeClock) -> None:
    """Two hundred artworks that fail at once must not become two hundred retries at once."""
    door = hosts(clock, unlimited=True, time_scale=0.001)
    url = URL("http://127.0.0.1:81/")
    failed: set[int] = set()

    async def fetch(number: int) -> None:
        async def one_try(attempt: int) -> None:
            async with door.visit(url, "media"):
                if number not in failed:
                    failed.add(number)
                    raise FetchFailed("cut_short", http_status=200)

        await with_retries(one_try, time_scale=1e-9)

    await asyncio.gather(*(fetch(number) for number in range(200)))

    assert len(failed) == 200
    assert clock.waited > 0


async def test_a_cancelled_request_leaves_nothing_behind(clock: FakeClock) -> None:
    door = hosts(clock)
    began = asyncio.Event()

    async def request() -> None:
        async with door.visit(CIVITAI, "media"):
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(request())
    await began.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert (task.cancelled(), door.snapshot()[0].in_flight) == (True, 0)


async def test_a_burst_of_errors_is_survived(client: Client, server: FaultyServer) -> None:
    error = answers.server_error(503)
    server.on("/api", error, error, answers.too_many(), error, answers.json_reply("good"))

    async def ask(attempt: int) -> str:
        reply: str = await client.get_json(server.url("/api"))
        return f"{reply} at {attempt}"

    assert await with_retries(ask, time_scale=0.001) == "good at 4"


async def test_a_parked_server_is_not_asked(client: Client, server: FaultyServer) -> None:
    server.on("/api", answers.too_many("7200"), answers.json_reply("good"))
    for _ in range(3):
        with pytest.raises(FetchFailed) as caught:
            await client.get_json(server.url("/api"))

    assert (caught.value.reason, len(server.requests)) == ("rate_limited", 1)
    assert client.snapshot()[0].host == f"127.0.0.1:{server.port}"
    assert not client.is_offline
