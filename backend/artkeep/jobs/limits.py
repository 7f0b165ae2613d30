"""How much a job takes at most: of all artworks, and of each model.

Limits count what a target has, or, with `limits_this_run`, what the job itself fetches: then
nothing that is here uses them up, and of a tag each model counts that it was listed by.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName, Status
from artkeep.store import artworks, jobs
from artkeep.store.artworks import SavedArtwork
from artkeep.store.walks import ListingRow

if TYPE_CHECKING:
    from artkeep.jobs.asking import Wanted

_TAKEN = ("asked", "known", "elsewhere", "would")
OVER_MODEL = "max_per_model"
_BEHIND_LIMIT = frozenset({None, "filtered_prompt"})  # reasons that come after this limit


def room_left(connection: Connection, job_id: int, wanted: Wanted) -> int | None:
    """How many more the job takes, None without a limit."""
    if wanted.most is None:
        return None
    outcomes = (jobs.FETCHED,) if wanted.limits_this_run else _TAKEN
    taken = sum(
        tally.amount
        for tally in jobs.tallies(connection, job_id)
        if tally.stage == StageName.DOWNLOAD and tally.outcome in outcomes
    )
    return max(0, wanted.most - taken)


def uses_up(one: SavedArtwork, wanted: Wanted, restored: Collection[int]) -> bool:
    """Whether a wanted artwork counts towards the limits."""
    if not wanted.limits_this_run or one.id in restored:
        return True
    here = (Status.DONE, Status.QUEUED, Status.GONE)
    return one.download_status not in here


def leave_out_over_model(
    connection: Connection,
    job_id: int,
    target_id: int,
    row: ListingRow,
    wanted: Wanted,
    saved: Sequence[SavedArtwork],
    restored: Collection[int],
    reasons: dict[int, str | None],
) -> None:
    """Put the reason for those of a page that are too many of their model."""
    if wanted.most_per_model is None:
        return
    model_id = _listed_model(row)
    if not wanted.limits_this_run or model_id is None:
        _over_stored_model(connection, target_id, wanted.most_per_model, saved, reasons)
        return
    taken = sum(
        tally.amount
        for tally in jobs.tallies(connection, job_id)
        if (tally.outcome, tally.reason) == (jobs.FETCHED, model_id)
    )
    for one in saved:
        if reasons[one.id] in _BEHIND_LIMIT and uses_up(one, wanted, restored):
            if taken >= wanted.most_per_model:
                reasons[one.id] = OVER_MODEL
            elif reasons[one.id] is None:
                taken += 1


def count_by_listed_model(
    connection: Connection,
    job_id: int,
    row: ListingRow,
    fetched: int,
    left_out: Mapping[int, str | None],
    fresh: Sequence[SavedArtwork],
) -> None:
    """Note what of a page counts towards the limits of this run."""
    model_id = _listed_model(row) or ""
    over = sum(left_out[one.id] == OVER_MODEL for one in fresh)
    jobs.count(connection, job_id, StageName.DOWNLOAD, jobs.FETCHED, model_id, amount=fetched)
    jobs.count(connection, job_id, StageName.DOWNLOAD, jobs.OVER, model_id, amount=over)


def count_taken_after_all(connection: Connection, job_id: int, amount: int) -> None:
    """What one model of a tag had too many of, another one that lists it had room for."""
    jobs.count(connection, job_id, StageName.DOWNLOAD, "skipped", OVER_MODEL, amount=-amount)


def _listed_model(row: ListingRow) -> str | None:
    return dict(row.options).get("model_id")


def _over_stored_model(
    connection: Connection,
    target_id: int,
    most: int,
    saved: Sequence[SavedArtwork],
    reasons: dict[int, str | None],
) -> None:
    of_model = artworks.count_by_model(
        connection, target_id, [one.artwork.model for one in saved], [one.id for one in saved]
    )
    for one in saved:
        model = one.artwork.model
        if model is None or reasons[one.id] is not None:
            continue
        of_model[model] += 1
        if of_model[model] > most:
            reasons[one.id] = OVER_MODEL
