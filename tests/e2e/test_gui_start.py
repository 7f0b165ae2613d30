"""`artkeep gui`, the real program: it serves its page, says what is where, and ends cleanly."""

from __future__ import annotations

import re
import signal
import urllib.error
import urllib.request

import psutil
import pytest
from tests.e2e.program import Home, Pace, hang_up, kill
from tests.e2e.running import start
from tests.gallery import Gallery
from tests.web.ear import listening


def test_the_demo_serves_its_page_beside_the_sample_site(home: Home) -> None:
    running = start(home, "--demo", "--port", "0", "--data-dir", str(home.folder / "demo"))
    site = re.search(r"Sample site at (http://127\.0\.0\.1:\d+)", running.said)
    assert site is not None
    status = running.ask("api/status")
    assert status["is_demo"] is True
    assert status["port"] == running.port
    assert status["data_dir"] in running.said
    assert status["library"] in running.said
    listening_at = {
        one.laddr.ip
        for one in psutil.Process(running.process.pid).net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    }
    assert listening_at == {"127.0.0.1"}  # SE-1
    assert "Stopping" in running.end()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(site[1], timeout=5)  # it ended with its program


def test_three_instances_serve_three_pages_on_one_database(home: Home) -> None:
    first = start(home, "--port", "0")
    others = [start(home, "--port", "0") for _ in range(2)]
    instances = others[-1].ask("api/status")["instances"]
    ports = {first.port, *(other.port for other in others)}
    assert {one["port"] for one in instances} == ports
    assert len(ports) == 3
    for running in (first, *others):
        running.end(signal.SIGTERM)


def test_a_taken_port_says_who_has_it(home: Home, site: Gallery) -> None:
    first = start(home, "--port", "0")
    code, _, err = home.run("gui", "--no-browser", "--port", str(first.port))
    assert code == 2
    assert f"Port {first.port} cannot be used: Artkeep" in err
    assert str(home.folder / "data") in err
    assert "--port" in err
    first.end()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "0.0.0.0"], "no login yet"),
        (["--port", "65536"], "0 to 65535"),
        (["--once"], "--once goes with --demo"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_started(
    home: Home, words: list[str], said: str
) -> None:
    code, out, err = home.run("gui", "--no-browser", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_a_job_left_behind_by_a_kill_is_interrupted_and_goes_on_when_asked(
    home: Home, site: Gallery
) -> None:
    pace = Pace(0.2)
    pictures = hang_up(site, "lena", 40, pace)
    downloading = home.start("get", "--user", "lena", "--quiet", "--no-examine")
    while not home.files():
        assert downloading.poll() is None
    kill(downloading)

    running = start(home, "--port", "0")
    assert home.job()["state"] == "interrupted"
    assert running.ask("api/status")["jobs_active"] == 0
    running.end()

    pace.seconds = 0.0
    running = start(home, "--port", "0", "--resume")
    with listening(running.port) as ear:
        ear.wait_for(lambda one: one["type"] == "job" and one["job"]["state"] == "completed")
    running.end()
    assert home.require_whole(pictures) == 40


def test_ctrl_c_in_the_middle_of_a_download_gives_everything_back(
    home: Home, site: Gallery
) -> None:
    hang_up(site, "lena", 400, 0.05)
    downloading = home.start("get", "--user", "lena", "--quiet", "--no-examine")
    while not home.files():
        assert downloading.poll() is None
    kill(downloading)
    running = start(home, "--port", "0", "--resume")
    with listening(running.port) as ear:
        ear.wait_for(lambda one: one["type"] == "job" and one["job"]["items_per_s"] > 0)
        assert "Stopping" in running.end()
    assert home.job()["state"] == "interrupted"
    assert home.rows("SELECT id FROM work WHERE owner IS NOT NULL") == []
    assert home.rows("SELECT id FROM instances WHERE state = 'alive'") == []
