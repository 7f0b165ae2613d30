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
from artkeep.store import jobs, removal, scopes, search
from artkeep.store.jobs import JobRow

KINDS = (StageName.TAGS, StageName.EMBED, StageName.CONVERT)
_AHEAD = 3000
_PAGE = 500
_LOOK_S = 0.2


def is_over_library(job: JobRow) -> bool:
    """Whether the job has a query instead of targets."""
    return job.kind in KINDS


def chain_of(job: JobRow) -> list[StageName]:
    """The stages that a job asks for, in their order."""
    if job.params.get("simulate"):
        return []  # listed only
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
    query = await store.read(scope_of, job.query or "", stage)
    spec = {"then": list(job.then), "stages": job.params.get("stages") or {}}
    asked_to = job.params.get(scopes.ASKED_TO)
    while not job.params.get(scopes.IS_ASKED):
        await may_go_on()
        if await store.read(scopes.waiting, job.id, stage, _AHEAD) >= _AHEAD:
            await asyncio.sleep(_LOOK_S)
            continue
        ids = await store.read(_page, query, asked_to)
        asked_to = ids[-1] if ids else asked_to
        is_last = len(ids) < _PAGE
        if not await store.write(
            scopes.ask, lead.job_id, lead.owner, lead.epoch, ids, stage, spec, is_last
        ):
            raise LeadLost(f"Job {job.id} is led by another instance.")
        found_work()
        if is_last:
            return


def _page(connection: Connection, query: Query, after_id: int | None) -> list[int]:
    statement = search.select_ids(query, after_id=after_id, limit=_PAGE)
    return list(connection.scalars(statement))
