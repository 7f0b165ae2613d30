"""The line of parameters of an infotext: `Steps: 20, Sampler: Euler a, Seed: 42, …`.

A value with comma, colon or newline is a JSON string; there is no other escape. Some keys hold
bare JSON all the same: brackets are therefore balanced before commas count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

Pair = tuple[str, str]

# Written bare by everybody, in spite of their commas and colons.
_JSON_KEYS: Final = frozenset({"Hashes", "Civitai resources", "Civitai metadata"})
_BARE_KEYS: Final = frozenset({"Created Date"})
_NEEDS_QUOTES: Final = re.compile(r"[,:\n]")
_PLAIN_KEY: Final = re.compile(r"\w[\w \-/]+")
_KEY_END: Final = re.compile(r"\w[\w \-/]{0,120}\Z")
_NO_KEY: Final = re.compile(r"[\"{}\[\]<>\n]")
_QUOTED: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BLANK_THEN_END: Final = re.compile(r"\s{0,64}(?:,|\Z)")
_BRACKET_OR_STRING: Final = re.compile(r'[{}\[\]]|"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_CLOSES: Final = {"}": "{", "]": "["}
_LONGEST_KEY: Final = 200


def read_pairs(line: str) -> Iterator[Pair]:
    """Every pair in order, values decoded; `key` alone stands for a value equal to its key.

    Keys of one character are none, as in AUTOMATIC1111.
    """
    for key, value in _scan(line):
        if value is None:
            if _PLAIN_KEY.fullmatch(key):
                yield key, key
        elif len(key := _clean_key(key)) > 1:
            yield key, value


def count_plain_pairs(line: str, enough: int) -> int:
    """How many pairs AUTOMATIC1111 would find, counted up to `enough`."""
    count = 0
    for key, value in _scan(line):
        count += value is not None and _PLAIN_KEY.fullmatch(key) is not None
        if count >= enough:
            break
    return count


def is_all_pairs(line: str) -> bool:
    """Whether nothing but pairs stands there."""
    return all(
        value is not None and _PLAIN_KEY.fullmatch(key) is not None
        for key, value in _scan(line)
        if key
    )


def _scan(line: str) -> Iterator[tuple[str, str | None]]:
    """Keys as they stand there, and their values, None where there is no colon."""
    length = len(line)
    position, colon = 0, -1
    brackets = _Brackets(line)
    while position < length:
        comma = line.find(",", position)
        comma = length if comma < 0 else comma
        if colon < position:
            colon = line.find(":", position)
            colon = length if colon < 0 else colon
        if comma <= colon:
            yield line[position:comma].strip(), None
            position = comma + 1
        else:
            key = line[position:colon].strip()
            value, position = _read_value(line, colon + 1, brackets)
            yield key, value


def in_written_order(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The same pairs, bare JSON last: readers that know no brackets cut it at its commas."""
    return tuple(sorted(pairs, key=lambda pair: _is_bare_json(*pair)))


def write_pairs(pairs: Iterable[Pair]) -> str:
    """The line, in `in_written_order`."""
    return ", ".join(
        key if key == value else f"{key}: {_quote(key, value)}"
        for key, value in in_written_order(pairs)
    )


def _quote(key: str, value: str) -> str:
    if not _NEEDS_QUOTES.search(value) or _is_bare_json(key, value):
        return value
    if key in _BARE_KEYS and not re.search(r'[",\n]', value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_bare_json(key: str, value: str) -> bool:
    if key not in _JSON_KEYS or "\n" in value:
        return False
    return _Brackets(value).end_of(0) == len(value)


def _clean_key(key: str) -> str:
    if len(key) <= _LONGEST_KEY and not _NO_KEY.search(key):
        return key
    tail = _KEY_END.search(key[-_LONGEST_KEY:])
    return tail.group() if tail else ""


def _read_value(line: str, start: int, brackets: _Brackets) -> tuple[str, int]:
    """The value that begins at `start`, and where the next pair begins."""
    while start < len(line) and line[start].isspace():
        start += 1
    if line.startswith('"', start):
        quoted = _QUOTED.match(line, start)
        if quoted and (end := _BLANK_THEN_END.match(line, quoted.end())):
            return _decode(quoted.group()), end.end()
    elif line.startswith(("{", "["), start):
        closed = brackets.end_of(start)
        if closed is not None and (end := _BLANK_THEN_END.match(line, closed)):
            return line[start:closed], end.end()
    comma = line.find(",", start)
    comma = len(line) if comma < 0 else comma
    return line[start:comma].rstrip(), comma + 1


def _decode(quoted: str) -> str:
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        return quoted


class _Brackets:
    """Finds where a bracket closes; looking in vain is limited, so that the time is linear."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._left = 8 * len(line) + 1024

    def end_of(self, start: int) -> int | None:
        """The index after the bracket that closes the one at `start`."""
        if not self._line.startswith(("{", "["), start) or self._left <= 0:
            return None
        open_brackets: list[str] = []
        for token in _BRACKET_OR_STRING.finditer(self._line, start):
            mark = token.group()
            if mark in "{[":
                open_brackets.append(mark)
            elif mark in _CLOSES and open_brackets.pop() != _CLOSES[mark]:
                break
            if not open_brackets:
                return token.end()
        else:
            self._left -= len(self._line) - start
            return None
        self._left -= token.end() - start
        return None
