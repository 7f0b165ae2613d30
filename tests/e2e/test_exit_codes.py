"""What a script learns from the exit code (design: 0 2 3 4 5 6 7 130)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.e2e.program import Home, hang_up, kill, times_fetched
from tests.faulty_answers import json_reply, server_error
from tests.gallery import IMAGES, Gallery

WORDS = ("get", "--user", "lena", "--json")


def test_0_for_what_is_complete_and_0_again_without_a_request(
    home: Home, site: Gallery
) -> None:
    site.add("lena", 3)
    assert home.run(*WORDS)[0] == 0
    assert home.run(*WORDS)[0] == 0
    assert max(times_fetched(site).values()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("get", "--user", "lena", "--rating", "lewd"),
        ("jobs", "resume", "7"),
        ("db", "restore"),
        (),
    ],
)
def test_2_for_what_cannot_be_understood(
    home: Home, site: Gallery, words: tuple[str, ...]
) -> None:
    code, out, err = home.run(*words)
    assert code == 2
    assert out + err, "and it says why"
    assert site.server.requests == []


def test_2_for_a_setting_that_does_not_exist(home: Home) -> None:
    code, _, err = home.run("jobs", ARTKEEP_NET__TIME_SCAL="1")
    assert code == 2
    assert "ARTKEEP_NET__TIME_SCALE?" in err


def test_3_for_what_failed_for_now(home: Home, site: Gallery) -> None:
    first, second = site.add("lena", 2)
    site.media(first, server_error(503))
    code, out, _ = home.run(*WORDS, ARTKEEP_NET__TIME_SCALE="0.01")
    ended = json.loads(out.splitlines()[-1])
    assert code == 3
    assert (ended["state"], ended["done"]) == ("incomplete", 1)
    assert "deferred" in {reason["code"] for reason in ended["reasons"]}
    assert home.require_whole([second]) == 1


def test_3_when_check_finds_something_and_0_when_it_is_mended(
    home: Home, site: Gallery
) -> None:
    site.add("lena", 3)
    assert home.run(*WORDS)[0] == 0
    next(home.library.rglob("*.png")).unlink()
    code, out, _ = home.run("check", "--json")
    assert (code, len(json.loads(out)["missing"])) == (3, 1)
    code, out, err = home.run("check", "--repair", "--json")
    assert code == 0, out + err
    assert home.run("check", "--hashes")[0] == 0


def test_4_for_who_is_not_there_and_what_no_site_takes(home: Home, site: Gallery) -> None:
    assert home.run("get", "--user", "nobody_here", "--json")[0] == 4
    code, _, err = home.run("get", "https://example.com/gallery")
    assert code == 4
    assert "example.com" in err


def test_5_for_what_wants_a_key(home: Home, site: Gallery) -> None:
    site.add("lena", 1)
    site.server.on(IMAGES, json_reply({"error": "Unauthorized"}, status=401))
    code, out, _ = home.run(*WORDS)
    assert code == 5
    assert "key" in json.loads(out.splitlines()[-1])["reasons"][0]["text"].lower()


def test_6_for_a_disk_that_is_too_full(home: Home, site: Gallery) -> None:
    site.add("lena", 2)
    code, out, _ = home.run(*WORDS, ARTKEEP_DISK__KEEP_FREE=str(2**50))
    ended = json.loads(out.splitlines()[-1])
    assert code == 6
    assert ended["reasons"][0]["code"] == "disk_full"
    assert home.parts() == []
    code, out, err = home.run("jobs", "resume", "1", "--json")
    assert code == 0, out + err


def test_6_for_a_library_that_is_not_mounted(home: Home, site: Gallery) -> None:
    site.add("lena", 1)
    assert home.run(*WORDS)[0] == 0
    home.library.rename(home.folder / "elsewhere")
    home.library.mkdir()
    code, _, err = home.run(*WORDS)
    assert code == 6
    assert "--accept-library" in err
    assert list(home.library.iterdir()) == [], "nothing is written into the mount point"


def test_7_for_a_newer_database_which_stays_as_it_is(home: Home, site: Gallery) -> None:
    site.add("lena", 1)
    assert home.run(*WORDS)[0] == 0
    home.change("UPDATE alembic_version SET version_num = '9999'")
    before = home.rows("SELECT * FROM jobs")
    code, _, err = home.run(*WORDS)
    assert code == 7
    assert "9999" in err
    assert home.run("doctor", "--json")[0] == 7
    assert home.rows("SELECT * FROM jobs") == before


def test_7_for_a_file_that_is_no_database_and_restore_mends_it(
    home: Home, site: Gallery
) -> None:
    site.add("lena", 2)
    assert home.run(*WORDS)[0] == 0
    assert home.run("db", "backup")[0] == 0
    path = home.run("db", "path")[1].strip()
    for ending in ("", "-wal", "-shm"):
        if (file := Path(path + ending)).exists():
            file.write_bytes(b"not a database" * 1000)
    code, _, err = home.run("jobs")
    assert code == 7
    assert "db restore" in err
    code, out, err = home.run("db", "restore")
    assert code == 0, out + err
    assert home.job()["state"] == "completed"
    assert home.run("check", "--hashes")[0] == 0


def test_restore_refuses_while_the_database_is_in_use(home: Home, site: Gallery) -> None:
    hang_up(site, "lena", 60, 0.2)
    assert home.run("db", "upgrade")[0] == 0
    assert home.run("db", "backup")[0] == 0
    process = home.start(*WORDS)
    while not site.media_requests():
        assert process.poll() is None
    code, _, err = home.run("db", "restore")
    assert code == 2
    assert str(process.pid) in err
    kill(process)
    assert home.run("db", "restore")[0] == 0, "who is dead does not use it"
