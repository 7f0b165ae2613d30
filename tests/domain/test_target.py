"""Filters: what is wanted of a target, why not, and what they are known by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from artkeep.domain.artwork import Artwork, Kind, Tag
from artkeep.domain.rating import Rating
from artkeep.domain.target import Filters, Size, read_size
from artkeep.jobs.asked import read_until

MAY = datetime(2026, 5, 1, tzinfo=UTC)
LENA = Artwork(
    "civitai",
    "1",
    Kind.IMAGE,
    "",
    rating=Rating.PG,
    posted_at=MAY,
    width=1024,
    height=1536,
    prompt="A Castle by the sea, golden hour",
    tags=(Tag("Sky"),),
)


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        (Filters(until=MAY), "filtered_date"),
        (Filters(until=MAY + timedelta(seconds=1)), None),
        (Filters(since=MAY, until=MAY + timedelta(days=1)), None),
        (Filters(with_prompt=frozenset({"castle", "golden hour"})), None),
        (Filters(with_prompt=frozenset({"castle", "dragon"})), "filtered_prompt"),
        (Filters(without_prompt=frozenset({"sea"})), "filtered_prompt"),
        (Filters(without_prompt=frozenset({"dragon"})), None),
        (Filters(min_size=Size(1024, 1024)), None),
        (Filters(min_size=Size(1025, 1025)), "filtered_size"),
        (Filters(min_size=Size(1536, 1024)), None),
        (Filters(min_size=Size(1537, 800)), "filtered_size"),
        (Filters(min_size=Size(1536, 1025)), "filtered_size"),
    ],
)
def test_an_artwork_is_left_out_for_a_reason(filters: Filters, reason: str | None) -> None:
    assert filters.rejects(LENA) == reason


@pytest.mark.parametrize("turned", [False, True])
def test_a_size_counts_whichever_way_up_it_is(turned: bool) -> None:
    artwork = replace(LENA, width=1536, height=1024) if turned else LENA
    assert Filters(min_size=read_size("1536x1024")).rejects(artwork) is None
    assert Filters(min_size=read_size("1024x1537")).rejects(artwork) == "filtered_size"


def test_what_a_site_does_not_tell_leaves_nothing_out() -> None:
    unknown = replace(LENA, width=None, height=None, prompt=None, posted_at=None)
    big = Size(9999, 9999)
    assert Filters(min_size=big, since=MAY, until=MAY).rejects(unknown) is None
    assert Filters(without_prompt=frozenset({"castle"})).rejects(unknown) is None
    assert Filters(min_size=big).rejects(replace(unknown, width=0, height=0)) is None
    # … but what has to be there is not there.
    assert Filters(with_prompt=frozenset({"castle"})).rejects(unknown) == "filtered_prompt"
    # One side is enough to know that it is too small.
    assert Filters(min_size=big).rejects(replace(unknown, width=64)) == "filtered_size"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1024", Size(1024, 1024)),
        (" 1920x1080 ", Size(1920, 1080)),
        ("1080X1920", Size(1920, 1080)),
        ("800×600", Size(800, 600)),
    ],
)
def test_sizes_are_read_and_written(text: str, size: Size) -> None:
    assert read_size(text) == size
    assert read_size(str(size)) == size


@pytest.mark.parametrize("text", ["", "0", "big", "1024x", "x1024", "-5", "10000000", "1e3"])
def test_an_odd_size_is_explained(text: str) -> None:
    with pytest.raises(ValueError, match="1920x1080"):
        read_size(text)


def test_the_last_day_is_still_inside() -> None:
    assert read_until("2026-05-31") == datetime(2026, 6, 1, tzinfo=UTC)
    assert read_until("<2026-06-01T00:00:00") == datetime(2026, 6, 1, tzinfo=UTC)
    assert read_until("30d") < datetime.now(UTC) - timedelta(days=29)
    with pytest.raises(ValueError, match="2026"):
        read_until("soon")


def test_filters_are_known_by_what_differs_from_the_default() -> None:
    assert Filters().to_json() == {}
    # As they were saved by earlier versions: this must never change.
    earlier = Filters(
        kinds=frozenset({Kind.IMAGE}),
        ratings=frozenset({Rating.PG13, Rating.PG}),
        since=MAY,
        with_tags=frozenset({"sky"}),
        without_tags=frozenset({"b", "a"}),
    )
    assert earlier.to_json() == {
        "kinds": ["image"],
        "ratings": ["PG", "PG-13"],
        "since": "2026-05-01T00:00:00+00:00",
        "with_tags": ["sky"],
        "without_tags": ["a", "b"],
    }
    all_of_them = replace(
        earlier,
        until=MAY,
        with_prompt=frozenset({"castle"}),
        without_prompt=frozenset({"dragon"}),
        min_size=Size(1920, 1080),
    )
    saved = all_of_them.to_json()
    assert saved["min_size"] == "1920x1080"
    assert Filters.from_json(saved) == all_of_them
    assert Filters.from_json(earlier.to_json()) == earlier
