"""Pause, resume and stop a job from another process; what scripts read; languages."""

from __future__ import annotations

import json
import os
import sys
import time

from tests.e2e.program import hang_up, times_fetched

WORDS = ("get", "--user", "lena", "--json", "--concurrency", "2")


def _wait_for_state(home, state: str, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while home.rows("SELECT state FROM jobs")[0][0] != state:
        assert time.monotonic() < deadline, f"not {state} after {within_s} s"


def test_pause_resume_and_stop_reach_a_job_of_another_process(home, site):
    hang_up(site, "lena", 200, 0.05)
    site.page_size = 50
    process = home.start(*WORDS)
    while len(site.media_requests()) < 4:
        assert process.poll() is None

    assert home.run("jobs", "pause", "1")[0] == 0
    _wait_for_state(home, "paused", 2)
    before = len(site.media_requests())
    assert home.run("jobs", "--json")[0] == 0  # takes its time, in which nothing is begun
    assert len(site.media_requests()) <= before + 2

    assert home.run("jobs", "stop", "1")[0] == 0
    out, _ = process.communicate()
    assert json.loads(out.splitlines()[-1])["state"] == "stopped"
    assert home.rows("SELECT id FROM work WHERE owner IS NOT NULL") == []

    code, out, err = home.run("jobs", "resume", "1", "--json")
    assert code == 0, out + err
    assert home.job()["done"] == 200
    asked = [one.get("cursor") for one in site.page_requests()]
    assert len(asked) == len(set(asked)), "a page was listed twice"
    assert max(times_fetched(site).values()) <= 2


def test_a_chain_examines_what_it_downloads(home, site):
    site.add("lena", 5)
    words = ("get", "--user", "lena", "--json", "--then", "examine")
    code, out, err = home.run(*words, ARTKEEP_WORKERS__EXAMINE="1")
    assert code == 0, out + err
    assert json.loads(out.splitlines()[-1])["stages"]["examine"]["done"] == 5
    statuses = home.rows("SELECT DISTINCT examine_status FROM artworks")
    assert [row[0] for row in statuses] == ["done"]


def test_every_line_of_json_is_an_object_and_nothing_else_is_written(home, site):
    site.add("lena", 3)
    code, out, err = home.run(*WORDS)
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert err == ""
    assert [line["event"] for line in lines] == ["started", "ended"]
    assert {"state", "total", "done", "failed", "reasons", "targets"} <= lines[-1].keys()
    for verb in ("jobs", "targets"):
        code, out, _ = home.run(verb, "--json")
        assert code == 0
        assert [json.loads(line) for line in out.splitlines()]


def test_without_a_terminal_no_escape_codes_are_written(home, site):
    site.add("lena", 3)
    code, out, err = home.run("get", "--user", "lena")
    assert code == 0
    assert "\x1b" not in out + err


def test_a_terminal_gets_a_bar(home, site):
    hang_up(site, "lena", 10, 0.2)
    pid, descriptor = os.forkpty()
    if pid == 0:
        environment = home.environment(TERM="xterm", COLUMNS="120")
        words = ["-m", "artkeep", "get", "--user", "lena", "--concurrency", "2"]
        os.execve(sys.executable, [sys.executable, *words], environment)
    shown = b""
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(descriptor)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    text = shown.decode("utf-8", "replace")
    assert "━" in text
    assert "completed" in text


def test_chinese_is_spoken_where_the_system_speaks_it(home, site):
    site.add("lena", 2)
    code, out, _ = home.run("get", "--user", "lena", LANG="zh_CN.UTF-8")
    assert code == 0
    assert "已完成" in out


def test_the_exit_code_says_what_stands_in_the_way(home, site):
    assert home.run("get")[0] == 2
    assert home.run("get", "--user", "nobody_here", "--json")[0] == 4
    assert home.run("get", "https://example.com/gallery", "--json")[0] == 4
    assert home.run("get", "--user", "lena", "--concurrency", "99")[0] == 2
    site.add("lena", 1)
    assert home.run(*WORDS)[0] == 0
    home.run("db", "backup")
    _, out, _ = home.run("db", "path")
    assert out.strip().endswith("tracking_database.sqlite")
    assert home.run("db", "restore")[0] == 0
    assert home.job()["state"] == "completed"
    assert json.loads(home.run("doctor", "--json")[1])["schema"]
