"""A fetched body on its way to its final name: proving it, finding it again, putting it there.

All of this blocks and runs in the stage's threads.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import Kind
from artkeep.errors import BadMedia, FileProblem, ItemError
from artkeep.logs import get_logger
from artkeep.media.digest import digest_of
from artkeep.media.fetch import Fetched
from artkeep.media.library import (
    create_part,
    flush_folders,
    leads_elsewhere,
    make_folders,
    rename_into_place,
)
from artkeep.media.part import PartWriter
from artkeep.media.replace import replace_file, sha256_of
from artkeep.media.sidecar import sidecar_json
from artkeep.media.sniff import MediaType
from artkeep.media.structure import walk
from artkeep.sites._adapter import MediaSource
from artkeep.stages._beside import has_strange_sidecar, has_text, put_json, put_text
from artkeep.stages._given import set_date
from artkeep.stages._placing import layout_of, may_replace
from artkeep.stages._stage import Item, StageContext
from artkeep.store.places import Intent

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """The picture that something was made from, whole in a part (`stages._source`)."""

    part: Path
    sha256: str
    size: int
    media_type: MediaType
    width: int | None
    height: int | None


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
    first_path: str = ""  # to be tried before those of the layout: where it lay, or lies
    shares: int | None = None  # the id of another artwork's file with these bytes
    frames: list[dict[str, Any]] | None = None  # of an ugoira: how its pictures are shown
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class _Beside:
    """Which files belong beside a file of the library."""

    has_json: bool
    has_text: bool


def prove(item: Item, writer: PartWriter, source: MediaSource, fetched: Fetched) -> Body:
    """D5 and D6: write the last piece, walk the whole structure, make the part durable."""
    media_type, part = fetched.media_type, writer.part
    in_memory = writer.write()
    require_digest(part if in_memory is None else in_memory, source)
    shape = walk(part if in_memory is None else in_memory, media_type)
    kind = Kind.VIDEO if media_type.kind == "video" else item.stored.artwork.kind
    if kind is Kind.VIDEO and media_type.kind != "video" and not shape.is_animated:
        raise BadMedia(f"a single picture ({media_type.name}) came instead of a video")
    writer.flush()
    writer.close()
    set_date(item, part)
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


def require_digest(body: Path | bytes, source: MediaSource) -> None:
    """D5: what came is what the site declares, as far as it does. Raises BadMedia."""
    if source.digest is None:
        return
    algorithm, declared = source.digest
    found = digest_of(body, algorithm)
    if found == declared:
        return
    if source.is_digest_strict:
        raise BadMedia(f"{algorithm} {found} instead of {declared}", code="checksum")
    log.warning("declared otherwise", url=source.url, algorithm=algorithm, found=found)


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
    entries: Sequence[tuple[Item, Body, Intent | None]], context: StageContext
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
            touched.update(_rename(item, done, intent, context, ready))
        except (OSError, ItemError) as error:
            failures.append((item, done, error))
        else:
            placed.append((item, done, intent))
    flush_folders(touched)
    return placed, failures


def put(item: Item, done: Body, intent: Intent, context: StageContext) -> None:
    flush_folders(_rename(item, done, intent, context, set()))


def replace(item: Item, done: Body, intent: Intent, context: StageContext) -> None:
    """Put a proven part in the place of the file that was fetched before."""
    assert done.part is not None
    touched = replace_file(context.library, intent.path, (), done.part)
    put_beside(item, done, context.library.final(intent.path), context)
    flush_folders(touched)


def _rename(
    item: Item, done: Body, intent: Intent, context: StageContext, ready: set[Path]
) -> set[Path]:
    library = context.library
    final = library.final(intent.path)
    if done.part is None:
        if not final.is_file():
            raise FileProblem(f"{final} was there a moment ago.", code="file_changed")
        put_beside(item, done, final, context)
        return set()
    changed: list[Path] = []
    if final.parent not in ready:
        changed = make_folders(library.path, final.parent)
        ready.add(final.parent)
    if _beside(item, done, final, context).has_json and has_strange_sidecar(final):
        raise FileExistsError(errno.EEXIST, "exists", str(final))
    try:
        rename_into_place(done.part, final)
    except FileNotFoundError:
        # An older or newer claim of this work may just have put the same part there.
        if not has_hash(final, done.sha256, done.size):
            raise
    put_beside(item, done, final, context)
    return {final.parent, *changed}


def _beside(item: Item, done: Body, final: Path, context: StageContext) -> _Beside:
    """A file that comes back to where it lay gets what lay beside it there."""
    layout, folder = layout_of(item)
    is_classic = layout.name == "classic"
    if done.first_path:
        is_below = is_classic and done.first_path.startswith(f"{folder}/")
        is_classic = is_below or has_text(final)
    return _Beside(not is_classic or context.settings.names.classic_json, is_classic)


def put_beside(item: Item, done: Body, final: Path, context: StageContext) -> None:
    """The sidecars of a file that has its final name; one that fails leaves it undone."""
    wanted = _beside(item, done, final, context)
    if wanted.has_text:
        part = context.library.part(item.claim.id, item.claim.epoch).with_suffix(".txt.part")
        put_text(item.stored.artwork, final, part, replaces=may_replace(item))
    if done.sidecar is not None and wanted.has_json:
        put_json(done.sidecar, final)
    elif done.sidecar is not None:
        done.sidecar.unlink(missing_ok=True)


def drop_part(part: Path) -> None:
    """Leave nothing behind of a download that is not to be continued."""
    part.unlink(missing_ok=True)
    part.with_suffix(".json.part").unlink(missing_ok=True)


def drop(done: Body) -> None:
    for path in (done.part, done.sidecar, done.source.part if done.source else None):
        if path is not None:
            path.unlink(missing_ok=True)


def is_same(item: Item, done: Body, final: Path, context: StageContext) -> bool:
    """Whether our very bytes lie there already, as a file and with room for our sidecar."""
    return (
        not leads_elsewhere(context.library.path, final)
        and not (_beside(item, done, final, context).has_json and has_strange_sidecar(final))
        and has_hash(final, done.sha256, done.size)
    )


def has_hash(path: Path, sha256: str, size: int | None) -> bool:
    try:
        if size is not None and path.stat().st_size != size:
            return False
    except OSError:
        return False
    return sha256_of(path) == sha256
