"""What a JSON column cannot hold is replaced; all else comes back as it is."""

from __future__ import annotations

from typing import Any

import pytest

from artkeep.domain.artwork import json_safe


def nested(levels: int) -> Any:
    value: Any = "end"
    for _ in range(levels):
        value = [value]
    return value


def test_what_is_plain_comes_back_itself():
    plain = {"prompt": "a cat 猫", "seed": 2**52, "steps": 30, "resources": [{"weight": 0.5}]}
    assert json_safe(plain) is plain


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"a": float("nan"), "b": float("-inf"), "c": None}, {"a": None, "b": None, "c": None}),
        ({"a": "\x00", "b\ud800": "\udfff"}, {"a": "\ufffd", "b\ufffd": "\ufffd"}),
        ({"a": r"\u0000"}, {"a": r"\u0000"}),
        ([2**63 - 1, 2**63, -(2**70)], [2**63 - 1, str(2**63), str(-(2**70))]),
        ({1: ("x", True)}, {"1": ["x", True]}),
        ("null", "null"),
        (None, None),
    ],
)
def test_what_cannot_be_held_is_replaced(given, made):
    assert json_safe(given) == made


def test_deep_nesting_is_cut_and_nothing_above_it():
    assert json_safe(nested(63)) == nested(63)
    cut = json_safe(nested(5_000))
    levels = 0
    while isinstance(cut, list):
        cut, levels = cut[0], levels + 1
    assert (cut, levels) == (None, 64)
