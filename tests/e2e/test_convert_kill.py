"""`kill -9` while files are converted in place: an artwork always has a whole file (CR-15)."""

from __future__ import annotations

import hashlib
import random
import subprocess
from collections import Counter

from tests.e2e.program import Home, kill
from tests.faults.pictures import png_photo
from tests.gallery import Gallery

WORDS = ("convert", "--originals", "trash", "--json", "--workers", "4")
THERE = (
    "SELECT af.artwork_id, f.sha256, p.path FROM artwork_files af "
    "JOIN files f ON f.id = af.file_id JOIN places p ON p.file_id = f.id "
    "WHERE f.state IN ('present', 'changed')"
)


def lost(home: Home, files: int) -> set[int]:
    """Artworks without a whole file where the database says one is."""
    whole: dict[int, bool] = {}
    for artwork_id, sha256, path in home.rows(THERE):
        try:
            body = (home.library / path).read_bytes()
        except FileNotFoundError:
            body = b""
        is_whole = hashlib.sha256(body).hexdigest() == sha256
        whole[artwork_id] = whole.get(artwork_id, False) or is_whole
    missing = {artwork_id for artwork_id, is_whole in whole.items() if not is_whole}
    assert len(whole) == files, "an artwork has no file in the database"
    return missing


def require_whole(home: Home, files: int) -> None:
    """What was moved between our two looks is found by a second one."""
    missing = lost(home, files)
    assert not missing or not missing & lost(home, files), "an artwork has no whole file"


def made(home: Home) -> int:
    return len([path for path in home.library.rglob("*.webp") if ".artkeep" not in path.parts])


def watch(home: Home, process: subprocess.Popen[str], files: int, until: int) -> None:
    while process.poll() is None and made(home) < until:
        require_whole(home, files)


def kill_again_and_again(home: Home, site: Gallery, *, files: int, kills: int) -> int:
    """Convert in place, with so many kills at random moments. How many are converted."""
    for number in range(files):
        site.add("lena", body=png_photo(number))
    code, out, err = home.run("get", "--user", "lena", "--json", "--concurrency", "20")
    assert code == 0, out + err
    chance = random.Random(20261121)
    for moment in sorted(chance.sample(range(1, files - files // 10), kills)):
        process = home.start(*WORDS)
        watch(home, process, files, moment)
        assert process.poll() is None, process.communicate()
        kill(process)
        require_whole(home, files)
    process = home.start(*WORDS)
    watch(home, process, files, files + 1)
    out, err = process.communicate()
    assert process.returncode == 0, out + err

    assert lost(home, files) == set()
    converted = Counter(
        row[0]
        for row in home.rows(
            "SELECT af.artwork_id FROM artwork_files af JOIN files f ON f.id = af.file_id "
            "WHERE f.role = 'converted' AND f.state = 'present'"
        )
    )
    assert len(converted) == files, "all are converted"
    assert set(converted.values()) == {1}, "once"
    assert made(home) == files
    assert not [path for path in home.library.rglob("*.png") if ".artkeep" not in path.parts]
    assert home.parts() == []
    assert len(home.rows("SELECT id FROM jobs WHERE kind = 'convert'")) == 1
    code, out, err = home.run("check", "--hashes", "--json")
    assert code == 0, out + err
    return len(converted)


def test_kills_of_a_conversion_in_place_lose_and_repeat_nothing(
    home: Home, site: Gallery
) -> None:
    assert kill_again_and_again(home, site, files=60, kills=2) == 60
