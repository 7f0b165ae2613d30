"""The folders of a job's targets, filled: what is here already gets a further place in each.

In layouts that give every target a folder of its own, an artwork that two targets have lies in
both, fetched once: a hard link, else a local copy. Which are lacking is read from memberships
and places, so that a pass which a kill ended is simply made again.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from artkeep.domain.artwork import Kind
from artkeep.domain.layout import Layout
from artkeep.domain.naming import FileFacts, compare_key, sidecar_name, utf16_length
from artkeep.errors import FileProblem, ItemError
from artkeep.jobs.folders import folders_of, named
from artkeep.logs import get_logger
from artkeep.media.library import Library, explain, flush_folders, make_folders
from artkeep.media.replace import sha256_of
from artkeep.media.sidecar import read_sidecar, write_atomically
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.media.twin import put_twin
from artkeep.stages._beside import put_text
from artkeep.stages._stage import StageContext
from artkeep.store import files, further, known_places, places, stored
from artkeep.store.base import Store
from artkeep.store.files import FilePlace
from artkeep.store.further import Further, PlaceRow, Reserved
from artkeep.store.ledger import TargetRow
from artkeep.store.stored import StoredArtwork

log = get_logger(__name__)

_AT_A_TIME = 200
_MOST_SUFFIXES = 100
_MOST_PENDING = 10_000


@dataclass(frozen=True, slots=True)
class _Lacking:
    """A file that has no place in a target's folder yet."""

    file: FilePlace
    source: Path
    stored: StoredArtwork
    wish: Further


async def fill_folder(
    context: StageContext,
    target: TargetRow,
    layout: Layout,
    may_go_on: Callable[[], Awaitable[None]],
) -> int:
    """Give what a target has, and lies elsewhere only, a place in its folder; how many.

    Raises RootOffline, DiskFull, FileProblem.
    """
    amount = after = 0
    while ids := await context.store.read(further.members, target.id, after, _AT_A_TIME):
        await may_go_on()
        after = ids[-1]
        lacks = await _lacking(context, target, layout, ids)
        if lacks:
            amount += await _fill(context, target, layout, lacks)
    return amount


async def _lacking(
    context: StageContext, target: TargetRow, layout: Layout, ids: Sequence[int]
) -> list[FilePlace]:
    """Files of these artworks that do not lie in the target's folder."""
    store, library = context.store, context.library
    lying = await store.read(files.should_lie, ids)
    known = await store.read(further.places_of, library.root_id, ids)
    asked = await store.read(named, target, layout)
    folder = compare_key(layout.target_folder(asked)) + "/"
    there = [file for file in lying if file.state != "missing"]
    await context.in_thread(library.require)
    return await context.in_thread(_without_place, library, there, known, folder)


def _without_place(
    library: Library,
    there: Sequence[FilePlace],
    known: Mapping[int, Sequence[PlaceRow]],
    folder: str,
) -> list[FilePlace]:
    def has_place(file: FilePlace) -> bool:
        return any(
            place.file_id == file.file_id
            and compare_key(place.path).startswith(folder)
            and (place.is_primary or library.final(place.path).is_file())
            for place in known.get(file.artwork_id, ())
        )

    return [file for file in there if not has_place(file)]


async def _fill(
    context: StageContext, target: TargetRow, layout: Layout, lacks: Sequence[FilePlace]
) -> int:
    """How many of these files have a place in the target's folder now."""
    store, library = context.store, context.library
    ids = [file.artwork_id for file in lacks]
    folders = await store.read(folders_of, target.id, ids, layout)
    loaded = await store.read(stored.load, ids)
    sources = await store.read(_sources, lacks)
    left = [
        _Lacking(file, sources[file.file_id], one, _wish(file, one, folders, layout, context))
        for file in lacks
        if (one := loaded.get(file.artwork_id)) is not None
    ]
    amount = 0
    for _ in range(_MOST_SUFFIXES):
        reserved = await store.write(
            further.reserve, library.root_id, [one.wish for one in left]
        )
        pairs = [(one, reserved[one.wish.artwork_id]) for one in left]
        try:
            result = await context.in_thread(_put_all, pairs, context, layout)
        except OSError as error:
            raise explain(error, library.path) from error
        filled = [(at, one.file.artwork_id, one.file.file_id) for one, at in result.done]
        await store.write(further.fill, library.root_id, filled)
        free = [at.place_id for _, at in (*result.taken, *result.failed)]
        await store.write(further.let_go, free)
        amount += len(result.done)
        left = [
            replace(one, wish=replace(one.wish, first_suffix=at.suffix + 1))
            for one, at in result.taken
        ]
        if not left:
            break
    return amount


