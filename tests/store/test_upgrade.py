"""The schema: made once, guarded, and equal to what the models say."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from artkeep.errors import DatabaseError, DatabaseTooNew
from artkeep.store import upgrade
from artkeep.store.base import SCHEMA, Store
from artkeep.store.models import Base
from artkeep.store.upgrade import alembic_config, back_up, ensure_schema


def test_the_newest_migration_is_the_schema_the_program_knows():
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == SCHEMA


def test_the_migrations_make_exactly_the_tables_of_the_models(store):
    with store.reading() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: not is_of_triggers(name or "", kind)},
        )
        differences = compare_metadata(context, Base.metadata)
    assert differences == []


def is_of_triggers(name: str, kind: str) -> bool:
    """Counts and the full-text index differ between the databases, and have no model."""
    return kind == "table" and name.startswith(("library_counts", "artwork_words"))


def test_many_starts_at_once_make_one_schema(database_url, tmp_path):
    failures = []

    def start() -> None:
        opened = Store(database_url)
        try:
            ensure_schema(opened, tmp_path / "backups")
        except Exception as error:
            failures.append(error)
        finally:
            opened.close()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    opened = Store(database_url)
    with opened.reading() as connection:
        rows = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    opened.close()
    assert rows == [(SCHEMA,)]


def test_a_newer_database_is_refused_and_left_alone(store, tmp_path):
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew, match="9999"):
        ensure_schema(store, tmp_path / "backups")
    with pytest.raises(DatabaseTooNew), store.writing() as connection:
        connection.execute(text("DELETE FROM budgets"))


def test_a_file_that_is_no_database_is_kept_and_named(tmp_path):
    path = tmp_path / "tracking_database.sqlite"
    path.write_bytes(b"these are my holiday notes" * 100)
    opened = Store(f"sqlite:///{path}")
    with pytest.raises(DatabaseError) as raised:
        ensure_schema(opened, tmp_path / "backups")
    opened.close()
    assert raised.value.code == "database_damaged"
    assert path.read_bytes().startswith(b"these are my holiday notes")


def test_a_backup_is_a_whole_database_and_only_seven_are_kept(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'tracking_database.sqlite'}")
    ensure_schema(opened, tmp_path / "backups")
    made = [back_up(opened, tmp_path / "backups") for _ in range(9)]
    opened.close()
    kept = sorted((tmp_path / "backups").iterdir())
    assert kept == made[-7:]
    with closing(sqlite3.connect(kept[-1])) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (SCHEMA,)


def test_the_views_of_older_scripts_can_be_read(store):
    with store.reading() as connection:
        images = connection.execute(text("SELECT * FROM tracked_images"))
        tags = connection.execute(text("SELECT * FROM image_tags"))
        assert list(images.keys()) == [
            "image_key",
            "image_id",
            "quality",
            "path",
            "download_date",
            "url",
            "checkpoint_name",
            "target_type",
            "target_value",
        ]
        assert list(tags.keys()) == ["image_key", "tag"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_nobody_else_on_the_machine_may_read_a_new_database(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'data' / 'tracking_database.sqlite'}")
    ensure_schema(opened, tmp_path / "backups")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()}
    opened.close()
    assert set(modes.values()) == {0o600}
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_database_path_with_odd_characters_works(tmp_path: Path):
    folder = tmp_path / "100% ünï #1"
    folder.mkdir()
    opened = Store(f"sqlite:///{folder / 'tracking_database.sqlite'}")
    ensure_schema(opened, folder / "backups")
    opened.close()
    assert (folder / "tracking_database.sqlite").exists()


def _at_version(store: Store, version: str) -> None:
    """A database of an older program."""
    with store.engine.connect() as connection:
        store.begin(connection)
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.commit()


@pytest.mark.parametrize("version", ["0001", "0002", "0003"])
def test_an_older_database_is_upgraded_after_a_backup_of_it(
    version: str, database_url: str, tmp_path: Path
) -> None:
    store = Store(database_url)
    _at_version(store, version)

    ensure_schema(store, tmp_path / "backups")

    with store.reading() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    assert found == SCHEMA
    store.close()
    (made,) = (tmp_path / "backups").iterdir()
    if store.is_sqlite:
        with closing(sqlite3.connect(made)) as backup:
            found = backup.execute("SELECT version_num FROM alembic_version").fetchall()
        assert found == [(version,)]


def test_what_is_written_during_the_backup_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tracking_database.sqlite"
    store = Store(f"sqlite:///{path}")
    _at_version(store, "0003")
    real, times = upgrade.back_up, []

    def write_meanwhile(*args: Any, **words: Any) -> Path:
        made = real(*args, **words)
        times.append(made)
        if len(times) == 1:
            with closing(sqlite3.connect(path)) as other:
                other.execute("INSERT INTO roots VALUES (1, 'm', '/p', '2026-01-01 00:00:00')")
                other.commit()
        return made

    monkeypatch.setattr(upgrade, "back_up", write_meanwhile)

    ensure_schema(store, tmp_path / "backups")

    store.close()
    (made,) = (tmp_path / "backups").iterdir()
    with closing(sqlite3.connect(made)) as backup:
        assert backup.execute("SELECT marker FROM roots").fetchall() == [("m",)]
    assert len(times) == 2
