"""Trying a key at its site, for somebody who waits in front of the page."""

from __future__ import annotations

import asyncio

from artkeep.errors import RetryLater
from artkeep.net.client import Client
from artkeep.net.retry import longest_wait_s, with_retries
from artkeep.sites._adapter import KeyReport, SiteAdapter

PATIENCE_S = 20.0
_TRIES = 2
_CAP_S = 2.0


async def try_key(
    client: Client, adapter: SiteAdapter, *, time_scale: float = 1.0
) -> KeyReport:
    """Raises AuthRequired when it is refused; RetryLater, FetchFailed when nobody knows."""
    longest_wait_s.set(PATIENCE_S)
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await with_retries(
                lambda _: adapter.check_key(client),
                max_tries=_TRIES,
                cap_s=_CAP_S,
                time_scale=time_scale,
            )
    except TimeoutError:
        raise RetryLater(
            f"{adapter.name.capitalize()} did not answer in time.",
            after_s=5,
            code="site_slow",
            advice="Try again.",
        ) from None
