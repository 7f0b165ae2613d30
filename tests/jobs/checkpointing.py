"""A process that writes without end, and empties the log when it is up to it."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from sqlalchemy import text

from artkeep.jobs import checkpoints as module
from artkeep.jobs.checkpoints import Checkpoints
from artkeep.jobs.heartbeat import Heartbeat
from artkeep.jobs.process import this_process
from artkeep.store import checkpoints, instances
from artkeep.store.base import Store

LARGE = 256 << 10
FILLER = text("INSERT OR REPLACE INTO filler VALUES (:number, zeroblob(20000), :turn)")


class Member:
    """One of several instances, seen from outside."""

    def __init__(self, process: BaseProcess, line: Connection) -> None:
        self.process = process
        self._line = line
        self.emptied = 0
        self.largest = 0  # log that it saw since it emptied it before, in bytes
        self.turns = 0

    def hear(self) -> bool:
        """Wait until it has emptied the log once more; False when it is gone."""
        try:
            self.emptied, self.largest, self.turns = self._line.recv()
        except (EOFError, ConnectionResetError):
            return False
        return True

    def stop(self) -> None:
        """Ask it to end."""
        self._line.send("stop")

    def finish(self) -> None:
        """Hear what it says to the end."""
        while self.hear():
            pass
        self.process.join()


@contextmanager
def members(url: str, count: int) -> Iterator[list[Member]]:
    """So many processes, registered one after the other."""
    context = multiprocessing.get_context("spawn")
    made: list[Member] = []
    try:
        for number in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_run, args=(url, number, theirs))
            process.start()
            theirs.close()
            made.append(Member(process, ours))
            assert made[-1].hear()  # registered
        yield made
    finally:
        for member in made:
            member.process.kill()
            member.process.join()


def _run(url: str, number: int, line: Connection) -> None:
    module.LARGE = LARGE
    store = Store(url)
    me = this_process()
    store.transact(lambda connection: instances.register(connection, me))
    checkpoints.stop_automatic(store)
    ours = Checkpoints(store, lambda: me.id)
    heartbeat = Heartbeat(store, me.id, time_scale=1)
    emptied = largest = 0
    line.send((0, 0, 0))
    for turn in itertools.count(1):
        values = {"number": number, "turn": turn}
        store.transact(lambda connection, of=values: connection.execute(FILLER, of))
        largest = max(largest, checkpoints.log_size(store))
        is_over = line.poll()
        if ours.look() or is_over:
            emptied += not is_over
            line.send((emptied, largest, turn))
            largest = 0
        if is_over:
            break
        if turn % 50 == 0:
            asyncio.run(heartbeat.look_around())
    store.close()
