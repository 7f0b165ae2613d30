"""Starting the same thing at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from tests.store.rows import Rows

from artkeep.domain.target import Target, TargetKind
from artkeep.jobs.start import Options, start_download
from artkeep.jobs.tidy import open_library
from artkeep.store import instances
from artkeep.store.base import Store
from artkeep.store.models import Job, Root

STARTS = 6


def at_once(deed: Callable[[int], Any]) -> list[Any]:
    """The deed in several threads, all begun together."""
    start = Barrier(STARTS)

    def run(number: int) -> Any:
        start.wait()
        return deed(number)

    with ThreadPoolExecutor(STARTS) as threads:
        return list(threads.map(run, range(STARTS)))


def test_the_same_words_at_the_same_moment_make_one_job(store: Store, rows: Rows) -> None:
    targets = [Target("civitai", TargetKind.USER, "lena")]

    started = at_once(
        lambda _: store.transact(
            lambda connection: start_download(connection, targets, Options())
        )
    )

    assert {one.job_id for one in started} == {started[0].job_id}
    assert sum(one.is_new for one in started) == 1
    assert len(rows.all(Job)) == 1


def test_a_new_library_that_is_opened_twice_at_once_is_one(
    store: Store, rows: Rows, tmp_path: Path
) -> None:
    for attempt in range(5):
        path = tmp_path / f"library-{attempt}"
        opened = at_once(lambda _, path=path: open_library(store, path))
        assert {one.root_id for one in opened} == {opened[0].root_id}
        for library in opened:
            library.require()
    assert len(rows.all(Root)) == 5


def test_what_the_dead_hold_is_given_back(rows: Rows) -> None:
    """A claim may be committed just after its owner was declared dead."""
    job_id = rows.job(owner="ghost", state="running")
    rows.instance("ghost")
    assert rows.do(instances.declare_dead, "ghost", 0)
    rows.asked(2, job_id)
    rows.claim(job_id, "ghost")
    rows.instance("me")
    (other, *_) = rows.asked(1, None)
    rows.claim(None, "me")

    assert rows.do(instances.strays) == {"ghost"}
    rows.do(instances.give_back, "ghost")

    assert rows.do(instances.strays) == set()
    owners = {row["artwork_id"]: row["owner"] for row in rows.work()}
    assert [owner for owner in owners.values() if owner] == ["me"]
    assert owners[other] == "me"
