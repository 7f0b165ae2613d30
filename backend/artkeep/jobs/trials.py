"""Trying a conversion on a few files: everything but putting the result into the library."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from artkeep.errors import AppError, SkipItem
from artkeep.media.convert import Converted
from artkeep.media.embedded import read_embedded
from artkeep.media.library import leads_elsewhere
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.stages._conversion import Conversion
from artkeep.stages._knowledge import knowledge_of, speaks_for_itself
from artkeep.stages._stage import StageContext
from artkeep.store import conversions, stored
from artkeep.store.conversions import Source
from artkeep.store.stored import StoredArtwork


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one file. `made` lies at `path` until the next trial."""

    artwork_id: int
    source: Source | None
    outcome: Literal["done", "skipped", "failed"]
    reason: str = ""
    detail: str = ""
    made: Converted | None = None
    path: Path | None = None


def trials_folder(data_dir: Path) -> Path:
    """Where tried files lie."""
    return data_dir / "cache" / "trials"


def clear_trials(data_dir: Path) -> None:
    """Remove what was tried before."""
    folder = trials_folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for found in folder.iterdir():
        found.unlink(missing_ok=True)


async def try_conversions(
    context: StageContext, artwork_ids: Sequence[int], to: Conversion, *, keep: bool
) -> AsyncIterator[Trial]:
    """Convert these artworks' originals, one after the other. With `keep` the results stay to
    be looked at, until `clear_trials`."""
    library = context.library
    found = await context.store.read(conversions.sources, artwork_ids, library.root_id)
    known = await context.store.read(stored.load, artwork_ids)
    for artwork_id in artwork_ids:
        source = found.get(artwork_id)
        if source is None or artwork_id not in known:
            yield Trial(artwork_id, None, "skipped", "no_file", "There is no original.")
            continue
        if not to.may_take_place_of(source):
            yield Trial(artwork_id, source, "skipped", "not_fetched", "It was not downloaded.")
            continue
        yield await _try_one(context, known[artwork_id], source, to, keep=keep)


async def _try_one(
    context: StageContext, one: StoredArtwork, source: Source, to: Conversion, *, keep: bool
) -> Trial:
    library = context.library
    final = library.final(source.path)
    extension = MEDIA_TYPES[to.plan.format].extension
    part = trials_folder(context.settings.data_dir) / f"{uuid.uuid4().hex}.{extension}"
    if await context.in_thread(leads_elsewhere, library.path, final):
        return Trial(one.id, source, "failed", "link_in_library", "It lies behind a link.")
    try:
        knowledge = knowledge_of(one.artwork)
        embedded = await context.in_thread(read_embedded, final)
        if speaks_for_itself(embedded):
            knowledge = replace(knowledge, infotext=None)
        made = await context.converters.convert(final, source.format, part, to.plan, knowledge)
    except SkipItem as error:
        return Trial(one.id, source, "skipped", error.code, error.message)
    except AppError as error:
        return Trial(one.id, source, "failed", error.code, error.message)
    except OSError as error:
        return Trial(one.id, source, "failed", "file_missing", error.strerror or str(error))
    if not keep:
        with contextlib.suppress(OSError):
            part.unlink()
    return Trial(one.id, source, "done", made=made, path=part if keep else None)
