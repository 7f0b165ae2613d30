"""Work that brings its own addresses along, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.store.rows import Rows

from artkeep.store import given, work
from artkeep.store.work import Asked, Deferral


def spec(*urls: str) -> dict[str, Any]:
    return {"quality": "hd", "given": [{"url": url} for url in urls]}


def test_each_artwork_has_its_own_and_they_are_claimed_in_the_order_asked_for(
    rows: Rows,
) -> None:
    job_id = rows.job()
    ids = rows.artworks(4)
    order = [ids[2], ids[0], ids[3], ids[1]]

    asked = rows.do(given.ask, {one: spec(f"https://x/{one}") for one in order}, job_id)

    assert asked == Asked(new=4, mine=0, elsewhere=0)
    claims = [rows.claim(job_id, limit=1)[0] for _ in order]
    assert [claim.artwork_id for claim in claims] == order
    assert [claim.spec["given"][0]["url"] for claim in claims] == [
        f"https://x/{one}" for one in order
    ]


def test_work_that_was_put_off_gets_the_newer_addresses_and_is_due_at_once(
    rows: Rows,
) -> None:
    job_id = rows.job()
    (artwork_id,) = rows.artworks(1)
    rows.do(given.ask, {artwork_id: {**spec("https://x/old"), "then": ["embed"]}}, job_id)
    (claim,) = rows.claim(job_id)
    later = datetime.now(UTC) + timedelta(hours=6)
    rows.do(work.defer, "a", [Deferral(claim, later, "server_error")])

    asked = rows.do(given.ask, {artwork_id: spec("https://x/new")}, job_id)

    assert asked == Asked(new=0, mine=1, elsewhere=0)
    (again,) = rows.claim(job_id)
    assert again.spec == {**spec("https://x/new"), "then": ["embed"]}
    assert again.visits == 1


def test_known_artworks_are_loaded_by_their_ids_at_the_site(rows: Rows) -> None:
    ids = rows.artworks(3)
    stored = rows.do(given.known, "civitai", ["1", "3", "nobody"])
    assert {one.id for one in stored.values()} == {ids[0], ids[2]}
