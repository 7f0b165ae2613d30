"""Threads for file work that take what is waiting in one go.

A hop into a thread and back costs more than hashing a picture. While the threads are busy, jobs
gather; each thread takes several, and tells the loop about all of them at once.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

R = TypeVar("R")

_MOST_TOGETHER = 12


@dataclass(slots=True)
class _Job:
    function: Callable[..., Any]
    args: tuple[Any, ...]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class FileThreads:
    """Runs blocking file work beside one event loop."""

    def __init__(self, count: int) -> None:
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._threads = [
            threading.Thread(target=self._work, name=f"files-{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, function: Callable[..., R], *args: Any) -> R:
        """Run `function` in a thread; when cancelled, only after it has ended."""
        job = _Job(function, args, self._loop.create_future())
        self._queue.put(job)
        try:
            result: R = await asyncio.shield(job.future)
        except asyncio.CancelledError:
            await asyncio.wait([job.future])
            if not job.future.cancelled():
                job.future.exception()  # looked at: nobody else will
            raise
        return result

    def close(self) -> None:
        """Finish what is waiting, then end."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (batch := self._take()) is not None:
            for job in batch:
                try:
                    job.result = job.function(*job.args)
                except BaseException as error:
                    job.error = error
            self._loop.call_soon_threadsafe(_deliver, batch)

    def _take(self) -> list[_Job] | None:
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        # Leave something for the other threads: they work at the same time.
        most = min(_MOST_TOGETHER, 1 + self._queue.qsize() // len(self._threads))
        while len(batch) < most:
            try:
                another = self._queue.get_nowait()
            except queue.Empty:
                break
            if another is None:
                self._queue.put(None)
                break
            batch.append(another)
        return batch


def _deliver(batch: list[_Job]) -> None:
    for job in batch:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
