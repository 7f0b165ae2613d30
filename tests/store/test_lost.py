"""A PostgreSQL server that goes away under us, and comes back (MI-20)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text
from tests.postgres import Server, find_server_programs, server
from tests.store.rows import Rows

from artkeep.errors import DatabaseAway
from artkeep.store.base import Store
from artkeep.store.upgrade import ensure_schema

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that only these tests use."""
    if find_server_programs() is None:
        pytest.skip("no PostgreSQL server programs: apt install postgresql")
    with server() as one:
        yield one


@pytest.fixture
def lasting(own_server: Server, tmp_path: Path) -> Iterator[Store]:
    """A tracking database on it, signed by the registered instance `me`."""
    store = Store(own_server.url)
    ensure_schema(store, tmp_path)
    with store.engine.begin() as connection:
        connection.execute(text("DELETE FROM instances"))
        connection.execute(text("DROP TABLE IF EXISTS counted"))
        connection.execute(text("CREATE TABLE counted (n integer)"))
    Rows(store).instance("me")
    store.sign("me")
    yield store
    store.close()


def _until_away(store: Store) -> None:
    while not store.is_away:
        os.sched_yield()


def count(connection: Connection) -> int:
    connection.execute(text("INSERT INTO counted VALUES (1)"))
    return int(connection.execute(text("SELECT count(*) FROM counted")).scalar_one())


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_reads_and_writes_wait_until_it_is_back(
    lasting: Store, own_server: Server, mode: str
) -> None:
    assert await lasting.write(count) == 1
    await asyncio.to_thread(own_server.stop, mode)
    waiting = [asyncio.create_task(lasting.write(count)) for _ in range(3)]
    looking = asyncio.create_task(lasting.read(lambda c: c.scalar(text("SELECT 7"))))
    await asyncio.to_thread(_until_away, lasting)
    assert not any(task.done() for task in (*waiting, looking))
    with pytest.raises(DatabaseAway, match="does not answer"), lasting.reading():
        raise AssertionError("nobody is there")
    with pytest.raises(DatabaseAway):
        lasting.transact(count)

    await asyncio.to_thread(own_server.start)

    assert sorted(await asyncio.gather(*waiting)) == [2, 3, 4]
    assert await looking == 7
    assert not lasting.is_away


def _end_connection(connection: Connection) -> None:
    """As if the network had: the server ends this connection, and we find out later."""
    pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with connection.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})


@pytest.mark.parametrize("is_committed", [False, True], ids=["before", "after"])
async def test_a_commit_without_an_answer_is_made_exactly_once(
    lasting: Store, is_committed: bool
) -> None:
    losses = [True]

    def lose(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        if immediate and losses:
            losses.clear()
            if is_committed:
                connection.connection.driver_connection.commit()  # type: ignore[union-attr]
            _end_connection(connection)

    event.listen(lasting.engine, "commit", lose)
    try:
        assert await lasting.write(count) == 1
    finally:
        event.remove(lasting.engine, "commit", lose)

    assert losses == [], "it was lost once"
    with lasting.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM counted")) == 1
        numbers = connection.scalars(text("SELECT commits FROM instances")).all()
    assert numbers == [1]


async def test_a_connection_that_breaks_within_a_change_begins_it_anew(lasting: Store) -> None:
    losses = [True]

    def change(connection: Connection) -> int:
        if losses:
            losses.clear()
            _end_connection(connection)
        return count(connection)

    assert await lasting.write(change) == 1
    assert losses == []


async def test_who_ends_does_not_wait_for_it(lasting: Store, own_server: Server) -> None:
    await asyncio.to_thread(own_server.stop, "fast")
    try:
        waiting = asyncio.create_task(lasting.write(count))
        await asyncio.to_thread(_until_away, lasting)
        lasting.stop_waiting()
        with pytest.raises(DatabaseAway):
            await waiting
    finally:
        await asyncio.to_thread(own_server.start)
