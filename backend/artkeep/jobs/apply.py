"""Going on with other settings while the program runs.

Settings are frozen: whoever began with the old ones ends with them, whoever begins gets the new
ones from the context. Only the library needs more: a download must not begin in one folder and
end in another, so nothing may run while it changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from artkeep.domain.rating import parse_rating
from artkeep.errors import Conflict
from artkeep.jobs.house import House
from artkeep.jobs.tidy import clear_left_overs, open_library
from artkeep.settings import Settings
from artkeep.sites._registry import adapters
from artkeep.stages._stage import StageContext


async def apply_settings(
    context: StageContext, house: House, settings: Settings, has_jobs: Callable[[], bool]
) -> None:
    """Raises Conflict while a job uses the library that is to change, or what opening the new
    one raises; nothing has changed then."""
    if settings.library != context.library.path:
        await _change_library(context, house, settings.library, has_jobs)
    context.adapters = adapters(settings)
    context.client.apply(settings.net)
    context.safe_ratings = frozenset(map(parse_rating, settings.safe_ratings))
    context.settings = settings


async def _change_library(
    context: StageContext, house: House, path: Path, has_jobs: Callable[[], bool]
) -> None:
    _require_none(has_jobs)
    library = await asyncio.to_thread(open_library, context.store, path)
    await asyncio.to_thread(clear_left_overs, context.store, library)
    try:
        await house.rest()
        _require_none(has_jobs)  # one may have begun meanwhile
        context.library = library
    finally:
        house.go_on()


def _require_none(has_jobs: Callable[[], bool]) -> None:
    if has_jobs():
        raise Conflict(
            "The library folder cannot change while a job runs or is paused.",
            code="jobs_running",
            advice="Stop it first; it can be resumed afterwards.",
        )
