"""The database on a network drive: one program works, a second is refused (MI-12)."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest
from tests.e2e.program import Home, Pace, hang_up
from tests.gallery import Gallery

WORDS = ("get", "--user", "lena", "--json", "--concurrency", "3")
LOOKS = ("status", "jobs", "artworks", "targets", "settings", "doctor", "logs", "jobs/1")


@pytest.fixture
def table(home: Home) -> Path:
    """A machine that mounts the installation's folder from a server."""
    path = home.folder / "mounts"
    path.write_text(f"/dev/sda / ext4 rw 0 0\n//nas/me {home.folder} cifs rw 0 0\n")
    return path


def test_one_program_works_there_and_a_second_one_is_refused(
    home: Home, site: Gallery, table: Path
) -> None:
    pace = Pace(1.5)
    pictures = hang_up(site, "lena", 40, pace)
    first = home.start_with_mounts(table, *WORDS)
    while len(site.media_requests()) < 4:
        assert first.poll() is None

    second = home.start_with_mounts(table, "jobs")
    out, err = second.communicate(timeout=60)
    assert second.returncode == 7, out + err
    assert "network drive" in err
    assert "PostgreSQL" in err
    pace.seconds = 0.0

    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, out + err
    assert "network drive (cifs)" in err
    assert home.require_whole(pictures) == 40
    check = home.start_with_mounts(table, "check", "--hashes")
    out, err = check.communicate(timeout=60)
    assert check.returncode == 0, out + err


def test_the_page_works_there(home: Home, site: Gallery, table: Path) -> None:
    site.add("lena", 5)
    filling = home.start_with_mounts(table, *WORDS)
    out, err = filling.communicate(timeout=60)
    assert filling.returncode == 0, out + err
    process = home.start_with_mounts(table, "gui", "--port", "0", "--no-browser")
    assert process.stdout is not None
    line = next(line for line in process.stdout if "http://" in line)
    url = line[line.index("http://") :].strip()
    for name in LOOKS:
        with urllib.request.urlopen(f"{url}api/{name}", timeout=20) as reply:
            found = json.loads(reply.read())
            assert found, name
    process.terminate()
    process.communicate(timeout=20)
