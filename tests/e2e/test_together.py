"""Two processes on one database: a job is shared, and nothing is done twice (MI-7)."""

from __future__ import annotations

import signal

from tests.e2e.program import Pace, hang_up, kill, times_fetched

WORDS = ("get", "--user", "lena", "--json", "--concurrency", "3")


def _require_nothing_twice(site) -> None:
    assert max(times_fetched(site).values()) == 1
    asked = [tuple(sorted(one.items())) for one in site.page_requests()]
    assert len(asked) == len(set(asked)), "a page was listed twice"


def test_the_same_words_twice_share_one_job(any_home, site):
    pace = Pace(0.5)
    pictures = hang_up(site, "lena", 120, pace)
    site.page_size = 40
    first = any_home.start(*WORDS)
    while len(site.media_requests()) < 3:
        assert first.poll() is None
    second = any_home.start(*WORDS)
    while len(any_home.rows("SELECT DISTINCT owner FROM work WHERE owner IS NOT NULL")) < 2:
        assert second.poll() is None, "both do some of the work"
    pace.seconds = 0.02
    ended = [(process.communicate(), process.returncode) for process in (first, second)]
    assert [code for _, code in ended] == [0, 0], ended
    assert any_home.require_whole(pictures) == 120
    assert len(any_home.rows("SELECT id FROM jobs")) == 1
    _require_nothing_twice(site)


def test_the_helper_takes_the_lead_when_the_leader_is_killed(any_home, site):
    pictures = hang_up(site, "lena", 150, 0.12)
    site.page_size = 20
    leader = any_home.start(*WORDS)
    while len(site.media_requests()) < 3:
        assert leader.poll() is None
    helper = any_home.start(*WORDS)
    while len(any_home.rows("SELECT id FROM instances WHERE state = 'alive'")) < 2:
        assert helper.poll() is None
    kill(leader)
    out, err = helper.communicate()
    assert helper.returncode == 0, out + err
    assert any_home.require_whole(pictures) == 150
    again = sum(times - 1 for times in times_fetched(site).values())
    assert again <= 12, "only what the leader had in flight"
    assert any_home.job()["state"] == "completed"


def test_jobs_that_share_artworks_fetch_each_once(home, site):
    pictures = hang_up(site, "lena", 60, 0.04)
    first = home.start(*WORDS)
    second = home.start("get", "--post", "500", "--json", "--concurrency", "3")
    ended = [(process.communicate(), process.returncode) for process in (first, second)]
    assert [code for _, code in ended] == [0, 0], ended
    assert home.require_whole(pictures) == 60
    assert max(times_fetched(site).values()) == 1
    members = home.rows("SELECT target_id, count(*) FROM target_artworks GROUP BY target_id")
    assert [count for _, count in members] == [60, 60]


def test_a_process_that_slept_through_its_lease_changes_nothing(home, site):
    pictures = hang_up(site, "lena", 60, 0.05)
    sleeper = home.start(*WORDS)
    while len(site.media_requests()) < 6:
        assert sleeper.poll() is None
    sleeper.send_signal(signal.SIGSTOP)
    code, out, err = home.run(*WORDS)  # waits for the lease, then takes over and finishes
    assert code == 0, out + err
    sleeper.send_signal(signal.SIGCONT)
    out, err = sleeper.communicate()
    assert "Traceback" not in out + err
    assert sleeper.returncode == 0, out + err
    assert home.require_whole(pictures) == 60
    assert len(home.rows("SELECT id FROM files")) == 60
    assert home.parts() == []
    code, out, err = home.run("check", "--hashes")
    assert code == 0, out + err
