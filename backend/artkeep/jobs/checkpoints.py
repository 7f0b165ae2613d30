"""One of several instances copies SQLite's log into the database file, for all (MI-13).

Elected is whoever of the living is registered longest: there is nothing to agree on, and when
it dies the next one is. A log that grows all the same is emptied by anybody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from artkeep.errors import AppError
from artkeep.logs import get_logger
from artkeep.store import checkpoints, instances
from artkeep.store.base import Store

log = get_logger(__name__)

LARGE = 16 << 20  # as SQLite's own would be set, see store/engines.py
WORTH_WHILE = 4 << 20  # at a quiet moment
TOO_LARGE = 48 << 20  # of the 64 MiB that the log may have (RB-12)
_QUIET_S = 5.0
_LOOK_S = 0.25
_LONGEST_REST_S = 4.0


class Checkpoints:
    """What one instance does for the log."""

    def __init__(
        self,
        store: Store,
        owner: Callable[[], str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._owner = owner
        self._clock = clock
        self._size = 0
        self._size_since = clock()
        self._rest_s = 0.0
        self._rests_until = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await asyncio.to_thread(self.look)
            except (AppError, DBAPIError, OSError) as error:
                log.warning("no checkpoint", why=str(error))

    def look(self) -> bool:
        """Empty the log if that is worth it and up to us; whether it was emptied."""
        now, size = self._clock(), checkpoints.log_size(self._store)
        if size != self._size:
            self._size, self._size_since = size, now
        is_quiet = now - self._size_since >= _QUIET_S
        if size < (WORTH_WHILE if is_quiet else LARGE) or now < self._rests_until:
            return False
        if size < TOO_LARGE and not self._is_elected():
            return False
        if checkpoints.empty_log(self._store):
            self._rest_s = 0.0
            return True
        # Somebody reads for long: whoever writes is not to wait for us again and again.
        self._rest_s = min(_LONGEST_REST_S, max(_LOOK_S, self._rest_s * 2))
        self._rests_until = now + self._rest_s
        return False

    def _is_elected(self) -> bool:
        with self._store.reading() as connection:
            return instances.longest_registered(connection) == self._owner()
