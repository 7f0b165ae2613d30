"""Upgrading the schema while others live, and asking them to end (MI-17, MI-18)."""

from __future__ import annotations

import signal
import subprocess

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from tests.e2e.program import Home, hang_up
from tests.gallery import Gallery

WORDS = ("get", "--user", "lena", "--json", "--concurrency", "2")


def _start_and_wait(home: Home, site: Gallery) -> subprocess.Popen[str]:
    process = home.start(*WORDS)
    while len(site.media_requests()) < 4:
        assert process.poll() is None
    return process


def _make_old(home: Home, living: subprocess.Popen[str]) -> None:
    """As if the database were of the version before, and the program, which is halted, too."""
    is_postgres = home.database_url.startswith("postgresql")
    patience = {"options": "-c lock_timeout=300"} if is_postgres else {"timeout": 0.3}
    engine = create_engine(home.database_url, connect_args=patience)
    while True:
        living.send_signal(signal.SIGSTOP)
        try:
            with engine.begin() as connection:
                connection.execute(text("UPDATE instances SET protocol = 1"))
                connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
        except OperationalError:  # halted in the middle of a write
            living.send_signal(signal.SIGCONT)
        else:
            engine.dispose()
            return


def test_an_upgrade_is_refused_while_an_older_program_runs_which_stops_writing(
    any_home: Home, site: Gallery
) -> None:
    hang_up(site, "lena", 200, 0.1)
    older = _start_and_wait(any_home, site)
    _make_old(any_home, older)

    code, _, err = any_home.run("db", "upgrade")

    assert code == 7
    assert f"process {older.pid}" in err
    assert "artkeep db drain" in err
    rows = any_home.rows("SELECT version_num FROM alembic_version")
    assert rows == [("0002",)], "nothing was changed"
    older.send_signal(signal.SIGCONT)
    older.communicate(timeout=60)
    assert older.returncode != 0, "it has stopped instead of writing into another schema"


def test_programs_of_another_protocol_do_not_work_together(home: Home, site: Gallery) -> None:
    pictures = hang_up(site, "lena", 60, 0.2)
    first = _start_and_wait(home, site)
    home.change("UPDATE instances SET protocol = 1")

    code, _, err = home.run(*WORDS)

    assert code == 7
    assert f"process {first.pid}" in err
    assert first.poll() is None
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=20)
    assert home.run(*WORDS)[0] == 0
    assert home.require_whole(pictures) == 60


def test_draining_asks_all_to_end_and_says_who_still_runs(home: Home, site: Gallery) -> None:
    pictures = hang_up(site, "lena", 100, 0.2)
    running = [_start_and_wait(home, site), home.start(*WORDS)]
    while len(home.rows("SELECT id FROM instances WHERE state = 'alive'")) < 2:
        assert [process.poll() for process in running] == [None, None]

    code, out, err = home.run("db", "drain")

    assert code == 0, err
    *waiting, last = out.splitlines()
    assert {line.rpartition(" ")[2] for line in waiting} == {str(one.pid) for one in running}
    assert last == "Nobody else uses the database."
    for process in running:
        _, err = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "another Artkeep asks for it" in err
    assert home.rows("SELECT DISTINCT state FROM instances") == [("left",)]
    assert home.rows("SELECT id FROM work WHERE owner IS NOT NULL") == []
    code, out, err = home.run(*WORDS)
    assert code == 0, out + err
    assert home.require_whole(pictures) == 100
