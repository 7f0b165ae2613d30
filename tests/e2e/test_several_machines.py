"""The commands of docs/several-machines.md, run as they stand there on two "machines"."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.e2e.program import ROOT, Home, Pace, hang_up, times_fetched
from tests.gallery import Gallery
from tests.postgres import Server, find_server_programs, server
from tests.test_docs import code_blocks

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(os.name == "nt", reason="the page shows commands of a Unix shell"),
]

CREATE, GET, STEER, UPGRADE = code_blocks(ROOT / "docs" / "several-machines.md", "sh")


@pytest.fixture
def nas() -> Iterator[Server]:
    """The machine with the database."""
    if find_server_programs() is None:
        pytest.skip("no PostgreSQL server programs: apt install postgresql")
    with server() as one:
        yield one


class Machine:
    """A data folder of its own and a shell; the database and the library are shared."""

    def __init__(self, folder: Path, home: Home, nas: Server) -> None:
        words = folder / "bin"
        words.mkdir(parents=True)
        artkeep = words / "artkeep"
        artkeep.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m artkeep "$@"\n')
        artkeep.chmod(0o755)
        # Who is root on the machine may become another user; a test cannot.
        sudo = words / "sudo"
        sudo.write_text('#!/bin/sh\nshift 2\nexec "$@"\n')
        sudo.chmod(0o755)
        self.environment = {
            **home.environment(ARTKEEP_DATA_DIR=str(folder / "data")),
            "PATH": f"{words}:{find_server_programs()}:{os.environ['PATH']}",
            "HOME": str(folder),
            "PGHOST": str(nas.folder),
            "PGUSER": nas.user,
        }
        self._url = f"postgresql://artkeep@/artkeep?host={nas.folder}"
        self._library = str(home.library)

    def start(self, block: str) -> subprocess.Popen[str]:
        """A block of the page, with this test's places in it."""
        script = (
            block.replace("postgresql://artkeep@nas/artkeep", f"'{self._url}'")
            .replace("/mnt/art", self._library)
            .replace("--pwprompt ", "")  # nobody could type one
        )
        setting = f"export ARTKEEP_DATABASE_URL='{self._url}' ARTKEEP_LIBRARY='{self._library}'"
        return subprocess.Popen(
            ["sh", "-ec", f"{setting}\n{script}"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, block: str) -> str:
        """To its end, which must be a good one; what it said."""
        process = self.start(block)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, out
        return out


def test_two_machines_share_a_database_and_a_folder(
    tmp_path: Path, site: Gallery, nas: Server
) -> None:
    pace = Pace(5.0)
    pictures = hang_up(site, "lena_paints", 80, pace)
    with closing(Home(tmp_path, site)) as home:
        one, other = (Machine(tmp_path / name, home, nas) for name in ("one", "other"))
        one.run(CREATE)
        running = [machine.start(GET) for machine in (one, other)]
        while len(site.media_requests()) < 6:
            assert [process.poll() for process in running] == [None, None]
        *steering, checking = STEER.splitlines()

        assert "Download" in other.run(steering[0])
        other.run(steering[1])
        while "paused" not in other.run(steering[0]):
            assert [process.poll() for process in running] == [None, None]
        pace.seconds = 0.02
        other.run(steering[2])

        for process in running:
            out, _ = process.communicate(timeout=60)
            assert process.returncode == 0, out
            assert "PostgreSQL" in out or "postgresql" in out
        assert home.require_whole(pictures) == 80
        assert max(times_fetched(site).values()) == 1
        assert "80" in one.run(checking)
        assert "Nobody else uses the database." in one.run(UPGRADE)
        assert (tmp_path / "one" / "data").is_dir()
        assert (tmp_path / "other" / "data").is_dir()
