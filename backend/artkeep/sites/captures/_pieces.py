"""What a creation brings in: its group, its artworks, and the addresses that may die."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from artkeep.domain.artwork import Artwork, Group
from artkeep.logs import strip_secrets
from artkeep.sites._adapter import Given
from artkeep.sites.captures._capture import Creation
from artkeep.sites.captures._rows import rows_of, site_id_of

SOURCE = "source_image"  # the role of an address that leads to what it was made from
_LONGEST_TEXT = 64 * 1024
_LARGEST_SOURCE = 12 * 2**20  # characters of base64


@dataclass(frozen=True, slots=True)
class Piece:
    """A group, its artworks, and the addresses of each by site id."""

    group: Group
    artworks: tuple[Artwork, ...]
    given: Given


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
    if listed and (made_from := _source_of(creation)):
        addresses[listed[0].site_id].append(made_from)
    record = _shortened(group.raw)
    told = [replace(one, raw={"creation": record, "output": one.raw}) for one in listed]
    return Piece(
        group, tuple(_without_dead_end(one, addresses[one.site_id]) for one in told), addresses
    )


def _source_of(creation: Creation) -> dict[str, Any] | None:
    """What it was made from goes along with its first output."""
    image = creation.init_image
    if image is not None and image.url:
        return {"role": SOURCE, "url": image.url}
    if image is not None and image.base64 and len(image.base64) <= _LARGEST_SOURCE:
        return {"role": SOURCE, "base64": image.base64}
    return None


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
