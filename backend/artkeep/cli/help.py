"""How help looks: grouped, in the user's language, with examples that can be copied."""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Iterator
from typing import Any

from artkeep.cli.words import is_chinese

_EXAMPLE = "example: "
_HELP_COLUMN = 28
EVERYWHERE = "everywhere"


def say_help(english: str) -> str:
    """A sentence of the help in the chosen language."""
    if not is_chinese():
        return english
    # Loaded when somebody reads it, not at each start.
    from artkeep.cli.help_words import CHINESE

    return CHINESE.get(english, english)


class Parser(argparse.ArgumentParser):
    """The program or a verb. The epilog is a list of examples, one a line.

    `groups` are the program's: titles with the verbs below each.
    """

    def __init__(self, *rest: Any, **named: Any) -> None:
        super().__init__(*rest, **{"formatter_class": _Formatter, **named})
        self.groups: dict[str, list[str]] = {}
        self._positionals.title = "what"
        self._optionals.title = "options"
        for action in self._optionals._group_actions:
            action.help = "show this help"

    @property
    def examples(self) -> list[str]:
        """Commands that may be typed as they are."""
        return [line.removeprefix(_EXAMPLE) for line in (self.epilog or "").splitlines()]

    def format_usage(self) -> str:
        """One line; what there is to choose from is listed below it."""
        if self.groups:
            return f"{say_help('usage: ')}{self.prog} VERB …\n"
        words = [_shown(one) for one in self._actions if not one.option_strings]
        return f"{say_help('usage: ')}{' '.join([self.prog, *words, '[options]'])}\n"

    def format_help(self) -> str:
        """Usage, what it is, what it takes in groups, examples."""
        formatter = self._get_formatter()
        formatter.add_text(self.format_usage())
        formatter.add_text(self.description)
        for title, actions in self._sections():
            formatter.start_section(title)
            formatter.add_arguments(actions)
            formatter.end_section()
        if self.examples:
            formatter.start_section("examples")
            formatter._add_item(_as_they_are, [self.examples])
            formatter.end_section()
        return formatter.format_help()

    def _sections(self) -> Iterator[tuple[str | None, list[argparse.Action]]]:
        verbs = list(self._verbs())
        for title, names in self.groups.items():
            yield title, [verb for verb in verbs if verb.dest in names]
        ours = [one for one in self._action_groups if one.title != EVERYWHERE]
        what, options, *named = ours
        last = [one for one in self._action_groups if one.title == EVERYWHERE]
        for group in (what, *named, options, *last):
            yield group.title, [one for one in group._group_actions if one.dest != "verb"]

    def _verbs(self) -> Iterator[argparse.Action]:
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                yield from action._choices_actions


def _shown(action: argparse.Action) -> str:
    word = action.metavar or action.dest
    return f"{word} …" if action.nargs in ("*", "+") else str(word)


def _as_they_are(lines: list[str]) -> str:
    return "".join(f"  {line}\n" for line in lines)


class _Formatter(argparse.HelpFormatter):
    """Words in the user's language, wrapped by the columns that they take on a terminal."""

    def __init__(self, prog: str, **named: Any) -> None:
        super().__init__(prog, max_help_position=_HELP_COLUMN, **named)

    def start_section(self, heading: str | None) -> None:
        super().start_section(say_help(heading) if heading else heading)

    def add_text(self, text: str | None) -> None:
        super().add_text(say_help(text) if text else text)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return say_help(action.help) if action.help else action.help

    def _split_lines(self, text: str, width: int) -> list[str]:
        return list(wrap(" ".join(text.split()), width))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in wrap(text.strip(), width - len(indent)))


def wrap(text: str, width: int) -> Iterator[str]:
    """Lines of at most `width` columns, broken at spaces and between Chinese characters."""
    line, end = "", 0
    for letter in text:
        if letter == " " or (_is_character(letter) and not line.endswith(("（", "“", "《"))):
            end = len(line)  # before it; no line begins with 、 or 。
        if letter != " " and columns_of(line + letter) > width:
            end = end or len(line)
            yield line[:end].rstrip()
            line, end = line[end:].lstrip(), 0
        line += letter
    if line.strip():
        yield line.rstrip()


def _is_character(letter: str) -> bool:
    return unicodedata.category(letter) == "Lo"


def columns_of(text: str) -> int:
    """How wide a text is on a terminal."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
