"""Everything a site shows is found, by whichever way shows it; what is missing is named."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from tests.faults.scene import Report, Scene
from tests.faulty import Exchange
from tests.faulty_answers import json_reply, reply, server_error
from tests.gallery import IMAGES, NOW, POSTS, Gallery, Picture

from artkeep.jobs import steer
from artkeep.jobs.progress import TargetProgress
from artkeep.sites.civitai import listings


def ledger(report: Report) -> TargetProgress:
    (target,) = report.progress.targets
    return target


def walks_over_pictures(report: Report) -> list[dict[str, Any]]:
    return [one for one in ledger(report).listings if one["path"] == "images"]


def listing_requests(site: Gallery) -> int:
    return len(site.server.requests_to(IMAGES)) + len(site.server.requests_to(POSTS))


def test_what_the_list_loses_is_found_by_its_post(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 30, post=601) + site.add("lena", 5, post=602)
    lost = pictures[3:12]

    async def losing(exchange: Exchange) -> None:
        if "postId" in exchange.request.query:
            await site.listing(exchange)
        else:
            await site.page([one for one in pictures if one not in lost])(exchange)

    site.pages(losing)
    report = scene.get("lena")

    assert report.state == "completed"
    scene.require_exactly(pictures)
    target = ledger(report)
    assert (target.listed, target.stored, target.gaps, target.hidden) == (35, 35, 0, 0)
    assert (target.site_claims, target.site_claims_what) == (35, "in 2 posts")
    walks = {(one["path"], one["value"]): one["new"] for one in target.listings}
    assert walks == {
        ("images", "username=lena"): 26,
        ("posts", "username=lena"): 0,
        ("images", "postId=601"): 9,
    }, "only the post that lacks something is listed by itself"


def test_a_post_that_says_more_than_it_shows_is_told_and_not_asked_again(
    scene: Scene, site: Gallery
) -> None:
    pictures = site.add("lena", 4, post=601)
    site.post_claims[601] = 6
    site.server.on("/api/trpc/image.getInfinite", json_reply({"error": "no"}, status=404))

    report = scene.get("lena")

    assert report.state == "completed"
    assert (ledger(report).hidden, ledger(report).site_claims) == (2, 6)
    scene.require_exactly(pictures)
    before = listing_requests(site)
    assert scene.get("lena").state == "completed"
    assert listing_requests(site) - before <= 2


def test_a_capped_list_is_split_until_its_parts_fit(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site ends a list silently at its cap; here it is 40, and there are 60."""
    levels = [1] * 25 + [2] * 5 + [4] * 30
    pictures = [site.add("lena", level=level)[0] for level in levels]
    site.server.on(POSTS)  # no help from there
    site.page_size, site.cap = 10, 40
    monkeypatch.setattr(listings, "_CAP", 40)  # of the real one: 50,000
    report = scene.get("lena")

    assert report.state == "completed"
    scene.require_exactly(pictures)
    walks = walks_over_pictures(report)
    ends = {walk["options"]["browsingLevel"]: walk["ended"] for walk in walks}
    assert ends == {"31": "cap", "1": "end", "2": "end", "4": "end", "8": "end", "16": "end"}


def hung_over_time(site: Gallery, *days_ago: Iterable[int]) -> list[Picture]:
    """Pictures of one kind, so that only when they were posted tells them apart."""
    site.server.on(POSTS)  # no help from there
    site.page_size, site.cap = 10, 40
    when = [NOW - timedelta(days=number) for days in days_ago for number in days]
    return [site.add("lena", created=f"{moment:%Y-%m-%dT%H:%M:%S.000Z}")[0] for moment in when]


