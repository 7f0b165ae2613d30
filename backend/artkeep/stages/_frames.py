"""How the pictures of an ugoira are shown: asked for before its archive is fetched, so that
nobody has an archive without it, and kept with the archive's file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from artkeep.domain.artwork import Kind
from artkeep.domain.ugoira import saved_frames
from artkeep.net.retry import FetchFailed, with_retries
from artkeep.stages._body import Body
from artkeep.stages._retry import give_up
from artkeep.stages._stage import Item, StageContext

FRAMES = "ugoira_frames"  # of the record that the sidecar gets
_NOT_TOLD = frozenset({"not_found", "gone", "not_permitted"})


async def with_frames(item: Item, context: StageContext) -> Item:
    """The same with the frames of an ugoira in its record; without them where the site does not
    tell: pictures in no order are still pictures. Raises ItemError, RetryLater."""
    artwork = item.stored.artwork
    adapter = context.adapters.get(artwork.site)
    if artwork.kind is not Kind.UGOIRA or adapter is None:
        return item
    try:
        frames = await with_retries(
            lambda attempt: adapter.frames(context.client, artwork),
            time_scale=context.time_scale,
        )
    except FetchFailed as error:
        if error.reason not in _NOT_TOLD:
            raise give_up(error, item.claim, context.time_scale) from error
        return item
    if not frames:
        return item
    told = replace(artwork, raw={**artwork.raw, FRAMES: saved_frames(frames)})
    return replace(item, stored=replace(item.stored, artwork=told))


def with_told_frames(done: Body, item: Item) -> Body:
    """The archive with them, for its row."""
    frames: list[dict[str, Any]] | None = item.stored.artwork.raw.get(FRAMES)
    return replace(done, frames=frames) if frames else done
