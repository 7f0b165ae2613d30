"""Processes that do the same thing to one database at the same moment."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

from sqlalchemy import make_url
from tests.store.rows import DOWNLOAD, Rows, wish

from artkeep.domain.artwork import Status
from artkeep.net.shared import Ask
from artkeep.store import budgets, claims, jobs, places, work
from artkeep.store.base import Store
from artkeep.store.work import Ending

Deed = Callable[..., Any]
_PATIENCE_S = 120  # a process that dies at its start never answers


def together(store: Store, deeds: Sequence[tuple[Deed, tuple[Any, ...]]]) -> list[Any]:
    """Each deed in a process of its own, all begun at once; what they gave, in order.

    A deed is called with a store of its own, its name (`p0`, `p1` …), and its arguments. The
    results come back in order; an exception comes back as its text.
    """
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(len(deeds))
    results: Queue[tuple[int, Any]] = context.Queue()
    url = make_url(store.url).render_as_string(hide_password=False)
    processes = [
        context.Process(target=_run, args=(number, url, deed, args, start, results))
        for number, (deed, args) in enumerate(deeds)
    ]
    for process in processes:
        process.start()
    given = dict(results.get(timeout=_PATIENCE_S) for _ in processes)
    for process in processes:
        process.join()
    return [given[number] for number in range(len(deeds))]


def _run(
    number: int,
    url: str,
    deed: Callable[..., Any],
    args: tuple[Any, ...],
    start: Barrier,
    results: Queue[tuple[int, Any]],
) -> None:
    store = Store(url)
    with store.reading():
        start.wait()
    try:
        results.put((number, deed(store, f"p{number}", *args)))
    except Exception as error:
        results.put((number, repr(error)))
    finally:
        store.close()


def claim_and_end_all(store: Store, owner: str, job_id: int, batch: int) -> list[int]:
    """Claim and finish until nothing is left; the artworks that were done."""
    rows = Rows(store)
    done: list[int] = []
    while mine := rows.claim(job_id, owner, limit=batch):
        endings = [Ending(claim, Status.DONE, bytes=10) for claim in mine]
        held = rows.do(work.end, owner, endings)
        done += [claim.artwork_id for claim in mine if claim.id in held]
    return done


def claim_and_reserve(
    store: Store, owner: str, job_id: int, root_id: int, names: Sequence[str]
) -> dict[int, str]:
    """Claim as many as there are names and reserve the same names; path by artwork."""
    rows = Rows(store)
    mine = rows.claim(job_id, owner, limit=len(names))
    wishes = [wish(claim, name) for claim, name in zip(mine, names, strict=True)]
    intents = rows.do(places.reserve, owner, root_id, wishes)
    return {claim.artwork_id: intents[claim.id].path for claim in mine}


def count_up(store: Store, owner: str, job_id: int, times: int) -> None:
    """Count the same thing many times, each in a transaction of its own."""
    rows = Rows(store)
    for _ in range(times):
        rows.do(jobs.count, job_id, "download", "done", amount=1, size=5)


def take_lead(store: Store, owner: str, job_id: int) -> int | None:
    """Try to lead a job: its epoch, or None."""
    return Rows(store).do(jobs.take_lead, job_id, owner)


def ask_all(store: Store, owner: str, ids: Sequence[int], job_id: int) -> int:
    """Ask for the download of artworks; how many were not asked for before."""
    return Rows(store).do(work.ask, ids, DOWNLOAD, job_id).new


def declare_dead(store: Store, owner: str, instance_id: str, beat: int) -> bool:
    """Try to take over."""
    from artkeep.store import instances

    return Rows(store).do(instances.declare_dead, instance_id, beat)


def hold(store: Store, owner: str, job_id: int) -> list[int]:
    """Claim everything of a job and keep it."""
    found = Rows(store).do(
        claims.claim_batch, job_id=job_id, stage=DOWNLOAD, owner=owner, limit=10_000
    )
    return [claim.id for claim in found]


def ask_for_slots(store: Store, owner: str, ask: Ask, times: int) -> list[float]:
    """Ask for one slot at a time; all of them by the clock that the processes share."""
    slots: list[float] = []
    one = replace(ask, wanted=1)
    for _ in range(times):
        granted = store.transact(lambda connection: budgets.grant(connection, owner, one))
        slots += [granted.asked_at + slot for slot in granted.slots]
    return slots
