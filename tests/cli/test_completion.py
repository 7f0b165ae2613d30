"""The completion scripts, in the shells they are for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from artkeep.cli.app import build_parser, main
from artkeep.cli.completion import offers
from artkeep.cli.shells import SCRIPTS

_BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_artkeep
printf '%s\\n' "${COMPREPLY[@]}"
"""
_ZSH = """
autoload -Uz compinit && compinit -u -d "$1.dump"
compadd() { print -rl -- "${(@)@}" }
_files() { print -r -- files "$@" }
_describe() { print -rl -- "${(@)verbs%%:*}" }
_arguments() { print -rl -- "$@" }
source "$1"; shift
words=("$@"); CURRENT=$#
_artkeep
"""


def shell(name: str) -> str:
    """The program of a shell, or the test is skipped."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def answer(*words: str) -> list[str]:
    """The lines that a shell says."""
    done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n")[:-1]


@pytest.fixture
def script(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file with the script of the shell that the test names."""
    path = tmp_path / "script"
    path.write_text(SCRIPTS[request.param](list(offers(build_parser()))), "utf-8")
    return str(path)


@pytest.mark.parametrize("script", ["bash"], indirect=True)
def test_bash_offers_verbs_options_and_values(script: str) -> None:
    def offered(*words: str) -> list[str]:
        return [
            word for word in answer(shell("bash"), "-c", _BASH, "x", script, *words) if word
        ]

    assert offered("artkeep", "re") == ["read", "remove", "restore", "rescan"]
    assert offered("artkeep", "get", "--ra") == ["--rating"]
    assert offered("artkeep", "get", "--rating", "p") == ["pg", "pg13"]
    assert offered("artkeep", "convert", "--originals", "") == ["keep", "trash", "delete"]
    assert offered("artkeep", "jobs", "re") == ["resume", "retry"]
    assert offered("artkeep", "help", "conv") == ["convert"]
    assert offered("artkeep", "get", "--user", "") == []
    assert offered("artkeep", "nonsense", "--x") == []


@pytest.mark.parametrize("script", ["bash"], indirect=True)
def test_bash_offers_paths_whole(script: str, tmp_path: Path) -> None:
    (tmp_path / "my links.txt").touch()
    (tmp_path / "my folder").mkdir()
    quiet = f"compopt() {{ :; }}\n{_BASH}"  # which only works while somebody presses Tab

    def offered(*words: str) -> list[str]:
        return sorted(answer(shell("bash"), "-c", quiet, "x", script, "artkeep", *words))

    folder, links = str(tmp_path / "my folder"), str(tmp_path / "my links.txt")
    assert offered("read", f"{tmp_path}/my") == [folder, links]
    assert offered("get", "--library", f"{tmp_path}/my") == [folder]


@pytest.mark.parametrize("script", ["fish"], indirect=True)
def test_fish_offers_verbs_options_and_values(script: str) -> None:
    def offered(line: str) -> list[str]:
        found = answer(shell("fish"), "-c", f"source {script}; complete -C {line!r}")
        return [one.partition("\t")[0] for one in found]

    assert offered("artkeep re") == ["read", "remove", "rescan", "restore"]
    assert offered("artkeep get --ra") == ["--rating"]
    assert offered("artkeep get --rating p") == ["pg", "pg13"]
    assert offered("artkeep jobs re") == ["resume", "retry"]


@pytest.mark.parametrize("script", ["zsh"], indirect=True)
def test_zsh_is_told_verbs_options_and_values(script: str) -> None:
    def told(*words: str) -> list[str]:
        return answer(shell("zsh"), "-f", "-c", _ZSH, "x", script, *words)

    assert {"get", "read", "completion"} <= set(told("artkeep", ""))
    get = "\n".join(told("artkeep", "get", ""))
    assert "--rating[only these levels]:pg,pg13,r,x,xxx:(pg pg13 r x xxx)" in get
    assert "(-i --input)--input[links from a file, - for stdin]:FILE:_files" in get


@pytest.mark.parametrize("script", ["powershell"], indirect=True)
def test_powershell_offers_verbs_and_options(script: str) -> None:
    def offered(line: str) -> list[str]:
        ask = f". {script}; (TabExpansion2 {line!r} {len(line)}).CompletionMatches"
        words = f"({ask}).CompletionText"
        return answer(shell("pwsh"), "-NoProfile", "-Command", words)

    assert offered("artkeep re") == ["read", "remove", "rescan", "restore"]
    assert offered("artkeep get --ra") == ["--rating"]


def test_the_command_prints_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    assert capsys.readouterr().out.endswith("complete -F _artkeep artkeep\n")
