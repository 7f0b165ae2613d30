"""Jobs that are one long piece of work in a thread, instead of many small ones on the loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Protocol


class Threaded(Protocol):
    """`run` looks at `is_over` between its steps, and returns soon after it is set."""

    is_over: threading.Event

    def run(self) -> None:
        """The whole of the work."""


async def run_in_thread(work: Threaded) -> None:
    """Until it is done, or this is cancelled: then the step in hand is finished first. Raises
    what `run` raises."""
    running = asyncio.ensure_future(asyncio.to_thread(work.run))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        work.is_over.set()
        while not running.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        running.exception()  # is told to nobody: the job ends for another reason
        raise
