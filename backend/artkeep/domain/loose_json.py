"""JSON as generators write it: with NaN, Infinity, `undefined`, and of any depth."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_LONGEST_INTEGER: Final = 1000
_WORD: Final = re.compile(r"undefined|nan|inf", re.IGNORECASE)
_STRING_OR_WORD: Final = re.compile(
    r'"(?:[^"\\]++|\\.)*+"|-?\b(?:undefined|nan|infinity|inf)\b', re.IGNORECASE | re.DOTALL
)


def read_object(text: object) -> dict[str, Any] | None:
    """The object that a text holds, or the object itself. None for anything else; never raises.

    NaN and infinities come as floats: `generated` takes them for nothing.
    """
    if isinstance(text, dict):
        return text
    if not isinstance(text, str):
        return None
    text = text.strip("\0 \t\r\n\ufeff")
    if not text.startswith("{"):
        return None
    try:
        value = _parse(text)
    except RecursionError:
        return None  # nobody's settings are nested a thousand deep
    except ValueError:
        value = _parse_without_words(text)
    return value if isinstance(value, dict) else None


def _parse_without_words(text: str) -> Any:
    if not _WORD.search(text):
        return None
    try:
        return _parse(_STRING_OR_WORD.sub(_without_word, text))
    except (ValueError, RecursionError):
        return None


def _without_word(found: re.Match[str]) -> str:
    return found.group() if found.group().startswith('"') else "null"


def _parse(text: str) -> Any:
    return json.loads(text, strict=False, parse_int=_read_integer)


def _read_integer(digits: str) -> int | str:
    # Python refuses integers of thousands of digits; nobody's seed is one.
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits
