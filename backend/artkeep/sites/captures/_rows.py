"""Creations → what is stored: a group, artworks, and records without secrets (SE-24)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from artkeep.domain.artwork import Artwork, Group, Kind, Link, json_safe
from artkeep.domain.parameters import Pair
from artkeep.logs import strip_secrets
from artkeep.logs.redaction import is_login, is_secret_field
from artkeep.sites.captures._capture import Creation, Output, OutputKind
from artkeep.sites.captures._fields import SERVICE_KEY

_is_secret = lru_cache(maxsize=4096)(is_secret_field)  # the same names in every creation


def site_id_of(creation: Creation, output: Output) -> str:
    """`creation/output`: the identity of the artwork."""
    return f"{creation.id}/{output.id}"


def parameters_of(creation: Creation, output: Output) -> tuple[Pair, ...]:
    """The pairs of one output: its own win, in the places of its creation's; those that only
    it has stand before what is the service's own."""
    own = dict(output.parameters)
    common = [(name, own.pop(name, value)) for name, value in creation.parameters]
    names = [name for name, _ in common]
    at = names.index(SERVICE_KEY) if SERVICE_KEY in names else len(names)
    return (*common[:at], *own.items(), *common[at:])


def generation_of(creation: Creation, output: Output) -> dict[str, Any]:
    """The record that infotexts are composed from."""
    told: dict[str, Any] = {
        "prompt": output.prompt or creation.prompt,
        "negativePrompt": output.negative_prompt or creation.negative_prompt,
        **dict(parameters_of(creation, output)),
        "Seed": output.seed,
        "hashes": dict(creation.hashes),
        "civitaiResources": [dict(row) for row in creation.resources],
    }
    return {name: value for name, value in told.items() if value}


def rows_of(creation: Creation) -> tuple[Group, tuple[Artwork, ...]]:
    """The group and its artworks, without secrets; sound and 3D are no artworks.

    The record of the creation stands with its group, that of each output with its artwork.
    """
    group = Group(
        site=creation.service,
        site_id=creation.id,
        title=creation.title,
        page_url=creation.page_url,
        author=creation.author,
        posted_at=creation.created_at,
        expected_count=len(creation.outputs) + len(creation.rejects),
        raw=without_secrets(creation.raw),
    )
    pictures = (one for one in creation.outputs if one.kind is not OutputKind.OTHER)
    return group, tuple(_artwork(creation, output) for output in pictures)


def _artwork(creation: Creation, output: Output) -> Artwork:
    best = output.urls[0].url if output.urls else None
    links = (Link("upscale_of", f"{creation.id}/{output.made_of}"),) if output.made_of else ()
    return Artwork(
        site=creation.service,
        site_id=site_id_of(creation, output),
        kind=Kind(output.kind),
        page_url=creation.page_url or "",
        media_url=strip_secrets(best) if best else None,
        author=creation.author,
        author_id=creation.author_id,
        title=creation.title,
        rating=output.rating,
        posted_at=output.created_at or creation.created_at,
        width=output.width,
        height=output.height,
        model=creation.model,
        base_model=creation.base_model,
        version_id=creation.version_id,
        version_name=creation.version_name,
        prompt=output.prompt or creation.prompt,
        negative_prompt=output.negative_prompt or creation.negative_prompt,
        seed=output.seed,
        generation=json_safe(generation_of(creation, output)),
        group_id=creation.id,
        position=output.position,
        links=links,
        raw=without_secrets(output.raw),
    )


def without_secrets(value: Mapping[str, Any]) -> dict[str, Any]:
    """The object as it may be stored: JSON-safe, addresses without what signs them, fields that
    are secret by their name left out (SE-24)."""
    cleaned = _cleaned(json_safe(value))
    return cleaned if isinstance(cleaned, dict) else {}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return strip_secrets(value)
    if isinstance(value, dict):
        return {
            name: _cleaned(part)
            for name, part in value.items()
            if not (_is_secret(name) or (isinstance(part, str) and is_login(part)))
        }
    if isinstance(value, list):
        return [_cleaned(part) for part in value]
    return value