def test_a_part_that_is_capped_as_well_is_listed_from_its_other_end(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = hung_over_time(site, range(1000, 930, -1))
    monkeypatch.setattr(listings, "_CAP", 40)

    report = scene.get("lena")

    assert report.state == "completed", report.words
    scene.require_exactly(pictures)
    (last,) = [one for one in walks_over_pictures(report) if one["options"]["sort"] == "Newest"]
    assert (last["ended"], last["reason"], last["seen"]) == ("end", "met", 40)


def test_what_both_ends_leave_out_is_reached_from_where_the_last_year_begins(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 from the oldest on, 40 down from the newest, and 30 between them."""
    pictures = hung_over_time(site, range(400, 290, -1))
    monkeypatch.setattr(listings, "_CAP", 40)

    report = scene.get("lena")

    assert report.state == "completed", report.words
    scene.require_exactly(pictures)
    windows = [one for one in walks_over_pictures(report) if "period" in one["options"]]
    (year,) = windows  # not the last month too
    assert (year["options"]["period"], year["ended"], year["reason"]) == (
        "Year",
        "cap",
        "window",
    )
    assert year["detail"] == "What follows was listed from the other end."


def test_the_part_that_nothing_reaches_is_named(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = hung_over_time(site, range(1000, 900, -1))
    monkeypatch.setattr(listings, "_CAP", 40)

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert report.codes == ["cap"]
    low, high = NOW - timedelta(days=1000 - 39), NOW - timedelta(days=901 + 39)
    assert f"Not reached: {low:%Y-%m-%d} 00:00 to {high:%Y-%m-%d} 00:00 UTC." in report.words
    assert ledger(report).gaps == 1
    scene.require_exactly([*pictures[:40], *pictures[-40:]])


def test_a_page_that_cannot_be_had_is_stepped_over_and_filled_otherwise(
    scene: Scene, site: Gallery
) -> None:
    pictures = [site.add("lena", level=2 if n % 2 else 1)[0] for n in range(100)]
    site.server.on(POSTS)
    site.page_size = 20
    broken = server_error(500)

    async def with_a_hole(exchange: Exchange) -> None:
        query = exchange.request.query
        if "browsingLevel=31" in query and "cursor=40" in query:
            await broken(exchange)
        else:
            await site.listing(exchange)

    site.pages(with_a_hole)
    report = scene.get("lena")

    assert report.state == "completed", report.words
    scene.require_exactly(pictures)
    whole, *_ = walks_over_pictures(report)
    assert (whole["ended"], whole["reason"]) == ("error", "stepped_over")


def test_the_same_again_asks_for_little_and_finds_what_was_put_in_before(
    scene: Scene, site: Gallery
) -> None:
    pictures = site.add("lena", 50)
    site.page_size = 10
    assert scene.get("lena").state == "completed"

    before = listing_requests(site)
    report = scene.get("lena")
    assert report.state == "completed"
    assert listing_requests(site) - before <= 3
    assert report.progress.have == 50, "what was not listed again is counted all the same"

    (late,) = site.add("lena", created="2026-04-01T12:00:00.000Z")
    site.pictures = {late.id: late, **site.pictures}  # an old one, at the head of the list
    assert scene.get("lena").state == "completed"
    (newest,) = site.add("lena")
    before = listing_requests(site)
    assert scene.get("lena").state == "completed"
    assert listing_requests(site) - before <= 3
    scene.require_exactly([*pictures, late, newest])


def replaced(site: Gallery, gone: Picture, at: int) -> Picture:
    """One is taken out of the list and an old one put in, so that its length is the same."""
    (late,) = site.add("lena", created="2026-04-01T12:00:00.000Z")
    others = [one for one in site.pictures.values() if one not in (gone, late)]
    others.insert(at, late)
    site.pictures = {one.id: one for one in others}
    return late


def test_what_was_put_in_where_as_much_was_taken_out_is_noticed_by_what_it_shifts(
    scene: Scene, site: Gallery
) -> None:
    pictures = site.add("lena", 50)
    site.page_size = 10
    scene.get("lena")
    assert scene.get("lena").state == "completed"

    late = replaced(site, pictures[12], at=41 - 10)
    assert scene.get("lena").state == "completed"
    assert scene.get("lena").state == "completed"

    scene.require_exactly([*pictures, late])


def test_what_shifts_nothing_but_its_own_page_is_noticed_when_that_has_its_turn(
    scene: Scene, site: Gallery
) -> None:
    pictures = site.add("lena", 50)
    site.page_size = 10
    scene.get("lena")
    late = replaced(site, pictures[1], at=3)

    for _ in range(4):  # as many as there are pages before the last
        before = listing_requests(site)
        assert scene.get("lena").state == "completed"
        if scene.rows("SELECT id FROM artworks WHERE site_id = :id", id=str(late.id)):
            break
        assert listing_requests(site) - before <= 3

    scene.require_exactly([*pictures, late])
    scene.get("lena")
    before = listing_requests(site)
    assert scene.get("lena").state == "completed"
    assert listing_requests(site) - before <= 3, "the walk over all of it is remembered"


def test_the_turn_of_the_pages_outlives_a_walk_that_was_killed(
    scene: Scene, site: Gallery
) -> None:
    pictures = site.add("lena", 50)
    site.page_size = 10
    site.pages(site.listing, site.listing, reply(status=401), site.listing)
    report = scene.get("lena")
    scene.retry(report)  # from the third page on
    late = replaced(site, pictures[1], at=3)

    for _ in range(4):
        assert scene.get("lena").state == "completed"

    scene.require_exactly([*pictures, late])


def test_a_week_later_the_posts_are_counted_to_the_end(scene: Scene, site: Gallery) -> None:
    """An old post got one more, and the list of pictures loses it."""
    pictures = [site.add("lena", post=600 + n)[0] for n in range(25)]
    site.page_size = 10
    scene.get("lena")
    (added,) = site.add("lena", post=603)

    async def losing(exchange: Exchange) -> None:
        if "postId" in exchange.request.query:
            await site.listing(exchange)
            return
        del site.pictures[added.id]
        await site.listing(exchange)
        site.pictures[added.id] = added

    site.pages(losing)
    before = listing_requests(site)
    scene.get("lena")
    assert listing_requests(site) - before <= 3
    scene.require_exactly(pictures)

    scene.change("UPDATE listings SET whole_at = '2026-01-01 00:00:00.000000'")
    assert scene.get("lena").state == "completed"

    scene.require_exactly([*pictures, added])
    before = listing_requests(site)
    scene.get("lena")
    assert listing_requests(site) - before <= 3


def test_files_that_are_lost_come_again_though_their_page_is_not_listed(
    scene: Scene, site: Gallery
) -> None:
    pictures = site.add("lena", 50)
    site.page_size = 10
    assert scene.get("lena").state == "completed"
    for path in sorted(scene.library.rglob("*.png"))[:3]:
        path.unlink()

    assert scene.get("lena").state == "completed"

    scene.require_exactly(pictures)


def test_a_site_that_changed_is_held_and_a_sample_is_kept(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 20)
    unknown = {"identifier": 1, "apiKey": "secret-of-mine", "username": "lena"}
    site.pages(site.page([unknown] * 20))

    report = scene.get("lena")

    assert (report.state, report.codes) == ("paused", ["site_changed"])
    assert "does not answer as it used to" in report.words
    (sample,) = (scene.settings.data_dir / "samples").iterdir()
    assert "identifier" in sample.read_text("utf-8")
    assert "secret-of-mine" not in sample.read_text("utf-8")
    assert scene.rows("SELECT count(*) FROM artworks") == [(0,)]

    site.pages(site.listing)
    with closing(scene.open()) as store:
        store.transact(lambda connection: steer.resume(connection, report.id))
    assert scene.run(report.id).state == "completed"
    assert scene.rows("SELECT count(*) FROM site_holds") == [(0,)]
    scene.require_exactly(pictures)
