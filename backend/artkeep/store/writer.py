"""The one thread of a process that writes to the database.

What arrives while a transaction runs is put into the next one together: a thousand small
changes cost a few dozen commits. See docs/decisions/003-group-commit.md. What locks rows that
other instances wait for goes alone, so that they wait for nothing else.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Change = Callable[[Connection], Any]
_Item = tuple[Change, Future[Any], bool]  # the last: in a transaction of its own

_MOST_TOGETHER = 64


class Transact(Protocol):
    """Runs a change in one write transaction, again while the database is busy."""

    def __call__(self, change: Callable[[Connection], T], /) -> T: ...


class Writer:
    """Runs changes in the order they were submitted; a future is done after its commit."""

    def __init__(self, transact: Transact) -> None:
        self._transact = transact
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._next: _Item | None = None  # taken from the queue, to go alone
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def submit(self, change: Callable[[Connection], T], *, is_alone: bool = False) -> Future[T]:
        """Queue a change. It may be run twice, when a neighbour in its transaction fails."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="store-write", daemon=True
                )
                self._thread.start()
        future: Future[T] = Future()
        self._queue.put((change, future, is_alone))
        return future

    def close(self) -> None:
        """Finish everything submitted so far, then end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _run(self) -> None:
        while (batch := self._take()) is not None:
            if not self._run_together(batch):
                for change, future, _ in batch:
                    self._run_alone(change, future)

    def _take(self) -> list[_Item] | None:
        first, self._next = self._next or self._queue.get(), None
        if first is None:
            return None
        batch = [first]
        while len(batch) < _MOST_TOGETHER and not first[2]:
            try:
                another = self._queue.get_nowait()
            except queue.Empty:
                break
            if another is None:
                self._queue.put(None)  # closing: seen again after this batch
                break
            if another[2]:
                self._next = another
                break
            batch.append(another)
        return batch

    def _run_together(self, batch: list[_Item]) -> bool:
        try:
            results = self._transact(
                lambda connection: [change(connection) for change, *_ in batch]
            )
        except BaseException as error:
            if len(batch) == 1:
                _fail(batch[0][1], error)
                return True
            return False  # rolled back whole; each one again by itself, to find the culprit
        for (_, future, _), result in zip(batch, results, strict=True):
            _finish(future, result)
        return True

    def _run_alone(self, change: Change, future: Future[Any]) -> None:
        try:
            result = self._transact(change)
        except BaseException as error:
            _fail(future, error)
        else:
            _finish(future, result)


def _finish(future: Future[Any], result: Any) -> None:
    # A cancelled waiter does not undo what is committed.
    if future.set_running_or_notify_cancel():
        future.set_result(result)


def _fail(future: Future[Any], error: BaseException) -> None:
    if future.set_running_or_notify_cancel():
        future.set_exception(error)
