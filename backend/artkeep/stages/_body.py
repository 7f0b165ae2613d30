"""A fetched body on its way to its final name: proving it, finding it again, putting it there.

All of this blocks and runs in the stage's threads.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.naming import file_name, fit_path, organized_folder, sidecar_name
from artkeep.errors import BadMedia, FileProblem, ItemError
from artkeep.media.fetch import Fetched
from artkeep.media.library import (
    Library,
    create_part,
    flush_folders,
    leads_elsewhere,
    make_folders,
    rename_into_place,
)
from artkeep.media.part import PartWriter
from artkeep.media.replace import sha256_of
from artkeep.media.sidecar import read_sidecar, sidecar_json
from artkeep.media.sniff import MediaType
from artkeep.media.structure import walk
from artkeep.sites._adapter import MediaSource
from artkeep.stages._stage import Item, StageContext
from artkeep.store.places import Intent

PATH_BUDGET = 240  # characters of a whole path that every Windows program can open (DF-6)


@dataclass(frozen=True, slots=True)
class Body:
    """A whole body in a part file, or (without `part`) a file that lies there already."""

    part: Path | None
    sidecar: Path | None
    sha256: str
    size: int
    media_type: MediaType
    kind: Kind
    quality: str
    width: int | None
    height: int | None
    bytes_fetched: int
    intent: Intent | None = None  # from before a crash: the name is reserved already
    how: str = ""


def place_path(
    artwork: Artwork, extension: str, kind: Kind, context: StageContext, suffix: int
) -> str:
    folder = organized_folder(artwork, safe=context.safe_ratings, kind=kind)
    name = file_name(artwork.site_id, extension, suffix + 1 if suffix else 0)
    return fit_path(folder, name, PATH_BUDGET - len(str(context.library.path)) - 1)


def prove(item: Item, writer: PartWriter, source: MediaSource, fetched: Fetched) -> Body:
    """D5 and D6: write the last piece, walk the whole structure, make the part durable."""
    media_type, part = fetched.media_type, writer.part
    in_memory = writer.write()
    shape = walk(part if in_memory is None else in_memory, media_type)
    kind = Kind.VIDEO if media_type.kind == "video" else item.stored.artwork.kind
    if kind is Kind.VIDEO and media_type.kind != "video" and not shape.is_animated:
        raise BadMedia(f"a single picture ({media_type.name}) came instead of a video")
    writer.flush()
    writer.close()
    done = Body(
        part,
        part.with_suffix(".json.part"),
        writer.partial.hasher.hexdigest(),
        fetched.size,
        media_type,
        kind,
        source.quality,
        shape.width,
        shape.height,
        fetched.bytes_fetched,
    )
    write_sidecar(item, done)
    return done


def write_sidecar(item: Item, done: Body) -> None:
    """Not flushed by itself: all of it can be written again from the database."""
    assert done.sidecar is not None
    content = sidecar_json(
        item.stored.artwork,
        file={
            "size": done.size,
            "sha256": done.sha256,
            "type": done.media_type.mime,
            "quality": done.quality,
        },
        downloaded_at=datetime.now(UTC),
        group_title=item.stored.group_title,
    )
    descriptor = create_part(done.sidecar)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)


def put_all(
    entries: Sequence[tuple[Item, Body, Intent | None]], library: Library
) -> tuple[list[tuple[Item, Body, Intent]], list[tuple[Item, Body, Exception]]]:
    """D8 for a batch: rename each, then flush every folder once."""
    placed: list[tuple[Item, Body, Intent]] = []
    failures: list[tuple[Item, Body, Exception]] = []
    touched: set[Path] = set()
    ready: set[Path] = set()  # folders that this batch has looked at
    for item, done, intent in entries:
        if intent is None:
            continue
        try:
            touched.update(_rename(done, intent, library, ready))
        except (OSError, ItemError) as error:
            failures.append((item, done, error))
        else:
            placed.append((item, done, intent))
    flush_folders(touched)
    return placed, failures


def put(done: Body, intent: Intent, library: Library) -> None:
    flush_folders(_rename(done, intent, library, set()))


def _rename(done: Body, intent: Intent, library: Library, ready: set[Path]) -> set[Path]:
    final = library.final(intent.path)
    if done.part is None:
        if not final.is_file():
            raise FileProblem(f"{final} was there a moment ago.", code="file_changed")
        return set()
    changed: list[Path] = []
    if final.parent not in ready:
        changed = make_folders(library.path, final.parent)
        ready.add(final.parent)
    if _has_strange_sidecar(final):
        raise FileExistsError(errno.EEXIST, "exists", str(final))
    try:
        rename_into_place(done.part, final)
    except FileNotFoundError:
        # An older or newer claim of this work may just have put the same part there.
        if not has_hash(final, done.sha256, done.size):
            raise
    put_sidecar(done, final)
    return {final.parent, *changed}


def _has_strange_sidecar(final: Path) -> bool:
    """Something that is no sidecar of ours lies where ours should be (CR-7)."""
    beside = final.with_name(sidecar_name(final.name))
    return os.path.lexists(beside) and read_sidecar(beside) is None


def put_sidecar(done: Body, final: Path) -> None:
    if done.sidecar is not None:
        with contextlib.suppress(FileNotFoundError):  # put there before a crash
            done.sidecar.replace(final.with_name(sidecar_name(final.name)))


def drop_part(part: Path) -> None:
    """Leave nothing behind of a download that is not to be continued."""
    part.unlink(missing_ok=True)
    part.with_suffix(".json.part").unlink(missing_ok=True)


def drop(done: Body) -> None:
    for path in (done.part, done.sidecar):
        if path is not None:
            path.unlink(missing_ok=True)


def is_same(done: Body, final: Path, library: Library) -> bool:
    """Whether our very bytes lie there already, as a file and with room for our sidecar."""
    return (
        not leads_elsewhere(library.path, final)
        and not _has_strange_sidecar(final)
        and has_hash(final, done.sha256, done.size)
    )


def has_hash(path: Path, sha256: str, size: int | None) -> bool:
    try:
        if size is not None and path.stat().st_size != size:
            return False
    except OSError:
        return False
    return sha256_of(path) == sha256
