"""MI-13: of several instances one empties SQLite's log; when it dies, the next one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.fake_clock import FakeClock
from tests.faults.scene import Scene
from tests.gallery import Gallery
from tests.jobs.checkpointing import LARGE, members
from tests.store.rows import Rows

from artkeep.jobs import checkpoints as module
from artkeep.jobs.checkpoints import TOO_LARGE, WORTH_WHILE, Checkpoints
from artkeep.store import checkpoints, instances
from artkeep.store.base import Store

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def filled(store: Store) -> Store:
    """A database whose connections leave the log alone."""
    checkpoints.stop_automatic(store)
    with store.writing() as connection:
        connection.execute(text("CREATE TABLE filler (number PRIMARY KEY, body, turn)"))
    return store


def fill(store: Store, size: int) -> None:
    """Let the log grow by so much, and a little."""
    words = text("INSERT OR REPLACE INTO filler VALUES (1, zeroblob(:size), 0)")
    store.transact(lambda connection: connection.execute(words, {"size": size}))


def test_a_running_program_empties_the_log_and_its_connections_do_not(
    tmp_path: Path,
    site: Gallery,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(checkpoints, "FIRST_SAFE_SQLITE", (99, 0, 0))
    monkeypatch.setattr(module, "LARGE", LARGE)
    caplog.set_level("INFO")
    with Scene(tmp_path, site).running() as (_, store):
        assert f"'sqlite': '{sqlite3.sqlite_version}'" in caplog.text
        with store.writing() as connection:
            assert connection.execute(text("PRAGMA wal_autocheckpoint")).scalar() == 0
            connection.execute(text("CREATE TABLE filler (number PRIMARY KEY, body, turn)"))
        fill(store, 4 * LARGE)
        while checkpoints.log_size(store) >= LARGE:
            pass


@on_sqlite
def test_one_of_several_processes_empties_the_log_and_when_it_is_killed_the_next(
    filled: Store,
) -> None:
    with members(f"sqlite:///{filled.url.database}", 3) as (first, second, third):
        for _ in range(4):
            assert first.hear()
        assert first.largest < 16 * LARGE
        first.process.kill()
        first.finish()
        for _ in range(4):
            assert second.hear()
        assert second.largest < 16 * LARGE
        third.stop()
        third.finish()
        second.stop()
        second.finish()

    assert (first.emptied >= 4, second.emptied >= 4, third.emptied) == (True, True, 0)
    with closing(sqlite3.connect(filled.url.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        turns = dict(connection.execute("SELECT number, turn FROM filler"))
    assert turns[1] == second.turns
    assert turns[2] == third.turns
    assert turns[0] >= first.turns, "what was committed before the kill"


@on_sqlite
def test_the_log_grows_while_nobody_empties_it(filled: Store) -> None:
    """Without this the others could not fail."""
    for _ in range(3):
        fill(filled, 20 << 20)  # each of them more than SQLite itself would wait for
    assert checkpoints.log_size(filled) > 60 << 20


@on_sqlite
def test_who_is_not_elected_leaves_the_log_alone_until_it_is_too_large(
    filled: Store, rows: Rows
) -> None:
    rows.instance("elected")
    rows.instance("other")
    assert rows.do(instances.longest_registered) == "elected"
    other = Checkpoints(filled, lambda: "other")
    fill(filled, module.LARGE)
    assert not other.look()
    fill(filled, TOO_LARGE - module.LARGE)
    assert other.look()  # the elected one is stopped, or of an older version
    assert checkpoints.log_size(filled) == 0


@on_sqlite
def test_at_a_quiet_moment_a_smaller_log_is_worth_it(filled: Store, rows: Rows) -> None:
    rows.instance("me")
    clock = FakeClock()
    mine = Checkpoints(filled, lambda: "me", clock=clock.now)
    fill(filled, WORTH_WHILE)
    assert not mine.look()
    clock.time += 4
    fill(filled, 1)
    assert not mine.look(), "it is being written to"
    clock.time += 6
    assert mine.look()


@on_sqlite
def test_a_long_reader_is_not_waited_for_again_and_again(filled: Store, rows: Rows) -> None:
    rows.instance("me")
    clock = FakeClock()
    mine = Checkpoints(filled, lambda: "me", clock=clock.now)
    with filled.reading() as reader:
        reader.execute(text("SELECT count(*) FROM instances")).scalar()
        fill(filled, module.LARGE)
        assert not mine.look()
        assert checkpoints.log_size(filled) > module.LARGE
    assert not mine.look(), "it rests a little"
    clock.time += 1
    assert mine.look()


@on_sqlite
def test_it_is_up_to_us_only_where_sqlite_has_the_fault_and_the_file_is_shared(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "FIRST_SAFE_SQLITE", (99, 0, 0))
    assert checkpoints.is_needed(store)
    monkeypatch.setattr(store, "drive", "nfs")
    assert not checkpoints.is_needed(store)
    monkeypatch.undo()
    monkeypatch.setattr(checkpoints, "FIRST_SAFE_SQLITE", (3, 0, 0))
    assert not checkpoints.is_needed(store)
