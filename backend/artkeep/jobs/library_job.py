"""Jobs over the library: a query says which artworks, and one stage is asked of each.

Work is asked for a few thousand artworks ahead of what is done (design §5), in ascending order
of their ids. How far it is stands in the job's row: whoever leads it next goes on there.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName
from artkeep.domain.query import Query, parse_query
from artkeep.domain.query_nodes import And
from artkeep.errors import UsageError
from artkeep.jobs.listed import Lead, LeadLost
from artkeep.jobs.runner import StageRunner
from artkeep.jobs.start import Started, parse_chain
from artkeep.jobs.tag_jobs import MOST_TAGS_CLAIMED, artworks_at_once
from artkeep.settings import Settings
from artkeep.stages import STAGE_OF
from artkeep.stages._stage import StageContext
from artkeep.stages.move import UNDO
from artkeep.store import jobs, move_batches, removal, scopes, search
from artkeep.store.jobs import JobRow

KINDS = (StageName.TAGS, StageName.EMBED, StageName.CONVERT, StageName.MOVE)
_AHEAD = 3000
_PAGE = 500
_LOOK_S = 0.2


def is_over_library(job: JobRow) -> bool:
    """Whether the job has a query instead of targets."""
    return job.kind in KINDS


def chain_of(job: JobRow) -> list[StageName]:
    """The stages that a job asks for, in their order."""
    if job.params.get("simulate") or job.kind in jobs.WITHOUT_STAGE:
        return []
    first = StageName(job.kind) if is_over_library(job) else StageName.DOWNLOAD
    return [first, *map(StageName, job.then)]


def runner_of(
    job: JobRow, stage: StageName, context: StageContext, work_of: int | None = None
) -> StageRunner:
    """What works on a stage of a job; or on that of another job, as this one would.

    How many artworks at a time the job was told counts for its first stage.
    """
    chain = chain_of(job)
    told = job.params.get("concurrency")
    is_first = bool(chain) and stage is chain[0]
    workers = int(told) if told and is_first else _usual_workers(stage, context.settings)
    batch = context.settings.convert.batch_size if stage is StageName.CONVERT else None
    if stage is StageName.TAGS:  # one question is about many artworks
        workers, batch = artworks_at_once(context, workers), MOST_TAGS_CLAIMED
    return StageRunner(STAGE_OF[stage], context, work_of or job.id, workers, most_claimed=batch)


def _usual_workers(stage: StageName, settings: Settings) -> int:
    if stage is StageName.CONVERT:
        return settings.workers.convert or os.cpu_count() or 1
    usual = {StageName.EMBED: settings.workers.embed, StageName.TAGS: settings.workers.tags}
    return usual.get(stage, settings.workers.download)


def batch_undone_by(job: JobRow) -> int | None:
    """The batch that a move job takes back, when that is what it does."""
    told = (job.params.get("stages") or {}).get(StageName.MOVE) or {}
    return told.get(UNDO)


def scope_of(connection: Connection, text: str, stage: StageName) -> Query:
    """What a query means to a stage: without what was deleted, and only what it can work on.

    Raises BadQuery.
    """
    query = removal.without_removed(connection, parse_query(text))
    parts = [part.root for part in (query, STAGE_OF[stage].needs) if part.root is not None]
    return Query(And(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None)


def start_over_library(
    connection: Connection,
    stage: StageName,
    text: str,
    *,
    stages: Mapping[str, Any],
    concurrency: int | None = None,
    then: Sequence[str] = (),
) -> Started:
    """A job over what a query means, or the unfinished one that asks for the same.

    `stages` say how this stage, and those of `then`, are done. Raises BadQuery, UsageError.
    """
    if stage not in KINDS:
        raise UsageError(f"There are no {stage} jobs over the library.")
    chain = [word for word in parse_chain(then) if word != stage]
    identity = json.dumps([stage, text, dict(stages), chain], sort_keys=True)
    signature = hashlib.sha256(identity.encode()).hexdigest()[:32]
    going_on = jobs.unfinished_like(connection, signature)
    if going_on is not None:
        jobs.want(connection, going_on.id, "running")
        return Started(going_on.id, is_new=False)
    amount = search.count_matching(connection, scope_of(connection, text, stage))
    job_id = jobs.create(
        connection,
        kind=stage,
        title=f"{stage.capitalize()} {amount} {'artwork' if amount == 1 else 'artworks'}",
        params={
            "concurrency": concurrency,
            "stages": dict(stages),
            scopes.AMOUNT: amount,
        },
        then=chain,
        signature=signature,
        query=text,
    )
    return Started(job_id, is_new=True)


async def ask_all(
    context: StageContext,
    lead: Lead,
    job: JobRow,
    may_go_on: Callable[[], Awaitable[None]],
    found_work: Callable[[], None],
) -> None:
    """Ask for the job's stage, artwork by artwork. Raises LeadLost."""
    store, stage = context.store, StageName(job.kind)
    next_page = await store.read(_pages_of, job, stage)
    usual = {"then": list(job.then), "stages": job.params.get("stages") or {}}
    asked_to = job.params.get(scopes.ASKED_TO)
    while not job.params.get(scopes.IS_ASKED):
        await may_go_on()
        if await store.read(scopes.waiting, job.id, stage, _AHEAD) >= _AHEAD:
            await asyncio.sleep(_LOOK_S)
            continue
        page = await store.read(next_page, asked_to)
        asked_to, spec = page.asked_to, usual | page.spec
        leading = (lead.job_id, lead.owner, lead.epoch)
        if not await store.write(
            scopes.ask, *leading, page.artwork_ids, stage, spec, asked_to, page.is_last
        ):
            raise LeadLost(f"Job {job.id} is led by another instance.")
        found_work()
        if page.is_last:
            return


@dataclass(frozen=True, slots=True)
class _Page:
    """Artworks to be asked for, what their work is told beside the usual, and how far it is."""

    artwork_ids: list[int]
    asked_to: int | None
    is_last: bool
    spec: dict[str, Any] = field(default_factory=dict)


def _pages_of(
    connection: Connection, job: JobRow, stage: StageName
) -> Callable[[Connection, int | None], _Page]:
    batch_id = batch_undone_by(job)
    if batch_id is not None:
        return partial(_page_of_batch, batch_id=batch_id)
    return partial(_page_of_query, query=scope_of(connection, job.query or "", stage))


def _page_of_query(connection: Connection, after_id: int | None, *, query: Query) -> _Page:
    statement = search.select_ids(query, after_id=after_id, limit=_PAGE)
    ids = list(connection.scalars(statement))
    return _Page(ids, ids[-1] if ids else after_id, is_last=len(ids) < _PAGE)


def _page_of_batch(connection: Connection, before_row: int | None, *, batch_id: int) -> _Page:
    found = move_batches.moves_to_undo(connection, batch_id, before_row)
    if found is None:
        return _Page([], before_row, is_last=True)
    row_id, artwork_ids = found
    return _Page(artwork_ids, row_id, is_last=False, spec={move_batches.ROW: row_id})
