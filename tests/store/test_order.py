"""Pages of ids: everything once, in order, on every page, however few or many match."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from tests.store.rows import Rows

from artkeep.domain.query import Query, parse_query
from artkeep.store import order
from artkeep.store.models import ArtworkTag, Tag
from artkeep.store.order import IdPage, Position, Sort, page_of_ids
from artkeep.store.words import catch_up

DAY = datetime(2026, 5, 1, tzinfo=UTC)
EVERYTHING = Query()


def page(
    rows: Rows,
    query: Query = EVERYTHING,
    sort: Sort = Sort.NEWEST,
    after: Position | None = None,
    limit: int = 3,
) -> IdPage:
    with rows.store.reading() as connection:
        return page_of_ids(connection, query, sort, after, limit)


def pages(rows: Rows, query: Query, sort: Sort, limit: int = 3) -> Iterator[IdPage]:
    after: Position | None = None
    while True:
        yield (found := page(rows, query, sort, after, limit))
        if found.next is None:
            return
        after = found.next


def all_ids(rows: Rows, query: Query, sort: Sort) -> list[int]:
    return [artwork_id for found in pages(rows, query, sort) for artwork_id in found.ids]


def tag(rows: Rows, artwork_id: int) -> None:
    """`mist`, for two reasons."""
    with rows.store.writing() as connection:
        if connection.scalar(select(Tag.id)) is None:
            connection.execute(insert(Tag).values(id=1, name="mist", category=""))
        for origin in ("votes", "user"):
            values = {"artwork_id": artwork_id, "tag_id": 1, "origin": origin}
            connection.execute(insert(ArtworkTag).values(**values, fetched_at=DAY))


@pytest.fixture
def shelf(rows: Rows) -> dict[Sort, list[int]]:
    """Artworks with equal and missing days and sizes, and the right order of all of them."""
    chance = Random(7)
    days: dict[int, datetime | None] = {}
    sizes: dict[int, int | None] = {}
    ratings: dict[int, int | None] = {}
    stars: dict[int, int | None] = {}
    for number in range(1, 27):
        day = None if chance.random() < 0.3 else DAY + timedelta(days=chance.randrange(4))
        kind = "video" if number % 2 else "image"
        rating = chance.choice((None, 1, 4, 16))
        given = chance.choice((0, 0, 3, 5))
        prompt = "a misty valley" if number % 2 else "Valleys"
        more = {"rating": rating, "stars": given, "prompt": prompt}
        (artwork_id,) = rows.artworks(1, first=number, posted_at=day, kind=kind, **more)
        if number % 2:
            tag(rows, artwork_id)
        days[artwork_id] = day
        ratings[artwork_id] = rating
        stars[artwork_id] = given or None
        sizes[artwork_id] = None
        if chance.random() < 0.7:
            size = sizes[artwork_id] = chance.randrange(4)
            rows.file(artwork_id, size=size)
    newest_first = sorted(days, reverse=True)

    def by(values: dict[int, object], *, rising: bool) -> list[int]:
        ids = sorted(values, reverse=not rising)
        known = [one for one in ids if values[one] is not None]
        known.sort(key=lambda one: values[one], reverse=not rising)  # type: ignore[arg-type,return-value]
        return known + [one for one in ids if values[one] is None]

    return {
        Sort.NEWEST: by(dict(days), rising=False),
        Sort.OLDEST: by(dict(days), rising=True),
        Sort.LARGEST: by(dict(sizes), rising=False),
        Sort.SMALLEST: by(dict(sizes), rising=True),
        Sort.RATING: by(dict(ratings), rising=False),
        Sort.MILDEST: by(dict(ratings), rising=True),
        Sort.STARS: by(dict(stars), rising=False),
        Sort.ADDED: newest_first,
        Sort.ID: newest_first[::-1],
    }


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("many", [False, True])
def test_pages_go_through_everything_once_in_order(
    rows: Rows,
    shelf: dict[Sort, list[int]],
    sort: Sort,
    many: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order, "MOST_COUNTED", 5 if many else 1000)
    _forget_statements()
    assert all_ids(rows, EVERYTHING, sort) == shelf[sort]
    videos = [one for one in shelf[sort] if one % 2]
    for text in ("kind:video", "tag:mist", "misty", "misty kind:video", "valley tag:mist"):
        assert all_ids(rows, parse_query(text), sort) == videos
    catch_up(rows.store, None)
    for text in ("valley", "prompt:mist* kind:video", '"misty valley"', "valley tag:mist"):
        assert all_ids(rows, parse_query(text), sort) == videos
    _forget_statements()


def test_the_total_stops_counting_and_comes_with_the_first_page_only(
    rows: Rows, shelf: dict[Sort, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    images = parse_query("kind:image")
    first, second, *_ = pages(rows, images, Sort.ADDED)
    assert (first.total, second.total) == (13, None)
    assert page(rows).total == 26
    assert page(rows, parse_query("kind:ugoira")) == IdPage([], None, 0)
    monkeypatch.setattr(order, "MOST_COUNTED", 10)
    _forget_statements()
    assert page(rows, images).total == 10
    _forget_statements()


def test_a_page_behind_the_last_one_is_empty(rows: Rows, shelf: dict[Sort, list[int]]) -> None:
    last = Position(None, 0)
    for query in (EVERYTHING, parse_query("kind:image")):
        assert page(rows, query, Sort.NEWEST, last).ids == []


def test_what_was_added_meanwhile_moves_no_page(
    rows: Rows, shelf: dict[Sort, list[int]]
) -> None:
    first = page(rows)
    rows.artworks(5, first=100, posted_at=DAY + timedelta(days=900))
    rest = page(rows, after=first.next, limit=100)
    assert first.ids + rest.ids == shelf[Sort.NEWEST]


def test_an_artwork_with_two_files_stands_at_the_size_of_the_newer_one(rows: Rows) -> None:
    small, twice, missing = rows.artworks(3)
    rows.file(small, size=10)
    rows.file(twice, size=99)
    rows.file(twice, size=5, role="converted")
    rows.file(missing, size=7)
    rows.file(missing, size=1, state="missing")
    assert all_ids(rows, EVERYTHING, Sort.LARGEST) == [small, missing, twice]


def test_the_same_bytes_of_two_artworks_are_two_entries(rows: Rows) -> None:
    one, other, third = rows.artworks(3)
    rows.file(one, other, third, size=5)
    assert all_ids(rows, EVERYTHING, Sort.LARGEST) == [third, other, one]


def plans(rows: Rows, query: Query, sort: Sort, after: Position | None) -> list[list[str]]:
    """How SQLite goes about every statement of a page."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, sql: str, values: Any, *rest: Any) -> None:
        if sql.startswith(("SELECT", "WITH")):
            asked.append((sql, values))

    with rows.store.reading() as connection:
        event.listen(connection, "before_cursor_execute", note)
        page_of_ids(connection, query, sort, after, 3)
    with rows.store.reading() as connection:
        return [
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
            for sql, values in asked
        ]


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("known", [None, True, False])
def test_no_page_of_everything_needs_a_full_sort(
    rows: Rows, sort: Sort, known: bool | None
) -> None:
    """RB-8. SQLite sorts what is equal in the first column, and the one file of an artwork."""
    if not rows.store.is_sqlite:
        pytest.skip("PostgreSQL plans by the amount of rows, and there are none")
    key = DAY if sort in (Sort.NEWEST, Sort.OLDEST) else 5
    after = None if known is None else Position(key if known else None, 5)
    for plan in plans(rows, EVERYTHING, sort, after):
        sorts = [at for at, step in enumerate(plan) if step == "USE TEMP B-TREE FOR ORDER BY"]
        assert all("candidate" in plan[at - 1] for at in sorts), plan


@pytest.mark.parametrize(
    "query", ["rating:xxx", "kind:video download:done", "embed:failed -site:civitai"]
)
def test_filters_are_counted_in_an_index_alone(rows: Rows, query: str) -> None:
    """However wide the rows are: 200 MB of prompts are not read to count ratings."""
    if not rows.store.is_sqlite:
        pytest.skip("PostgreSQL plans by the amount of rows, and there are none")
    *_, plan = plans(rows, parse_query(query), Sort.NEWEST, None)
    assert any("artworks USING COVERING INDEX ix_artworks_filters" in step for step in plan)


def _forget_statements() -> None:
    """MOST_COUNTED stands in them."""
    order._gathering.cache_clear()
    order._walks.cache_clear()
