"""What becomes of two captures of the same creation, where one shows less than the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from artkeep.domain.artwork import Artwork, Group
from artkeep.sites.captures._pieces import Piece
from artkeep.store.stored import StoredArtwork

# What one capture tells and a poorer one of the same creation does not.
_TOLD_TOGETHER = (
    *("prompt", "negative_prompt", "generation", "model", "base_model", "version_id"),
    *("version_name", "title", "raw"),
)


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
