"""Every example of docs/commands.md, run in order in one installation on the sample site."""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from artkeep.cli.app import build_parser
from tests.e2e.program import Home
from tests.tag_site import tag_site

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
PICTURE = Path(__file__).parent / "fixtures/embedded-metadata/sdmeta-64px-comfyui.png"
CAPTURE = Path(__file__).parent / "sites/captures/fixtures/nightcafe-jobs.list.json"
KEY = {"ARTKEEP_SITES__CIVITAI__API_KEY": "a-key-of-mine"}
SERVERS = ("gui", "demo-site")  # these run until Ctrl-C


@dataclass(frozen=True)
class Example:
    """A line of the page, with the exit code that it promises."""

    words: tuple[str, ...]
    code: int

    @property
    def verb(self) -> str:
        """What `artkeep` is to do; a target alone is `get`."""
        return "get" if ":" in self.words[0] else self.words[0]


def examples() -> Iterator[Example]:
    """Those of the `sh` blocks."""
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S):
        for line in block.splitlines():
            command, _, comment = line.partition("  #")
            program, *words = shlex.split(command)
            assert program == "artkeep"
            promised = re.search(r"exit (\d+)", comment)
            yield Example(tuple(words), int(promised[1]) if promised else 0)


def verbs() -> dict[str, argparse.ArgumentParser]:
    """Every verb with its parser."""
    (found,) = (
        action
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(found.choices)


def test_every_verb_has_a_heading_and_an_example() -> None:
    assert {example.verb for example in examples()} == set(verbs())
    headings = re.findall(r"^### (\S+)$", PAGE.read_text("utf-8"), re.M)
    assert sorted(headings) == sorted(verbs())


def test_every_option_that_the_page_names_exists() -> None:
    known = {name for verb in verbs().values() for name in verb._option_string_actions}
    named = set(re.findall(r"(?<![\w-])--[a-z][\w-]+", PAGE.read_text("utf-8")))
    assert named - known == {"--sim"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """An installation on the sample site, with the files that the examples name."""
    monkeypatch.chdir(tmp_path)
    Path("links.txt").write_text("civitai:user:inkandhalo  # from a friend\n", "utf-8")
    shutil.copy(PICTURE, "picture.png")
    shutil.copy(CAPTURE, "capture.json")
    with tag_site(items=40) as site, closing(Home(tmp_path, site)) as fresh:
        yield fresh


def test_every_example_does_what_the_page_says(home: Home) -> None:
    for example in examples():
        if example.verb in SERVERS:
            serve(home, example)
            continue
        code, out, err = home.run(*example.words, **KEY)
        assert (code, example.words) == (example.code, example.words), out + err


def serve(home: Home, example: Example) -> None:
    """It says where it is, and ends with Ctrl-C."""
    running = home.start(*example.words, **KEY)
    assert running.stdout
    assert "http://127.0.0.1:" in running.stdout.readline()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == example.code
