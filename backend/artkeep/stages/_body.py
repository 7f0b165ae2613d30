"""A fetched body on its way to its final name: proving it, finding it again, putting it there.

All of this blocks and runs in the stage's threads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.naming import file_name, fit_path, organized_folder, sidecar_name
from artkeep.errors import BadMedia, FileProblem, ItemError
from artkeep.media.fetch import Fetched, Partial, take_up
from artkeep.media.library import (
    Library,
    flush,
    flush_folders,
    make_folders,
    rename_into_place,
)
from artkeep.media.sidecar import read_sidecar, sidecar_json
from artkeep.media.sniff import MEDIA_TYPES, MediaType, sniff
from artkeep.media.structure import walk
from artkeep.sites._adapter import MediaSource
from artkeep.stages._stage import Item, StageContext
from artkeep.store.files import Intent

_PATH_BUDGET = 240  # characters of a whole path that every Windows program can open (DF-6)


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
    return fit_path(folder, name, _PATH_BUDGET - len(str(context.library.path)) - 1)


def prove(
    item: Item, part: Path, source: MediaSource, fetched: Fetched, context: StageContext
) -> Body:
    """D5 and D6: walk the whole structure, then make part and sidecar durable."""
    media_type = fetched.media_type
    shape = walk(part, media_type)
    kind = Kind.VIDEO if media_type.kind == "video" else item.stored.artwork.kind
    if kind is Kind.VIDEO and media_type.kind != "video" and not shape.is_animated:
        raise BadMedia(f"a single picture ({media_type.name}) came instead of a video")
    flush(part)
    done = Body(
        part,
        part.with_suffix(".json.part"),
        fetched.sha256,
        fetched.size,
        media_type,
        kind,
        source.quality,
        shape.width,
        shape.height,
        fetched.bytes_fetched,
    )
    _write_sidecar(item, done)
    return done


def _write_sidecar(item: Item, done: Body) -> None:
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
    done.sidecar.write_bytes(content)
    flush(done.sidecar)


def put_all(
    entries: Sequence[tuple[Item, Body, Intent | None]], library: Library
) -> tuple[list[tuple[Item, Body, Intent]], list[tuple[Item, Body, Exception]]]:
    """D8 for a batch: rename each, then flush every folder once."""
    placed: list[tuple[Item, Body, Intent]] = []
    failures: list[tuple[Item, Body, Exception]] = []
    touched: set[Path] = set()
    for item, done, intent in entries:
        if intent is None:
            continue
        try:
            touched.update(_rename(done, intent, library))
        except (OSError, ItemError) as error:
            failures.append((item, done, error))
        else:
            placed.append((item, done, intent))
    flush_folders(touched)
    return placed, failures


def put(done: Body, intent: Intent, library: Library) -> None:
    flush_folders(_rename(done, intent, library))


def _rename(done: Body, intent: Intent, library: Library) -> set[Path]:
    final = library.final(intent.path)
    if done.part is None:
        if not final.is_file():
            raise FileProblem(f"{final} was there a moment ago.", code="file_changed")
        return set()
    changed = make_folders(library.path, final.parent)
    rename_into_place(done.part, final)
    put_sidecar(done, final)
    return {final.parent, *changed}


def put_sidecar(done: Body, final: Path) -> None:
    if done.sidecar is not None and done.sidecar.exists():
        done.sidecar.replace(final.with_name(sidecar_name(final.name)))


def drop(done: Body) -> None:
    for path in (done.part, done.sidecar):
        if path is not None:
            path.unlink(missing_ok=True)


def take_up_part(item: Item, part: Path, library: Library) -> Partial:
    """The part that an earlier claim of this work left, under this claim's name."""
    name = item.claim.scratch.get("part")
    if not name or "sha256" in item.claim.scratch:
        return Partial()
    old = library.parts / Path(str(name)).name
    partial = take_up(old, item.claim.scratch)
    if partial is None:
        return Partial()
    old.rename(part)
    return partial


def recover(item: Item, library: Library) -> Body | None:
    """After a crash between D7 and D9: finish with the part, or with the file in place."""
    if item.claim.state != "verified":
        return None
    try:
        intent = Intent.from_json(item.claim.scratch)
        media_type = MEDIA_TYPES[intent.format]
    except (KeyError, TypeError):
        return None
    final = library.final(intent.path)
    # The part carries the epoch of the claim that wrote it.
    parts = sorted(library.parts.glob(f".{item.claim.id}-*.part"))
    found = next(
        (
            path
            for path in parts
            if not path.name.endswith(".json.part")
            and has_hash(path, intent.sha256, intent.size)
        ),
        None,
    )
    if found is None and not has_hash(final, intent.sha256, intent.size):
        return None
    shape = walk(found or final, media_type)
    kind = Kind.VIDEO if media_type.kind == "video" else item.stored.artwork.kind
    sidecar = library.part(item.claim.id, item.claim.epoch).with_suffix(".json.part")
    done = Body(
        found,
        sidecar,
        intent.sha256,
        intent.size,
        media_type,
        kind,
        intent.quality,
        shape.width,
        shape.height,
        0,
        intent=intent,
        how="recovered",
    )
    _write_sidecar(item, done)
    if found is None:
        put_sidecar(done, final)
    return done


def find_lying(item: Item, context: StageContext) -> Body | None:
    """A file that the database lost track of: its sidecar names this artwork and its hash."""
    artwork = item.stored.artwork
    for kind in (Kind.IMAGE, Kind.VIDEO):
        path = context.library.final(place_path(artwork, "png", kind, context, 0))
        saved = read_sidecar(path.with_name(sidecar_name(path.name)))
        if saved is None or (saved.get("site"), saved.get("id")) != (
            artwork.site,
            artwork.site_id,
        ):
            continue
        found = saved.get("file")
        sha256 = found.get("sha256") if isinstance(found, dict) else None
        for media_type in MEDIA_TYPES.values():
            final = path.with_suffix(f".{media_type.extension}")
            if sha256 and final.is_file() and has_hash(final, sha256, None):
                return _lying(final, media_type, artwork, str(sha256), context)
    return None


def _lying(
    final: Path, media_type: MediaType, artwork: Artwork, sha256: str, context: StageContext
) -> Body | None:
    with final.open("rb") as file:
        if sniff(file.read(4096)) is None:
            return None
    try:
        shape = walk(final, media_type)
    except BadMedia:
        return None
    kind = Kind.VIDEO if media_type.kind == "video" else artwork.kind
    return Body(
        None,
        None,
        sha256,
        final.stat().st_size,
        media_type,
        kind,
        "hd",
        shape.width,
        shape.height,
        0,
        how="adopted",
    )


def has_hash(path: Path, sha256: str, size: int | None) -> bool:
    try:
        if size is not None and path.stat().st_size != size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False
