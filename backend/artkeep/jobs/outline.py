"""What may be said of a capture: how many secrets were in it, and the shape of what is unknown.

Names of fields and kinds of values, never a value (SE-26).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from artkeep.logs import holds_secret
from artkeep.logs.redaction import is_login, is_secret_field

_DEPTH = 5
_MOST_FIELDS = 40
_FIELD = re.compile(r"[A-Za-z_$][A-Za-z_$.-]{0,39}\d{0,3}", re.ASCII)


def count_secrets(value: Any) -> int:
    """How many logins and signatures a record has, which are left out where it is kept."""
    waiting, count = [value], 0
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            for name, inner in part.items():
                if is_secret_field(str(name)) or (isinstance(inner, str) and is_login(inner)):
                    count += 1
                else:
                    waiting.append(inner)
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, str):
            count += holds_secret(part)
    return count


def outline_of(value: Any, depth: int = _DEPTH) -> Any:
    """`{"data": {"items": [{"id": "str"}, 20]}}`: a list by its first element and its length.

    A name that looks like an id is no name of a field, and only counted.
    """
    if isinstance(value, Mapping):
        names = [name for name in value if isinstance(name, str) and _FIELD.fullmatch(name)]
        shown = names[: _MOST_FIELDS if depth else 0]
        told = {name: outline_of(value[name], depth - 1) for name in shown}
        return told | ({"…": len(value) - len(told)} if len(value) > len(told) else {})
    if isinstance(value, list):
        return [outline_of(value[0], depth - 1), len(value)] if value and depth else []
    return "null" if value is None else type(value).__name__
