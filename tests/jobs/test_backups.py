"""A backup a day (MI-15)."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.store.rows import Rows

from artkeep.domain.artwork import StageName
from artkeep.errors import DatabaseError
from artkeep.jobs.backups import back_up_if_due
from artkeep.store import work
from artkeep.store.base import Store
from artkeep.store.models import Work
from artkeep.store.upgrade import back_up, newest_backup


def test_one_is_made_a_day(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "daily"
    assert newest_backup(folder) is None
    assert back_up_if_due(store, folder)
    assert not back_up_if_due(store, folder)
    assert back_up_if_due(store, folder, lambda: time.time() + 86_401)
    assert len(list(folder.iterdir())) == 2


def test_a_clock_that_was_set_back_does_not_keep_it_from_being_made(
    store: Store, tmp_path: Path
) -> None:
    assert back_up_if_due(store, tmp_path / "daily")
    assert back_up_if_due(store, tmp_path / "daily", lambda: time.time() - 86_400)


def test_without_room_none_is_made_and_the_old_ones_stay(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "daily"
    made = back_up(store, folder)
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DatabaseError, match="no room") as raised:
        back_up(store, folder)
    assert raised.value.code == "no_room_for_backup"
    assert not back_up_if_due(store, folder, lambda: time.time() + 86_401)
    assert list(folder.iterdir()) == [made]


def test_what_was_cut_off_is_no_backup(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "daily"
    folder.mkdir()
    (folder / "tracking_database-29990101T000000000000Z.part").touch()
    assert newest_backup(folder) is None
    assert back_up_if_due(store, folder)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_holds_no_signed_addresses_of_work_that_waits(
    store: Store, tmp_path: Path
) -> None:
    """SE-24: they are gone with their work, which a copy outlives."""
    given = [{"url": "https://x.example/a.png?sig=cAnArY" + "0" * 9000, "quality": "hd"}]
    rows = Rows(store)
    (artwork_id,) = rows.artworks(1)
    spec = {"quality": "hd", "given": given}
    store.transact(
        lambda connection: work.ask(connection, [artwork_id], StageName.DOWNLOAD, None, spec)
    )
    made = back_up(store, tmp_path / "daily")
    assert b"cAnArY" not in made.read_bytes()
    with closing(sqlite3.connect(made)) as copy:
        assert copy.execute("SELECT spec FROM work").fetchall() == [('{"quality":"hd"}',)]
    with store.reading() as connection:
        assert connection.scalar(select(Work.spec)) == spec
