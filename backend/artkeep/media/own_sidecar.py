"""A sidecar of ours, read back when the database that it was written from is lost (CR-21)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from artkeep.domain.artwork import Artwork, Group, Kind, Link, Tag, json_safe
from artkeep.domain.legacy import HD, SD, OldEntry
from artkeep.domain.rating import Rating, parse_rating
from artkeep.media.loose_values import (
    as_hash,
    as_moment,
    as_object,
    as_side,
    as_stated,
    as_text,
)

_MOST_TAGS = 5_000


def entry_of_ours(told: Mapping[str, Any], path: str) -> OldEntry | None:
    """A sidecar of ours as the entry of the file that it is about."""
    site, site_id = as_text(told.get("site")), as_text(told.get("id"))
    if not site or not site_id:
        return None
    size, version = as_object(told.get("size")), as_object(told.get("version"))
    hashes, file, group = (as_object(told.get(name)) for name in ("hashes", "file", "group"))
    group_id = as_text(group.get("id"))
    fetched = as_object(told.get("tags_fetched"))
    artwork = Artwork(
        site=site,
        site_id=site_id,
        kind=_kind(told.get("kind")),
        page_url=as_text(told.get("page_url")) or "",
        media_url=as_text(told.get("media_url")),
        author=as_text(told.get("author")),
        author_id=as_text(told.get("author_id")),
        title=as_text(told.get("title")),
        rating=_rating(told.get("rating")),
        posted_at=as_moment(told.get("posted_at")),
        width=as_side(size.get("width")),
        height=as_side(size.get("height")),
        model=as_text(told.get("model")),
        base_model=as_text(told.get("base_model")),
        version_id=as_text(version.get("id")),
        version_name=as_text(version.get("name")),
        prompt=as_text(told.get("prompt")),
        negative_prompt=as_text(told.get("negative_prompt")),
        seed=as_text(told.get("seed")),
        generation=json_safe(as_object(told.get("generation"))) or None,
        md5=as_text(hashes.get("md5")),
        sha1=as_text(hashes.get("sha1")),
        sha256=as_text(hashes.get("sha256")),
        sha512=as_text(hashes.get("sha512")),
        group_id=group_id,
        position=as_side(group.get("position")),
        tags=tuple(_our_tags(told.get("tags"))),
        links=tuple(_links(told.get("links"))),
        raw=as_object(told.get("raw")),
    )
    return OldEntry(
        key=path,
        artwork=artwork,
        path=path,
        quality=SD if file.get("quality") == SD else HD,
        downloaded_at=as_moment(told.get("downloaded_at")),
        downloaded_sha256=as_hash(file.get("downloaded_sha256")) or as_hash(file.get("sha256")),
        group=Group(site, group_id, title=as_text(group.get("title"))) if group_id else None,
        voted_at=as_moment(fetched.get("at")),
        stated=as_stated(file, size=file.get("size")),
        role="converted" if isinstance(told.get("source"), dict) else "original",
    )


def _kind(value: Any) -> Kind:
    return Kind(value) if value in [kind.value for kind in Kind] else Kind.IMAGE


def _rating(value: Any) -> Rating | None:
    try:
        return parse_rating(value) if isinstance(value, str) else None
    except KeyError:
        return None


def _our_tags(rows: Any) -> Iterator[Tag]:
    for row in rows[:_MOST_TAGS] if isinstance(rows, list) else ():
        name = as_text(row.get("name")) if isinstance(row, dict) else None
        if name is None:
            continue
        votes = {
            key: row[key] if type(row.get(key)) is int else None
            for key in ("score", "up", "down", "level")
        }
        automated = row.get("automated")
        yield Tag(
            name,
            as_text(row.get("category")) or "",
            as_text(row.get("id")),
            automated=automated if isinstance(automated, bool) else None,
            display=as_text(row.get("display")),
            **votes,
        )


def _links(rows: Any) -> Iterator[Link]:
    for row in rows[:_MOST_TAGS] if isinstance(rows, list) else ():
        row = as_object(row)
        relation, site_id = as_text(row.get("relation")), as_text(row.get("id"))
        if relation and site_id:
            yield Link(relation, site_id)
