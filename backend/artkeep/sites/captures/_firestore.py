"""Firestore's typed values, as its web channel carries them.

Source: norville101/taiger `sources/firebase.js`; Firestore's REST reference, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from artkeep.domain.generated import whole_number

_DEEPEST: Final = 40  # Firestore itself allows 20


def is_document(value: Mapping[str, Any], collection: str) -> bool:
    """Whether it is a document of this collection: `/documents/jobs/…`."""
    name = value.get("name")
    return (
        isinstance(name, str)
        and f"/documents/{collection}/" in name
        and isinstance(value.get("fields"), Mapping)
    )


def plain_document(value: Mapping[str, Any]) -> dict[str, Any]:
    """Its fields with plain values, and its name's last part for an id when it has none."""
    fields = _fields(value.get("fields"), _DEEPEST)
    name = value.get("name")
    if isinstance(name, str):
        fields.setdefault("id", name.rpartition("/")[2])
    return fields


def _fields(told: object, depth: int) -> dict[str, Any]:
    if not isinstance(told, Mapping):
        return {}
    return {name: _value(typed, depth) for name, typed in told.items()}


def _value(typed: object, depth: int) -> Any:
    """None for nothing, for what is no typed value, and for what is nested too deeply."""
    if not isinstance(typed, Mapping) or depth == 0:
        return None
    for name in ("stringValue", "timestampValue", "referenceValue", "bytesValue"):
        if name in typed:
            return typed[name] if isinstance(typed[name], str) else None
    if "integerValue" in typed:
        return whole_number(typed["integerValue"])
    if "booleanValue" in typed or "doubleValue" in typed:
        return typed.get("booleanValue", typed.get("doubleValue"))
    if "arrayValue" in typed:
        array = typed["arrayValue"]
        values = array.get("values") if isinstance(array, Mapping) else None
        rows = values if isinstance(values, list) else []
        return [_value(row, depth - 1) for row in rows]
    if "mapValue" in typed:
        told = typed["mapValue"]
        return _fields(told.get("fields") if isinstance(told, Mapping) else None, depth - 1)
    if "geoPointValue" in typed:
        point = typed["geoPointValue"]
        return dict(point) if isinstance(point, Mapping) else None
    return None
