"""Many rows of a page go in together, and none of them is lost or changed on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.store.rows import Rows

from artkeep.store import models
from artkeep.store.bulk import insert_new

NAMES = ("name", "category")
GROUP_NAMES = ("site", "site_id", "title", "author", "posted_at", "expected_count")
NOON = datetime(2026, 5, 1, 12, 0, 0, 120, tzinfo=UTC)


@pytest.mark.parametrize("amount", [1, 2, 255, 256, 257, 1_000])
def test_every_row_of_a_long_list_is_there(rows: Rows, amount: int) -> None:
    tags = [(f"tag {number}", "") for number in range(amount)]
    rows.do(insert_new, models.Tag, NAMES, tags)
    assert {(row["name"], row["category"]) for row in rows.all(models.Tag)} == set(tags)


def test_what_is_there_stays_and_what_comes_twice_is_kept_once(rows: Rows) -> None:
    rows.do(insert_new, models.Tag, NAMES, [("cat", "animal")])
    before = rows.all(models.Tag)
    rows.do(insert_new, models.Tag, NAMES, [("dog", ""), ("cat", "animal"), ("dog", "")])
    after = rows.all(models.Tag)
    assert [row for row in after if row["name"] == "cat"] == before
    assert sorted(row["name"] for row in after) == ["cat", "dog"]


def test_values_missing_in_all_or_some_rows_are_missing_afterwards(rows: Rows) -> None:
    east = NOON.astimezone(timezone(timedelta(hours=9)))
    given = [
        ("civitai", "1", None, None, NOON, None),
        ("civitai", "2", None, "Lena 猫", None, 0),
        ("civitai", "3", None, None, east, 7),
    ]
    rows.do(insert_new, models.Group, GROUP_NAMES, given)
    found = sorted(rows.all(models.Group), key=lambda row: row["site_id"])
    kept = [tuple(row[name] for name in GROUP_NAMES) for row in found]
    assert kept == given
