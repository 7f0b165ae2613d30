"""Different jobs over the same listings and artworks, side by side."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest
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
    """Who stops while writing to SQLite keeps everybody else from it: that is another story."""
    while True:
        process.send_signal(signal.SIGSTOP)
        if not home.database_url.startswith("sqlite"):
            return
        path = home.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=0.1)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGCONT)
            else:
                return


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
