"""exiftool kept open: nothing from outside is an argument, nothing hangs, nothing is left."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tests.media import strangers
from tests.media.samples import WHOLE

from artkeep.media import exiftool as module
from artkeep.media.exiftool import (
    ExifTool,
    arguments,
    find_exiftool,
)
from artkeep.media.exiftool_process import ExifToolFailed

needs_exiftool = pytest.mark.skipif(find_exiftool() is None, reason="exiftool is not here")
KEYWORDS = {"IPTC:Keywords": ["猫", "b"], "IPTC:CodedCharacterSet": "UTF8"}


@pytest.fixture
def exiftool() -> Iterator[ExifTool]:
    tool = ExifTool(find_exiftool() or "")
    yield tool
    tool.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.jpg"
    path.write_bytes(WHOLE["jpeg"])
    return path


@pytest.fixture(autouse=True)
def others() -> None:
    """Orphans of programs that earlier tests killed may be children of this process by now."""
    _OTHERS[:] = [one.pid for one in psutil.Process().children(recursive=True)]


_OTHERS: list[int] = []


def running() -> list[psutil.Process]:
    """What this test started and is alive."""
    return [one for one in psutil.Process().children() if one.pid not in _OTHERS]


def program(folder: Path, script: str) -> str:
    """Something that is called exiftool."""
    path = folder / "exiftool"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@needs_exiftool
def test_lists_are_written_and_read(tmp_path: Path, source, exiftool):
    target = tmp_path / "target.jpg"
    exiftool.write(source, target, KEYWORDS)
    assert exiftool.read_list(target, "IPTC:Keywords") == ("猫", "b")
    assert exiftool.read_list(source, "IPTC:Keywords") == ()
    assert strangers.by_exiftool(target)["IPTC:Keywords"] == ["猫", "b"]


@needs_exiftool
def test_a_left_over_of_a_crash_does_not_block_the_next_write(tmp_path: Path, source, exiftool):
    """CR-12: measured, exiftool refuses every write while its own left-over lies there."""
    target = tmp_path / "target.jpg"
    for left_over in (target, tmp_path / "target.jpg_exiftool_tmp"):
        left_over.write_bytes(b"half")
    exiftool.write(source, target, KEYWORDS)
    assert {path.name for path in tmp_path.iterdir()} == {"source.jpg", "target.jpg"}


@needs_exiftool
def test_a_failed_write_leaves_nothing_and_the_next_one_works(tmp_path: Path, source, exiftool):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    with pytest.raises(ExifToolFailed):
        exiftool.write(broken, tmp_path / "target.jpg", KEYWORDS)
    assert not (tmp_path / "target.jpg").exists()
    exiftool.write(source, tmp_path / "target.jpg", KEYWORDS)


@needs_exiftool
def test_one_that_died_is_started_again(tmp_path: Path, source, exiftool):
    target = tmp_path / "target.jpg"
    exiftool.write(source, target, KEYWORDS)
    first = child()
    first.kill()
    first.wait()
    exiftool.write(source, target, KEYWORDS)
    assert child().pid != first.pid


@needs_exiftool
def test_it_is_replaced_after_some_thousands_of_files(
    tmp_path: Path, source, exiftool, monkeypatch
):
    monkeypatch.setattr(module, "_MOST_FILES", 2)
    pids = []
    for _ in range(4):
        exiftool.write(source, tmp_path / "target.jpg", KEYWORDS)
        pids.append(child().pid)
    assert pids[0] == pids[1] != pids[2] == pids[3]


def child() -> psutil.Process:
    """The exiftool of this test."""
    (found,) = running()
    return found


@needs_exiftool
def test_the_private_folder_goes_with_it(tmp_path: Path, source):
    tool = ExifTool(find_exiftool() or "")
    tool.write(source, tmp_path / "target.jpg", KEYWORDS)
    folder = Path(child().cwd())
    assert folder.stat().st_mode & 0o077 == 0
    tool.close()
    assert not folder.exists()


@needs_exiftool
def test_neither_the_users_configuration_nor_environment_is_used(
    tmp_path: Path, source, exiftool, monkeypatch
):
    config = tmp_path / ".ExifTool_config"
    config.write_text(f"open(F, '>', '{tmp_path}/hacked'); close F; 1;")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EXIFTOOL_HOME", str(tmp_path))
    monkeypatch.setenv("PERL5OPT", "-Mno_such_module")
    monkeypatch.chdir(tmp_path)
    exiftool.write(source, tmp_path / "target.jpg", KEYWORDS)
    assert not (tmp_path / "hacked").exists()


@needs_exiftool
def test_it_ends_when_its_parent_was_killed(tmp_path: Path, source):
    script = textwrap.dedent(f"""
        import os, pathlib, psutil, signal
        from artkeep.media.exiftool import ExifTool, find_exiftool
        tool = ExifTool(find_exiftool())
        tool.read_list(pathlib.Path({str(source)!r}), "IPTC:Keywords")
        print(psutil.Process().children()[0].pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environ)
    with suppress(psutil.NoSuchProcess):
        orphan = psutil.Process(int(ran.stdout))
        _, alive = psutil.wait_procs([orphan], timeout=60)
        # where nobody waits for orphans its body stays
        assert not alive or orphan.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    "name",
    ["a\nb.jpg", "a\rb.jpg", "a\0b.jpg", "a.jpg ", "a.jpg\n-execute"],
)
def test_a_name_that_would_be_two_lines_is_refused(tmp_path: Path, name):
    """SE-11."""
    with pytest.raises(ExifToolFailed) as caught:
        arguments([], tmp_path / name)
    assert caught.value.code == "bad_file_name"
    with pytest.raises(ExifToolFailed):
        arguments([], tmp_path / "a.jpg", tmp_path / name)


