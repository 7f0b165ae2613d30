"""Looking for artworks that look the same: a job that asks for no stage and changes no artwork.

Nothing of it is kept before all was compared; one that was stopped begins anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import Connection

from artkeep.domain.keep_rules import Candidate, KeepRule, best_first
from artkeep.domain.look_alikes import groups, parse_hashes
from artkeep.domain.query import parse_query
from artkeep.errors import UsageError
from artkeep.jobs import trash
from artkeep.jobs.listed import Lead, LeadLost
from artkeep.jobs.start import Started
from artkeep.jobs.threaded import run_in_thread
from artkeep.jobs.trash import Removal
from artkeep.media.library import Library
from artkeep.stages._stage import StageContext
from artkeep.store import duplicates, job_events, jobs, words
from artkeep.store.base import Store
from artkeep.store.jobs import DUPLICATES, JobRow
from artkeep.store.removal import without_removed

QUERY, DISTANCE = "query", "distance"  # in the parameters
_AT_ONCE = 20_000
_LOOK_S = 0.2
_MOST_PAIRS_CHECKED = 60  # members of a group that somebody may have told apart


class _Stopped(Exception):
    """Ends the comparing of a job that was stopped."""


def start_looking(connection: Connection, query: str, distance: int) -> Started:
    """A job that looks among what a query means, or the unfinished one. Raises BadQuery."""
    parse_query(query)
    signature = f"duplicates {distance} {query}"
    going_on = jobs.unfinished_like(connection, signature)
    if going_on is not None:
        jobs.want(connection, going_on.id, "running")
        return Started(going_on.id, is_new=False)
    job_id = jobs.create(
        connection,
        kind=DUPLICATES,
        title="Look for duplicates",
        params={QUERY: query, DISTANCE: distance},
        then=(),
        signature=signature,
    )
    return Started(job_id, is_new=True)


async def look(
    context: StageContext, lead: Lead, job: JobRow, is_paused: Callable[[], bool]
) -> None:
    """Do the job, until it is done or this is cancelled. Raises LeadLost."""
    await run_in_thread(_Looking(context, lead, job, is_paused))


class _Looking:
    """What runs in a thread of its own."""

    def __init__(
        self, context: StageContext, lead: Lead, job: JobRow, is_paused: Callable[[], bool]
    ) -> None:
        self.is_over = threading.Event()
        self._context = context
        self._lead = lead
        self._query = parse_query(str(job.params[QUERY]))
        self._distance = int(job.params[DISTANCE])
        self._is_paused = is_paused
        self._told = 0
        self._amount = 0

    def run(self) -> None:
        """Read the hashes, compare them, keep the groups."""
        store = self._context.store
        try:
            ids, texts = self._read()
            self._amount = len(ids)
            store.transact(self._begin)
            found = groups(parse_hashes(texts), self._distance, self._on_progress)
        except _Stopped:
            return
        with store.reading() as connection:
            apart = duplicates.told_apart(connection)
        mine = [[ids[index] for index in group] for group in found]
        kept = [group for group in mine if not _are_told_apart(group, apart)]
        store.transact(lambda connection: self._keep(connection, kept))
        self._context.on_progress()

    def _read(self) -> tuple[list[int], list[str]]:
        store = self._context.store
        words.catch_up(store, None)
        found: dict[int, str] = {}
        with store.reading() as connection:
            query = without_removed(connection, self._query)
            last = duplicates.last_id(connection)
        after = 0
        while after < last:
            self._go_on()
            with store.reading() as connection:
                rows = duplicates.hashes(connection, query, after, after + _AT_ONCE)
            found.update(rows)
            after += _AT_ONCE
        return list(found), list(found.values())

    def _go_on(self) -> None:
        """Waits while the job is paused."""
        while self._is_paused() and not self.is_over.wait(_LOOK_S):
            pass
        if self.is_over.is_set():
            raise _Stopped

    def _on_progress(self, done: int, of: int) -> None:
        self._go_on()
        reached = self._amount * done // of
        self._context.store.transact(lambda connection: self._count(connection, reached))
        self._told = reached
        self._context.on_progress()

    def _begin(self, connection: Connection) -> None:
        self._require_lead(connection)
        jobs.forget_tallies(connection, self._lead.job_id, keep="")
        jobs.count(connection, self._lead.job_id, DUPLICATES, "asked", amount=self._amount)

    def _count(self, connection: Connection, reached: int) -> None:
        self._require_lead(connection)
        jobs.count(
            connection, self._lead.job_id, DUPLICATES, "done", amount=reached - self._told
        )

    def _keep(self, connection: Connection, kept: Sequence[Sequence[int]]) -> None:
        self._count(connection, self._amount)
        duplicates.replace_groups(connection, kept, self._distance)
        text = f"{len(kept)} groups of artworks that look the same"
        job_events.say(connection, self._lead.job_id, "duplicates_found", text)

    def _require_lead(self, connection: Connection) -> None:
        lead = self._lead
        if not jobs.is_led_by(connection, lead.job_id, lead.owner, lead.epoch):
            raise LeadLost(f"Job {lead.job_id} is led by another instance.")


def _are_told_apart(group: Sequence[int], apart: dict[int, set[int]]) -> bool:
    """Whether somebody said of every two of them that they are no duplicates."""
    if len(group) > _MOST_PAIRS_CHECKED or not all(one in apart for one in group):
        return False
    return all(apart[one] & apart[other] for one, other in combinations(group, 2))


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of groups: keep these, or the best of each by a rule."""

    groups: Sequence[int]
    keep: frozenset[int]
    rule: KeepRule | None


def decide(store: Store, library: Library, decision: Decision) -> Removal:
    """Delete the others, to the trash. Raises UsageError where nothing would be kept, and
    RootOffline; nothing has changed then."""
    with store.reading() as connection:
        found = duplicates.members(connection, decision.groups)
    others: list[int] = []
    for candidates in found.values():
        kept = _kept(candidates, decision)
        others += [one.artwork_id for one in candidates if one.artwork_id not in kept]
    done = trash.remove(store, library, sorted(set(others)))
    store.transact(lambda connection: duplicates.forget(connection, decision.groups))
    return done


def _kept(candidates: Sequence[Candidate], decision: Decision) -> set[int]:
    if decision.rule is not None:
        return {best_first(candidates, decision.rule)[0].artwork_id}
    kept = {one.artwork_id for one in candidates} & decision.keep
    if not kept:
        raise UsageError("Keep at least one artwork of every group.", code="nothing_kept")
    return kept
