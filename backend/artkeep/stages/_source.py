"""The picture that a creation was made from (an init image), kept beside what was made of it.

Its address, or its bytes, came along with the work of the creation's first output. That it
cannot be had is no failure of the creation: it is told in the log.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import Kind
from artkeep.errors import BadMedia
from artkeep.logs import get_logger
from artkeep.media.fetch import fetch
from artkeep.media.library import Library, flush_folders, rename_into_place
from artkeep.media.part import Partial, PartWriter
from artkeep.media.sniff import sniff
from artkeep.media.structure import walk
from artkeep.net.retry import FetchFailed, with_retries
from artkeep.sites._adapter import MediaSource
from artkeep.stages._body import Body, Source, has_hash
from artkeep.stages._given import source_of
from artkeep.stages._stage import Item, StageContext
from artkeep.store.places import Intent
from artkeep.store.source_images import SourceFile

log = get_logger(__name__)

_PART = 9  # of the work's parts
_TRIES = 2
_TELL = "source_image"  # of the record that the sidecar gets
_STILLS = frozenset({Kind.IMAGE})


async def fetch_source(item: Item, context: StageContext) -> Source | None:
    """None when nothing came along, or when it cannot be had any more. Raises OSError."""
    told = source_of(item)
    if told is None:
        return None
    part = context.library.part(item.claim.id, item.claim.epoch, _PART)
    part.unlink(missing_ok=True)
    try:
        if "base64" in told:
            return await context.in_thread(_from_text, str(told["base64"]), part)
        return await _fetch(item, told, part, context)
    except (FetchFailed, BadMedia) as error:
        part.unlink(missing_ok=True)
        log.info("source image cannot be had", artwork=item.claim.artwork_id, why=str(error))
        return None


async def _fetch(
    item: Item, told: Mapping[str, Any], part: Path, context: StageContext
) -> Source:
    there = replace(item.stored.artwork, media_url=str(told["url"]))
    sources = context.adapters[there.site].media(there, "hd")
    if not sources:
        raise FetchFailed("request_refused", detail="not one of the service's own hosts")

    async def attempt(number: int) -> Source:
        return await _fetch_once(sources[0], part, context)

    return await with_retries(attempt, max_tries=_TRIES, time_scale=context.time_scale)


async def _fetch_once(source: MediaSource, part: Path, context: StageContext) -> Source:
    writer = PartWriter(part, Partial())
    try:
        await fetch(
            context.client,
            source.url,
            writer,
            headers=source.headers,
            accepts=_STILLS,
            note=lambda so_far: None,
            in_thread=context.in_thread,
        )
        return await context.in_thread(_prove_written, writer)
    except BaseException:
        _drop(writer)
        raise


def _drop(writer: PartWriter) -> None:
    writer.close()  # before it is removed: Windows wants it so
    writer.part.unlink(missing_ok=True)


def _prove_written(writer: PartWriter) -> Source:
    writer.write()
    writer.flush()
    writer.close()
    return _proven(writer.part, writer.partial.hasher.hexdigest())


def _from_text(text: str, part: Path) -> Source:
    """Base64, with or without the beginning of a data URL. Raises BadMedia."""
    try:
        content = base64.b64decode(text.rpartition(",")[2])
    except (binascii.Error, ValueError) as error:
        raise BadMedia("it is no base64") from error
    writer = PartWriter(part, Partial())
    try:
        writer.take(content)
        return _prove_written(writer)
    except BaseException:
        _drop(writer)
        raise


def _proven(part: Path, sha256: str) -> Source:
    with part.open("rb") as file:
        media_type = sniff(file.read(4096))
        size = file.seek(0, os.SEEK_END)
    if media_type is None or media_type.kind not in ("still", "animated"):
        raise BadMedia("it is no picture")
    shape = walk(part, media_type)
    return Source(part, sha256, size, media_type, shape.width, shape.height)


def with_told_source(item: Item, source: Source | None) -> Item:
    """The sidecar tells what it was made from."""
    if source is None:
        return item
    told = {"sha256": source.sha256, "type": source.media_type.mime}
    artwork = replace(item.stored.artwork, raw={**item.stored.artwork.raw, _TELL: told})
    return replace(item, stored=replace(item.stored, artwork=artwork))


def put_source(done: Body, intent: Intent, library: Library) -> SourceFile | None:
    """Give it its name beside the file: `<name>.source.png`. What lies there already and is
    something else is left alone, and the part is dropped."""
    source = done.source
    if source is None:
        return None
    stem = intent.path.rpartition(".")[0]
    path = f"{stem}.source.{source.media_type.extension}"
    final = library.final(path)
    try:
        rename_into_place(source.part, final)
        flush_folders({final.parent})
    except FileExistsError:
        is_same = has_hash(final, source.sha256, source.size)
        source.part.unlink(missing_ok=True)
        if not is_same:
            log.warning("source image has no room", path=path)
            return None
    except FileNotFoundError:  # put there before a crash
        if not has_hash(final, source.sha256, source.size):
            return None
    return SourceFile(
        library.root_id,
        path,
        source.sha256,
        source.size,
        source.media_type.name,
        source.width,
        source.height,
    )


def put_sources(
    placed: Sequence[tuple[Item, Body, Intent]], library: Library
) -> dict[int, SourceFile]:
    """The same for a batch, by work id."""
    found = {item.claim.id: put_source(done, intent, library) for item, done, intent in placed}
    return {work_id: one for work_id, one in found.items() if one is not None}
