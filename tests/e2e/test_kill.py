"""`kill -9` at any moment: nothing half-written, lost, or fetched twice (CR-17)."""

from __future__ import annotations

import random

import pytest
from tests.e2e.program import Home, hang_up, kill, times_fetched
from tests.gallery import Gallery

WORKERS = 10


def kill_again_and_again(home: Home, site: Gallery, *, files: int, kills: int) -> int:
    """Start, kill at a random moment, look; at the end let it finish. How many are whole."""
    pictures = hang_up(site, "lena", files, 0.06)
    chance = random.Random(20261120)
    words = ("get", "--user", "lena", "--json", "--concurrency", str(WORKERS))
    killed = there = 0
    # So many pictures were asked for at each kill: from the first to nearly the last.
    for moment in sorted(chance.sample(range(files - 4 * WORKERS), kills)):
        process = home.start(*words)
        before = len(site.server.requests)
        while process.poll() is None and (
            len(times_fetched(site)) < moment or len(site.server.requests) == before
        ):
            home.require_whole(pictures)
        if process.poll() is not None:
            break
        kill(process)
        killed += 1
        now = home.require_whole(pictures)
        assert now >= there, "a file that was there is gone"
        there = now
    process = home.start(*words)
    while process.poll() is None:
        home.require_whole(pictures)
    out, err = process.communicate()
    assert process.returncode == 0, out + err
    assert killed == kills
    whole = home.require_whole(pictures)
    again = sum(times - 1 for times in times_fetched(site).values())
    # In flight: the streams, and what waited to be committed.
    assert again <= kills * 3 * WORKERS
    assert home.parts() == []
    code, out, err = home.run("check", "--hashes", "--json")
    assert code == 0, out + err
    assert len(home.rows("SELECT id FROM jobs")) == 1, "every start goes on with the one job"
    return whole


def test_kills_of_a_download_lose_and_repeat_nothing(home, site):
    assert kill_again_and_again(home, site, files=200, kills=6) == 200


@pytest.mark.postgres
def test_kills_with_the_database_on_postgresql(home_on_postgres, site):
    assert kill_again_and_again(home_on_postgres, site, files=80, kills=2) == 80


def test_the_walk_goes_on_at_its_page_after_a_kill(home, site):
    hang_up(site, "lena", 60, 0.02)
    site.page_size = 10
    process = home.start("get", "--user", "lena", "--json", "--concurrency", "2")
    while len(site.page_requests()) < 4:
        assert process.poll() is None
    kill(process)
    listed = home.rows("SELECT cursor FROM listings")[0][0]
    before = len(site.page_requests())
    code, out, err = home.run("get", "--user", "lena", "--json")
    assert code == 0, out + err
    assert site.page_requests()[before].get("cursor") == listed
    assert home.job()["done"] == 60


def test_jobs_resume_goes_on_with_a_killed_job(home, site):
    pictures = hang_up(site, "lena", 40, 0.05)
    process = home.start("get", "--user", "lena", "--concurrency", "2")
    while len(site.media_requests()) < 6:
        assert process.poll() is None
    kill(process)
    code, out, err = home.run("jobs", "resume", "1", "--json")
    assert code == 0, out + err
    assert home.require_whole(pictures) == 40


def test_a_start_clears_away_what_a_kill_left(home, site):
    hang_up(site, "lena", 10, 0.3)
    process = home.start("get", "--user", "lena", "--concurrency", "5")
    while len(site.media_requests()) < 5:
        assert process.poll() is None
    kill(process)
    stray = home.library / ".artkeep" / "parts" / ".9999-1.part"
    stray.write_bytes(b"of a work that is long done")
    code, out, err = home.run("get", "--user", "lena", "--json")
    assert code == 0, out + err
    assert home.parts() == []


def test_two_first_starts_at_once_make_one_installation(home, site):
    hang_up(site, "lena", 5, 0.01)
    hang_up(site, "mara", 5, 0.01)
    both = [home.start("get", "--user", name, "--json") for name in ("lena", "mara")]
    ended = [(process.communicate(), process.returncode) for process in both]
    assert [code for _, code in ended] == [0, 0], ended
    assert len(home.rows("SELECT id FROM roots")) == 1