def _sources(connection: Connection, lacks: Sequence[FilePlace]) -> dict[int, Path]:
    return {
        file.file_id: Path(places.path_in_root(connection, file.root_id, file.path))
        for file in lacks
    }


def _wish(
    file: FilePlace,
    one: StoredArtwork,
    folders: Mapping[int, str],
    layout: Layout,
    context: StageContext,
) -> Further:
    media_type = MEDIA_TYPES[file.format]
    facts = FileFacts(
        kind=Kind.VIDEO if media_type.kind == "video" else one.artwork.kind,
        extension=media_type.extension,
        safe=context.safe_ratings,
        target_folder=folders[file.artwork_id],
        root_length=utf16_length(str(context.library.path)),
        sha256=file.sha256,
        group_title=one.group_title,
    )
    return Further(file.artwork_id, partial(layout.path_of, one.artwork, facts))


@dataclass(frozen=True, slots=True)
class _Result:
    """`taken`: something of somebody else lies there."""

    done: list[tuple[_Lacking, Reserved]]
    taken: list[tuple[_Lacking, Reserved]]
    failed: list[tuple[_Lacking, Reserved]]


def _put_all(
    pairs: Sequence[tuple[_Lacking, Reserved]], context: StageContext, layout: Layout
) -> _Result:
    """Link or copy each, with what lies beside it, and flush the folders. Raises OSError."""
    library = context.library
    result = _Result([], [], [])
    touched: set[Path] = set()
    for one, at in pairs:
        final = library.final(at.path)
        part = _part(library, at.place_id)
        try:
            changed = make_folders(library.path, final.parent)
            if not os.path.lexists(final):
                # First: `finish` takes a file that lies there for done.
                _put_beside(one, final, part, context, layout)
            put_twin(one.source, final, part, sha256=one.file.sha256, held=at.held)
            _put_beside(one, final, part, context, layout)
        except FileExistsError:
            result.taken.append((one, at))
        except ItemError as error:
            log.warning("not placed", path=at.path, reason=error.code, why=str(error))
            result.failed.append((one, at))
        else:
            touched.update((final.parent, *changed))
            result.done.append((one, at))
    flush_folders(touched)
    return result


def _put_beside(
    one: _Lacking, final: Path, part: Path, context: StageContext, layout: Layout
) -> None:
    is_classic = layout.name == "classic"
    if is_classic:
        put_text(one.stored.artwork, final, part.with_suffix(".txt.part"))
    if is_classic and not context.settings.names.classic_json:
        return
    told = one.source.with_name(sidecar_name(one.source.name))
    beside = final.with_name(sidecar_name(final.name))
    if read_sidecar(told) is not None and not beside.exists():
        write_atomically(beside, told.read_bytes(), part.with_suffix(".json.part"))


def _part(library: Library, place_id: int) -> Path:
    return library.parts / f".place-{place_id}.part"


def finish(store: Store, library: Library) -> None:
    """What a kill left between placing and telling the database: told now, or let go."""
    with store.reading() as connection:
        left = further.pending(connection, library.root_id, _MOST_PENDING)
        ids = [artwork_id for _, _, artwork_id in left]
        lying = {file.artwork_id: file for file in files.should_lie(connection, ids)}
    filled = []
    for place_id, path, artwork_id in left:
        _part(library, place_id).unlink(missing_ok=True)
        file = lying.get(artwork_id)
        if file is not None and sha256_of(library.final(path)) == file.sha256:
            filled.append((Reserved(place_id, path, 0, None), artwork_id, file.file_id))
    done = {reserved.place_id for reserved, _, _ in filled}

    def change(connection: Connection) -> None:
        further.fill(connection, library.root_id, filled)
        further.let_go(connection, [key for key, _, _ in left if key not in done])

    if left:
        store.transact(change)


def put_again(store: Store, library: Library, lost: Sequence[FilePlace]) -> int:
    """Fill further places that somebody emptied, as long as the file's own place is there; how
    many. Others are no places of the file any more."""
    filled = 0
    for place in lost:
        with store.reading() as connection:
            own = known_places.own_place(connection, place.file_id)
        try:
            if own is None:
                raise FileProblem(f"{place.path} has no other place.", code="file_missing")
            final = library.final(place.path)
            changed = make_folders(library.path, final.parent)
            put_twin(own, final, _part(library, place.place_id), sha256=place.sha256, held=None)
            flush_folders({final.parent, *changed})
            filled += 1
        except (ItemError, OSError) as error:
            log.warning("not placed", path=place.path, why=str(error))
            store.transact(partial(further.forget, place_id=place.place_id))
    return filled
