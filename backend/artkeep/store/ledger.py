"""Targets: what was asked for, and what became of everything that was listed for it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from artkeep.domain.rating import Rating
from artkeep.domain.target import Filters, TargetKind
from artkeep.domain.target import Target as AskedTarget
from artkeep.store.models import Artwork, JobTarget, Target, TargetArtwork


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target with what the last plan learnt about it."""

    id: int
    asked: AskedTarget
    title: str
    site_claims: int | None
    site_claims_what: str
    unreachable: tuple[str, ...]
    checked_at: datetime | None
    is_watched: bool
    check_every_s: int | None
    next_check_at: datetime | None
    watch_note: str | None
    is_picked: bool = False  # of a job's target: only artworks that were ticked, no walks


@dataclass(frozen=True, slots=True)
class TargetCounts:
    """The ledger line of a target, counted over its artworks."""

    listed: int
    stored: int
    skipped: int
    failed: int
    gone: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Member:
    """An artwork of a target; `skipped` says why its filters leave it out."""

    id: int
    download_status: str
    skipped: str | None


def save_target(connection: Connection, target: AskedTarget) -> int:
    """The id of this target, which is made if it is new."""
    filters = target.filters.to_json()
    filters_key = json.dumps(filters, sort_keys=True)
    known = select(Target.id).where(Target.key == target.key, Target.filters_key == filters_key)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(Target)
        .values(
            key=target.key,
            site=target.site,
            kind=target.kind.value,
            value=target.value,
            filters=filters,
            filters_key=filters_key,
            added_at=datetime.now(UTC),
        )
        .on_conflict_do_nothing()
    )
    return connection.execute(known).scalar_one()


_TARGET = (
    Target.id,
    Target.site,
    Target.kind,
    Target.value,
    Target.filters,
    Target.title,
    Target.site_claims,
    Target.site_claims_what,
    Target.unreachable,
    Target.checked_at,
    Target.is_watched,
    Target.check_every_s,
    Target.next_check_at,
    Target.watch_note,
)


def targets_of_job(connection: Connection, job_id: int) -> list[TargetRow]:
    """The targets of a job, in the order they were given."""
    rows = connection.execute(
        select(*_TARGET, JobTarget.is_picked)
        .join(JobTarget, JobTarget.target_id == Target.id)
        .where(JobTarget.job_id == job_id)
        .order_by(JobTarget.position)
    )
    return [_target(row) for row in rows]


def all_targets(
    connection: Connection, *, before: int | None = None, limit: int | None = None
) -> list[TargetRow]:
    """Every target ever asked for, the newest first; those older than `before`."""
    found = select(*_TARGET).order_by(Target.id.desc()).limit(limit)
    if before is not None:
        found = found.where(Target.id < before)
    return [_target(row) for row in connection.execute(found)]


def target(connection: Connection, target_id: int) -> TargetRow | None:
    """One target, or None."""
    row = connection.execute(select(*_TARGET).where(Target.id == target_id)).one_or_none()
    return _target(row) if row else None


def earlier_alike(connection: Connection, row: TargetRow) -> list[AskedTarget]:
    """Other targets of the same site and kind that were asked for before."""
    asked = row.asked
    rows = connection.execute(
        select(Target.value)
        .where(
            Target.site == asked.site,
            Target.kind == asked.kind.value,
            Target.id < row.id,
            Target.key != asked.key,
        )
        .distinct()
    )
    return [AskedTarget(asked.site, asked.kind, value) for (value,) in rows]


def newest_of_key(connection: Connection, key: str) -> TargetRow | None:
    """The target of this key that was asked for last, whatever its filters, or None."""
    row = connection.execute(
        select(*_TARGET).where(Target.key == key).order_by(Target.id.desc()).limit(1)
    ).one_or_none()
    return _target(row) if row else None


def targets_of_artwork(connection: Connection, artwork_id: int) -> list[TargetRow]:
    """The targets that an artwork belongs to; not those that left it out."""
    rows = connection.execute(
        select(*_TARGET)
        .join(TargetArtwork, TargetArtwork.target_id == Target.id)
        .where(TargetArtwork.artwork_id == artwork_id, TargetArtwork.skipped.is_(None))
        .order_by(Target.id)
    )
    return [_target(row) for row in rows]


def _target(row: Any) -> TargetRow:
    asked = AskedTarget(
        row.site, TargetKind(row.kind), row.value, Filters.from_json(row.filters)
    )
    return TargetRow(
        row.id,
        asked,
        row.title or asked.title,
        row.site_claims,
        row.site_claims_what or "",
        tuple(row.unreachable or ()),
        row.checked_at,
        row.is_watched,
        row.check_every_s,
        row.next_check_at,
        row.watch_note,
        getattr(row, "is_picked", False),
    )


