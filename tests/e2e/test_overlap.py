"""Different jobs over the same listings and artworks, side by side."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError
from tests.e2e.program import Home, Pace, hang_up, kill, times_fetched
from tests.gallery import Gallery

ONE = ("get", "--user", "lena", "--json", "--concurrency", "2")
BOTH = ("get", "--user", "lena", "--user", "mara", "--json", "--concurrency", "2")


@pytest.mark.parametrize("killed", [None, 0, 1])
def test_two_jobs_over_one_listing_both_end_complete(
    home: Home, site: Gallery, killed: int | None
) -> None:
    pace = Pace(0.1)
    pictures = hang_up(site, "lena", 60, pace) + hang_up(site, "mara", 20, pace)
    site.page_size = 5
    words = (ONE, BOTH)
    running = [home.start(*ONE), home.start(*BOTH)]
    while len(site.media_requests()) < 20 or len(home.rows("SELECT id FROM targets")) < 2:
        assert running[0].poll() is None
    if killed is not None:
        kill(running[killed])
        running[killed] = home.start(*words[killed])

    for process in running:
        out, err = process.communicate(timeout=60)
        ended = json.loads(out.splitlines()[-1])
        assert (process.returncode, ended["state"]) == (0, "completed"), out + err
    assert home.require_whole(pictures) == 80
    again = sum(times - 1 for times in times_fetched(site).values())
    assert again <= (0 if killed is None else 4)
    members = home.rows("SELECT target_id, count(*) FROM target_artworks GROUP BY target_id")
    assert sorted(amount for _, amount in members) == [20, 60]
    assert home.run("check", "--hashes")[0] == 0


def _stop_outside_transactions(process: subprocess.Popen[str], home: Home) -> None:
    """Who stops while writing keeps everybody else from it: that is another story."""
    engine = create_engine(home.database_url)
    try:
        while True:
            process.send_signal(signal.SIGSTOP)
            try:
                with engine.connect() as connection:
                    _require_unlocked(connection)
            except OperationalError:
                process.send_signal(signal.SIGCONT)
            else:
                return
    finally:
        engine.dispose()


def _require_unlocked(connection: Connection) -> None:
    """Raises OperationalError while somebody is writing."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA busy_timeout = 100")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("SET lock_timeout = '100ms'")
        connection.exec_driver_sql(
            "LOCK TABLE jobs, work, artworks, instances IN SHARE ROW EXCLUSIVE MODE"
        )


def test_a_leader_that_slept_is_replaced_by_its_helper_and_rejoins(
    any_home: Home, site: Gallery
) -> None:
    pace = Pace(0.3)
    pictures = hang_up(site, "lena", 60, pace)
    site.page_size = 10
    leader = any_home.start(*ONE)
    while len(site.media_requests()) < 3:
        assert leader.poll() is None
    (led_by,) = any_home.rows("SELECT owner FROM jobs")[0]
    helper = any_home.start(*ONE)
    while len(any_home.rows("SELECT DISTINCT owner FROM work WHERE owner IS NOT NULL")) < 2:
        assert helper.poll() is None

    _stop_outside_transactions(leader, any_home)
    while any_home.rows("SELECT owner FROM jobs")[0][0] in (led_by, None):
        assert helper.poll() is None
    leader.send_signal(signal.SIGCONT)
    while len(any_home.rows("SELECT id FROM instances WHERE state = 'alive'")) < 2:
        assert helper.poll() is None, "it comes back under another name"
    pace.seconds = 0.02

    for process in (helper, leader):
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, out + err
    assert any_home.require_whole(pictures) == 60
    assert len(any_home.rows("SELECT id FROM files")) == 60
    again = sum(times - 1 for times in times_fetched(site).values())
    assert again <= 6 + 2, "what it had claimed, and what it had in hand"
    code, out, err = any_home.run("check", "--hashes")
    assert code == 0, out + err
