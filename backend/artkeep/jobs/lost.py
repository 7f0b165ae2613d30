"""Files that do not lie where they were left."""

from __future__ import annotations

from collections.abc import Sequence

from artkeep.media.library import Library, explain
from artkeep.media.presence import presence
from artkeep.stages._stage import StageContext
from artkeep.store.files import FilePlace


async def look_for_lost(context: StageContext, lying: Sequence[FilePlace]) -> dict[int, str]:
    """The same as `find_lost`, off the loop. Raises RootOffline, FileProblem."""
    if not lying:
        return {}
    library = context.library
    await context.in_thread(library.require)
    try:
        return await context.in_thread(find_lost, library, lying)
    except OSError as error:
        raise explain(error, library.path) from error


def poor_of(lying: Sequence[FilePlace], quality: str) -> set[int]:
    """Artworks whose file is of a lower quality than is wanted."""
    return (
        {one.artwork_id for one in lying if one.quality == "sd"} if quality == "hd" else set()
    )


def find_lost(library: Library, lying: Sequence[FilePlace]) -> dict[int, str]:
    """Which files are not as they were left: file id -> missing, damaged or changed.

    Damaged bytes make room at once, for the fresh copy; what was not written down of it by a
    kill is missing the next time, and fetched then.
    """
    lost: dict[int, str] = {}
    for place in lying:
        if place.root_id != library.root_id:
            continue  # of another library folder, which may be elsewhere: no verdict (DF-8)
        state = presence(library.final(place.path), place.size, place.format)
        if state == "damaged":
            library.set_aside(place.path, place.file_id)
        if state is not None:
            lost[place.file_id] = state
    return lost
