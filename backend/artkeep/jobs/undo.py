"""Taking a conversion back, batch by batch: originals lie and count again as they did.

The file first, the row after: an original is out of the trash before the database says so,
and what was made of it goes only after that, by way of the trash. Running it again finishes
what a death left.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from artkeep.domain.naming import sidecar_name
from artkeep.errors import Conflict, NotFound
from artkeep.jobs.trash import take_out
from artkeep.media.library import Library
from artkeep.media.sidecar import about_source, read_sidecar, write_atomically
from artkeep.media.trash import Bin
from artkeep.stages._trash import move_away
from artkeep.store import conversions, jobs, removal
from artkeep.store.base import Store
from artkeep.store.conversions import BatchRow, Undoable
from artkeep.store.removal import Trashed
from artkeep.store.work import ACTIVE_STATES

_AT_ONCE = 200


@dataclass(slots=True)
class Undone:
    """`files` were taken back; `stuck` keep what was made of them: their originals are gone
    for good, lie on a disk that is away, or something else has taken their names."""

    files: int = 0
    stuck: int = 0


def require_batch(store: Store, batch_id: int) -> BatchRow:
    """A conversion that can be taken back now. Raises NotFound, Conflict."""
    with store.reading() as connection:
        row = conversions.batch(connection, batch_id)
        job = jobs.get(connection, row.job_id) if row and row.job_id else None
    if row is None:
        raise NotFound(
            f"There is no conversion {batch_id}.",
            code="no_batch",
            advice="`artkeep convert --history` lists them.",
        )
    if row.undone_at is not None:
        raise Conflict(f"Conversion {batch_id} was taken back already.", code="undone")
    if job is not None and job.state in ACTIVE_STATES:
        raise Conflict(
            f"Conversion {batch_id} is still running.",
            code="still_running",
            advice=f"Stop job {job.id} first.",
        )
    return row


def undo(store: Store, library: Library, batch_id: int) -> Undone:
    """Take a conversion back.

    Raises NotFound, Conflict, RootOffline; nothing has changed then.
    """
    require_batch(store, batch_id)
    library.require()
    done = Undone()
    after = 0
    while True:
        with store.reading() as connection:
            page = conversions.undoable(connection, batch_id, after, _AT_ONCE)
            trashed = [one.source_place_id for one in page if one.source_state == "trashed"]
            places = removal.trashed_at(connection, [id_ for id_ in trashed if id_])
            made = conversions.places_of(connection, [one.file_id for one in page])
        there, _ = take_out(library, places)
        back = [one for one in page if _is_back(one, there)]
        _put_sidecars_back(library, made, back)
        if back:
            change = partial(conversions.take_back, batch_id=batch_id, undone=back)
            store.transact(change, is_flushed=True)
            with store.reading() as connection:
                away = removal.trashed_at(connection, [one.place_id for one in back])
            move_away(store, library, away)
            _drop(store, library, [one.file_id for one in back], away)
        done.files += len(back)
        done.stuck += len(page) - len(back)
        if len(page) < _AT_ONCE:
            break
        after = page[-1].file_id
    if not done.stuck:
        store.transact(lambda connection: conversions.close(connection, batch_id))
    return done


def _drop(store: Store, library: Library, file_ids: list[int], away: list[Trashed]) -> None:
    """It can be made again at any time: its name is free at once, for that."""
    store.transact(partial(conversions.forget, file_ids=file_ids), is_flushed=True)
    bin_ = Bin(library)
    for place in away:
        with suppress(OSError):
            bin_.drop(bin_.entry(place.place_id, place.path, place.sha256))


def _is_back(one: Undoable, there: list[int]) -> bool:
    if one.source_state == "trashed":
        return one.source_place_id in there
    return one.source_state in ("present", "changed")


def _put_sidecars_back(library: Library, made: dict[int, str], back: list[Undoable]) -> None:
    """In place, both files have one sidecar: it is about the original again."""
    for one in back:
        path = made.get(one.file_id)
        if one.source_state != "trashed" or path is None:
            continue
        final = library.final(path)
        beside = final.with_name(sidecar_name(final.name))
        told = read_sidecar(beside)
        if told is not None and "source" in told:
            with suppress(OSError):
                write_atomically(
                    beside, about_source(told), beside.with_name(f".{beside.name}.part")
                )
