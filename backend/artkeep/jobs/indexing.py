"""Keeping the library's index and counts up while nobody asks, step by step.

Old libraries are indexed like this after an upgrade; searches look through what is left without
the index.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from artkeep.errors import AppError
from artkeep.logs import get_logger
from artkeep.store import counts, words
from artkeep.store.base import Store

log = get_logger(__name__)

_LOOK_S = 2.0
_A_FEW = 100
_BREATH_S = 0.05  # others write, too
_AFTER_TROUBLE_S = 30.0


async def keep_indexing(store: Store, is_busy: Callable[[], bool]) -> None:
    """For as long as the program runs. While jobs run (`is_busy`), only a little now and then:
    they have the database and the processor."""
    while True:
        try:
            if not await store.read(words.is_due):
                await store.write(counts.tidy)
                await asyncio.sleep(_LOOK_S)
            elif is_busy():
                await store.write_alone(words.index_some, _A_FEW)
                await asyncio.sleep(_LOOK_S)
            elif await store.write_alone(words.index_some):
                await asyncio.sleep(_BREATH_S)
            else:  # another instance is at it
                await asyncio.sleep(_LOOK_S)
        except AppError as error:  # a full disk, a database that is away
            log.warning("words not indexed", why=str(error))
            await asyncio.sleep(_AFTER_TROUBLE_S)
