"""The classic migration and its modern sisters, as people type them."""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.gallery import png

from artkeep.cli import app, migrate
from artkeep.cli.adopt import offer_old_databases, take_over_old_databases
from artkeep.cli.session import open_database, read_settings

CLASSIC = Path(__file__).parents[1] / "faults" / "fixtures" / "classic"
HISTORY = "downloaded_images.json"

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with data folder and library of its own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ARTKEEP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ARTKEEP_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(sys, "stdin", None)
    return folder


@pytest.fixture
def say(here: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command to its end: exit code and what it wrote."""

    def run(*words: str) -> tuple[int, str, str]:
        is_migration = words[:1] == ("migrate",)
        code = migrate.main(words[1:]) if is_migration else app.main(words)
        written = capsys.readouterr()
        assert "Traceback" not in written.out + written.err
        return code, written.out, written.err

    return run


def answer(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Somebody sits there and gives these answers; the questions."""
    asked: list[str] = []
    left = list(answers)

    def give(question: str) -> str:
        asked.append(question)
        return left.pop(0)

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", give)
    return asked


def test_without_a_terminal_it_goes_on_and_the_file_keeps_its_name(
    say: Say, here: Path
) -> None:
    shutil.copy(CLASSIC / HISTORY, here)
    code, out, _ = say("migrate")
    assert code == 3
    assert out.splitlines()[-4:] == [
        "Entries processed: 19",
        "Images inserted or already there: 15",
        "Tags inserted: 7",
        "Entries skipped: 4",
    ]
    (report,) = (here.parent / "data" / "logs").glob("adoption-*.txt")
    lines = report.read_text("utf-8").splitlines()
    assert "skipped\tno_number\tnot-a-number_HD" in lines
    assert "note\tno_path\t3000008_HD" in lines
    code, out, _ = say("migrate")
    assert (code, "nothing changed" in out) == (3, True)
    assert (here / HISTORY).read_bytes() == (CLASSIC / HISTORY).read_bytes()


def test_on_a_terminal_it_asks_its_two_questions(
    say: Say, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = {"5_HD": {"path": "p/5.png", "download_date": "2024-05-01"}}
    (here / HISTORY).write_text(json.dumps(history))
    asked = answer(monkeypatch, "n")
    assert say("migrate")[0] == 0
    assert len(asked) == 1, "a database was asked about that is not there yet"
    asked = answer(monkeypatch, "n")
    code, out, _ = say("migrate")
    assert (code, "Nothing was changed." in out, len(asked)) == (0, True, 1)
    asked = answer(monkeypatch, "y", "y")
    assert say("migrate")[0] == 0
    assert [question[-6:] for question in asked] == ["[y/N] "] * 2
    (renamed,) = here.glob(f"{HISTORY}.migrated_to_sqlite_2*_*")
    assert json.loads(renamed.read_text()) == history


def test_options_answer_both_questions_and_exit_codes_tell_what_was_wrong(
    say: Say, here: Path
) -> None:
    assert say("migrate")[0] == 4
    assert say("migrate", "none.json")[0] == 4
    (here / "bad.json").write_text("[1, 2]")
    code, _, err = say("migrate", "bad.json")
    assert (code, "does not hold one object" in err) == (2, True)
    (here / "downloaded_images.txt").write_text("7\n8\n")
    assert say("migrate", "--yes", "--rename")[0] == 0
    assert not (here / "downloaded_images.txt").exists()


def test_adopt_looks_first_and_tells_everything_as_json(say: Say, here: Path) -> None:
    with closing(sqlite3.connect(here / "tracking_database.sqlite")) as database:
        database.executescript((CLASSIC / "tracking_database.sql").read_text("utf-8"))
    lying = here / "image_downloads/Username_Search/lena_paints/Meadow Mix/501.png"
    lying.parent.mkdir(parents=True)
    lying.write_bytes(png(501))
    words = ("db", "adopt", "tracking_database.sqlite")
    code, out, _ = say(*words, "--dry-run", "--json")
    told = json.loads(out)
    assert (code, told["is_dry"], told["with_file"], told["without_file"]) == (0, True, 1, 5)
    assert not (here / "image_downloads" / ".artkeep").exists()
    code, out, _ = say(*words, "--json")
    assert (code, json.loads(out)["with_file"]) == (0, 1)
    code, out, _ = say(*words)
    assert (code, "nothing changed" in out) == (0, True)
    assert say("db", "adopt")[0] == 2
    assert say("db", "adopt", "nowhere")[0] == 4
    (here / "strange.sqlite").write_bytes(b"no database")
    assert say("db", "adopt", "strange.sqlite")[0] == 2


def test_no_is_an_answer(say: Say, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "downloaded_images.txt").write_text("7\n")
    answer(monkeypatch, "")
    code, out, _ = say("db", "adopt", "downloaded_images.txt")
    assert (code, "Nothing was changed." in out) == (0, True)
    answer(monkeypatch, "y")
    code, out, _ = say("db", "adopt", "downloaded_images.txt")
    assert (code, "without: 1" in out) == (0, True)


def test_rescan_takes_the_library_and_says_what_it_could_not_place(
    say: Say, here: Path
) -> None:
    folder = here.parent / "library" / "CivitAI_Browse/Images/SFW/Mix/lena"
    folder.mkdir(parents=True)
    (folder / "77.png").write_bytes(png(77))
    (folder / "holiday.png").write_bytes(png(1))
    code, out, _ = say("rescan", "--json")
    told = json.loads(out)
    assert (code, told["with_file"], told["skipped"]) == (3, 1, 1)
    assert told["skipped_by"]["not_recognised"]["examples"] == [str(folder / "holiday.png")]
    assert say("check", "--json")[0] == 3  # the picture that nobody knows


def test_a_classic_database_is_offered_until_something_is_there(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = here / "tracking_database.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((CLASSIC / "tracking_database.sql").read_text("utf-8"))
    written = path.read_bytes()
    settings = read_settings(argparse.Namespace())
    with open_database(settings) as store:
        offer_old_databases(settings, store)
        assert f"artkeep db adopt {path}" in capsys.readouterr().err
        (report,) = take_over_old_databases(settings, store)
        assert report.new == 6
        assert take_over_old_databases(settings, store) == []
        offer_old_databases(settings, store)
        assert "db adopt" not in capsys.readouterr().err
    assert path.read_bytes() == written
