"""Help: grouped, in both languages, with examples that work."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from artkeep.cli.app import GROUPS, build_parser, main
from artkeep.cli.help import Parser, columns_of, wrap
from artkeep.cli.help_words import CHINESE

_PARTS = ("usage: ", "examples")  # of every page
PROGRAM = build_parser()
(_VERBS,) = (one for one in PROGRAM._actions if isinstance(one, argparse._SubParsersAction))
PARSERS = {"artkeep": PROGRAM, **_VERBS.choices}


def sentences() -> Iterator[str]:
    """Everything that help says in English."""
    for parser in PARSERS.values():
        assert isinstance(parser, Parser)
        yield from (group.title or "" for group in parser._action_groups)
        yield from (parser.description or "", *parser.groups)
        for action in parser._actions:
            yield action.help or ""
    yield from (verb.help or "" for verb in _VERBS._choices_actions)


def test_all_of_the_help_is_there_in_chinese() -> None:
    said = {one for one in sentences() if one and one != argparse.SUPPRESS}
    assert said - CHINESE.keys() == set(), "these are missing in cli/help_words.py"
    assert CHINESE.keys() - said == set(_PARTS), "these are said nowhere"


@pytest.mark.parametrize("name", PARSERS)
def test_every_option_says_what_it_does_and_every_example_is_understood(name: str) -> None:
    parser = PARSERS[name]
    assert isinstance(parser, Parser)
    assert [one.dest for one in parser._actions if not one.help and one is not _VERBS] == []
    assert parser.examples
    for example in parser.examples:
        program, *words = shlex.split(example)
        assert program == "artkeep"
        if "://" in words[0] or words[0] == "help":
            continue
        assert PROGRAM.parse_args(words).verb == words[0] == name


def test_the_program_shows_its_verbs_by_what_people_want(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    heads = [line for line in shown.splitlines() if line.endswith(":")]
    assert heads == [f"{title}:" for title in (*GROUPS, "options", "examples")]
    for verb in _VERBS.choices:
        assert f"\n  {verb} " in shown


def test_help_of_a_verb_is_the_same_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for words in (["help", "get"], ["get", "--help"]):
        with pytest.raises(SystemExit):
            main(words)
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    assert shown[0].startswith("usage: artkeep get URL|TARGET … [options]\n")
    heads = [line for line in shown[0].splitlines() if line.endswith(":")]
    assert heads == ["what:", "which of them:", "how:", "options:", "everywhere:", "examples:"]


def test_help_is_chinese_where_the_system_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    with pytest.raises(SystemExit):
        main(["convert", "--help"])
    shown = capsys.readouterr().out
    assert shown.startswith("用法：artkeep convert QUERY … [options]\n")
    assert "原文件与文件夹:" in shown
    assert "示例:" in shown
    assert max(map(columns_of, shown.splitlines())) < 80
    monkeypatch.setenv("LC_ALL", "C")
    with pytest.raises(SystemExit):
        main(["convert", "--help"])
    assert "originals and folders:" in capsys.readouterr().out


def test_lines_break_between_characters_but_not_before_a_comma() -> None:
    assert list(wrap("转换并验证，但不存放", 10)) == ["转换并验", "证，但不存", "放"]
    assert list(wrap("运行 artkeep check 进行修复", 12)) == [
        "运行 artkeep",
        "check 进行修",
        "复",
    ]
    assert list(wrap("one two", 3)) == ["one", "two"]
    assert list(wrap("abcdef", 3)) == ["abc", "def"]


def test_a_target_alone_is_to_be_downloaded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["nosite:user:lena", "--data-dir", str(tmp_path)]) == 4
    assert "nosite" in capsys.readouterr().err
