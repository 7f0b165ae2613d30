"""The PostgreSQL server is restarted, or crashes, under a running job (MI-20)."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.e2e.program import Home, Pace, hang_up, times_fetched
from tests.gallery import Gallery
from tests.postgres import Server, find_server_programs, server

pytestmark = pytest.mark.postgres

WORDS = ("get", "--user", "lena", "--concurrency", "3")


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that only one test uses."""
    if find_server_programs() is None:
        pytest.skip("no PostgreSQL server programs: apt install postgresql")
    with server() as one:
        yield one


@pytest.fixture
def home(tmp_path: Path, site: Gallery, own_server: Server) -> Iterator[Home]:
    with closing(Home(tmp_path, site, own_server.url)) as fresh:
        yield fresh


def _until(is_so: Callable[[], object], *living: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, "it does not come about"
        for process in living:
            assert process.poll() is None, process.communicate()


def _log(home: Home) -> str:
    return (home.folder / "data" / "logs" / "artkeep.log").read_text("utf-8")


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_the_job_waits_and_goes_on(
    home: Home, site: Gallery, own_server: Server, mode: str
) -> None:
    pace = Pace(0.2)
    pictures = hang_up(site, "lena", 80, pace)
    site.page_size = 10
    one, other = home.start(*WORDS), home.start(*WORDS)
    _until(lambda: len(site.media_requests()) > 9, one, other)

    for noticed in (0, 2):
        own_server.stop(mode)
        _until(lambda n=noticed: _log(home).count("database is away") >= n + 2, one, other)
        assert one.poll() is None
        own_server.start()
        _until(lambda n=noticed: _log(home).count("database is back") >= n + 2, one, other)
    pace.seconds = 0.0

    for process in (one, other):
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, out + err
        assert "Traceback" not in out + err
    assert home.require_whole(pictures) == 80
    assert len(home.rows("SELECT id FROM files")) == 80
    assert max(times_fetched(site).values()) == 1, "nothing was fetched again"
    asked = [tuple(sorted(page.items())) for page in site.page_requests()]
    assert len(asked) == len(set(asked)), "a page was listed twice"
    assert home.rows("SELECT id FROM work WHERE stage = 'download'") == []
    code, out, err = home.run("check", "--hashes")
    assert code == 0, out + err


def test_who_is_stopped_while_it_is_away_ends_and_goes_on_later(
    home: Home, site: Gallery, own_server: Server
) -> None:
    pictures = hang_up(site, "lena", 40, 0.1)
    process = home.start(*WORDS)
    _until(lambda: len(site.media_requests()) > 6, process)
    own_server.stop("fast")
    assert process.stderr is not None
    words = "The database does not answer; waiting for it.\n"
    assert any(line == words for line in process.stderr)

    process.send_signal(signal.SIGTERM)

    out, err = process.communicate(timeout=12)
    assert process.returncode not in (0, 1), "not as if nothing had happened"
    assert "Traceback" not in out + err
    own_server.start()
    code, out, err = home.run(*WORDS)
    assert code == 0, out + err
    assert home.require_whole(pictures) == 40
    assert home.run("check", "--hashes")[0] == 0
