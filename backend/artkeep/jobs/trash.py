"""Deleting artworks and bringing them back, with their files (SE-22: never by looking).

Deleting: the row first, flushed; the file after. Bringing back: the file first, the row after.
A death between the two steps of either leaves a file that is trashed and still lies in its
place: `mend` puts it into the trash at the next start (CR-16), as `check --repair` does.

A file moves only while its row is held, so that two instances never move it to and fro.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from artkeep.domain.query import Query
from artkeep.errors import AppError, ItemError
from artkeep.logs import get_logger
from artkeep.media.library import Library, read_marker
from artkeep.media.trash import Bin
from artkeep.stages._stage import StageContext
from artkeep.stages._trash import by_library, move_away
from artkeep.stages.examine import thumb_path
from artkeep.store import removal, search
from artkeep.store.base import Store
from artkeep.store.removal import Trashed

log = get_logger(__name__)

T = TypeVar("T")

_AT_ONCE = 200  # artworks; other writers of the database wait meanwhile
_PAGE = 1000
_EMPTY_EVERY_S = 600.0


@dataclass(slots=True)
class Removal:
    """What a removal did. `left` files could not be moved; the next start tries again."""

    removed: int = 0
    busy: int = 0
    files: int = 0
    left: int = 0
    batches: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Return:
    """What a restore did. `lost` came back without the files that they had."""

    restored: int = 0
    files: int = 0
    stuck: int = 0  # files whose disk is away, or whose name something else has taken
    lost: list[int] = field(default_factory=list)


def matching(store: Store, query: Query) -> Iterator[int]:
    """The ids of the artworks that a query means, page by page."""
    after: int | None = None
    while True:
        with store.reading() as connection:
            statement = search.select_ids(query, after_id=after, limit=_PAGE)
            ids = connection.scalars(statement).all()
        yield from ids
        if len(ids) < _PAGE:
            return
        after = ids[-1]


def remove(store: Store, library: Library, artwork_ids: Iterable[int]) -> Removal:
    """Delete artworks and remember that. Raises RootOffline; nothing has changed then."""
    library.require()
    done = Removal()
    for some in _batches(artwork_ids):
        change = partial(removal.remove, artwork_ids=some)
        removed = store.transact(change, is_flushed=True)
        done.removed += removed.artworks
        done.busy += removed.busy
        if removed.batch_id is not None:
            done.batches.append(removed.batch_id)
        moved = move_away(store, library, removed.places)
        done.files += moved
        done.left += len(removed.places) - moved
    return done


def restore(store: Store, library: Library, artwork_ids: Iterable[int]) -> Return:
    """Bring removed artworks back, with their files where the trash still has them.

    Raises RootOffline; nothing has changed then.
    """
    library.require()
    done = Return()
    for some in _batches(artwork_ids):
        with store.reading() as connection:
            places = removal.trashed_of(connection, some)
        there, stuck = take_out(library, places)
        change = partial(removal.restore, artwork_ids=some, there=there, stuck=stuck)
        restored = store.transact(change, is_flushed=True)
        take_out(library, places)  # another instance that started just now may have mended it
        done.restored += restored.artworks
        done.files += len(there)
        done.stuck += len(stuck)
        done.lost += restored.lost
    return done


def take_out(library: Library, places: Sequence[Trashed]) -> tuple[list[int], list[int]]:
    """Places whose files lie there now, and places that cannot be filled at present."""
    there: list[int] = []
    stuck = {place.place_id for place in places}
    for bin_, some in by_library(library, places):
        for place in some:
            entry = bin_.entry(place.place_id, place.path, place.sha256)
            try:
                if bin_.take_out(entry, place.path):
                    there.append(place.place_id)
                stuck.discard(place.place_id)
            except (OSError, ItemError) as error:
                log.warning("not taken out of the trash", path=place.path, why=str(error))
        bin_.flush(*(place.path for place in some))
    return there, sorted(stuck)


def left_lying(store: Store, library: Library) -> list[Trashed]:
    """Files of the trash that still lie in their places."""
    bin_ = Bin(library)
    names = bin_.names()
    found: list[Trashed] = []
    after = 0
    while True:
        with store.reading() as connection:
            page = removal.trashed_after(connection, library.root_id, after, _PAGE)
        for place in page:
            entry = bin_.entry(place.place_id, place.path, place.sha256)
            if entry.name not in names and library.final(place.path).is_file():
                found.append(place)
        if len(page) < _PAGE:
            return found
        after = page[-1].place_id


def mend(store: Store, library: Library) -> int:
    """Finish what a death left half-done. Running it twice changes nothing more."""
    return sum(move_away(store, library, some) for some in _batches(left_lying(store, library)))


def empty(store: Store, library: Library, thumbs: Path, days: int) -> int:
    """Delete for good what has been in the trash for so many days; how many files.

    The rows first, flushed; the files after. What a death leaves goes the next time.
    """
    if read_marker(library.path) != library.marker:
        return 0
    before = datetime.now(UTC) - timedelta(days=days)
    bin_ = Bin(library)
    amount = 0
    while True:
        change = partial(
            removal.forget_files, root_id=library.root_id, before=before, limit=_AT_ONCE
        )
        gone = store.transact(change, is_flushed=True)
        for place in gone.places:
            with contextlib.suppress(OSError):
                bin_.drop(bin_.entry(place.place_id, place.path, place.sha256))
        for artwork_id in gone.artworks:
            with contextlib.suppress(OSError):
                thumb_path(thumbs, artwork_id).unlink(missing_ok=True)
        amount += len(gone.places)
        if not gone.places and not gone.artworks:
            break
    _drop_strays(store, bin_, days)
    return amount


async def keep_emptying(context: StageContext) -> None:
    """For as long as the program runs."""
    while True:
        empty_it = partial(
            empty,
            context.store,
            context.library,
            context.thumbs,
            context.settings.disk.trash_days,
        )
        try:
            await asyncio.to_thread(empty_it)
        except (AppError, OSError) as error:  # a database or a disk that is away
            log.warning("trash not emptied", why=str(error))
        await asyncio.sleep(_EMPTY_EVERY_S)


def _drop_strays(store: Store, bin_: Bin, days: int) -> None:
    """Files of the trash that no row speaks of any more."""
    for some in _batches(bin_.strays(timedelta(days=days).total_seconds())):
        with store.reading() as connection:
            known = {
                bin_.entry(place.place_id, place.path, place.sha256).name.partition(".")[0]
                for place in removal.trashed_at(connection, [place for _, place in some])
            }
        for path, _ in some:
            if path.name.partition(".")[0] not in known:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
