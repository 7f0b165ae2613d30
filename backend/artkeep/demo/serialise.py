"""The two ways tRPC answers are written upstream: superjson and devalue.

A value may hold datetimes and `UNDEFINED`. superjson: an object `{json, meta?}` whose meta
names the paths JSON cannot hold. devalue (https://github.com/sveltejs/devalue): one string, a
flat JSON list where everything refers to its parts by index.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any


class Undefined:
    """JavaScript's `undefined`: there, but not set."""

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED = Undefined()


def superjson(value: Any) -> dict[str, Any]:
    """`{"json": …}`, and `{"meta": {"values": {path: ["Date"]}, "v": 1}}` where needed."""
    marks: dict[str, list[str]] = {}
    plain = _plain(value, "", marks)
    return {"json": plain, "meta": {"values": marks, "v": 1}} if marks else {"json": plain}


def _plain(value: Any, path: str, marks: dict[str, list[str]]) -> Any:
    if isinstance(value, datetime):
        marks[path] = ["Date"]
        return iso_text(value)
    if isinstance(value, Undefined):
        marks[path] = ["undefined"]
        return None
    if isinstance(value, dict):
        return {
            key: _plain(part, f"{path}.{_escaped(key)}" if path else _escaped(key), marks)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [
            _plain(part, f"{path}.{index}" if path else str(index), marks)
            for index, part in enumerate(value)
        ]
    return value


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace(".", "\\.")


def iso_text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def devalue(value: Any) -> str:
    """The flat form: index 0 is the root, -1 undefined, dates are `["Date", iso]`."""
    flat: list[Any] = []
    seen: dict[tuple[str, Any], int] = {}

    def place(part: Any) -> int:
        if isinstance(part, Undefined):
            return -1
        key = (type(part).__name__, id(part) if isinstance(part, dict | list) else part)
        if key in seen:
            return seen[key]
        index = seen[key] = len(flat)
        flat.append(None)
        if isinstance(part, datetime):
            flat[index] = ["Date", iso_text(part)]
        elif isinstance(part, dict):
            flat[index] = {name: place(child) for name, child in part.items()}
        elif isinstance(part, list):
            flat[index] = [place(child) for child in part]
        else:
            flat[index] = part
        return index

    place(value)
    return json.dumps(flat, ensure_ascii=False, separators=(",", ":"))
