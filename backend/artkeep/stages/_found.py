"""What lies there already: parts and files of earlier claims, and files the database lost.

All of this blocks and runs in the stage's threads.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.classic_names import classic_folders_of
from artkeep.domain.naming import sidecar_name
from artkeep.errors import BadMedia
from artkeep.media.library import Library, leads_elsewhere
from artkeep.media.part import Partial, take_up
from artkeep.media.sidecar import read_sidecar
from artkeep.media.sniff import MEDIA_TYPES, MediaType, sniff
from artkeep.media.structure import walk
from artkeep.stages._body import Body, has_hash, write_sidecar
from artkeep.stages._placing import layout_of, place_path
from artkeep.stages._stage import Item, StageContext
from artkeep.store.known_places import KnownPlace
from artkeep.store.places import Intent


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
    old = next(
        (
            path
            for path in parts
            if not path.name.endswith(".json.part")
            and has_hash(path, intent.sha256, intent.size)
        ),
        None,
    )
    found = _make_ours(old, item, library) if old else None
    for path in parts:
        if path != found:  # sidecars, too: a fresh one is written
            path.unlink(missing_ok=True)
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
        first_path=str(item.claim.scratch.get("first_path") or ""),
        shares=item.claim.scratch.get("shares"),
        frames=item.claim.scratch.get("frames"),
    )
    write_sidecar(item, done)
    return done


def take_proven(item: Item, library: Library) -> Body | None:
    """What an earlier claim had proven and flushed (D6): it needs no second fetch.

    The sidecar is written after that, and names the hash. Every other left-over of this work is
    removed, but for a part that can be continued.
    """
    artwork = item.stored.artwork
    found: Body | None = None
    parts = set(library.parts.glob(f".{item.claim.id}-*.part"))
    for part in sorted(parts):
        sidecar = part.with_suffix(".json.part")
        if sidecar not in parts or found is not None:
            continue
        saved = read_sidecar(sidecar) or {}
        if (saved.get("site"), saved.get("id")) == (artwork.site, artwork.site_id):
            found = _proven(part, saved.get("file"), item, library)
    kept = item.claim.scratch.get("part")
    for path in parts:
        if path.name != kept and (found is None or path != found.part):
            path.unlink(missing_ok=True)
    if found is not None:
        write_sidecar(item, found)
    return found


def _make_ours(part: Path, item: Item, library: Library) -> Path | None:
    """Under the name of this claim nobody else touches it: the earlier owner may only have
    slept, and removes what is his when he wakes (MI-6). None when he was faster."""
    ours = library.part(item.claim.id, item.claim.epoch)
    try:
        return part.rename(ours)
    except FileNotFoundError:
        return None


def _proven(old: Path, saved: Any, item: Item, library: Library) -> Body | None:
    if not isinstance(saved, dict) or not has_hash(old, str(saved.get("sha256")), None):
        return None
    part = _make_ours(old, item, library)
    if part is None:
        return None
    with part.open("rb") as file:
        media_type = sniff(file.read(4096))
    try:
        shape = walk(part, media_type) if media_type else None
    except BadMedia:
        return None
    if media_type is None or shape is None:
        return None
    return Body(
        part,
        part.with_suffix(".json.part"),
        str(saved["sha256"]),
        part.stat().st_size,
        media_type,
        Kind.VIDEO if media_type.kind == "video" else item.stored.artwork.kind,
        str(saved.get("quality")),
        shape.width,
        shape.height,
        0,
        how="recovered",
    )


def find_lying(item: Item, context: StageContext) -> Body | None:
    """A file that the database lost track of: its sidecar names this artwork and its hash."""
    artwork = item.stored.artwork
    path = context.library.final(place_path(item, "png", artwork.kind, context, 0))
    if leads_elsewhere(context.library.path, path.parent):
        return None
    saved = read_sidecar(path.with_name(sidecar_name(path.name)))
    if saved is None or (saved.get("site"), saved.get("id")) != (
        artwork.site,
        artwork.site_id,
    ):
        return None
    found = saved.get("file")
    sha256 = found.get("sha256") if isinstance(found, dict) else None
    for media_type in MEDIA_TYPES.values():
        final = path.with_suffix(f".{media_type.extension}")
        is_there = final.is_file() and not final.is_symlink()
        if sha256 and is_there and has_hash(final, sha256, None):
            return _lying(final, media_type, artwork, str(sha256), context)
    return None


def find_moved(item: Item, known: Sequence[KnownPlace], context: StageContext) -> Body | None:
    """A lost file of this artwork that lies at another place: one of its further places, or
    where the classic layout puts it sorted or flat. Its hash must be the one it had."""
    library = context.library
    layout, folder = layout_of(item)
    for lost in (place for place in known if place.is_original):
        media_type = MEDIA_TYPES.get(lost.format)
        if media_type is None:
            continue
        there = [place.path for place in known if place.sha256 == lost.sha256]
        if layout.name == "classic" and folder:
            names = dict.fromkeys(path.rpartition("/")[2] for path in there)
            stored = item.stored.artwork
            there += [
                f"{sub_folder}/{name}"
                for sub_folder in classic_folders_of(folder, stored)
                for name in names
            ]
        for path in dict.fromkeys(there):
            final = library.final(path)
            if (
                final.is_file()
                and not leads_elsewhere(library.path, final)
                and has_hash(final, lost.sha256, lost.size)
            ):
                found = _lying(final, media_type, item.stored.artwork, lost.sha256, context)
                if found is not None:
                    return replace(found, quality=lost.quality, first_path=path)
    return None


def may_lie_there(item: Item, context: StageContext) -> bool:
    """Whether a sidecar of this name is there at all: cheap enough to ask on the loop."""
    path = place_path(item, "png", item.stored.artwork.kind, context, 0)
    return os.path.lexists(f"{context.library.path}/{sidecar_name(path)}")


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
