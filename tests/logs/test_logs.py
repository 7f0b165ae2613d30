"""The log file as a person finds it: readable, bounded, clean, and never in the way."""

from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from artkeep import logs
from artkeep.logs import handlers, lines
from artkeep.logs.handlers import CalmHandler, Collapser, TurningFile

CANARY = "c4nary-of-the-log-file"


@pytest.fixture
def logs_dir(tmp_path: Path) -> Iterator[Path]:
    """A folder that logging was told to use; it is told to forget it afterwards."""
    root = logging.getLogger()
    level, ours = root.level, logging.getLogger("artkeep").level
    folder = tmp_path / "keep" / "logs"
    logs.configure(folder, verbose=False, secrets=[CANARY])
    yield folder
    for handler in [one for one in root.handlers if isinstance(one, CalmHandler)]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    logging.getLogger("artkeep").setLevel(ours)


def written(logs_dir: Path) -> list[dict[str, Any]]:
    """Every line of the file, read back."""
    text = (logs_dir / "artkeep.log").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_json_with_time_level_logger_event_and_fields(logs_dir: Path) -> None:
    logs.get_logger("artkeep.x").info("page listed", site="civitai", artworks=100, gaps=None)
    (line,) = written(logs_dir)
    time = datetime.fromisoformat(line.pop("time"))
    assert time.utcoffset() == timedelta(0)
    assert line == {
        "level": "info",
        "logger": "artkeep.x",
        "event": "page listed",
        "site": "civitai",
        "artworks": 100,
        "gaps": None,
    }


def test_debug_lines_need_verbose(logs_dir: Path) -> None:
    log = logs.get_logger("artkeep.x")
    log.debug("silent")
    logs.configure(logs_dir, verbose=True, secrets=[])
    log.debug("loud")
    assert [line["event"] for line in written(logs_dir)] == ["loud"]


def test_other_peoples_warnings_are_kept_and_their_chatter_is_not(logs_dir: Path) -> None:
    other = logging.getLogger("somelibrary")
    other.info("chatter")
    other.warning("slow answer from %s", "https://x.test/?token=abcdef")
    (line,) = written(logs_dir)
    assert line["event"] == "slow answer from https://x.test/?token=[redacted]"


def test_no_secret_reaches_the_file_by_any_way(logs_dir: Path) -> None:
    log = logs.get_logger("artkeep.x").bind(bound=f"b {CANARY}")
    try:
        raise ValueError(f"refused {CANARY} and token={CANARY[::-1]}")
    except ValueError as error:
        log.exception(
            f"event {CANARY}", deep={"a": [{"api_key": "k", CANARY: CANARY}]}, error=error
        )
    log.info("%s", CANARY)
    logging.getLogger("foreign").error("%r", {"Cookie": CANARY[::-1]})
    text = (logs_dir / "artkeep.log").read_text("utf-8")
    assert CANARY not in text
    assert CANARY[::-1] not in text
    assert '"api_key": "[redacted]"' in text
    assert "ValueError: refused [redacted]" in written(logs_dir)[0]["exception"]


def test_a_traceback_tells_the_place_and_never_local_values(logs_dir: Path) -> None:
    def fails() -> None:
        hidden = "value-of-a-local"
        raise RuntimeError(str(len(hidden)))

    try:
        fails()
    except RuntimeError:
        logs.get_logger("artkeep.x").exception("failed")
    exception = written(logs_dir)[0]["exception"]
    assert "in fails" in exception
    assert exception.endswith("RuntimeError: 16")


def test_remote_text_is_cut_to_one_kibibyte_and_its_control_signs_are_escaped(
    logs_dir: Path,
) -> None:
    hostile = "\x1b[2J\r\n\x00\x9b\u202e\ud800" + "画" * 5000
    logs.get_logger("artkeep.x").info("reply", body=hostile, listed=[hostile], raw=b"\x1b")
    raw = (logs_dir / "artkeep.log").read_bytes()
    for sign in ("\x1b", "\r", "\x00", "\x9b", "\u202e"):
        assert sign.encode() not in raw
    assert raw.count(b"\n") == 1
    (line,) = written(logs_dir)
    assert len(line["body"].encode("utf-8", "surrogatepass")) <= 1024
    assert line["body"].startswith("\x1b[2J")
    assert line["listed"] == [line["body"]]


def test_a_secret_at_the_cut_is_not_left_half(logs_dir: Path) -> None:
    logs.get_logger("artkeep.x").info("x" * 1010 + CANARY)
    assert CANARY[:8] not in (logs_dir / "artkeep.log").read_text("utf-8")


def test_an_endless_exception_message_is_bounded(logs_dir: Path) -> None:
    try:
        raise ValueError("y" * 3_000_000 + "\n" + "z\n" * 100_000)
    except ValueError:
        logs.get_logger("artkeep.x").exception("failed")
    assert (logs_dir / "artkeep.log").stat().st_size < 64 * 1024


def test_a_value_that_cannot_be_shown_does_not_cost_the_line() -> None:
    class Unspeakable:
        def __str__(self) -> str:
            raise RuntimeError("no words")

    fields = {"event": "shown", "odd": Unspeakable(), "huge": 10**5000, "nan": float("nan")}
    line = json.loads(
        lines.ForFile().format(logging.makeLogRecord({"name": "x", "msg": fields}))
    )
    assert line["event"] == "shown"
    assert line["odd"] == "<a Unspeakable that cannot be shown>"
    assert line["huge"] == "<a int that cannot be shown>"
    assert line["nan"] == "nan"


