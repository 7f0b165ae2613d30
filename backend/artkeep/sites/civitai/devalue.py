"""Reads `devalue` text, the second of the two ways in which tRPC replies are written.

The text is a JSON array. Its first element is the root; numbers inside objects and arrays are
indexes into the array, negative ones stand for values that JSON lacks, and an array that starts
with a word is a tagged value: `["Date", iso]`, `["Set", …]`, `["Map", key, value, …]`.
Shared and circular references are legal there, so a short text can mean an endless value: depth
and size are limited.
"""

from __future__ import annotations

import json
from typing import Any

_DEEPEST = 100
_MOST_VALUES = 500_000
_MINUS_ZERO = -6
_NOT_IN_JSON = frozenset({-1, -2, -3, -4, -5})  # undefined, hole, NaN, infinity, -infinity
_LONGEST_NUMBER = 1000


def loads(text: str) -> Any:
    """The value that the text means, as JSON can hold it. Raises ValueError."""
    try:
        values = json.loads(text)
    except RecursionError:
        raise ValueError("devalue: nested too deep") from None
    if isinstance(values, int) and not isinstance(values, bool):
        return _Reader([]).value(values, 0)
    if not isinstance(values, list) or not values:
        raise ValueError("devalue: not a list of values")
    return _Reader(values).value(0, 0)


class _Reader:
    def __init__(self, values: list[Any]) -> None:
        self._values = values
        self._left = _MOST_VALUES

    def value(self, index: object, depth: int) -> Any:
        if isinstance(index, bool) or not isinstance(index, int):
            raise ValueError("devalue: an index is not a number")
        if index < 0:
            if index in _NOT_IN_JSON:
                return None
            if index == _MINUS_ZERO:
                return 0
            raise ValueError(f"devalue: unknown sign {index}")
        if index >= len(self._values):
            raise ValueError(f"devalue: nothing stands at {index}")
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise ValueError("devalue: too deep or too much")
        found = self._values[index]
        if isinstance(found, dict):
            return {key: self.value(part, depth + 1) for key, part in found.items()}
        if isinstance(found, list):
            if found and isinstance(found[0], str):
                return self._tagged(found[0], found[1:], depth)
            return [self.value(part, depth + 1) for part in found]
        return found

    def _tagged(self, tag: str, parts: list[Any], depth: int) -> Any:
        if tag in ("Date", "BigInt", "URL"):
            text = parts[0] if parts else None
            if tag != "BigInt" or not isinstance(text, str):
                return text if isinstance(text, str) else None
            return int(text) if len(text) <= _LONGEST_NUMBER else text
        if tag == "Set":
            return [self.value(part, depth + 1) for part in parts]
        if tag == "Map":
            pairs = zip(parts[::2], parts[1::2], strict=False)
            return {
                str(self.value(key, depth + 1)): self.value(part, depth + 1)
                for key, part in pairs
            }
        if tag == "null":  # an object without a prototype: its keys stand in the text
            pairs = zip(parts[::2], parts[1::2], strict=False)
            return {str(key): self.value(part, depth + 1) for key, part in pairs}
        return None  # regular expressions, typed arrays and other things no listing holds
