"""The same bytes from several sites: fetched once, and one file with several artworks.

A site declares a hash of a post's file. Where an artwork of any site has such a file already,
the new one shares it: its name is a hard link (a copy where there are none), which goes the
way of a fetched part from there (D6 to D9).
"""

from __future__ import annotations

from pathlib import Path

from artkeep.domain.artwork import Artwork, Kind
from artkeep.media.digest import digests_of
from artkeep.media.library import leads_elsewhere
from artkeep.media.replace import make_twin
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.stages._body import Body, write_sidecar
from artkeep.stages._stage import Item, StageContext
from artkeep.store import same_bytes
from artkeep.store.same_bytes import SameBytes


async def find_same_bytes(item: Item, context: StageContext) -> Body | None:
    """A proven part that another artwork's file has given, or None: it has to be fetched."""
    declared = declared_hashes(item.stored.artwork)
    if not declared or item.claim.spec.get("quality", "hd") != "hd":
        return None
    known = await context.store.read(
        same_bytes.find, item.claim.artwork_id, declared, context.library.root_id
    )
    for one in known:
        found = await context.in_thread(_share, item, one, declared, context)
        if found is not None:
            return found
    return None


def declared_hashes(artwork: Artwork) -> dict[str, str]:
    """What the site says of the file, by algorithm."""
    told = ((name, getattr(artwork, name)) for name in same_bytes.INDEXED)
    return {name: value for name, value in told if value}


def _share(
    item: Item, one: SameBytes, declared: dict[str, str], context: StageContext
) -> Body | None:
    """None when the file is not there, or not what it was."""
    library = context.library
    source = library.final(one.path)
    media_type = MEDIA_TYPES.get(one.format)
    if media_type is None or leads_elsewhere(library.path, source):
        return None
    part = library.part(item.claim.id, item.claim.epoch)
    try:
        if not _is_whole(source, one, declared if one.is_as_fetched else {}):
            return None
        copied = make_twin(source, part)
    except FileNotFoundError:
        return None
    if copied not in (None, one.sha256):
        part.unlink(missing_ok=True)
        return None
    kind = Kind.VIDEO if media_type.kind == "video" else item.stored.artwork.kind
    done = Body(
        part,
        part.with_suffix(".json.part"),
        one.sha256,
        one.size,
        media_type,
        kind,
        "hd",
        one.width,
        one.height,
        0,
        how="same_bytes",
        shares=one.file_id,
    )
    write_sidecar(item, done)
    return done


def _is_whole(path: Path, one: SameBytes, declared: dict[str, str]) -> bool:
    """Whether the file has the size and hash that it had. What was written into it since it
    was fetched changed its declared hash; else one of them has to be right as well."""
    if path.stat().st_size != one.size:
        return False
    found = digests_of(path, {"sha256", *declared})
    is_declared = not declared or any(found[name] == told for name, told in declared.items())
    return found["sha256"] == one.sha256 and is_declared
