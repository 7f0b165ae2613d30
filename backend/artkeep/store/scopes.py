"""Asking for a stage over the artworks that a query means, a page at a time.

How far it is stands among the job's parameters, written with the work in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, update

from artkeep.domain.artwork import StageName, Status
from artkeep.domain.query import Query
from artkeep.store import jobs, search, work
from artkeep.store.embedded import THERE
from artkeep.store.models import Artwork, ArtworkFile, File, Job, Work

AMOUNT = "amount"  # how many artworks the query meant when the job was made
ASKED_TO = "asked_to"  # how far it was asked for: an artwork, or a row of a batch
IS_ASKED = "is_asked"  # all of them were


def waiting(connection: Connection, job_id: int, stage: StageName, most: int) -> int:
    """How much of a job's work on a stage is unfinished; `most` and more count as `most`."""
    some = (
        select(Work.id).where(Work.job_id == job_id, Work.stage == stage).limit(most).subquery()
    )
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def ask(
    connection: Connection,
    job_id: int,
    owner: str,
    epoch: int,
    artwork_ids: Sequence[int],
    stage: StageName,
    spec: Mapping[str, Any],
    asked_to: int | None,
    is_last: bool,
) -> bool:
    """Ask for a page, and remember that; False when the lead of the job was lost."""
    if not jobs.is_led_by(connection, job_id, owner, epoch):
        return False
    asked = work.ask(connection, artwork_ids, stage, job_id, dict(spec))
    jobs.count(connection, job_id, stage, "elsewhere", amount=asked.elsewhere)
    params = dict(connection.execute(select(Job.params).where(Job.id == job_id)).scalar_one())
    params[ASKED_TO] = asked_to
    params[IS_ASKED] = is_last
    connection.execute(update(Job).where(Job.id == job_id).values(params=params))
    return True


@dataclass(frozen=True, slots=True)
class FormatSum:
    """The originals of one format."""

    format: str
    files: int
    bytes: int


def originals_by_format(connection: Connection, query: Query) -> list[FormatSum]:
    """The originals that are there of what a query means, the largest sum first."""
    total = func.sum(File.size)
    rows = connection.execute(
        select(File.format, func.count(), total)
        .join(ArtworkFile, ArtworkFile.file_id == File.id)
        .join(Artwork, Artwork.id == ArtworkFile.artwork_id)
        .where(search.matching(query), File.role == "original", File.state.in_(THERE))
        .group_by(File.format)
        .order_by(total.desc())
    )
    return [FormatSum(name, files, int(size)) for name, files, size in rows]


def done_before(connection: Connection, query: Query, stage: StageName) -> int:
    """How many of the artworks that a query means were worked on before."""
    counted = select(func.count()).select_from(Artwork)
    status = getattr(Artwork, f"{stage}_status")
    return connection.execute(
        counted.where(search.matching(query), status == Status.DONE.value)
    ).scalar_one()


def sample(connection: Connection, query: Query, amount: int) -> list[int]:
    """Some artworks of a query with pictures that are there, spread over all of them."""
    is_there = (
        select(ArtworkFile.artwork_id)
        .join(File, File.id == ArtworkFile.file_id)
        .where(File.role == "original", File.state.in_(THERE))
    )
    meant = select(Artwork.id).where(
        search.matching(query), Artwork.kind == "image", Artwork.id.in_(is_there)
    )
    total = connection.execute(select(func.count()).select_from(meant.subquery())).scalar_one()
    step = max(1, total // amount)
    return [
        found
        for place in range(0, min(total, step * amount), step)
        if (found := connection.scalar(meant.order_by(Artwork.id).offset(place).limit(1)))
        is not None
    ][:amount]


def every_nth(
    connection: Connection, query: Query, step: int, *, after_id: int | None, limit: int
) -> list[int]:
    """Artworks of a query by id, after that one: about every `step`-th, spread over all."""
    statement = search.select_ids(query, after_id=after_id, limit=limit)
    if step > 1:
        statement = statement.where(Artwork.id % step == 0)
    return list(connection.scalars(statement))
