"""Values of captures, in all the forms in which services write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from artkeep.sites.captures._fields import time_in

NOON = datetime(2024, 7, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        *(1719835200000, 1719835200000.0, "1719835200000", 1719835200, "1719835200"),
        *("2024-07-01T12:00:00Z", "2024-07-01T14:00:00+02:00", "2024-07-01T12:00:00"),
        *("2024-07-01T12:00:00.0000000Z", {"_seconds": 1719835200, "_nanoseconds": 0}),
        *({"seconds": "1719835200"}, " 2024-07-01T12:00:00Z "),
    ],
)
def test_a_moment_is_the_same_in_every_form(told: Any) -> None:
    assert time_in(told) == NOON


@pytest.mark.parametrize(
    "told",
    [None, "", "soon", 0, -5, 10**30, float("nan"), [], {}, True, "9999-12-31T23:59:59-14:00"],
)
def test_what_is_no_moment_is_none(told: Any) -> None:
    assert time_in(told) is None
