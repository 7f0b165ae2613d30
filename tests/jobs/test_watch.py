"""How often a watched target is looked at, and what is said when it cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, update
from tests.store.rows import Rows

from artkeep.domain.artwork import Kind
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.errors import NotFound
from artkeep.jobs import watch
from artkeep.jobs.watch import Watcher, next_interval, set_watch
from artkeep.store import holds, jobs, ledger, walking, walks
from artkeep.store.jobs import JobRow
from artkeep.store.ledger import TargetRow
from artkeep.store.models import Job
from artkeep.store.walks import NewWalk

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = 3600, 24 * 3600
Ending = Callable[[Connection, int, int], None]


def ends(state: str, *codes: str, new: int = 0, walk: str | None = "end") -> Ending:
    """A job that ends like this, with one walk."""

    def end(connection: Connection, job_id: int, target_id: int) -> None:
        if walk is not None:
            walking.open_walks(connection, target_id, job_id, [NewWalk("posts", "x")])
            (row,) = walks.listings_of(connection, target_id, job_id)
            walking.save_progress(
                connection, row.id, cursor=None, seen=new, new=new, repeated=0, rejected=0
            )
            walking.end_listing(connection, row.id, walk)
        reasons = [{"code": code, "text": ""} for code in codes]
        changed = update(Job).where(Job.id == job_id).values(state=state, reasons=reasons)
        connection.execute(changed)

    return end


class World:
    """A tracking database, a time that only we move, and jobs that end as a test says."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.now = NOW
        self.ending = ends("completed")
        self.ran: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.watcher = self.another()

    def another(self) -> Watcher:
        """One more instance on the same database."""
        clock = {"clock": lambda: self.now, "by": lambda: 1.0}
        return Watcher(self.rows.store, self.run_job, lambda: True, **clock)

    async def run_job(self, job_id: int) -> JobRow:
        self.ran.append(job_id)
        await self.gate.wait()
        (target,) = self.rows.do(ledger.targets_of_job, job_id)
        self.rows.do(self.ending, job_id, target.id)
        job = self.rows.do(jobs.get, job_id)
        assert job is not None
        return job

    def watch(self, target_id: int, every_s: int | None = None) -> TargetRow:
        return self.rows.do(set_watch, target_id, True, every_s, now=self.now, by=1.0)

    def row(self, target_id: int) -> TargetRow:
        row = self.rows.do(ledger.target, target_id)
        assert row is not None
        return row

    async def check(self, target_id: int, ending: Ending) -> TargetRow:
        """Wait until it is due, and let its check end like this."""
        self.ending = ending
        due_at = self.row(target_id).next_check_at
        assert due_at is not None
        self.now = due_at
        await self.watcher.look()
        await self.watcher.settle()
        return self.row(target_id)


@pytest.fixture
def world(rows: Rows) -> World:
    return World(rows)


def test_the_first_check_is_a_day_away_or_as_far_as_somebody_says(world: World) -> None:
    one, other = world.rows.target("a"), world.rows.target("b")
    row = world.watch(one)
    assert (row.check_every_s, row.next_check_at) == (DAY, NOW + timedelta(days=1))
    row = world.watch(other, 6 * HOUR)
    assert (row.check_every_s, row.next_check_at) == (6 * HOUR, NOW + timedelta(hours=6))
    with pytest.raises(NotFound):
        world.watch(99)


def test_watching_twice_does_not_put_off_the_check(world: World) -> None:
    target_id = world.rows.target()
    before = world.watch(target_id)
    world.now += timedelta(hours=9)
    assert world.watch(target_id) == before
    off = world.rows.do(set_watch, target_id, False, now=world.now, by=1.0)
    assert (off.is_watched, off.check_every_s, off.next_check_at) == (False, None, None)


