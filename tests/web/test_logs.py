"""The log over HTTP: newest first, in pages, and without any secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from artkeep import logs
from artkeep.logs import get_logger, handlers
from artkeep.web import logs as view
from artkeep.web.services import Services

KEY = "log-canary-5c0ffee"


@pytest.fixture
def folder(services: Services) -> Path:
    """Where this installation's log lies."""
    made = services.settings.logs_dir
    made.mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture
def _written_by_program(folder: Path) -> Iterator[None]:
    logs.configure(folder, verbose=True, secrets=())
    yield
    logs.configure(folder.parent / "nowhere", verbose=False, secrets=())


def line(number: int, *, level: str = "info", **fields: Any) -> str:
    """A line as the program writes it."""
    said = {
        "time": f"2026-11-20T10:00:00.{number:06d}Z",
        "level": level,
        "logger": "artkeep.test",
        "event": f"line {number}",
        **fields,
    }
    return json.dumps(said, ensure_ascii=False)


def write(path: Path, *lines: str) -> None:
    path.write_text("".join(f"{one}\n" for one in lines), "utf-8")


def events(client: FlaskClient, **query: Any) -> list[str]:
    """The events of every page, one after the other."""
    found: list[str] = []
    while True:
        reply = client.get("/api/logs", query_string=query)
        assert reply.status_code == 200, reply.json
        found += [one["event"] for one in reply.json["lines"]]
        if reply.json["next_cursor"] is None:
            return found
        query["cursor"] = reply.json["next_cursor"]


@pytest.mark.usefixtures("_written_by_program")
def test_what_the_program_logs_is_shown(client: FlaskClient) -> None:
    get_logger("artkeep.test").warning("page listed", job=7, artworks=100)
    (shown,) = client.get("/api/logs?q=page listed").json["lines"]
    assert (shown["event"], shown["level"], shown["job"]) == ("page listed", "warning", 7)
    assert shown["fields"] == {"logger": "artkeep.test", "artworks": 100}
    assert shown["id"] > 1_700_000_000_000_000


def test_without_a_log_the_list_is_empty(client: FlaskClient) -> None:
    assert client.get("/api/logs").json == {"lines": [], "next_cursor": None}
    assert client.get("/api/logs.txt").data == b""


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_follow_each_other_through_all_files(
    client: FlaskClient, folder: Path, limit: int
) -> None:
    write(folder / "artkeep.log.2", *(line(number) for number in range(20)))
    write(folder / "artkeep.log.1", *(line(number) for number in range(20, 21)))
    write(folder / "artkeep.log", *(line(number) for number in range(21, 50)))
    expected = [f"line {number}" for number in reversed(range(50))]
    assert events(client, limit=limit) == expected


def test_long_lines_and_files_of_many_blocks_are_read_whole(
    client: FlaskClient, folder: Path
) -> None:
    padding = {f"x{number}": "é" * 500 for number in range(40)}
    write(folder / "artkeep.log", *(line(number, **padding) for number in range(30)))
    assert events(client, limit=3) == [f"line {number}" for number in reversed(range(30))]


def test_a_file_that_turns_over_between_two_pages_costs_nothing(
    client: FlaskClient, folder: Path
) -> None:
    write(folder / "artkeep.log", *(line(number) for number in range(10)))
    first = client.get("/api/logs?limit=4").json
    (folder / "artkeep.log").rename(folder / "artkeep.log.1")
    write(folder / "artkeep.log", *(line(number) for number in range(10, 15)))
    assert events(client, cursor=first["next_cursor"]) == [
        f"line {n}" for n in range(5, -1, -1)
    ]


def test_when_the_file_is_gone_the_pages_end(client: FlaskClient, folder: Path) -> None:
    write(folder / "artkeep.log", *(line(number) for number in range(10)))
    first = client.get("/api/logs?limit=4").json
    kept = folder / "kept"  # its inode must not come back as another file's
    (folder / "artkeep.log").rename(kept)
    write(folder / "artkeep.log", line(99))
    assert events(client, cursor=first["next_cursor"]) == []


