"""What is going on, told to every open page: jobs, finished artworks, status, log lines.

One thread looks while somebody listens, at the database, so that jobs led by other instances
are told like our own, and nothing is told before it is committed (CR-2). It looks five times a
second while jobs run, and every two seconds while none do.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection

from artkeep import __version__
from artkeep.jobs.progress import TargetProgress, targets_progress
from artkeep.logs import get_logger
from artkeep.logs.lines import ForFile
from artkeep.logs.reading import parse_line
from artkeep.store import overview, shelf
from artkeep.store.jobs import JobRow
from artkeep.web.job_json import job_json
from artkeep.web.schemas.artworks import ArtworkCard
from artkeep.web.schemas.common import Reply
from artkeep.web.schemas.events import (
    FinishedMessage,
    Hello,
    InboxMessage,
    JobMessage,
    LogMessage,
    Resync,
    StatusMessage,
)
from artkeep.web.schemas.jobs import Job
from artkeep.web.schemas.settings import LogLine
from artkeep.web.schemas.status import Status

if TYPE_CHECKING:
    from artkeep.web.services import Services

log = get_logger(__name__)

MOST_LISTENERS = 32
MOST_QUEUED = 256  # RB-7
MOST_BYTES = 2**20
_BUSY_S = 0.2
_IDLE_S = 2.0
_LONGEST_S = 0.7  # what is told is never more than a second old
_STATUS_S = 1.0
_SHARE = 4  # looking may take a quarter of the time, counting targets as much again
_OVERLAP = timedelta(seconds=30)  # clocks of instances differ
_MOST_LINES = 50  # log lines a look; the log itself has all
_MOST_FINISHED = 8
_FORMAT = ForFile()


class Listener:
    """One page's queue. `is_lost`: it was too slow, and what it missed is gone."""

    def __init__(self, wakened: threading.Event) -> None:
        self._wakened = wakened
        self.is_lost = False
        self._queue: deque[str] = deque()
        self._size = 0
        self._lock = threading.Lock()

    def put(self, message: str) -> None:
        """Queue a message; never waits."""
        with self._lock:
            if self.is_lost:
                return
            self._size += len(message)
            self._queue.append(message)
            if len(self._queue) > MOST_QUEUED or self._size > MOST_BYTES:
                self._lose()
        self._wakened.set()

    def dismiss(self) -> None:
        """Tell it to come again: the server ends."""
        with self._lock:
            self._lose()
        self._wakened.set()

    def take(self) -> list[str]:
        """Everything queued, in order."""
        with self._lock:
            taken = list(self._queue)
            self._queue.clear()
            self._size = 0
        return taken

    def _lose(self) -> None:
        self.is_lost = True
        self._queue.clear()
        self._queue.append(Resync().model_dump_json())


class Live:
    """The listeners, and the thread that looks for them."""

    def __init__(self, at: Services) -> None:
        self._at = at
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._thread: threading.Thread | None = None
        self._touched = threading.Event()
        self._is_closed = False
        self._lines: deque[logging.LogRecord] = deque(maxlen=_MOST_LINES)

    @property
    def is_full(self) -> bool:
        """Whether another listener would be one too many."""
        return len(self._listeners) >= MOST_LISTENERS

    @contextmanager
    def listening(self, wakened: threading.Event) -> Iterator[Listener]:
        """A queue that gets everything from now on, `hello` first; `wakened` is set each time.

        A listener too many is lost from the beginning.
        """
        listener = Listener(wakened)
        hello = Hello(instance=self._at.engine.owner, version=__version__)
        listener.put(hello.model_dump_json())
        with self._lock:
            if self.is_full or self._is_closed:
                listener.dismiss()
            else:
                self._listeners.add(listener)
            if self._thread is None and self._listeners:
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def touch(self) -> None:
        """Something has just been changed: look at once."""
        self._touched.set()

    def close(self) -> None:
        """Send every listener away."""
        with self._lock:
            self._is_closed = True
            for listener in self._listeners:
                listener.dismiss()
        self.touch()

    def _run(self) -> None:
        look = _Look(self._at)
        handler = _Collector(self._lines, self._touched)
        logging.getLogger("artkeep").addHandler(handler)
        try:
            while self._has_listeners():
                began = time.monotonic()
                try:
                    self._tell(look)
                except Exception:  # a database that is away comes back; the page waits for it
                    log.exception("live view")
                    time.sleep(_IDLE_S)
                spent_s = time.monotonic() - began
                time.sleep(min(max(_BUSY_S, spent_s * _SHARE), _LONGEST_S))
                self._touched.wait(0 if look.is_busy else _IDLE_S - _BUSY_S)
                self._touched.clear()
        finally:
            logging.getLogger("artkeep").removeHandler(handler)

    def _has_listeners(self) -> bool:
        with self._lock:
            if not self._listeners:
                self._thread = None  # the next listener starts another
            return bool(self._listeners)

    def _tell(self, look: _Look) -> None:
        messages: list[Reply] = list(look.messages())
        while self._lines:
            line = _line(self._lines.popleft())
            messages += [LogMessage(line=line)] if line else []
        if not messages:
            return
        texts = [message.model_dump_json() for message in messages]
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            for text in texts:
                listener.put(text)