@pytest.mark.parametrize(
    ("every_s", "found", "is_proven", "then"),
    [
        (DAY, 1, True, DAY // 2),
        (DAY, 5, False, DAY // 2),
        (DAY, 0, True, DAY * 3 // 2),
        (DAY, 0, False, DAY),  # nobody knows whether there was something new
        (HOUR, 3, True, HOUR),
        (6 * DAY, 0, True, 7 * DAY),
    ],
)
def test_the_interval_follows_what_is_found(
    every_s: int, found: int, is_proven: bool, then: int
) -> None:
    assert next_interval(every_s, found=found, is_proven=is_proven) == then


def test_checks_are_spread_by_a_tenth() -> None:
    found = [watch.spread() for _ in range(500)]
    assert 0.9 <= min(found) < 0.95
    assert 1.05 < max(found) <= 1.1


async def test_a_check_is_a_download_of_the_same_target_with_its_filters(world: World) -> None:
    filters = Filters(kinds=frozenset({Kind.VIDEO}))
    asked = Target("civitai", TargetKind.USER, "lena", filters)
    target_id = world.rows.do(ledger.save_target, asked)
    world.watch(target_id)
    await world.watcher.look()
    assert world.ran == []
    row = await world.check(target_id, ends("completed", new=3))
    (job_id,) = world.ran
    (found,) = world.rows.do(ledger.targets_of_job, job_id)
    assert (found.id, found.asked) == (target_id, asked)
    assert (row.check_every_s, row.next_check_at) == (
        *(DAY // 2, NOW + timedelta(days=1, hours=12)),
    )
    row = await world.check(target_id, ends("completed"))
    assert (row.check_every_s, row.watch_note) == (18 * HOUR, None)


async def test_of_two_instances_one_makes_the_check(world: World) -> None:
    target_id = world.rows.target()
    world.watch(target_id)
    world.now += timedelta(days=1)
    other = world.another()
    await asyncio.gather(world.watcher.look(), other.look())
    await asyncio.gather(world.watcher.settle(), other.settle())
    assert len(world.ran) == 1


async def test_after_a_week_off_a_few_are_checked_at_a_time(world: World) -> None:
    for number in range(5):
        world.watch(world.rows.target(f"user{number}"))
    world.now += timedelta(days=9)
    world.gate.clear()
    await world.watcher.look()
    await world.watcher.look()
    await asyncio.sleep(0)
    assert len(world.ran) == 3
    world.gate.set()
    await world.watcher.settle()
    await world.watcher.look()
    await world.watcher.settle()
    assert len(world.ran) == 5


async def test_what_is_gone_three_times_in_a_row_is_not_checked_any_more(world: World) -> None:
    target_id = world.rows.target()
    world.watch(target_id)
    gone = ends("incomplete", "target_not_found", walk=None)
    for _ in range(2):
        row = await world.check(target_id, gone)
        assert (row.is_watched, row.watch_note) == (True, "not_found")
    row = await world.check(target_id, ends("completed", new=1))  # it was not gone after all
    assert (row.is_watched, row.watch_note) == (True, None)
    for _ in range(3):
        row = await world.check(target_id, gone)
    assert (row.is_watched, row.next_check_at, row.watch_note) == (False, None, "gone")
    row = world.watch(target_id)
    assert (row.is_watched, row.watch_note) == (True, None)


async def test_a_refused_key_says_so_and_changes_no_interval(world: World) -> None:
    target_id = world.rows.target()
    world.watch(target_id)
    row = await world.check(target_id, ends("incomplete", "unauthorized", walk="error"))
    assert (row.check_every_s, row.watch_note) == (DAY, "key_refused")
    row = await world.check(target_id, ends("completed"))
    assert row.watch_note is None


async def test_a_check_that_did_not_get_through_proves_nothing(world: World) -> None:
    target_id = world.rows.target()
    world.watch(target_id)
    row = await world.check(target_id, ends("incomplete", "timeout", walk="error"))
    assert (row.check_every_s, row.watch_note) == (DAY, "not_listed")


async def test_a_failed_file_does_not_hide_that_nothing_was_new(world: World) -> None:
    target_id = world.rows.target()
    world.watch(target_id)
    row = await world.check(target_id, ends("incomplete", "damaged"))
    assert (row.check_every_s, row.watch_note) == (DAY * 3 // 2, None)


async def test_a_check_of_a_site_that_has_changed_waits_for_a_person(world: World) -> None:
    target_id = world.rows.target()
    world.watch(target_id)
    row = await world.check(target_id, ends("paused", "site_changed", walk=None))
    assert row.watch_note == "site_held"
    world.rows.do(holds.hold, "civitai", "it has changed", None, {})
    assert row.next_check_at is not None
    world.now = row.next_check_at
    await world.watcher.look()
    assert len(world.ran) == 1
    assert world.row(target_id).next_check_at == row.next_check_at


async def test_a_job_that_somebody_paused_is_not_woken(world: World) -> None:
    target_id = world.rows.target()
    world.watch(target_id)
    row = await world.check(target_id, ends("paused", walk=None))
    assert row.watch_note is None
    row = await world.check(target_id, ends("completed"))
    assert len(world.ran) == 1
    assert row.watch_note == "paused"
    assert row.next_check_at == world.now + timedelta(days=1)


@pytest.mark.parametrize("state", ["stopped", "interrupted"])
async def test_a_check_that_was_cut_short_changes_nothing(world: World, state: str) -> None:
    target_id = world.rows.target()
    world.watch(target_id)
    row = await world.check(target_id, ends(state, walk=None))
    assert (row.check_every_s, row.watch_note) == (DAY, None)
    assert row.next_check_at == world.now + timedelta(days=1)


async def test_who_may_not_begin_work_leaves_the_checks_to_others(world: World) -> None:
    world.watch(world.rows.target())
    world.now += timedelta(days=2)
    idle = Watcher(
        world.rows.store, world.run_job, lambda: False, clock=lambda: world.now, by=lambda: 1.0
    )
    await idle.look()
    assert world.ran == []
    await world.watcher.look()
    await world.watcher.settle()
    assert len(world.ran) == 1