def test_level_job_and_word_narrow_it_down(client: FlaskClient, folder: Path) -> None:
    write(
        folder / "artkeep.log",
        line(1, level="debug"),
        line(2, level="info", job=5, title="Straße im Regen"),
        line(3, level="warning", job=50),
        line(4, level="critical", job=5),
    )
    assert events(client, level="warning") == ["line 4", "line 3"]
    assert events(client, job=5) == ["line 4", "line 2"]
    assert events(client, q="STRASSE im") == ["line 2"]
    assert events(client, job=5, q="nothing like it") == []
    assert client.get("/api/logs?job=5&limit=1").json["lines"][0]["level"] == "error"


def test_torn_and_foreign_lines_are_passed_over(client: FlaskClient, folder: Path) -> None:
    odd = ["", "[]", "{", '{"time": 5}', '{"time": "never", "level": "info"}', "[" * 100_000]
    content = "\n".join([line(1), *odd, line(2)]) + '\n{"time": "2026'
    (folder / "artkeep.log").write_bytes(content.encode() + b"\xff\x00")
    assert events(client) == ["line 2", "line 1"]


@pytest.mark.parametrize("cursor", ["", "x", "1", "1-", "-1", "1-x", "٣-٣", "1-2-3", "9" * 61])
def test_a_cursor_that_is_none_is_refused(client: FlaskClient, cursor: str) -> None:
    assert client.get("/api/logs", query_string={"cursor": cursor}).status_code == 422


def test_a_page_looks_through_a_bounded_piece_and_says_where_to_go_on(
    client: FlaskClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "_MOST_BYTES", 1000)
    write(folder / "artkeep.log", line(0, q="needle"), *(line(n) for n in range(1, 200)))
    first = client.get("/api/logs?q=needle").json
    assert first["lines"] == []
    assert first["next_cursor"] is not None
    assert events(client, q="needle") == ["line 0"]


def test_a_key_that_became_known_later_is_not_shown(client: FlaskClient, folder: Path) -> None:
    """SE-25"""
    write(
        folder / "artkeep.log",
        line(1, text=f"sent {KEY}", deep={"list": [KEY]}, api_key="whatever"),
        line(2, exception=f"Traceback\n  {KEY}\nValueError: {KEY}"),
    )
    logs.add_secret(KEY)
    for address in ("/api/logs", "/api/logs.txt"):
        shown = client.get(address).text
        assert "line 1" in shown
        assert KEY not in shown
        assert "whatever" not in shown
        assert "[redacted]" in shown


def test_the_text_has_the_oldest_line_first_and_is_saved_as_a_file(
    client: FlaskClient, folder: Path
) -> None:
    write(folder / "artkeep.log.1", line(1, job=3, host="civitai.com", n=5))
    write(folder / "artkeep.log", line(2, exception="Traceback\nValueError: no"))
    reply = client.get("/api/logs.txt")
    assert reply.content_type == "text/plain; charset=utf-8"
    assert "attachment" in reply.headers["Content-Disposition"]
    assert reply.text.splitlines() == [
        "2026-11-20T10:00:00.000001Z info    line 1 job=3 logger=artkeep.test "
        "host=civitai.com n=5",
        "2026-11-20T10:00:00.000002Z info    line 2 logger=artkeep.test",
        "Traceback",
        "ValueError: no",
    ]


def test_the_text_holds_the_newest_lines_when_there_are_too_many(
    client: FlaskClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "_LONGEST_FILE", 3 * len(line(10)))
    write(folder / "artkeep.log", *(line(number) for number in range(10, 20)))
    shown = client.get("/api/logs.txt").text
    assert [row.split()[3] for row in shown.splitlines()] == ["17", "18", "19"]


def test_as_many_files_are_read_as_are_written(client: FlaskClient, folder: Path) -> None:
    for number in range(1, handlers.FILES + 1):
        write(folder / f"artkeep.log.{number}", line(100 - number))
    write(folder / "artkeep.log", line(100))
    assert events(client)[-1] == f"line {100 - handlers.FILES + 1}"
