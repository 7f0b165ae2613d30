"""What walks over one list, begun at different places, reached together."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from artkeep.jobs.reach import WINDOW, unreached
from artkeep.store.walks import ListingRow, Tail

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return DAY_0 + timedelta(days=number)


def walk(
    from_day: int, to_day: int, reason: str = "cap", holes: tuple[str, ...] = ()
) -> ListingRow:
    tail = Tail("40|1", 40, (), from_at=day(from_day), to_at=day(to_day))
    rest = {one.name: None for one in fields(ListingRow)}
    return ListingRow(**rest | {"tail": tail, "ended": "cap", "reason": reason, "holes": holes})


@pytest.mark.parametrize(
    ("walks", "left_out"),
    [
        ([walk(0, 50), walk(100, 40)], []),
        ([walk(0, 50), walk(100, 50)], [(day(50), day(50))]),  # of that day some may be missing
        ([walk(0, 30), walk(100, 70)], [(day(30), day(70))]),
        ([walk(0, 30), walk(100, 70), walk(20, 80, WINDOW)], []),
        ([walk(0, 30), walk(100, 70), walk(40, 80, WINDOW)], [(day(30), day(40))]),
        ([walk(0, 30), walk(100, 70), walk(75, 90, WINDOW)], [(day(30), day(70))]),
        ([walk(0, 50, holes=("200|1",)), walk(100, 40)], None),
        ([walk(0, 30)], None),
        ([walk(100, 0)], None),
        ([walk(0, 50), walk(40, 100, WINDOW)], None),  # perhaps more follows
    ],
)
def test_all_was_reached_when_it_is_in_one_piece(walks, left_out):
    assert unreached(walks) == left_out
