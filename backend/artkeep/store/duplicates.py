"""Groups of artworks that look the same, and what was decided about them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection, Select, delete, distinct, func, insert, select

from artkeep.domain.keep_rules import Candidate
from artkeep.domain.query import Query
from artkeep.store.models import (
    Artwork,
    ArtworkFile,
    ArtworkTag,
    Duplicate,
    DuplicateGroup,
    File,
    ToldApart,
)
from artkeep.store.search import matching
from artkeep.store.shown import shown, shown_id

_AT_ONCE = 5_000
_KEPT = Artwork.download_status != "skipped"


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be decided: how many groups, when and how they were looked for."""

    groups: int
    found_at: datetime | None
    distance: int | None


def hashes(
    connection: Connection, query: Query, after_id: int, up_to: int
) -> Sequence[tuple[int, str]]:
    """Artworks of a range of ids with the perceptual hash of a picture that is there; of an
    artwork with several, the newest comes last."""
    rows = connection.execute(
        select(Artwork.id, File.perceptual_hash)
        .join(ArtworkFile, ArtworkFile.artwork_id == Artwork.id)
        .join(File, File.id == ArtworkFile.file_id)
        .where(
            Artwork.id > after_id,
            Artwork.id <= up_to,
            Artwork.kind == "image",
            matching(query),
            File.state == "present",
            File.role.in_(("original", "converted")),
            File.perceptual_hash.is_not(None),
        )
        .order_by(Artwork.id, File.id)
    )
    return [(artwork_id, value or "") for artwork_id, value in rows]


def last_id(connection: Connection) -> int:
    """Of all artworks; 0 without any."""
    return connection.scalar(select(func.max(Artwork.id))) or 0


def told_apart(connection: Connection) -> dict[int, set[int]]:
    """By artwork, the decisions that it is no duplicate of others with the same one."""
    found: dict[int, set[int]] = {}
    for decision, artwork_id in connection.execute(
        select(ToldApart.decision, ToldApart.artwork_id)
    ):
        found.setdefault(artwork_id, set()).add(decision)
    return found


def replace_groups(
    connection: Connection, groups: Sequence[Sequence[int]], distance: int
) -> None:
    """Keep what was found in the place of what was found before, the largest groups first."""
    connection.execute(delete(Duplicate))
    connection.execute(delete(DuplicateGroup))
    now = datetime.now(UTC)
    numbered = enumerate(sorted(groups, key=lambda group: (-len(group), group[0])), start=1)
    while some := list(islice(numbered, _AT_ONCE)):
        connection.execute(
            insert(DuplicateGroup),
            [{"id": number, "distance": distance, "found_at": now} for number, _ in some],
        )
        connection.execute(
            insert(Duplicate),
            [
                {"group_id": number, "artwork_id": artwork_id}
                for number, group in some
                for artwork_id in group
            ],
        )


def undecided(connection: Connection) -> Found:
    """How much is left to decide."""
    left = _undecided().subquery()
    amount = connection.execute(select(func.count()).select_from(left)).scalar_one()
    first = connection.execute(
        select(DuplicateGroup.found_at, DuplicateGroup.distance).limit(1)
    ).first()
    return Found(amount, *(first or (None, None)))


def page(connection: Connection, after_id: int | None, limit: int) -> list[int]:
    """Groups with at least two artworks that were not deleted since."""
    groups = _undecided().order_by(Duplicate.group_id).limit(limit)
    if after_id is not None:
        groups = groups.where(Duplicate.group_id > after_id)
    return list(connection.scalars(groups))


def _undecided() -> Select[int]:
    return (
        select(Duplicate.group_id)
        .join(Artwork, Artwork.id == Duplicate.artwork_id)
        .where(_KEPT)
        .group_by(Duplicate.group_id)
        .having(func.count() > 1)
    )


def members(connection: Connection, group_ids: Collection[int]) -> dict[int, list[Candidate]]:
    """What is known of the artworks of groups, without those that were deleted."""
    tags = (
        select(func.count(distinct(ArtworkTag.tag_id)))
        .where(ArtworkTag.artwork_id == Artwork.id)
        .correlate(Artwork)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            Duplicate.group_id,
            Artwork.id,
            func.coalesce(shown.width, Artwork.width, 0),
            func.coalesce(shown.height, Artwork.height, 0),
            func.coalesce(shown.size, 0),
            func.coalesce(shown.format, ""),
            func.coalesce(shown.role, ""),
            Artwork.posted_at,
            Artwork.prompt,
            Artwork.seed,
            Artwork.model,
            tags,
            shown.perceptual_hash,
        )
        .join(Artwork, Artwork.id == Duplicate.artwork_id)
        .outerjoin(shown, shown.id == shown_id)
        .where(Duplicate.group_id.in_(group_ids), _KEPT)
        .order_by(Duplicate.group_id, Artwork.id)
    )
    found: dict[int, list[Candidate]] = {}
    for group_id, artwork_id, width, height, size, form, role, posted, *known in rows:
        prompt, seed, model, tagged, perceptual_hash = known
        found.setdefault(group_id, []).append(
            Candidate(
                artwork_id=artwork_id,
                pixels=width * height,
                size=size,
                format=form,
                is_original=role == "original",
                posted_at=posted,
                has_prompt=bool(prompt),
                known=sum(map(bool, (prompt, seed, model))) * 100 + min(tagged, 99),
                perceptual_hash=int(perceptual_hash, 16) if perceptual_hash else None,
            )
        )
    return found


def forget(connection: Connection, group_ids: Collection[int]) -> None:
    """These are decided."""
    connection.execute(delete(Duplicate).where(Duplicate.group_id.in_(group_ids)))
    connection.execute(delete(DuplicateGroup).where(DuplicateGroup.id.in_(group_ids)))


def tell_apart(connection: Connection, group_ids: Collection[int]) -> int:
    """Remember that these are no duplicates; how many groups there were."""
    decision = connection.scalar(select(func.max(ToldApart.decision))) or 0
    amount = 0
    for group_id, artwork_ids in _groups(connection, group_ids):
        decision += 1
        amount += 1
        rows = [{"decision": decision, "artwork_id": one} for one in artwork_ids]
        connection.execute(insert(ToldApart), rows)
        forget(connection, [group_id])
    return amount


def _groups(
    connection: Connection, group_ids: Collection[int]
) -> Iterator[tuple[int, list[int]]]:
    found: dict[int, list[int]] = {}
    rows = select(Duplicate.group_id, Duplicate.artwork_id)
    for group_id, artwork_id in connection.execute(
        rows.where(Duplicate.group_id.in_(group_ids))
    ):
        found.setdefault(group_id, []).append(artwork_id)
    yield from sorted(found.items())