def test_a_line_that_cannot_be_formatted_is_counted_and_not_raised() -> None:
    handler = CalmHandler(print, same=str, repeated=lines.repeated_on_console)
    handler.emit(logging.makeLogRecord({"msg": "%d artworks", "args": ("many",)}))
    assert handler.dropped == 1


def test_a_field_may_have_the_name_of_ours(logs_dir: Path) -> None:
    logs.get_logger("artkeep.x").info("named", time="noon", level=3)
    (line,) = written(logs_dir)
    assert (line["time_"], line["level_"], line["level"]) == ("noon", 3, "info")


def test_the_eleventh_identical_line_within_a_minute_is_counted_instead() -> None:
    now = 0.0
    seen: list[str] = []
    handler = CalmHandler(
        seen.append, same=str, repeated=lines.repeated_on_console, clock=lambda: now
    )
    for _ in range(25):
        handler.emit(logging.makeLogRecord({"msg": "site is slow"}))
    assert seen == ["site is slow"] * 10
    now = 61.0
    handler.emit(logging.makeLogRecord({"msg": "another line"}))
    assert seen[10:] == ["site is slow (repeated 15 times)", "another line"]


def test_what_is_held_back_is_told_at_the_end(logs_dir: Path) -> None:
    log = logs.get_logger("artkeep.x")
    for _ in range(12):
        log.warning("again", n=1)
    logs.configure(logs_dir, verbose=False, secrets=[])
    events = [line["event"] for line in written(logs_dir)]
    assert events == ["again"] * 10 + ["repeated 2 times"]
    assert '"again"' in written(logs_dir)[-1]["line"]


def test_the_memory_of_lines_is_bounded_and_loses_no_count() -> None:
    collapser = Collapser(clock=lambda: 0.0)
    held = []
    for _ in range(13):
        held += collapser.admit("first")[1]
    for number in range(Collapser.MOST_LINES):
        held += collapser.admit(f"line {number}")[1]
    assert held == [("first", 3)]


def test_the_file_turns_over_and_five_are_kept(tmp_path: Path) -> None:
    file = TurningFile(tmp_path / "logs" / "artkeep.log", max_bytes=1000)
    for number in range(200):
        file.write(f"{number:099}")
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert names == ["artkeep.log", *(f"artkeep.log.{number}" for number in range(1, 5))]
    assert all(path.stat().st_size <= 1000 for path in (tmp_path / "logs").iterdir())
    assert (tmp_path / "logs" / "artkeep.log").read_text().splitlines()[-1].endswith("199")
    assert (tmp_path / "logs" / "artkeep.log.1").read_text().splitlines()[-1].endswith("189")


def test_two_writers_share_one_file(tmp_path: Path) -> None:
    path = tmp_path / "artkeep.log"
    one, two = TurningFile(path, max_bytes=1000), TurningFile(path, max_bytes=1000)
    for number in range(15):
        one.write(f"one {number:045}")
        two.write(f"two {number:045}")
    kept = (path.with_name("artkeep.log.1").read_text() + path.read_text()).splitlines()
    assert len(kept) == 30
    assert {line[:3] for line in kept} == {"one", "two"}


def test_a_full_disk_drops_lines_counts_them_and_heals(
    logs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logs.get_logger("artkeep.x")

    def full(descriptor: int, text: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(handlers.os, "write", full)
        log.error("lost")
    log.error("kept")
    assert [line["event"] for line in written(logs_dir)] == ["kept"]
    assert logs.dropped_lines() == 1


def test_a_line_torn_by_a_full_disk_does_not_spoil_the_next(
    logs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logs.get_logger("artkeep.x")
    real_write = handlers.os.write
    with monkeypatch.context() as patch:
        patch.setattr(handlers.os, "write", lambda fd, text: real_write(fd, text[:7]))
        log.error("torn")
    log.error("whole")
    text = (logs_dir / "artkeep.log").read_text("utf-8").splitlines()
    assert len(text) == 2
    assert json.loads(text[1])["event"] == "whole"


def test_a_folder_that_cannot_be_made_is_no_error(logs_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    logs.configure(tmp_path / "file" / "logs", verbose=False, secrets=[])
    logs.get_logger("artkeep.x").error("nowhere to go")
    assert logs.dropped_lines() == 1


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_only_the_owner_may_read_the_logs(logs_dir: Path) -> None:
    logs.get_logger("artkeep.x").info("private")
    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (logs_dir.parent, logs_dir, logs_dir / "artkeep.log")
    ]
    assert modes == [0o700, 0o700, 0o600]


def test_the_terminal_gets_one_short_line_for_a_warning_and_nothing_below(
    logs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(logs_dir, verbose=True, secrets=[], console=True)
    log = logs.get_logger("artkeep.x")
    log.info("not shown")
    try:
        raise KeyError("gone\x1b[2J")
    except KeyError:
        log.exception("page unreadable\n", site="civitai")
    shown = capsys.readouterr().err
    assert shown == (
        "error: page unreadable\\u000a (site=civitai) - KeyError: 'gone\\x1b[2J'\n"
    )


def test_importing_and_naming_a_logger_does_not_load_structlog() -> None:
    code = (
        "import sys; from artkeep.logs import get_logger; get_logger('artkeep.x'); "
        "sys.exit('structlog' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_before_configure_a_line_goes_nowhere() -> None:
    code = "from artkeep.logs import get_logger; get_logger('artkeep.x').error('unasked')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
