"""What the tests of the network layer share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.fake_clock import FakeClock
from tests.faulty import FaultyServer

from artkeep.net.client import Client, HostPolicy, Timeouts
from artkeep.settings import Net

# For the tests switch: loopback allowed, no politeness, back-off in thousandths.
TEST_NET = Net(allow_private=True, unlimited=True, time_scale=0.001)
SHORT = Timeouts(resolve_s=0.2, connect_s=0.5, idle_s=0.15, rate_window_s=0.1)


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    """A server to be taught bad manners."""
    async with FaultyServer() as running:
        yield running


@pytest.fixture
async def other_server() -> AsyncIterator[FaultyServer]:
    """Another host."""
    async with FaultyServer() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client for loopback servers, with short time limits."""
    async with Client(TEST_NET, [HostPolicy()], version="1.2.3", timeouts=SHORT) as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    """Time that passes only by sleeping."""
    return FakeClock()
