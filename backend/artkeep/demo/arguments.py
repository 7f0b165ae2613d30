"""Reading what tRPC procedures are given, and refusing it."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from artkeep.demo.context import allowed_mask
from artkeep.demo.queries import clean_mask

Arguments = dict[str, Any]


class Fault(Exception):
    """A procedure's error: an HTTP status and a message."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def number(arguments: Arguments, name: str) -> int | None:
    value = arguments.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def required(arguments: Arguments, name: str) -> int:
    value = number(arguments, name)
    if value is None:
        received = "undefined" if name not in arguments else type(arguments[name]).__name__
        issue = {
            "expected": "number",
            "code": "invalid_type",
            "path": [name],
            "message": f"Invalid input: expected number, received {received}",
        }
        raise Fault(400, json.dumps([issue], indent=2))
    return value


def limit_of(arguments: Arguments) -> int:
    limit = number(arguments, "limit")
    limit = 100 if limit is None else limit
    if not 0 <= limit <= 200:
        raise Fault(
            400, json.dumps([{"code": "too_big", "maximum": 200, "path": ["limit"]}], indent=2)
        )
    return limit


def mask_of(request: web.Request, arguments: Arguments) -> int:
    """What was asked for within what the caller may see; the cap itself if nothing is left."""
    cap = allowed_mask(request)
    return clean_mask(number(arguments, "browsingLevel") or 1) & cap or cap
