"""Calls that a browser copied "as fetch" or "as cURL", as requests. Nothing is sent here.

Source: what Chrome 130, Edge and Firefox 132 copy, for bash and for Windows' cmd, read 2026-11.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from artkeep.sites.captures._capture import Service
from artkeep.sites.captures._outputs import judge_url
from artkeep.sites.captures._services import SERVICES

_FETCH: Final = re.compile(r"[\s;]*+(?:await\s+)?fetch\(\s*(?=\")")
_CURL: Final = re.compile(r"[\s;&$>]*+curl(?:\.exe)?\s")
_MOST_REQUESTS: Final = 500
_METHOD: Final = re.compile(r"[A-Z]{3,10}")
_DECODER: Final = json.JSONDecoder(strict=False)
_HEADER_OPTIONS: Final = ("-H", "--header")
_BODY_OPTIONS: Final = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii")
# These have a value that means nothing here.
_OTHER_OPTIONS: Final = frozenset({
    "-o", "--output", "-m", "--max-time", "--connect-timeout", "-x", "--proxy", "--retry",
    "-F", "--form", "--resolve", "--cacert", "-E", "--cert", "-w", "--write-out",
})  # fmt: skip
_NAMED: Final = {"-A": "user-agent", "--user-agent": "user-agent", "-e": "referer",
                 "--referer": "referer", "-b": "cookie", "--cookie": "cookie"}  # fmt: skip
_IN_QUOTES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_CODE: Final = re.compile(r"u([0-9a-fA-F]{1,4})|x([0-9a-fA-F]{1,2})")
_CMD: Final = re.compile(r"\^\s*\n|\^\"|[\"\s]\^$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CopiedRequest:
    """A request as it was copied. Headers hold the login: they are never shown nor kept."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: str | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        """What people are asked about."""
        return urlsplit(self.url).hostname or ""

    @property
    def service(self) -> Service | None:
        """The service that it may be sent to; None: it goes nowhere (SE-9)."""
        for service in SERVICES:
            if judge_url(self.url, service.asks) is None:
                return service
        return None


def is_copied(text: str) -> bool:
    """Whether a text begins like one of these calls."""
    return _FETCH.match(text) is not None or _CURL.match(text) is not None


def read_copied(text: str) -> tuple[tuple[CopiedRequest, ...], int | None]:
    """The requests in a row, and where something else stands, if it does."""
    if _CURL.match(text):
        return _read_curls(text)
    requests: list[CopiedRequest] = []
    position = 0
    while len(requests) < _MOST_REQUESTS:
        found = _FETCH.match(text, position)
        if found is None:
            rest = text[position:].lstrip("\r\n\t ;")
            return tuple(requests), len(text) - len(rest) if rest else None
        try:
            request, position = _read_fetch(text, found.end())
        except (ValueError, RecursionError):
            return tuple(requests), found.end()
        requests.append(request)
    return tuple(requests), position


def _read_fetch(text: str, position: int) -> tuple[CopiedRequest, int]:
    """`"url", {options})`. Raises ValueError."""
    url, position = _DECODER.raw_decode(text, position)
    options: Any = {}
    comma = re.compile(r"\s*,\s*(?=\{)").match(text, position)
    if comma:
        options, position = _DECODER.raw_decode(text, comma.end())
    closed = re.compile(r"\s*\)").match(text, position)
    if closed is None:
        raise ValueError("not closed")
    headers = options.get("headers")
    named = headers.items() if isinstance(headers, dict) else ()
    body = options.get("body")
    return _request(
        url,
        options.get("method"),
        {str(name): str(value) for name, value in named},
        body if isinstance(body, str) else None,
    ), closed.end()


def _request(
    url: object, method: object, headers: dict[str, str], body: str | None
) -> CopiedRequest:
    """Raises ValueError for what is no request of a page."""
    if not isinstance(url, str) or not url.lower().startswith("https://"):
        raise ValueError("no https address")
    urlsplit(url)
    usual = "GET" if body is None else "POST"
    word = method.upper() if isinstance(method, str) else usual
    if not _METHOD.fullmatch(word) or any(
        re.search(r"[\r\n\0]", one) for one in headers.values()
    ):
        raise ValueError("no request")
    return CopiedRequest(word, url, {name.lower(): one for name, one in headers.items()}, body)


def _read_curls(text: str) -> tuple[tuple[CopiedRequest, ...], int | None]:
    text = text.lstrip("$> ;&\r\n\t")  # of the prompt it was copied with
    if _CMD.search(text):
        text = re.sub(r"\^(.)", r"\1", re.sub(r"\^\s*\n", " ", text))
    requests: list[CopiedRequest] = []
    for words, position in _commands(text):
        try:
            requests.append(_read_curl(words))
        except (ValueError, IndexError):
            return tuple(requests), position
        if len(requests) == _MOST_REQUESTS:
            break
    return tuple(requests), None


def _read_curl(words: list[str]) -> CopiedRequest:
    """Raises ValueError or IndexError."""
    if not words or not words[0].startswith("curl"):
        raise ValueError("no curl")
    url, method, bodies = None, None, []
    headers: dict[str, str] = {}
    rest = iter(words[1:])
    for word in rest:
        option, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        takes = (*_HEADER_OPTIONS, *_BODY_OPTIONS, *_NAMED, *_OTHER_OPTIONS)
        if option in (*takes, "-X", "--request", "--url") and not equals:
            value = next(rest, "")
        if option in _HEADER_OPTIONS:
            name, _, told = value.partition(":")
            headers[name.strip()] = told.strip()
        elif option in _BODY_OPTIONS:
            bodies.append(value)
        elif option in _NAMED:
            headers[_NAMED[option]] = value
        elif option in ("-X", "--request"):
            method = value
        elif option == "--url":
            url = value
        elif not word.startswith("-"):
            url = url or word
    return _request(url, method, headers, "&".join(bodies) if bodies else None)


def _commands(text: str) -> Iterator[tuple[list[str], int]]:
    """The words of each command as a shell reads them, and where it begins."""
    words: list[str] = []
    word: list[str] = []
    has_word = False
    position = began = 0
    while position < len(text):
        sign = text[position]
        following = text[position + 1 : position + 2]
        if sign == "\\":
            skipped = 3 if text.startswith("\\\r\n", position) else 2
            if following not in ("\n", "\r"):
                word.append(following)
                has_word = True
            position += skipped
            continue
        if sign in "'\"" or (sign == "$" and following in ("'", '"')):
            mark = "$" if sign == "$" else ""
            part, position = _quoted(
                text, position + len(mark), mark + (following if mark else sign)
            )
            word.append(part)
            has_word = True
            continue
        if sign.isspace() or sign in ";&|":
            if has_word:
                words.append("".join(word))
                word, has_word = [], False
            if sign not in " \t\r" and words:
                yield words, began
                words, began = [], position + 1
        else:
            word.append(sign)
            has_word = True
        position += 1
    if has_word:
        words.append("".join(word))
    if words:
        yield words, began


def _quoted(text: str, position: int, mark: str) -> tuple[str, int]:
    """The inside of the quotes that begin at `position`, and the index after them."""
    quote = mark[-1]
    parts: list[str] = []
    position += 1
    plain = re.compile(rf"[^{quote}]+" if mark == "'" else rf"[^{quote}\\]+")
    while position < len(text):
        if found := plain.match(text, position):
            parts.append(found.group())
            position = found.end()
        elif text[position] == quote:
            return "".join(parts), position + 1
        elif mark == "$'" and (code := _CODE.match(text, position + 1)):
            parts.append(chr(int(code[1] or code[2], 16)))
            position = code.end()
        else:
            escaped = text[position + 1 : position + 2]
            parts.append(_IN_QUOTES.get(escaped, escaped) if mark == "$'" else escaped)
            position += 2
    return "".join(parts), position
