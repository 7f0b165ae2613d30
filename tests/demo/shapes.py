"""Compares the shape of an answer with a sample of the real one: keys and types, not values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FIXTURES = Path(__file__).parent / "fixtures"


def sample(name: str) -> Any:
    return json.loads((_FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def differences(answer: Any, wanted: Any, where: str = "$") -> list[str]:
    """What differs, by path. None fits every type; of lists the first elements count."""
    if answer is None or wanted is None:
        return []
    if isinstance(wanted, dict) and isinstance(answer, dict):
        found = [f"{where}: missing {key}" for key in wanted.keys() - answer.keys()]
        found += [f"{where}: unexpected {key}" for key in answer.keys() - wanted.keys()]
        for key in wanted.keys() & answer.keys():
            found += differences(answer[key], wanted[key], f"{where}.{key}")
        return found
    if isinstance(wanted, list) and isinstance(answer, list):
        return differences(answer[0], wanted[0], f"{where}[0]") if wanted and answer else []
    kinds = [float if type(value) is int else type(value) for value in (answer, wanted)]
    return [] if kinds[0] is kinds[1] else [f"{where}: {kinds[0]} in place of {kinds[1]}"]


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    """A copy without parts whose shape is free-form or depends on the image."""
    return {key: part for key, part in value.items() if key not in names}