@pytest.mark.parametrize("name", ["-delete_original", "#comment", "a.jpg", "../a.jpg"])
def test_a_name_that_could_be_an_option_is_refused(name):
    with pytest.raises(ExifToolFailed):
        arguments([], Path(name))


def test_tag_names_come_from_our_own_table(tmp_path: Path, source, exiftool):
    for tag in ("Artist", "Comment<=/etc/passwd", "IPTC:Keywords\n-execute"):
        with pytest.raises(ValueError, match="not in our table"):
            exiftool.write(source, tmp_path / "target.jpg", {tag: "x"})
        with pytest.raises(ValueError, match="not in our table"):
            exiftool.read_list(source, tag)


def test_one_that_never_answers_is_ended(tmp_path: Path, source, monkeypatch):
    monkeypatch.setattr(module, "_TIMEOUT_S", 0.2)
    tool = ExifTool(program(tmp_path, "exec sleep 1000"))
    with pytest.raises(ExifToolFailed):
        tool.write(source, tmp_path / "target.jpg", KEYWORDS)
    assert not running()
    tool.close()


def test_what_it_complains_of_behind_an_answer_does_not_keep_us_waiting(
    tmp_path: Path, source, monkeypatch
):
    """A signal while it waited for input; it answered, and we waited for a minute."""
    script = """
    target=x; while read line; do case "$line" in
      -o) read target;; =*) mark=$(echo "$line" | sed 's/${status}/0/');;
      -execute) : > "$target"; printf '%s\\n{ready}\\nUse of uninitialized value\\n' "$mark";;
    esac; done"""
    monkeypatch.setattr(module, "_TIMEOUT_S", 20)
    tool = ExifTool(program(tmp_path, script))
    for _ in range(2):
        tool.write(source, tmp_path / "target.jpg", KEYWORDS)
    assert len(running()) == 1
    tool.close()


def test_one_that_never_stops_talking_is_ended(tmp_path: Path, source):
    tool = ExifTool(program(tmp_path, "exec yes"))
    with pytest.raises(ExifToolFailed):
        tool.write(source, tmp_path / "target.jpg", KEYWORDS)
    tool.close()


def test_one_that_cannot_be_started_is_an_error_of_the_system(tmp_path: Path, source):
    tool = ExifTool(str(tmp_path / "nothing here"))
    with pytest.raises(FileNotFoundError):
        tool.write(source, tmp_path / "target.jpg", KEYWORDS)
    tool.close()


@pytest.mark.parametrize(
    ("script", "is_taken"),
    [
        ("echo 12.38", True),
        ("echo 13.02", True),
        ("echo 12.16", False),  # CVE-2021-22204 and CVE-2022-23935
        ("echo 9.99", False),
        ("echo what", False),
        ("exit 1", False),
    ],
)
def test_only_one_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch, script, is_taken):
    path = program(tmp_path, script)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_exiftool() == (path if is_taken else None)
