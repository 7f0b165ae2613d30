"""Pasted text → documents and copied requests, whatever was copied. Nothing is sent here.

One JSON value or several in a row, one in each line, a channel's text with its lengths between
the values, an event stream, a page with its `__NEXT_DATA__`, a HAR, and calls that the browser
copied "as fetch" or "as cURL". Integers are exact, NaN is nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from artkeep.sites.captures._capture import Document
from artkeep.sites.captures._copied import CopiedRequest, is_copied, read_copied
from artkeep.sites.captures._fields import object_in

__all__ = ["CopiedRequest", "Problem", "Reading", "read_reply", "read_text"]

_LONGEST_INTEGER: Final = 1000  # Python refuses more than 4300 digits
_MOST_DOCUMENTS: Final = 1_000_000
# Between values: blanks, commas, what keeps a reply from being run as a script, stream fields.
_BETWEEN: Final = re.compile(
    r"(?:[\s,;\ufeff\x00]++|\)\]\}'?|while\s?\(1\);|for\s?\(;;\);|\{\}&&|/\*-secure-|\*/"
    r"|data:|event:[^\n]*|id:[^\n]*)*+"
)
# A comment, a comma before a closing bracket; strings first, so that nothing in them counts.
_COMMENT: Final = re.compile(
    r'"(?:[^"\\]++|\\.|\\\Z)*+(?:"|\Z)|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)', re.DOTALL
)
_COMMA: Final = re.compile(r'"(?:[^"\\]++|\\.|\\\Z)*+(?:"|\Z)|,(?=[ \t\r\n]*+[}\]])', re.DOTALL)
# Up to the next bracket that is not in a string.
_TO_BRACKET: Final = re.compile(r'(?:"(?:[^"\\]++|\\.|\\\Z)*+(?:"|\Z)|[^"{\[]++)*+', re.DOTALL)
_MOST_FAILURES: Final = 24  # as many containers may be open where a text breaks off
_NEXT_DATA: Final = re.compile(
    r"<script\b[^>]{0,500}\bid=[\"']?__NEXT_DATA__[\"']?[^>]{0,500}>"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the text could not be read on, and where: line and column count from 1.

    `code` is `cut_off` (it ends in the middle), `not_json`, `too_deep` or `empty`.
    """

    code: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text holds. With a problem: what came before it, and as the last document a list
    of all that is whole around it."""

    documents: tuple[Document, ...] = ()
    requests: tuple[CopiedRequest, ...] = ()
    problem: Problem | None = None


def read_text(text: str) -> Reading:
    """Never raises."""
    if not text.strip("\ufeff\x00 \t\r\n"):
        return Reading(problem=Problem("empty", 1, 1))
    if is_copied(text):
        requests, position = read_copied(text)
        problem = None if position is None else _problem("not_json", text, position)
        return Reading(requests=requests, problem=problem)
    page = _NEXT_DATA.search(text)
    if page and text.lstrip("\ufeff \t\r\n").startswith("<"):
        end = text.find("</script", page.end())
        values, problem = _values(text[: len(text) if end < 0 else end], page.end())
    else:
        values, problem = _values(text, 0)
    documents = tuple(one for value in values for one in _documents_of(value))
    return Reading(documents, problem=problem)


def read_reply(text: str, url: str | None = None, request: str | None = None) -> Reading:
    """The text of a reply of which is known what it answers."""
    body = _first_value(request) if request else None
    reading = read_text(text)
    documents = tuple(replace(one, url=url, request=body) for one in reading.documents)
    return replace(reading, documents=documents)


def _documents_of(value: Any) -> Iterator[Document]:
    """One, or those of the replies in a HAR."""
    entries = object_in(object_in(value).get("log")).get("entries")
    if not isinstance(entries, list):
        yield Document(value)
        return
    for entry in entries:
        asked = object_in(object_in(entry).get("request"))
        content = object_in(object_in(object_in(entry).get("response")).get("content"))
        text, url = content.get("text"), asked.get("url")
        if not isinstance(text, str):
            continue
        if content.get("encoding") == "base64":
            text = _decoded(text)
        body = object_in(asked.get("postData")).get("text")
        request = _first_value(body) if isinstance(body, str) else None
        for inner in _values(text, 0)[0]:
            yield Document(inner, url if isinstance(url, str) else None, request)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""  # a picture


def _first_value(text: str) -> Any:
    values, _ = _values(text, 0)
    return values[0] if values else None


def _values(text: str, begin: int) -> tuple[list[Any], Problem | None]:
    """The containers in a row; numbers between them are a channel's lengths."""
    values: list[Any] = []
    is_cleaned = False
    position = begin
    while len(values) < _MOST_DOCUMENTS:
        position = _after(_BETWEEN, text, position)
        if position >= len(text):
            return values, None
        try:
            value, position = _DECODER.raw_decode(text, position)
        except RecursionError:
            return values, _problem("too_deep", text, position)
        except json.JSONDecodeError as error:
            if is_cleaned:
                is_end = error.pos >= len(text.rstrip()) or "Unterminated" in error.msg
                # Only of what begins like JSON: a page or a script holds brackets, too.
                whole = _whole_parts(text, position) if text[position] in "{[" else []
                values += [whole] if whole else []
                return values, _problem("cut_off" if is_end else "not_json", text, error.pos)
            text, is_cleaned = text[:position] + _cleaned(text[position:]), True
            continue
        if isinstance(value, dict | list):
            values.append(value)
    return values, None


def _whole_parts(text: str, position: int) -> list[Any]:
    """The largest containers that can be read, of a text that is broken somewhere."""
    parts: list[Any] = []
    failures = 0
    while failures < _MOST_FAILURES:
        position = _after(_TO_BRACKET, text, position)
        if position >= len(text):
            break
        try:
            part, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            failures += 1
            position += 1
        else:
            parts.append(part)
    return parts


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


def _cleaned(text: str) -> str:
    """Without comments and commas that nothing follows; everything else stays in its place."""
    return _COMMA.sub(_blank, _COMMENT.sub(_blank, text))


def _blank(found: re.Match[str]) -> str:
    told = found.group()
    return told if told.startswith('"') else re.sub(r"[^\n]", " ", told)


def _problem(code: str, text: str, position: int) -> Problem:
    line = text.count("\n", 0, position) + 1
    return Problem(code, line, position - text.rfind("\n", 0, position))


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _nothing(word: str) -> None:
    """NaN and infinities."""


_DECODER: Final = json.JSONDecoder(strict=False, parse_int=_integer, parse_constant=_nothing)
