"""A backup of the tracking database every day, while the program runs (MI-15)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from artkeep.errors import DatabaseError
from artkeep.logs import get_logger
from artkeep.store.base import Store
from artkeep.store.upgrade import back_up, newest_backup

log = get_logger(__name__)

_DAY_S = 86_400.0
_FIRST_LOOK_S = 120.0  # a short run has better things to do
_LOOK_S = 3600.0


async def back_up_daily(store: Store, folder: Path) -> None:
    """Until cancelled. A backup that cannot be made is logged and tried again an hour later."""
    await asyncio.sleep(_FIRST_LOOK_S)
    while True:
        await asyncio.to_thread(back_up_if_due, store, folder)
        await asyncio.sleep(_LOOK_S)


def back_up_if_due(store: Store, folder: Path, now: Callable[[], float] = time.time) -> bool:
    """Make one unless the newest is younger than a day; whether one was made."""
    newest = newest_backup(folder)
    if newest is not None and 0 <= now() - newest.stat().st_mtime < _DAY_S:
        return False
    try:
        back_up(store, folder, label="daily")
    except DatabaseError as error:
        log.warning("no daily backup", why=str(error))
        return False
    return True
