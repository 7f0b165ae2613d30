"""What is left out is remembered with the reason; what is wanted is complete."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.faults.scene import Scene
from tests.gallery import Gallery, Picture
from tests.media.samples import mp4

from artkeep.domain.artwork import Kind
from artkeep.domain.rating import Rating
from artkeep.domain.target import Filters

MAY = datetime(2026, 5, 1, tzinfo=UTC)


def skipped(scene: Scene) -> dict[int, str]:
    """Why artworks were left out, by number."""
    query = (
        "SELECT site_id, skipped FROM target_artworks JOIN artworks "
        "ON artworks.id = artwork_id WHERE skipped IS NOT NULL"
    )
    return {int(number): reason for number, reason in scene.rows(query)}


def mixed(site: Gallery) -> dict[str, Picture]:
    """One of each."""
    return {
        "plain": site.add("lena", tags=("cat", "Sky"))[0],
        "video": site.add("lena", kind="video", body=mp4(), tags=("cat", "sky"))[0],
        "mature": site.add("lena", level=8, tags=("cat", "sky"))[0],
        "old": site.add("lena", created="2024-01-01T00:00:00.000Z", tags=("cat", "sky"))[0],
        "dog": site.add("lena", tags=("cat", "dog", "sky"))[0],
        "untagged": site.add("lena")[0],
    }


@pytest.mark.parametrize(
    ("filters", "left_out", "reason"),
    [
        (Filters(kinds=frozenset({Kind.IMAGE})), {"video"}, "filtered_type"),
        (Filters(since=MAY), {"old"}, "filtered_date"),
        (Filters(with_tags=frozenset({"cat", "sky"})), {"untagged"}, "filtered_tags"),
        (Filters(without_tags=frozenset({"dog"})), {"dog"}, "filtered_tags"),
    ],
)
def test_what_is_left_out_is_remembered_with_its_reason(
    scene: Scene, site: Gallery, filters: Filters, left_out: set[str], reason: str
) -> None:
    pictures = mixed(site)

    report = scene.get("lena", filters=filters)

    assert report.state == "completed"
    assert skipped(scene) == {pictures[name].id: reason for name in left_out}
    assert report.progress.skipped == len(left_out)
    wanted = [picture for name, picture in pictures.items() if name not in left_out]
    assert len(site.media_requests()) == len(wanted)
    scene.require_exactly(wanted)


def test_ratings_that_are_not_wanted_are_listed_and_left_out(
    scene: Scene, site: Gallery
) -> None:
    pictures = mixed(site)

    report = scene.get("lena", filters=Filters(ratings=frozenset({Rating.PG, Rating.PG13})))

    assert report.state == "completed"
    assert {page["browsingLevel"] for page in site.page_requests()} == {"31"}
    assert skipped(scene) == {pictures["mature"].id: "filtered_rating"}
    scene.require_exactly([one for name, one in pictures.items() if name != "mature"])


def test_a_site_that_lists_other_ratings_than_asked_is_filtered(
    scene: Scene, site: Gallery
) -> None:
    pictures = mixed(site)
    site.pages(site.page(pictures.values()))

    scene.get("lena", filters=Filters(ratings=frozenset({Rating.PG})))

    assert skipped(scene) == {pictures["mature"].id: "filtered_rating"}


@pytest.mark.parametrize("most", [1, 3, 5])
def test_max_items_is_exact_and_says_so(scene: Scene, site: Gallery, most: int) -> None:
    pictures = site.add("lena", 7)
    site.page_size = 2

    report = scene.get("lena", max_items=most)

    assert (report.state, report.codes) == ("incomplete", ["max_items"])
    assert "stopped as asked" in report.words
    assert [reason["exit_code"] for reason in report.progress.job.reasons] == ["0"]
    assert report.progress.done == most
    assert len(site.media_requests()) == most
    scene.require_exactly(pictures[:most])


def test_max_items_beyond_the_end_is_simply_complete(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 3)

    assert scene.get("lena", max_items=10).state == "completed"
    scene.require_exactly(pictures)


def test_what_the_filters_leave_out_does_not_count_for_max_items(
    scene: Scene, site: Gallery
) -> None:
    videos = site.add("lena", 3, kind="video", body=mp4())
    stills = site.add("lena", 3)

    report = scene.get("lena", max_items=2, filters=Filters(kinds=frozenset({Kind.IMAGE})))

    assert report.progress.done == 2
    assert [len(site.asked(one)) for one in videos] == [0] * 3
    scene.require_exactly(stills[:2])
