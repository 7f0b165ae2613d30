"""What a creation brings in: its group, its artworks, and the addresses that may die.

Also what becomes of two captures of the same creation, where one shows less than the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from artkeep.domain.artwork import Artwork, Group
from artkeep.logs import strip_secrets
from artkeep.sites.captures._capture import Creation
from artkeep.sites.captures._rows import rows_of, site_id_of
from artkeep.store.stored import StoredArtwork

_LONGEST_TEXT = 64 * 1024
# What one capture tells and a poorer one of the same creation does not.
_TOLD_TOGETHER = (
    *("prompt", "negative_prompt", "generation", "model", "base_model", "version_id"),
    *("version_name", "title", "raw"),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A group, its artworks, and the addresses of each by site id."""

    group: Group
    artworks: tuple[Artwork, ...]
    given: Mapping[str, list[dict[str, Any]]]


def piece_of(creation: Creation) -> Piece:
    """Artworks have the record of their creation beside that of their output; sound and 3D are
    no artworks, so there may be none."""
    group, listed = rows_of(creation)
    addresses: dict[str, list[dict[str, Any]]] = {}
    for output in creation.outputs:
        addresses[site_id_of(creation, output)] = [
            {
                "url": one.url,
                "quality": one.quality,
                **({"expires_at": one.expires_at.isoformat()} if one.expires_at else {}),
            }
            for one in output.urls
        ]
    record = _shortened(group.raw)
    told = [replace(one, raw={"creation": record, "output": one.raw}) for one in listed]
    return Piece(
        group, tuple(_without_dead_end(one, addresses[one.site_id]) for one in told), addresses
    )


def _without_dead_end(artwork: Artwork, addresses: Sequence[Mapping[str, Any]]) -> Artwork:
    """Without its signature an address leads nowhere, and is none."""
    if not addresses:
        return artwork
    url = str(addresses[0]["url"])
    is_signed = "expires_at" in addresses[0] or strip_secrets(url) != url
    return replace(artwork, media_url=None) if is_signed else artwork


def _shortened(record: Any) -> Any:
    """Without pictures that stand in it as text: those stay with the creation's own record."""
    if isinstance(record, str):
        return record if len(record) <= _LONGEST_TEXT else f"[{len(record)} characters]"
    if isinstance(record, Mapping):
        return {name: _shortened(part) for name, part in record.items()}
    return [_shortened(part) for part in record] if isinstance(record, list) else record


def richer(before: StoredArtwork | None, now: Artwork) -> Artwork:
    """A newer capture wins, but one that shows less takes nothing away."""
    if before is None:
        return now
    had = before.artwork
    if len(now.generation or {}) >= len(had.generation or {}):
        return now
    kept = {name: getattr(had, name) or getattr(now, name) for name in _TOLD_TOGETHER}
    return replace(now, **kept)


def richer_group(piece: Piece, before: Mapping[str, StoredArtwork]) -> Group:
    """A poorer record of a creation does not take the place of the one that is kept."""
    is_poorer = any(richer(before.get(one.site_id), one) is not one for one in piece.artworks)
    return replace(piece.group, raw={}, title=None) if is_poorer else piece.group
