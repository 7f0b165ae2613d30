"""Jobs whose leader is gone, and jobs that wait for another one."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable

import psutil
from tests.e2e.program import Home, Pace, hang_up, kill, times_fetched
from tests.gallery import Gallery

WORDS = ("get", "--user", "lena", "--json", "--concurrency", "2")
OF_ITS_POST = ("get", "--post", "500", "--json", "--concurrency", "2")


def _until(is_so: Callable[[], object], *living: subprocess.Popen[str]) -> None:
    """Ask again and again, for at most 20 s, while these processes run."""
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline, "it does not come about"
        assert [process.poll() for process in living] == [None] * len(living)


def _state(home: Home, job: int) -> str:
    return str(home.rows(f"SELECT state FROM jobs WHERE id = {job}")[0][0])


def _wait_for_another(
    home: Home, site: Gallery
) -> tuple[subprocess.Popen[str], subprocess.Popen[str], Pace]:
    """A process that downloads slowly, and one whose whole job is with the first one's."""
    pace = Pace(0.4)
    hang_up(site, "lena", 60, pace)
    first = home.start(*WORDS)
    _until(lambda: len(site.media_requests()) > 2, first)
    second = home.start(*OF_ITS_POST)
    ended = "SELECT id FROM listings WHERE job_id = 2 AND ended = 'end'"
    _until(lambda: home.rows(ended), first, second)
    return first, second, pace


def test_a_paused_job_stays_paused_when_its_leader_is_killed(home: Home, site: Gallery) -> None:
    pace = Pace(0.4)
    pictures = hang_up(site, "lena", 60, pace)
    leader = home.start(*WORDS)
    _until(lambda: len(site.media_requests()) > 2, leader)
    helper = home.start(*WORDS)
    _until(lambda: len(home.rows("SELECT id FROM instances")) == 2, leader, helper)
    assert home.run("jobs", "pause", "1")[0] == 0
    _until(lambda: _state(home, 1) == "paused", leader, helper)
    kill(leader)
    _until(lambda: home.rows("SELECT id FROM jobs WHERE owner IS NULL"), helper)
    begun = len(site.media_requests())

    assert home.run("jobs", "--json")[0] == 0  # takes its time, in which nothing is begun

    assert _state(home, 1) == "paused"
    assert len(site.media_requests()) <= begun + 2
    pace.seconds = 0.01
    code, out, err = home.run("jobs", "resume", "1", "--json")
    assert code == 0, out + err
    out, err = helper.communicate(timeout=30)
    assert helper.returncode == 0, out + err
    assert home.require_whole(pictures) == 60


def test_a_job_that_only_waits_for_another_one_can_be_stopped(
    home: Home, site: Gallery
) -> None:
    first, second, pace = _wait_for_another(home, site)

    assert home.run("jobs", "stop", "2")[0] == 0

    out, err = second.communicate(timeout=10)
    assert json.loads(out.splitlines()[-1])["state"] == "stopped", out + err
    assert first.poll() is None, "the other job goes on"
    pace.seconds = 0.01
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, out + err
    assert max(times_fetched(site).values()) <= 2


def test_a_job_that_only_waits_for_another_one_is_interrupted(
    home: Home, site: Gallery
) -> None:
    first, second, pace = _wait_for_another(home, site)

    second.send_signal(signal.SIGINT)

    out, err = second.communicate(timeout=12)
    assert second.returncode == 130, out + err
    assert _state(home, 2) == "interrupted"
    pace.seconds = 0.01
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, out + err
    code, out, err = home.run("jobs", "resume", "2", "--json")
    assert code == 0, out + err
    assert max(times_fetched(site).values()) == 1


def test_the_children_of_a_killed_process_end_with_it(home: Home, site: Gallery) -> None:
    site.add("lena", 300)
    process = home.start(*WORDS, "--then", "examine", ARTKEEP_WORKERS__EXAMINE="1")
    children: list[psutil.Process] = []
    while not children:
        assert process.poll() is None
        children = psutil.Process(process.pid).children(recursive=True)

    kill(process)

    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_a_takeover_does_not_wait_for_the_lease_on_the_same_machine(
    home: Home, site: Gallery
) -> None:
    pace = Pace(0.4)
    pictures = hang_up(site, "lena", 60, pace)
    leader = home.start(*WORDS, ARTKEEP_NET__TIME_SCALE="1")
    _until(lambda: len(site.media_requests()) > 2, leader)
    helper = home.start(*WORDS, ARTKEEP_NET__TIME_SCALE="1")
    working = "SELECT DISTINCT owner FROM work WHERE owner IS NOT NULL"
    _until(lambda: len(home.rows(working)) == 2, leader, helper)

    kill(leader)
    pace.seconds = 0.1

    # A look around every 5 s finds the process gone; the lease would last for 60 s (MI-5).
    _until(lambda: home.rows("SELECT id FROM instances WHERE state = 'dead'"), helper)
    out, err = helper.communicate(timeout=30)
    assert helper.returncode == 0, out + err
    assert home.require_whole(pictures) == 60


def test_a_job_takes_over_what_the_one_it_waited_for_leaves_undone(
    home: Home, site: Gallery
) -> None:
    first, second, pace = _wait_for_another(home, site)

    assert home.run("jobs", "stop", "1")[0] == 0

    first.communicate(timeout=10)
    assert _state(home, 1) == "stopped"
    pace.seconds = 0.01
    out, err = second.communicate(timeout=60)
    ended = json.loads(out.splitlines()[-1])
    assert (second.returncode, ended["state"]) == (0, "completed"), out + err
    assert home.require_whole(site.pictures.values()) == 60
    assert ended["have"] + ended["done"] == 60
