"""Which process this is, and whether another one still runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from artkeep import __version__
from artkeep.jobs import process
from artkeep.jobs.process import host_id, is_gone, started, this_process


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs until its stdin is closed."""
    running = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    yield running
    running.communicate()


def test_this_process_says_who_it_is_under_a_new_name_each_time():
    one, two = this_process(5001), this_process()
    assert (one.pid, one.port, one.version) == (os.getpid(), 5001, __version__)
    assert (one.host_id, one.beat, one.state) == (host_id(), 0, "alive")
    assert one.id != two.id
    assert one.process_started == two.process_started != ""


def test_a_running_process_is_not_gone(child):
    row = replace(this_process(), pid=child.pid, process_started=started(child.pid) or "")
    assert not is_gone(row)
    child.communicate()
    assert is_gone(row)


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="cannot wait without taking it away")
def test_a_process_that_ended_and_was_not_waited_for_is_gone(child):
    row = replace(this_process(), pid=child.pid, process_started=started(child.pid) or "")
    assert child.stdin is not None
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and still in the table
    assert is_gone(row)


def test_the_same_id_with_another_start_is_another_process(child):
    assert is_gone(replace(this_process(), pid=child.pid, process_started="another time"))


def test_processes_of_other_hosts_are_never_called_gone(child):
    child.communicate()
    row = replace(this_process(), pid=child.pid, host_id="another host")
    assert not is_gone(row)


def test_starts_of_two_processes_differ(child):
    assert started(child.pid) != started(os.getpid())
    assert started(child.pid) == started(child.pid)


def test_a_process_that_may_not_be_looked_at_counts_as_running(child, monkeypatch):
    def refuse(pid: int) -> psutil.Process:
        raise psutil.AccessDenied(pid)

    row = replace(this_process(), pid=child.pid)
    monkeypatch.setattr(process.psutil, "Process", refuse)
    assert started(child.pid) == ""
    assert not is_gone(row)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_start_of_a_process_does_not_move_with_the_clock(child, monkeypatch):
    before = started(child.pid)
    monkeypatch.setattr(psutil, "boot_time", lambda: 0.0)
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: 0.0)
    assert started(child.pid) == before


@pytest.mark.skipif(sys.platform != "linux", reason="process id namespaces")
def test_hosts_are_told_apart_by_their_process_ids():
    assert host_id() == host_id()
    assert host_id().endswith(f":{Path('/proc/self/ns/pid').stat().st_ino}")
