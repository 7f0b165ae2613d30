"""What targets left out: why, how much of it, and having it after all.

The reason stands in `target_artworks.skipped`: a filter's, `max_per_model`, or
`deleted_by_me`, which is told by the artwork itself and undone by restoring only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, case, func, select, update

from artkeep.domain.artwork import Status
from artkeep.store.artworks import SavedArtwork
from artkeep.store.models import Artwork, TargetArtwork
from artkeep.store.removal import DELETED_BY_ME


def decided(
    connection: Connection,
    target_id: int,
    saved: Sequence[SavedArtwork],
    reasons: Mapping[int, str | None],
) -> dict[int, str | None]:
    """The reasons by which a page is left out, with what people decided before: what they had
    after all stays wanted, what they deleted is not asked for."""
    left_out = [one.id for one in saved if reasons[one.id] is not None]
    wanted_before: Collection[int] = ()
    if left_out:
        wanted_before = set(
            connection.scalars(
                select(TargetArtwork.artwork_id).where(
                    TargetArtwork.target_id == target_id,
                    TargetArtwork.artwork_id.in_(left_out),
                    TargetArtwork.skipped.is_(None),
                )
            )
        )
    found = {one.id: None if one.id in wanted_before else reasons[one.id] for one in saved}
    for one in saved:
        if one.download_status == Status.SKIPPED and found[one.id] is None:
            found[one.id] = DELETED_BY_ME
    return found


def reasons_of(connection: Connection, target_id: int) -> dict[str, int]:
    """How many artworks a target left out for which reason, the most first."""
    amount = func.count()
    reason = case(
        (Artwork.download_status == Status.SKIPPED.value, DELETED_BY_ME),
        else_=TargetArtwork.skipped,
    )
    rows = connection.execute(
        select(reason, amount)
        .join(Artwork, Artwork.id == TargetArtwork.artwork_id)
        .where(TargetArtwork.target_id == target_id, TargetArtwork.skipped.is_not(None))
        .group_by(reason)
        .order_by(amount.desc(), reason)
    )
    return {why: number for why, number in rows}


def take(
    connection: Connection, target_id: int, reasons: Collection[str], limit: int
) -> list[tuple[int, str]]:
    """Make up to `limit` artworks wanted that a target left out for these reasons (none given:
    for any); each with its download status. What was deleted stays deleted."""
    some = (
        select(TargetArtwork.artwork_id)
        .join(Artwork, Artwork.id == TargetArtwork.artwork_id)
        .where(
            TargetArtwork.target_id == target_id,
            TargetArtwork.skipped.is_not(None),
            Artwork.download_status != Status.SKIPPED.value,
        )
    )
    if reasons:
        some = some.where(TargetArtwork.skipped.in_(reasons))
    ids = connection.scalars(some.order_by(TargetArtwork.artwork_id).limit(limit)).all()
    connection.execute(
        update(TargetArtwork)
        .where(TargetArtwork.target_id == target_id, TargetArtwork.artwork_id.in_(ids))
        .values(skipped=None)
    )
    rows = connection.execute(
        select(Artwork.id, Artwork.download_status)
        .where(Artwork.id.in_(ids))
        .order_by(Artwork.id)
    )
    return [(artwork_id, status) for artwork_id, status in rows]
