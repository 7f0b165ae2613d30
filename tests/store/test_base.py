"""Transactions: grouped, alone when one fails, patient with a busy database, never too new."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from artkeep.errors import DatabaseError, DatabaseTooNew, UsageError
from artkeep.store import base
from artkeep.store.base import Store, open_store
from artkeep.store.models import Budget
from artkeep.store.writer import Writer

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def postgres_only(function: Callable[..., Any]) -> Callable[..., Any]:
    on_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    return pytest.mark.postgres(on_postgres(function))


def add(connection: Connection, host: str, next_at: float = 0.0) -> str:
    connection.execute(insert(Budget).values(host=host, lane="api", next_at=next_at))
    return host


def hosts(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(connection.scalars(select(Budget.host)))


@contextmanager
def counted_commits(store: Store) -> Iterator[list[int]]:
    """One entry for each commit."""
    commits: list[int] = []

    def note(_: Any) -> None:
        commits.append(1)

    event.listen(store.engine, "commit", note)
    yield commits
    event.remove(store.engine, "commit", note)


@contextmanager
def gathered(writer: Writer) -> Iterator[None]:
    """What is submitted inside waits and then goes into one transaction."""
    begun, may_go_on = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        begun.set()
        may_go_on.wait()

    holding = writer.submit(hold)
    begun.wait()
    yield
    may_go_on.set()
    holding.result()


@pytest.fixture
def writer(store: Store) -> Iterator[Writer]:
    opened = Writer(store.transact)
    yield opened
    opened.close()


def submit_all(writer: Writer, *names: str) -> list[Future[str]]:
    return [writer.submit(lambda connection, n=name: add(connection, n)) for name in names]


def test_what_arrives_meanwhile_shares_one_transaction(store, writer):
    names = [f"h{number}" for number in range(40)]
    with counted_commits(store) as commits:
        with gathered(writer):
            futures = submit_all(writer, *names)
        assert [future.result() for future in futures] == names
    assert len(commits) == 2  # the one that was waited for, and all others
    assert hosts(store) == set(names)


def test_a_change_that_fails_costs_only_itself(store, writer):
    with gathered(writer):
        futures = submit_all(writer, "a", "b", "a", "c")
    assert [future.result() for future in (futures[0], futures[1], futures[3])] == [
        "a",
        "b",
        "c",
    ]
    with pytest.raises(IntegrityError):
        futures[2].result()
    assert hosts(store) == {"a", "b", "c"}


def test_changes_run_in_the_order_they_came(writer):
    seen: list[int] = []
    with gathered(writer):
        futures = [writer.submit(lambda _, n=number: seen.append(n)) for number in range(100)]
    for future in futures:
        future.result()
    assert seen == list(range(100))


def test_a_change_with_a_result_is_committed_when_the_result_is_there(store, writer):
    for name in ("a", "b", "c"):
        writer.submit(lambda connection, n=name: add(connection, n)).result()
        assert name in hosts(store)


def test_closing_finishes_what_was_submitted(store):
    writer = Writer(store.transact)
    with gathered(writer):
        futures = submit_all(writer, "a", "b")
    writer.close()
    assert all(future.done() for future in futures)
    assert hosts(store) == {"a", "b"}


async def test_who_stops_waiting_does_not_undo_or_hold_up(store):
    may_go_on, begun = threading.Event(), threading.Event()

    def slow(connection: Connection) -> str:
        begun.set()
        may_go_on.wait()
        return add(connection, "slow")

    impatient = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(begun.wait)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    waiting = asyncio.create_task(store.write(add, "next"))
    may_go_on.set()
    assert await waiting == "next"
    assert hosts(store) == {"slow", "next"}


async def test_reads_and_writes_of_coroutines_give_results_and_errors(store):
    assert await store.write(add, "a", next_at=3) == "a"
    with pytest.raises(IntegrityError):
        await store.write(add, "a")
    assert await store.read(lambda c, host: c.scalar(select(Budget.next_at)), "a") == 3


def test_a_change_is_whole_or_not_there(store):
    def add_and_fall(connection: Connection) -> None:
        add(connection, "a")
        raise RuntimeError("the process ends here")

    with pytest.raises(RuntimeError):
        store.transact(add_and_fall)
    assert hosts(store) == set()


def test_a_reader_sees_one_state_while_others_write(store):
    store.transact(lambda connection: add(connection, "a"))
    with store.reading() as connection:
        before = connection.scalars(select(Budget.host)).all()
        store.transact(lambda other: add(other, "b"))
        assert connection.scalars(select(Budget.host)).all() == before
    assert hosts(store) == {"a", "b"}


async def test_a_program_left_running_after_an_upgrade_stops_writing(store):
    await store.write(add, "a")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew, match="9999"):
        await store.write(add, "b")
    with pytest.raises(DatabaseTooNew):
        store.transact(lambda connection: add(connection, "c"))
    assert hosts(store) == {"a"}


@pytest.fixture
def other_program(store: Store) -> Iterator[sqlite3.Connection]:
    """Somebody else who holds SQLite's write lock."""
    assert store.url.database
    connection = sqlite3.connect(store.url.database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


@only_sqlite
def test_a_busy_database_is_waited_for_in_short_random_pauses(
    store, other_program, monkeypatch
):
    pauses: list[tuple[float, float]] = []
    has_waited = threading.Event()

    def uniform(shortest: float, longest: float) -> float:
        pauses.append((shortest, longest))
        if len(pauses) == 5:
            has_waited.set()
        return 0.0

    monkeypatch.setattr(base.random, "uniform", uniform)
    thread = threading.Thread(target=store.transact, args=(lambda c: add(c, "a"),))
    thread.start()
    has_waited.wait()
    other_program.execute("COMMIT")
    thread.join()
    assert hosts(store) == {"a"}
    assert set(pauses) == {(0, 0.003)}


@only_sqlite
def test_a_database_that_stays_busy_is_given_up_with_a_reason(
    store, other_program, monkeypatch
):
    monkeypatch.setattr(base, "BUSY_WAIT_S", 0.0)
    with pytest.raises(DatabaseError, match="locked by another program") as raised:
        store.transact(lambda connection: add(connection, "a"))
    assert raised.value.code == "database_busy"


@only_sqlite
def test_readers_do_not_wait_for_a_writer(store, other_program):
    other_program.execute(
        "INSERT INTO budgets VALUES ('x', 'api', 0, 1, 0, 0, 0, '', NULL, 0, '{}')"
    )
    assert hosts(store) == set()


@only_sqlite
def test_connections_are_set_up_for_many_processes(store):
    with store.reading() as connection:
        wanted = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 0, "synchronous": 1}
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    assert found == wanted


