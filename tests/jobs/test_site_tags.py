"""The file of tag names: what is new is added behind, and what was had is kept."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from tests.faulty import Exchange, FaultyServer, in_thread
from tests.faulty_answers import json_reply, server_error

from artkeep.cli.app import main
from artkeep.jobs.site_tags import NameFile

TAGS = "/api/v1/tags"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with in_thread() as running:
        yield running


@pytest.fixture
def run(
    tmp_path: Path,
    server: FaultyServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """`artkeep site-tags` in a folder of its own."""
    settings = {
        "ARTKEEP_DATA_DIR": str(tmp_path / "data"),
        "ARTKEEP_LIBRARY": str(tmp_path / "library"),
        "ARTKEEP_SITES__CIVITAI__BASE_URL": server.origin,
        "ARTKEEP_NET__UNLIMITED": "1",
        "ARTKEEP_NET__TIME_SCALE": "0.001",
        "ARTKEEP_WORKERS__EXAMINE": "0",
        "LC_ALL": "C.UTF-8",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def start(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["site-tags", *words])
        return code, *capsys.readouterr()

    return start


def pages(server: FaultyServer, *lists: list[str]) -> None:
    """The site has these, and nothing behind."""

    async def answer(exchange: Exchange) -> None:
        asked = parse_qs(exchange.request.query)
        at = int(asked.get("page", ["1"])[0]) - 1
        rows = [{"name": name} for name in lists[at]] if at < len(lists) else []
        await json_reply({"items": rows, "metadata": {"totalPages": 1}})(exchange)

    server.on(TAGS, answer)


def test_new_names_are_added_behind_what_the_file_has(
    run: Run, server: FaultyServer, tmp_path: Path
) -> None:
    file = tmp_path / "tag_names.txt"
    file.write_text("zebra\nanime", "utf-8")
    pages(server, ["anime", "sci fi", "Szene ä"], ["sci fi", "two\nlines"])

    code, out, err = run()

    assert (code, out) == (0, "")
    assert "3 new tag names, 5 in all" in err
    assert file.read_text("utf-8") == "zebra\nanime\nsci fi\nSzene ä\ntwo lines\n"
    assert run()[2].startswith("0 new")
    assert file.read_text("utf-8").count("\n") == 5


def test_a_walk_that_breaks_off_keeps_what_it_had_and_ends_with_3(
    run: Run, server: FaultyServer, tmp_path: Path
) -> None:
    server.on(TAGS, json_reply({"items": [{"name": "kite"}]}), server_error(500))
    code, _, err = run()
    assert code == 3
    assert "1 new" in err
    assert (tmp_path / "tag_names.txt").read_text("utf-8") == "kite\n"


def test_a_site_that_repeats_a_page_is_not_walked_for_ever(
    run: Run, server: FaultyServer
) -> None:
    server.on(TAGS, json_reply({"items": [{"name": "kite"}]}))
    assert run()[0] == 3
    assert len(server.requests_to(TAGS)) == 2


def test_a_cursor_leads_on_where_there_is_one(
    run: Run, server: FaultyServer, tmp_path: Path
) -> None:
    first = {"items": [{"name": "a"}], "metadata": {"nextCursor": "x|1"}}
    server.on(TAGS, json_reply(first), json_reply({"items": [{"name": "b"}], "metadata": {}}))
    assert run()[0] == 0
    assert (tmp_path / "tag_names.txt").read_text("utf-8") == "a\nb\n"
    assert "cursor=x%7C1" in server.requests_to(TAGS)[1].query


def test_names_are_searched_in_the_file_and_fetched_only_when_there_is_none(
    run: Run, server: FaultyServer, tmp_path: Path
) -> None:
    pages(server, ["Sci Fi", "science", "kite"])
    assert run("sci_fi")[:2] == (0, "Sci Fi\n")
    asked = len(server.requests_to(TAGS))
    assert run("sci")[:2] == (0, "Sci Fi\nscience\n")
    assert len(server.requests_to(TAGS)) == asked
    pages(server, ["Sci Fi", "scion"])
    assert run("scion")[0] == 4
    assert run("scion", "--refresh")[:2] == (0, "scion\n")


def test_a_file_that_is_no_text_is_left_alone(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "tag_names.txt"
    file.write_bytes(b"\xff\xfe\x00")
    assert run()[0] == 2
    assert file.read_bytes() == b"\xff\xfe\x00"


def test_the_file_may_begin_with_a_mark_and_have_gaps(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_bytes(b"\xef\xbb\xbfa\r\n\r\nb\r\n")
    file = NameFile(path)
    assert list(file.names) == ["a", "b"]
    assert file.add(("a", "c")) == 1
    assert path.read_bytes() == b"\xef\xbb\xbfa\r\n\r\nb\r\nc\n"
