"""How everything is, counted once a second for however many ask."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from artkeep import __version__
from artkeep.net.limiter import HostStatus
from artkeep.store import instances, overview
from artkeep.web.rates import Rates
from artkeep.web.schemas.status import HostSpeed, InstanceStatus, Status

if TYPE_CHECKING:
    from artkeep.web.services import Services

_AGE_S = 1.0
_SHARE = 10  # counting whole tables may take a tenth of the time at most


class StatusBoard:
    """One of those who ask counts; the others get what was counted before and never wait."""

    def __init__(self, at: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._at = at
        self._clock = clock
        self._lock = threading.Lock()
        self._latest: tuple[Status, bytes] | None = None
        self._due = 0.0
        self._totals = overview.Totals(0, 0, 0)
        self._totals_due = 0.0
        self._rates = Rates()

    def encoded(self) -> bytes:
        """The status as JSON."""
        return self._newest()[1]

    def read(self) -> Status:
        """The status."""
        return self._newest()[0]

    def forget(self) -> None:
        """Something has changed that the next one who asks must be told."""
        with self._lock:
            self._latest = None

    def _newest(self) -> tuple[Status, bytes]:
        latest = self._latest
        if latest is not None and (self._clock() < self._due or self._lock.locked()):
            return latest
        with self._lock:
            if self._latest is None or self._clock() >= self._due:
                status = self._count()
                self._latest = (status, status.model_dump_json().encode())
                self._due = self._clock() + _AGE_S
            return self._latest

    def _count(self) -> Status:
        at, now = self._at, datetime.now(UTC)
        with at.store.reading() as connection:
            began = self._clock()
            if began >= self._totals_due:
                self._totals = overview.totals(connection)
                spent_s = self._clock() - began
                self._totals_due = self._clock() + spent_s * _SHARE
            counts = overview.job_counts(connection, _midnight())
            living = instances.living(connection)
            _, bytes_per_s = self._rates.note(0, 0, overview.bytes_fetched(connection))
        owner = at.engine.owner
        hosts = at.engine.client.snapshot()
        return Status(
            version=__version__,
            is_demo=at.is_demo,
            is_first_start=not (at.settings.ui.welcomed or at.is_demo),
            is_online=not at.engine.client.is_offline,
            port=at.port,
            instance=owner,
            instances=[
                InstanceStatus(
                    id=row.id,
                    host_name=row.host_name,
                    pid=row.pid,
                    port=row.port,
                    version=row.version,
                    is_this=row.id == owner,
                    started_at=row.started_at.isoformat() if row.started_at else "",
                )
                for row in living
            ],
            data_dir=str(at.settings.data_dir),
            library=str(at.settings.library),
            library_free_bytes=_free_bytes(at.settings.library),
            database="SQLite" if at.store.is_sqlite else "PostgreSQL",
            artworks=self._totals.artworks,
            downloaded=self._totals.downloaded,
            bytes=self._totals.bytes,
            jobs_active=counts.active,
            jobs_queued=counts.queued,
            jobs_failed=counts.failed,
            jobs_done_today=counts.completed,
            bytes_per_s=round(bytes_per_s, 1),
            hosts=[_speed(host, now) for host in hosts if host.api_rate is not None],
            server_time=now.isoformat(),
        )


def _speed(host: HostStatus, now: datetime) -> HostSpeed:
    until = (now + timedelta(seconds=host.parked_s)).replace(microsecond=0)
    return HostSpeed(
        host=host.host,
        requests_per_s=round(host.api_rate or 0, 2),
        most_requests_per_s=host.normal_api_rate or 0,
        throttles_last_hour=host.throttles,
        waits_until=until.isoformat() if host.parked_s else None,
    )


def _midnight() -> datetime:
    """When today began where the user is."""
    return datetime.now(UTC).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:  # its disk is not there
        return None
