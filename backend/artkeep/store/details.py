"""Everything there is to tell about one artwork, apart from its card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from artkeep.store import failures
from artkeep.store.failures import FailureRow
from artkeep.store.ledger import targets_of_artwork
from artkeep.store.models import (
    Artwork,
    ArtworkFile,
    ArtworkLink,
    ArtworkTag,
    File,
    Group,
    Place,
    Root,
    Tag,
    Work,
)
from artkeep.store.places import whole_path

_HASHES = ("md5", "sha1", "sha256", "sha512")


@dataclass(frozen=True, slots=True)
class Wait:
    """A stage that was put off to a later visit (NF-1), and why."""

    stage: str
    reason: str
    detail: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Details:
    """`columns`, `tags`, `files` and `links` are rows as they go over the wire."""

    columns: dict[str, Any]
    tags: list[dict[str, Any]]
    files: list[dict[str, Any]]
    links: list[dict[str, Any]]
    failures: list[FailureRow]
    waits: list[Wait]
    targets: list[str]


def details(connection: Connection, artwork_id: int) -> Details | None:
    """None when there is no artwork of this id."""
    row = connection.execute(
        select(
            Artwork.author_id,
            Artwork.version_id,
            Artwork.version_name,
            Artwork.prompt,
            Artwork.negative_prompt,
            Artwork.seed,
            Artwork.generation,
            Group.site_id.label("group_id"),
            Group.title.label("group_title"),
            Artwork.position,
            *(getattr(Artwork, name) for name in _HASHES),
        )
        .outerjoin(Group, Group.id == Artwork.group_id)
        .where(Artwork.id == artwork_id)
    ).one_or_none()
    if row is None:
        return None
    columns: dict[str, Any] = row._asdict()
    hashes = {name: columns.pop(name) for name in _HASHES}
    columns["upstream_hashes"] = {name: value for name, value in hashes.items() if value}
    return Details(
        columns,
        tags=_tags(connection, artwork_id),
        files=_files(connection, artwork_id),
        links=_links(connection, artwork_id),
        failures=failures.of_artwork(connection, artwork_id),
        waits=_waits(connection, artwork_id),
        targets=[target.title for target in targets_of_artwork(connection, artwork_id)],
    )


def _waits(connection: Connection, artwork_id: int) -> list[Wait]:
    found: Any = (
        select(Work.stage, Work.reason, Work.detail, Work.not_before)
        .where(
            Work.artwork_id == artwork_id,
            Work.owner.is_(None),
            Work.reason.is_not(None),
            Work.not_before > datetime.now(UTC),
        )
        .order_by(Work.not_before, Work.id)
    )
    return [Wait(*row) for row in connection.execute(found)]


def _tags(connection: Connection, artwork_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(
            Tag.name,
            Tag.category,
            ArtworkTag.origin,
            ArtworkTag.score,
            ArtworkTag.up,
            ArtworkTag.down,
            ArtworkTag.automated,
        )
        .join(Tag, Tag.id == ArtworkTag.tag_id)
        .where(ArtworkTag.artwork_id == artwork_id)
        .order_by(ArtworkTag.score.desc().nulls_last(), Tag.name, ArtworkTag.origin)
    )
    return [dict(row) for row in rows.mappings()]


def _files(connection: Connection, artwork_id: int) -> list[dict[str, Any]]:
    """The newest first; those that are not there any more, too."""
    rows = connection.execute(
        select(
            File.id,
            File.role,
            File.quality,
            File.format,
            File.size,
            File.width,
            File.height,
            File.sha256,
            File.downloaded_sha256,
            File.picture_hash,
            File.perceptual_hash,
            File.state,
            File.created_at,
        )
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .where(ArtworkFile.artwork_id == artwork_id)
        .order_by(File.id.desc())
    ).all()
    paths: dict[int, list[str]] = {}
    for file_id, root, path in connection.execute(
        select(Place.file_id, Root.path, Place.path)
        .join(Root, Root.id == Place.root_id)
        .where(Place.file_id.in_([row.id for row in rows]))
        .order_by(Place.is_primary.desc(), Place.id)
    ):
        paths.setdefault(file_id or 0, []).append(whole_path(root, path))
    return [
        row._asdict()
        | {
            "paths": paths.get(row.id, []),
            "media_url": f"/media/{row.id}",
            "created_at": row.created_at.isoformat(),
        }
        for row in rows
    ]


def _links(connection: Connection, artwork_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(ArtworkLink.relation, ArtworkLink.site, ArtworkLink.site_id)
        .where(ArtworkLink.artwork_id == artwork_id)
        .order_by(ArtworkLink.relation, ArtworkLink.site, ArtworkLink.site_id)
    )
    return [dict(row) for row in rows.mappings()]
