"""The body of a request: bounded, and looked at before it is parsed (reliability §6.4)."""

from __future__ import annotations

import re
from typing import Any

import orjson
from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

LONGEST_JSON = 2 * 2**20
DEEPEST = 64
MOST_ELEMENTS = 1_000_000
LONGEST_STRING = 2**20
MOST_DIGITS = 40

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_LONG_NUMBER = re.compile(rb"[0-9.]{%d}" % (MOST_DIGITS + 1))


class BoundedRequest(Request):
    """A request whose JSON obeys the limits. What is not JSON gives 400, never None.

    A view that takes a larger body sets `max_content_length` and `longest_string` itself.
    """

    max_content_length = LONGEST_JSON
    longest_string = LONGEST_STRING
    max_form_memory_size = 0  # no route takes forms
    max_form_parts = 0

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The parsed body, whatever `silent` says."""
        return parse_json(self.get_data(cache=True), self.longest_string)


def parse_json(body: bytes, longest_string: int = LONGEST_STRING) -> Any:
    """Raises BadRequest and RequestEntityTooLarge. Deep nesting never reaches the parser."""
    require_bounded(body, longest_string)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}") from None


def require_bounded(body: bytes, longest_string: int = LONGEST_STRING) -> None:
    """Raises RequestEntityTooLarge when strings, nesting, lists or numbers pass the limits."""

    def measured(found: re.Match[bytes]) -> bytes:
        if found.end() - found.start() - 2 > longest_string:
            words = f"A text in the body is longer than {longest_string // 2**20} MiB."
            raise RequestEntityTooLarge(words)
        return b'""'

    bare = _STRING.sub(measured, body)
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > DEEPEST:
            raise RequestEntityTooLarge(f"The body is nested deeper than {DEEPEST} levels.")
    if bare.count(b",") >= MOST_ELEMENTS:
        raise RequestEntityTooLarge(f"The body has more than {MOST_ELEMENTS} elements.")
    if _LONG_NUMBER.search(bare):
        raise RequestEntityTooLarge(f"A number has more than {MOST_DIGITS} digits.")