class _Look:
    """Compares what is with what was told before."""

    def __init__(self, at: Services) -> None:
        self.is_busy = False
        self._at = at
        self._told: dict[int, tuple[Any, Job]] = {}
        self._targets: dict[int, tuple[float, tuple[TargetProgress, ...]]] = {}
        self._newest_file: int | None = None
        self._status: Status | None = None
        self._status_due = 0.0
        self._inbox = at.extensions.version

    def messages(self) -> Iterator[Reply]:
        """What has changed since the last look; at the first look nothing has."""
        with self._at.store.reading() as connection:
            rows = overview.moving_jobs(connection, datetime.now(UTC) - _OVERLAP)
            self.is_busy = any(map(_may_progress, rows))
            newest = overview.newest_file(connection)
            for row in rows:
                if self._newest_file is not None and newest > self._newest_file:
                    yield from self._finished(connection, row.id, self._newest_file)
                yield from self._job(connection, row)
            self._newest_file = newest
        self._forget_all_but({row.id for row in rows})
        yield from self._changed_inbox()
        if time.monotonic() >= self._status_due:
            self._status_due = time.monotonic() + _STATUS_S
            yield from self._changed_status()

    def _job(self, connection: Connection, row: JobRow) -> Iterator[Reply]:
        steering = (row.state, row.wanted_state, row.owner, row.epoch, row.ended_at)
        before = self._told.get(row.id)
        if before is not None and before[0] == steering and not _may_progress(row):
            return
        targets = self._targets_of(connection, row)
        job = job_json(connection, row, self._at, targets=targets)
        self._told[row.id] = (steering, job)
        if before is None or before[1] != job:
            yield JobMessage(job=job)

    def _finished(self, connection: Connection, job_id: int, after: int) -> Iterator[Reply]:
        ids = overview.finished_since(connection, job_id, after, _MOST_FINISHED)
        cards = [ArtworkCard.model_validate(card) for card in shelf.cards(connection, ids)]
        if cards:
            yield FinishedMessage(job_id=job_id, artworks=cards)

    def _targets_of(self, connection: Connection, row: JobRow) -> tuple[TargetProgress, ...]:
        due, targets = self._targets.get(row.id, (0.0, ()))
        if not _may_progress(row) or time.monotonic() >= due:
            began = time.monotonic()
            targets = targets_progress(connection, row.id)
            spent_s = time.monotonic() - began
            self._targets[row.id] = (time.monotonic() + spent_s * _SHARE, targets)
        return targets

    def _forget_all_but(self, ids: set[int]) -> None:
        for known in (self._told, self._targets):
            for job_id in [one for one in known if one not in ids]:
                del known[job_id]

    def _changed_inbox(self) -> Iterator[Reply]:
        if (version := self._at.extensions.version) != self._inbox:
            self._inbox = version
            yield InboxMessage(inbox=self._at.extensions.as_json())

    def _changed_status(self) -> Iterator[Reply]:
        status = self._at.board.read()
        before, self._status = self._status, status
        timeless = status.model_copy(update={"server_time": ""})
        if before is None or before.model_copy(update={"server_time": ""}) != timeless:
            yield StatusMessage(status=status)


def _may_progress(row: JobRow) -> bool:
    """Whether somebody works on it or is about to; paused jobs still finish what ran."""
    return row.state in ("running", "queued") or row.owner is not None


def _line(record: logging.LogRecord) -> LogLine | None:
    """A record as `/api/logs` will show it; secrets are taken out on the way (SE-25)."""
    line = parse_line(_FORMAT.format(record).encode("utf-8", "backslashreplace"))
    if line is None:
        return None
    return LogLine(
        id=line.id,
        at=line.time,
        level=cast(Any, line.level),
        event=line.event,
        job=line.job,
        fields=line.fields,
    )


class _Collector(logging.Handler):
    """Keeps the newest records until the next look."""

    def __init__(self, lines: deque[logging.LogRecord], touched: threading.Event) -> None:
        super().__init__()
        self._lines = lines
        self._touched = touched

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record)
        self._touched.set()
