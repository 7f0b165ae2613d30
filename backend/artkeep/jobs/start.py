"""Starting a job, or going on with one that asks for the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName
from artkeep.domain.target import Target
from artkeep.errors import UsageError
from artkeep.jobs.lead import STAGE_OF
from artkeep.store import jobs, ledger, work


@dataclass(frozen=True, slots=True)
class Options:
    """What a download job may be told."""

    concurrency: int | None = None
    quality: str = "hd"
    max_items: int | None = None
    then: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """`is_new` is False when an unfinished job that asks for the same goes on."""

    job_id: int
    is_new: bool


def start_download(
    connection: Connection, targets: Sequence[Target], options: Options
) -> Started:
    """A download job for these targets. Raises UsageError for a chain that cannot be."""
    then = parse_chain(options.then)
    asked = sorted({(t.key, json.dumps(t.filters.to_json(), sort_keys=True)) for t in targets})
    identity = json.dumps([asked, options.quality, options.max_items, then])
    signature = hashlib.sha256(identity.encode()).hexdigest()[:32]
    going_on = jobs.unfinished_like(connection, signature)
    if going_on is not None:
        jobs.want(connection, going_on.id, "running")
        return Started(going_on.id, is_new=False)
    title = targets[0].title if len(targets) == 1 else f"{len(targets)} targets"
    job_id = jobs.create(
        connection,
        kind="download",
        title=f"Download {title}",
        params={
            "concurrency": options.concurrency,
            "quality": options.quality,
            "max_items": options.max_items,
        },
        then=then,
        signature=signature,
        target_ids=[ledger.save_target(connection, target) for target in targets],
    )
    return Started(job_id, is_new=True)


def parse_chain(words: Sequence[str]) -> list[str]:
    """The stages after the download, checked. Raises UsageError."""
    possible = [name.value for name in STAGE_OF if name is not StageName.DOWNLOAD]
    for word in words:
        if word not in possible:
            raise UsageError(
                f"Nothing called {word!r} can follow a download.",
                advice=f"This version knows: {', '.join(possible)}.",
            )
    return list(dict.fromkeys(words))


def retry(connection: Connection, job_id: int, reason: str | None = None) -> int:
    """Ask again for a job's failures (of one reason): how many. The job is to run again."""
    row = jobs.get(connection, job_id)
    if row is None:
        raise UsageError(f"There is no job {job_id}.", advice="`artkeep jobs` lists them.")
    found = jobs.forget_failures(connection, job_id, reason)
    chain = list(row.then)
    for stage in {stage for _, stage in found}:
        ids = [artwork_id for artwork_id, its_stage in found if its_stage == stage]
        rest = chain[chain.index(stage) + 1 :] if stage in chain else chain
        spec = {"quality": row.params.get("quality", "hd")} | ({"then": rest} if rest else {})
        work.ask(connection, ids, StageName(stage), job_id, spec)
    jobs.want(connection, job_id, "running")
    return len(found)