@postgres_only
def test_a_deadlock_is_tried_again(store):
    for host in ("a", "b"):
        store.transact(lambda connection, h=host: add(connection, h))
    both_hold_one = threading.Barrier(2)
    tries: list[str] = []

    def add_one_to_each(first: str, second: str) -> None:
        has_tried: list[bool] = []

        def change(connection: Connection) -> None:
            tries.append(first)
            for host in (first, second):
                connection.execute(
                    update(Budget).where(Budget.host == host).values(next_at=Budget.next_at + 1)
                )
                if not has_tried:
                    has_tried.append(True)
                    both_hold_one.wait()

        store.transact(change)

    threads = [threading.Thread(target=add_one_to_each, args=names) for names in ("ab", "ba")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as connection:
        assert connection.scalars(select(Budget.next_at)).all() == [2, 2]
    assert len(tries) == 3


def test_the_database_lies_in_the_data_folder_unless_told_otherwise(tmp_path):
    store = open_store(None, tmp_path)
    assert Path(store.url.database or "") == tmp_path / "tracking_database.sqlite"
    store.close()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_understood(scheme, tmp_path):
    store = open_store(f" {scheme}://me@db.example/art ", tmp_path)
    assert (store.url.drivername, store.url.host) == ("postgresql+psycopg", "db.example")
    store.close()


@pytest.mark.parametrize(
    "url", ["mysql://me@db.example/art", "no url at all", "postgresql:/x y"]
)
def test_other_databases_are_refused_with_the_way_out(url, tmp_path):
    with pytest.raises(UsageError, match="postgresql://"):
        open_store(url, tmp_path)
