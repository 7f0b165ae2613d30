"""Jobs over artworks that are known already: what a target left out, and what came back without
its file. No list is asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from artkeep.domain.artwork import Status
from artkeep.errors import NotFound, UsageError
from artkeep.jobs.asking import Wanted, ask
from artkeep.jobs.folders import by_folder
from artkeep.jobs.start import Options, Started, parse_chain
from artkeep.store import jobs, ledger, skipped
from artkeep.store.base import Store
from artkeep.store.removal import DELETED_BY_ME

_AT_ONCE = 1000  # artworks in one transaction


@dataclass(frozen=True, slots=True)
class Known:
    """An artwork by its row, to be asked for."""

    id: int
    download_status: str


def start_skipped(
    store: Store, target_id: int, reasons: Collection[str], options: Options
) -> Started:
    """A job over what a target left out for these reasons; none given: for any.

    A thousand at a time: after a death the same call goes on. Raises NotFound; UsageError when
    there is nothing of it.
    """
    with store.reading() as connection:
        target = ledger.target(connection, target_id)
        left_out = skipped.reasons_of(connection, target_id)
    if target is None:
        raise NotFound(f"There is no target {target_id}.", code="no_target")
    left_out.pop(DELETED_BY_ME, None)
    amount = sum(left_out.get(reason, 0) for reason in reasons or left_out)
    identity = ["skipped of", target_id, sorted(reasons)]
    title = f"Download {amount} of {target.title}"

    def take(connection: Connection, done: int) -> Sequence[Known]:
        some = skipped.take(connection, target_id, reasons, _AT_ONCE)
        return [Known(*one) for one in some]

    return _start(store, identity, title, options, take, amount=amount, picked_from=target_id)


def start_again(store: Store, artwork_ids: Sequence[int], options: Options) -> Started:
    """A job over known artworks that are not there. Raises UsageError when there are none."""
    ids = sorted(set(artwork_ids))

    def take(connection: Connection, done: int) -> Sequence[Known]:
        some = ids[done : done + _AT_ONCE]
        return [Known(artwork_id, Status.NONE) for artwork_id in some]

    title = f"Download {len(ids)} again"
    return _start(
        store, ["again", ids], title, options, take, amount=len(ids), picked_from=None
    )


def _start(
    store: Store,
    identity: Sequence[object],
    title: str,
    options: Options,
    take: Callable[[Connection, int], Sequence[Known]],
    *,
    amount: int,
    picked_from: int | None,
) -> Started:
    then = parse_chain(options.then)
    wanted = Wanted(options.quality, tuple(then), layout=options.layout, stages=options.stages)
    laid_out = options.layout.to_json()
    whole = json.dumps([*identity, options.quality, then, *([laid_out] if laid_out else [])])
    signature = hashlib.sha256(whole.encode()).hexdigest()[:32]

    def begin(connection: Connection) -> Started | None:
        going_on = jobs.unfinished_like(connection, signature)
        if going_on is not None:
            jobs.want(connection, going_on.id, "running")
            return Started(going_on.id, is_new=False)
        if not amount:
            return None
        job_id = jobs.create(
            connection,
            kind="download",
            title=title,
            params={
                "concurrency": options.concurrency,
                "quality": options.quality,
                "layout": laid_out,
                "stages": dict(options.stages),
            },
            then=then,
            signature=signature,
            target_ids=() if picked_from is None else (picked_from,),
            picked_from=() if picked_from is None else (picked_from,),
        )
        return Started(job_id, is_new=True)

    def add(connection: Connection, job_id: int, done: int) -> int:
        some = take(connection, done)
        jobs.pick(connection, job_id, [one.id for one in some])
        grouped = {"": list(some)}
        if picked_from is not None:
            grouped = by_folder(connection, picked_from, some, options.layout)
        lost = {one.id for one in some} if picked_from is None else set()
        for folder, these in grouped.items():
            ask(connection, job_id, these, wanted, folder, restored=lost)
        return len(some)

    started = store.transact(begin)
    if started is None:
        raise UsageError("Nothing was left out.", code="nothing_skipped")
    done = 0
    while more := store.transact(partial(add, job_id=started.job_id, done=done)):
        done += more
    return started
