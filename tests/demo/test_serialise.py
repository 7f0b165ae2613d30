from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.demo.shapes import sample

from artkeep.demo.serialise import UNDEFINED, devalue, superjson


def _votes() -> list[dict[str, Any]]:
    """The sample list with its dates as dates."""
    rows: list[dict[str, Any]] = sample("trpc_votable_tags")["result"]["data"]["json"]
    for row in rows:
        if row["lastUpvote"] is not None:
            row["lastUpvote"] = datetime.fromisoformat(row["lastUpvote"])
    return rows


def test_superjson_writes_the_sample_answer() -> None:
    assert superjson(_votes()) == sample("trpc_votable_tags")["result"]["data"]


def test_devalue_writes_the_sample_answer() -> None:
    wanted = sample("trpc_votable_tags_devalue")["result"]["data"]
    assert json.loads(devalue(_votes())) == json.loads(wanted)


def test_undefined_is_marked_and_null_is_not() -> None:
    value = {"a": UNDEFINED, "b": None, "c": [1, UNDEFINED]}
    assert superjson(value) == {
        "json": {"a": None, "b": None, "c": [1, None]},
        "meta": {"values": {"a": ["undefined"], "c.1": ["undefined"]}, "v": 1},
    }
    assert json.loads(devalue(value)) == [{"a": -1, "b": 1, "c": 2}, None, [3, -1], 1]


def test_a_plain_value_needs_no_meta() -> None:
    assert superjson([]) == {"json": []}


def test_true_and_one_are_different_values() -> None:
    assert json.loads(devalue([True, 1, 1.5])) == [[1, 2, 3], True, 1, 1.5]
