"""Which path each layout wants; the same on every system."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.layout import LAYOUTS, Layout, parse_layout
from artkeep.domain.naming import FileFacts, organized_folder, utf16_length
from artkeep.domain.rating import SAFE_RATINGS, Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import UsageError

LENA = Target("civitai", TargetKind.USER, "lena")
ARTWORK = Artwork(
    "civitai",
    "501",
    Kind.IMAGE,
    "https://civitai.com/images/501",
    author="lena",
    rating=Rating.PG,
    posted_at=datetime(2026, 1, 1, 0, 30, 5, tzinfo=timezone(timedelta(hours=2))),
    model="Mix",
    generation={"Model": "Mix"},
)


def path_of(layout: Layout, artwork: Artwork = ARTWORK, suffix: int = 0, room: int = 20) -> str:
    folder = layout.target_folder(LENA)
    facts = FileFacts(Kind.IMAGE, "jpeg", target_folder=folder, root_length=room)
    return layout.path_of(artwork, facts, suffix)


def test_each_layout_has_its_path() -> None:
    folder = organized_folder(ARTWORK, safe=SAFE_RATINGS, kind=Kind.IMAGE)
    assert path_of(Layout()) == f"{folder}/501.jpeg"
    assert path_of(Layout("classic")) == "Username_Search/lena/Mix/501.jpeg"
    flat = Layout("classic", is_sorted=False)
    assert path_of(flat) == "Username_Search/lena/501.jpeg"
    dated = "civitai/2025-12/20251231_223005_501.jpeg"
    assert path_of(Layout("dated")) == dated, "in UTC, whatever zone the site writes"
    assert path_of(Layout("dataset")) == "lena/501.jpeg"
    assert path_of(parse_layout("template:{author}/{id}")) == "lena/501.jpeg"


def test_a_name_that_is_taken_gets_a_number() -> None:
    for layout in map(Layout, ("organized", "classic", "dated", "dataset")):
        stem = path_of(layout).removesuffix(".jpeg")
        assert path_of(layout, suffix=1) == f"{stem} (2).jpeg"


def test_without_a_date_or_a_target_there_is_a_place_all_the_same() -> None:
    undated = Artwork("civitai", "5", Kind.IMAGE, "https://civitai.com/images/5", author="lena")
    assert path_of(Layout("dated"), undated) == "civitai/unknown_date/5.jpeg"
    facts = FileFacts(Kind.IMAGE, "png")
    classic = Layout("classic").path_of(undated, facts)
    assert classic == "Username_Search/lena/no_metadata/5.png"
    assert Layout("dataset").path_of(undated, facts) == "civitai/5.png"


def test_the_whole_path_counts_towards_the_longest() -> None:
    layout = Layout("classic", max_path=90)
    long = Artwork(
        "civitai", "501", Kind.IMAGE, "https://x.test", generation={"Model": "m" * 60}
    )
    found = path_of(layout, long, room=20)
    assert 20 + 1 + utf16_length(found) <= 90
    assert found.endswith("/501.jpeg")


@pytest.mark.parametrize("text", ["classic", "dated", "dataset", "template:{id}"])
def test_what_is_written_down_is_read_back(text: str) -> None:
    layout = parse_layout(text)
    assert Layout.from_json(layout.to_json()) == layout
    assert Layout.from_json(layout.to_spec("folder")["layout"]) == layout


def test_the_usual_layout_leaves_nothing_behind() -> None:
    """Work of a job that was told nothing says nothing, as it always did."""
    assert parse_layout("organized").to_json() == {} == Layout().to_spec("")
    assert Layout.from_json({}) == Layout()


@pytest.mark.parametrize("text", ["", "clasic", "template", "template:{nosuch}"])
def test_an_unknown_layout_is_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_layout(text)
    assert refused.value.advice


def test_every_layout_is_a_setting() -> None:
    from artkeep.settings import Names

    annotation = Names.model_fields["layout"].annotation
    assert set(annotation.__args__) == set(LAYOUTS)
