"""Ctrl-C once and twice, and SIGTERM (RB-14)."""

from __future__ import annotations

import signal

import pytest
from tests.e2e.program import hang_up, times_fetched


def _start_and_wait(home, site, *words: str, requests: int = 6):
    process = home.start("get", "--user", "lena", "--concurrency", "3", *words)
    while len(site.media_requests()) < requests:
        assert process.poll() is None
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_finishes_what_runs_and_the_job_goes_on_later(home, site, number):
    pictures = hang_up(site, "lena", 60, 0.05)
    process = _start_and_wait(home, site)
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert "artkeep jobs resume 1" in err
    assert home.job()["state"] == "interrupted"
    assert home.rows("SELECT id FROM work WHERE owner IS NOT NULL") == []
    assert home.parts() == []
    fetched = set(times_fetched(site))
    assert home.require_whole(pictures) == len(fetched), "what had begun was finished"
    code, out, err = home.run("get", "--user", "lena", "--json")
    assert code == 0, out + err
    assert home.require_whole(pictures) == 60
    assert max(times_fetched(site).values()) == 1


def test_the_second_signal_ends_at_once_and_is_safe_as_well(home, site):
    pictures = hang_up(site, "lena", 20, 3)
    process = _start_and_wait(home, site, requests=3)
    process.send_signal(signal.SIGINT)
    line = process.stderr.readline()
    while "Ctrl-C" not in line:
        line = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    home.require_whole(pictures)
    code, out, err = home.run("check", "--repair", "--json")
    assert code in (0, 3), out + err
    assert home.parts() == []
