"""The still that a site shows of a video: our thumbnail of it, since we decode no videos."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from artkeep.errors import BadMedia, FileProblem
from artkeep.logs import get_logger
from artkeep.media.examine import Examined
from artkeep.media.preview_cache import PreviewCache, bring
from artkeep.net.retry import FetchFailed, longest_wait_s
from artkeep.sites._adapter import MediaSource
from artkeep.stages._stage import Item, StageContext

log = get_logger(__name__)

_PATIENCE_S = 20.0


async def with_poster(
    item: Item, video: Examined, thumbnail: Path, context: StageContext
) -> Examined:
    """The same with thumbnail, blurhash and perceptual hash of its still, if the site has one.

    One request, shared with the preview; without an answer the video has no thumbnail.
    """
    artwork = item.stored.artwork
    adapter = context.adapters.get(artwork.site)  # what was taken over may be of any site
    sources = adapter.preview(artwork).still if adapter is not None else ()
    if not sources:
        return video
    cache = context.previews
    key = sources[0].url  # as the preview has it
    try:
        found = await context.in_thread(cache.find, key)
        if found is None:
            await _bring(sources[0], cache, context)
            found = await context.in_thread(cache.find, key)
        if found is None:
            return video
        still = await context.decoders.examine(found[0], found[1].name, thumbnail)
    except (FetchFailed, FileProblem, BadMedia, TimeoutError) as error:
        log.info("no still", artwork=f"{artwork.site}:{artwork.site_id}", why=str(error))
        return video
    return replace(
        video,
        blurhash=still.blurhash,
        perceptual_hash=still.perceptual_hash,
        has_thumbnail=True,
    )


async def _bring(source: MediaSource, cache: PreviewCache, context: StageContext) -> None:
    before = longest_wait_s.set(_PATIENCE_S)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await bring(
                context.client,
                source.url,
                cache,
                source.url,
                headers=source.headers,
                is_video=False,
            )
    finally:
        longest_wait_s.reset(before)
