"""Claims by four processes at once, on SQLite and PostgreSQL.

Each process takes batches of 100 and sleeps 5 ms between them, as if its work needed no
processor. `claim` only claims; `claim+end` also finishes every batch: status, count and the
row's removal. The bare loop does the like to a table of three columns with the plain drivers.

Rounds alternate and the best of each counts, because other work on the machine only ever adds
time; what went wrong is counted in all of them. A wait is the time from asking for a batch, or
for its end, to the commit, locks included.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import make_url

from artkeep.domain.artwork import Status
from artkeep.store import claims, work
from artkeep.store.base import Store
from artkeep.store.claims import Claim
from artkeep.store.upgrade import ensure_schema
from artkeep.store.work import Ending
from tests.bench import bare_claims
from tests.postgres import find_server_programs, running_server
from tests.store.rows import DOWNLOAD, Rows

ROWS = 40_000
PROCESSES = 4
BATCH = 100
WORK_S = 0.005
ROUNDS = 4
LEAST_PER_SECOND = 20_000
LONGEST_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Claimer:
    """What one process did, by the monotonic clock that all processes of a machine share."""

    ids: list[int]
    longest_wait_s: float
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Round:
    """What all processes did together."""

    per_second: float
    longest_wait_s: float
    wrong: int  # done twice or not at all


def run_claimer(
    url: str, job_id: int | None, ends: bool, start: Barrier, results: Queue[Claimer]
) -> None:
    """One process: claim until nothing is left. Without a job, the bare table is claimed."""
    owner = multiprocessing.current_process().name
    claim: Callable[[], Sequence[Any]]
    end: Callable[[Any], Any]
    if job_id is None:
        claim, end = bare_claims.claimer(make_url(url), owner, BATCH)
    else:
        store = Store(url)
        claim, end = partial(claim_batch, store, job_id, owner), partial(end_all, store, owner)
        claim_batch(store, 0, owner)  # there is no job 0: connects and compiles
    ids: list[int] = []
    longest = 0.0
    start.wait()
    began = time.monotonic()
    while True:
        asked = time.monotonic()
        claimed = claim()
        longest = max(longest, time.monotonic() - asked)
        if not claimed:
            break
        ids.extend(one if isinstance(one, int) else one.id for one in claimed)
        time.sleep(WORK_S)
        if ends:
            asked = time.monotonic()
            end(claimed)
            longest = max(longest, time.monotonic() - asked)
    results.put(Claimer(ids, longest, began, time.monotonic()))


def claim_batch(store: Store, job_id: int, owner: str) -> list[Claim]:
    """As a runner claims."""
    return store.transact(
        lambda connection: claims.claim_batch(
            connection, job_id=job_id, stage=DOWNLOAD, owner=owner, limit=BATCH
        )
    )


def end_all(store: Store, owner: str, claims: Sequence[Claim]) -> None:
    """As a runner settles."""
    endings = [Ending(claim, Status.DONE, bytes=1_000_000) for claim in claims]
    store.transact(lambda connection: work.end(connection, owner, endings))


def run_round(url: str, job_id: int | None, ends: bool, rows: int = ROWS) -> Round:
    """All processes against one database."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(PROCESSES)
    results: Queue[Claimer] = context.Queue()
    processes = [
        context.Process(target=run_claimer, args=(url, job_id, ends, start, results))
        for _ in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    claimers = [results.get() for _ in processes]
    for process in processes:
        process.join()
    times = Counter(id_ for claimer in claimers for id_ in claimer.ids)
    seconds = max(c.ended for c in claimers) - min(c.began for c in claimers)
    return Round(
        per_second=sum(times.values()) / seconds,
        longest_wait_s=max(claimer.longest_wait_s for claimer in claimers),
        wrong=sum(times.values()) - len(times) + rows - len(times),
    )


def fill(store: Store) -> int:
    """A job with all rows free and no others; its id."""
    with store.engine.begin() as connection:
        for table in ("work", "job_tallies", "artworks"):
            connection.execute(text(f"DELETE FROM {table}"))
    rows = Rows(store)
    job_id = rows.job()
    for first in range(1, ROWS + 1, 5_000):
        ids = rows.artworks(5_000, first=first)
        rows.do(work.ask, ids, DOWNLOAD, job_id)
    if not store.is_sqlite:  # as autovacuum does a minute later
        with store.engine.connect() as connection:
            raw = connection.execution_options(isolation_level="AUTOCOMMIT")
            raw.execute(text("VACUUM ANALYZE"))
    return job_id


def measure(url: str, ends: bool) -> tuple[Round, Round, int]:
    """The best round of the bare loop and of Artkeep, and how many rows went wrong in all."""
    store = Store(url)
    bare: list[Round] = []
    ours: list[Round] = []
    for _ in range(ROUNDS):
        bare_claims.fill(store.url, ROWS)
        bare.append(run_round(url, None, ends))
        ours.append(run_round(url, fill(store), ends))
    store.close()
    wrong = sum(one.wrong for one in (*bare, *ours))
    return _best(bare), _best(ours), wrong


def _best(rounds: Sequence[Round]) -> Round:
    return max(rounds, key=lambda one: one.per_second)


@contextmanager
def databases() -> Iterator[list[tuple[str, str]]]:
    """An empty tracking database of each kind, with its name."""
    with tempfile.TemporaryDirectory(prefix="artkeep-bench-") as folder:
        lite = f"sqlite:///{Path(folder) / 'tracking_database.sqlite'}"
        if find_server_programs() is None:
            print("no PostgreSQL server programs: only SQLite is measured")
            yield [("SQLite", _prepared(lite, folder))]
            return
        with running_server() as server:
            yield [
                ("SQLite", _prepared(lite, folder)),
                ("PostgreSQL", _prepared(server, folder)),
            ]


def _prepared(url: str, folder: str) -> str:
    store = Store(url)
    ensure_schema(store, Path(folder))
    store.close()
    return url


def main() -> None:
    """Print the table."""
    pause = f"{WORK_S * 1000:.0f} ms between"
    heads = f"{'rows/s':>9}{'longest wait':>14}{'bare rows/s':>13}{'ratio':>7}{'wrong':>7}"
    print(f"{ROWS} rows, {PROCESSES} processes, batches of {BATCH}, {pause}")
    print(f"{'':24}{heads}")
    with databases() as prepared:
        for name, url in prepared:
            for ends in (False, True):
                bare, ours, wrong = measure(url, ends)
                is_met = (
                    ours.per_second >= LEAST_PER_SECOND
                    and ours.longest_wait_s <= LONGEST_WAIT_S
                    and not wrong
                )
                verdict = "" if ends else "  ok" if is_met else "  MISSED"
                print(
                    f"{name + (' claim+end' if ends else ' claim'):24}"
                    f"{ours.per_second:>9,.0f}{ours.longest_wait_s * 1000:>11.0f} ms"
                    f"{bare.per_second:>13,.0f}{ours.per_second / bare.per_second:>7.2f}"
                    f"{wrong:>7}{verdict}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
