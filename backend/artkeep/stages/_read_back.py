"""What files say about their making, taken into the database where it knows no prompt.

Part of writing into files, when it is asked for: what was read is known first, and then goes
everywhere else, as what a site tells does.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from artkeep.domain.artwork import Artwork, StageName
from artkeep.domain.generated import Generation
from artkeep.domain.generation import read_generation
from artkeep.domain.read_back import with_reading
from artkeep.errors import AppError
from artkeep.logs import get_logger
from artkeep.media.embedded import read_embedded
from artkeep.media.library import Library, leads_elsewhere
from artkeep.media.replace import note_in_sidecar
from artkeep.stages._stage import Item, StageContext
from artkeep.store import embedded
from artkeep.store.embedded import WholeFile

log = get_logger(__name__)

FROM_FILES = "from_files"  # of the stage's part of the work's spec


async def read_back(item: Item, files: Sequence[WholeFile], context: StageContext) -> Item:
    """The item with what the first of its files says that says something; originals go first.
    Unchanged when that was not asked for, or there is nothing to learn."""
    told = (item.claim.spec.get("stages") or {}).get(StageName.EMBED) or {}
    artwork = item.stored.artwork
    if not told.get(FROM_FILES) or artwork.prompt or artwork.negative_prompt:
        return item
    for file in sorted(files, key=lambda one: (one.role != "original", one.id)):
        found = await context.in_thread(_read, context.library, file.path)
        known = with_reading(artwork, found) if found is not None else None
        if known is None:
            continue
        held = await context.store.write(
            embedded.note_making, context.owner, item.claim, _columns(known)
        )
        if not held:
            return item
        await context.in_thread(_tell_sidecars, known, files, context.library)
        return replace(item, stored=replace(item.stored, artwork=known))
    return item


def _read(library: Library, path: str) -> Generation | None:
    final = library.final(path)
    if leads_elsewhere(library.path, final):
        return None
    try:
        return read_generation(read_embedded(Path(final)))
    except (AppError, OSError) as error:
        log.info("a file cannot be read back", path=path, why=str(error))
        return None


def _columns(artwork: Artwork) -> dict[str, object]:
    names = ("prompt", "negative_prompt", "seed", "model", "generation")
    return {name: getattr(artwork, name) for name in names}


def _tell_sidecars(artwork: Artwork, files: Sequence[WholeFile], library: Library) -> None:
    for file in files:
        with suppress(OSError):  # it can be written again from the database
            note_in_sidecar(library, file.path, {}, artwork)
