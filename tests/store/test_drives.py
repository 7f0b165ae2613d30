"""Which paths lie on a network drive, and SQLite there for one program only (MI-12)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from artkeep.errors import DatabaseError
from artkeep.store import base, drives, engines
from artkeep.store.base import SCHEMA, Store
from artkeep.store.drives import mounted_from, network_drive, read_mounts, windows_drive
from artkeep.store.upgrade import back_up, ensure_schema

MOUNTS = r"""/dev/sda2 / ext4 rw,relatime 0 0
tmpfs /tmp tmpfs rw 0 0
nas:/export/art /mnt/art nfs4 rw,vers=4.2 0 0
//nas/share /mnt/my\040share cifs rw 0 0
me@far:/home/me /mnt/far fuse.sshfs rw 0 0
pool /mnt/pool fuse.mergerfs rw 0 0
/dev/sdb1 /mnt/stick fuseblk rw 0 0
host /mnt/host 9p rw,trans=virtio 0 0
C:\134 /mnt/c 9p rw,aname=drvfs 0 0
drive: /mnt/cloud fuse.rclone rw 0 0
/dev/sdc1 /mnt/art/local ext4 rw 0 0
//old/one /mnt/odd unheard-of rw 0 0
/dev/sdd1 /mnt/over ext4 rw 0 0
nas:/over /mnt/over nfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/data", None),
        ("/tmp/x", None),
        ("/mnt/art/data/db", "nfs4"),
        ("/mnt/art", "nfs4"),
        ("/mnt/artless", None),
        ("/mnt/art/local/db", None),
        ("/mnt/my share/db", "cifs"),
        ("/mnt/far/db", "fuse.sshfs"),
        ("/mnt/pool/db", None),
        ("/mnt/stick/db", None),
        ("/mnt/host/db", "9p"),
        ("/mnt/c/Users/me", "9p"),
        ("/mnt/cloud/db", "fuse.rclone"),
        ("/mnt/odd/db", "unheard-of"),
        ("/mnt/over/db", "nfs"),
    ],
)
def test_the_mount_that_holds_a_path_says_where_it_lies(path: str, kind: str | None) -> None:
    assert mounted_from(path, read_mounts(MOUNTS)) == kind


@pytest.mark.parametrize("line", ["", "half a", "/dev/sda1 /"])
def test_a_broken_line_of_the_mount_table_is_passed_over(line: str) -> None:
    assert read_mounts(f"{line}\n") == []


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (r"C:\Users\me\data", None),
        (r"N:\data", "mapped drive"),
        ("N:/data", "mapped drive"),
        (r"\\nas\share\data", "UNC"),
        ("//nas/share/data", "UNC"),
        (r"\\?\UNC\nas\share\data", "UNC"),
        (r"\\?\C:\data", None),
        (r"\\?\N:\data", "mapped drive"),
    ],
)
def test_shares_and_mapped_drives_of_windows_are_known(path: str, kind: str | None) -> None:
    def drive_type(root: str) -> int:
        assert root in ("C:\\", "N:\\")
        return 4 if root == "N:\\" else 3

    assert windows_drive(path, drive_type) == kind


def test_this_folder_lies_on_a_disk_of_this_machine(tmp_path: Path) -> None:
    assert network_drive(tmp_path / "not there yet") is None


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which `tmp_path/nas` is a network drive; the folder."""
    folder = tmp_path / "nas"
    folder.mkdir()
    table = tmp_path / "mounts"
    table.write_text(f"/dev/sda / ext4 rw 0 0\nnas:/x {folder.resolve()} nfs4 rw 0 0\n")
    monkeypatch.setattr(drives, "_MOUNTS", table)
    monkeypatch.setattr(engines, "_ALONE_TRIES", 2)
    return folder


@pytest.fixture
def far(mounts: Path) -> Iterator[Store]:
    """A tracking database on it."""
    store = Store(f"sqlite:///{mounts / 'tracking_database.sqlite'}")
    ensure_schema(store, mounts / "backups")
    yield store
    store.close()


def test_sqlite_on_a_network_drive_has_a_rollback_journal_and_an_exclusive_lock(
    far: Store,
) -> None:
    assert far.drive == "nfs4"
    with far.reading() as connection:
        names = ("journal_mode", "locking_mode", "synchronous", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    assert found == ["delete", "exclusive", 2, 1]


def test_a_second_program_is_refused_with_the_way_out(far: Store, mounts: Path) -> None:
    far.transact(lambda connection: connection.execute(text("DELETE FROM budgets")))
    second = Store(far.url.render_as_string())
    with pytest.raises(DatabaseError, match=r"network drive.*PostgreSQL") as raised:
        ensure_schema(second, mounts / "backups")
    second.close()
    assert raised.value.code == "database_not_shared"
    with far.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM budgets")) == 0, "undisturbed"


def test_when_the_first_one_ends_the_next_one_may(far: Store, mounts: Path) -> None:
    far.close()
    second = Store(far.url.render_as_string())
    ensure_schema(second, mounts / "backups")
    with second.reading() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == SCHEMA
    second.close()


def test_a_database_that_was_moved_there_leaves_its_old_journal_behind(
    mounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = mounts / "tracking_database.sqlite"
    with monkeypatch.context() as here:
        here.setattr(base, "network_drive", lambda path: None)
        local = Store(f"sqlite:///{path}")
        ensure_schema(local, mounts / "backups")
        local.close()
    moved = Store(f"sqlite:///{path}")
    ensure_schema(moved, mounts / "backups")
    with moved.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
    moved.close()
    assert not path.with_name(f"{path.name}-wal").exists()


def count(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM budgets")).scalar_one())


async def test_readers_and_writers_take_turns(far: Store) -> None:
    turns = [far.read(count) for _ in range(20)] + [far.write(count) for _ in range(20)]
    assert await asyncio.gather(*turns) == [0] * 40


def test_it_is_backed_up_over_its_own_connection(far: Store, mounts: Path) -> None:
    made = back_up(far, mounts / "backups")
    copy = sqlite3.connect(made)
    assert copy.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    copy.close()