def save_plan(
    connection: Connection,
    target_id: int,
    *,
    title: str | None,
    site_claims: int | None,
    site_claims_what: str,
    unreachable: Sequence[str],
) -> None:
    """Keep what a plan learnt about its target."""
    connection.execute(
        update(Target)
        .where(Target.id == target_id)
        .values(
            title=title,
            site_claims=site_claims,
            site_claims_what=site_claims_what,
            unreachable=list(unreachable),
            checked_at=datetime.now(UTC),
        )
    )


def save_claim(connection: Connection, target_id: int, claims: int, what: str) -> None:
    """Keep how many artworks the site says there are, and what that number includes."""
    connection.execute(
        update(Target)
        .where(Target.id == target_id)
        .values(site_claims=claims, site_claims_what=what)
    )


def members_not_seen(
    connection: Connection, target_id: int, job_id: int, limit: int
) -> list[Member]:
    """Artworks of a target that a job has not come across."""
    rows = connection.execute(
        select(Artwork.id, Artwork.download_status, TargetArtwork.skipped)
        .join(TargetArtwork, TargetArtwork.artwork_id == Artwork.id)
        .where(
            TargetArtwork.target_id == target_id,
            TargetArtwork.seen_by.is_distinct_from(job_id),
        )
        .order_by(Artwork.id)
        .limit(limit)
    )
    return [Member(*row) for row in rows]


def members_among(
    connection: Connection, target_id: int, artwork_ids: Collection[int]
) -> Sequence[int]:
    """Those of these artworks that a target has and did not leave out."""
    return connection.scalars(
        select(TargetArtwork.artwork_id).where(
            TargetArtwork.target_id == target_id,
            TargetArtwork.artwork_id.in_(list(artwork_ids)),
            TargetArtwork.skipped.is_(None),
        )
    ).all()


@dataclass(frozen=True, slots=True)
class ListedArtwork:
    """An artwork that a job has listed: `artkeep get --simulate --json` prints it."""

    id: int
    site: str
    site_id: str
    kind: str
    page_url: str
    author: str | None
    rating: int | None
    download_status: str
    skipped: str | None

    def to_json(self) -> dict[str, Any]:
        """One line of output."""
        status = self.download_status
        return {
            "site": self.site,
            "id": self.site_id,
            "kind": self.kind,
            "page_url": self.page_url,
            "author": self.author,
            "rating": Rating(self.rating).label if self.rating is not None else None,
            "status": "new" if status == "none" else status,
            "skipped": self.skipped,
        }


def listed_by(
    connection: Connection, job_id: int, after: int, limit: int
) -> list[ListedArtwork]:
    """What a job has listed, by row id."""
    rows = connection.execute(
        select(
            Artwork.id,
            Artwork.site,
            Artwork.site_id,
            Artwork.kind,
            Artwork.page_url,
            Artwork.author,
            Artwork.rating,
            Artwork.download_status,
            func.min(TargetArtwork.skipped),
        )
        .join(TargetArtwork, TargetArtwork.artwork_id == Artwork.id)
        .where(TargetArtwork.seen_by == job_id, Artwork.id > after)
        .group_by(Artwork.id)
        .order_by(Artwork.id)
        .limit(limit)
    )
    return [ListedArtwork(*row) for row in rows]


def mark_seen(
    connection: Connection, target_id: int, job_id: int, artwork_ids: Sequence[int]
) -> None:
    """A job has come across these."""
    connection.execute(
        update(TargetArtwork)
        .where(TargetArtwork.target_id == target_id, TargetArtwork.artwork_id.in_(artwork_ids))
        .values(seen_by=job_id)
    )


def counts(connection: Connection, target_id: int) -> TargetCounts:
    """What became of everything that was ever listed for a target."""
    status = Artwork.download_status
    is_skipped = TargetArtwork.skipped.is_not(None)

    def wanted(*statuses: str) -> Any:
        return func.count().filter(~is_skipped, status.in_(statuses))

    row = connection.execute(
        select(
            func.count(),
            wanted("done"),
            func.count().filter(is_skipped),
            wanted("failed"),
            wanted("gone"),
            wanted("none", "queued", "skipped"),
        )
        .join(Artwork, Artwork.id == TargetArtwork.artwork_id)
        .where(TargetArtwork.target_id == target_id)
    ).one()
    return TargetCounts(*row)
