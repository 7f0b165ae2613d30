"""Whole jobs against a booru on bad and good days: all of it is fetched, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.booru_site import BooruSite, booru
from tests.faults.booru_scene import BooruScene
from tests.faulty import Answer
from tests.faulty_answers import html, reply, reset_after, serve, server_error, too_many
from tests.gallery import png


@pytest.fixture
def site() -> Iterator[BooruSite]:
    with booru() as running:
        yield running


@pytest.fixture
def mine(tmp_path: Path, site: BooruSite) -> BooruScene:
    return BooruScene(tmp_path, site)


FAULTS: tuple[Answer, ...] = (
    too_many("0"),
    server_error(500),
    reply(png(1)[:40], length=len(png(1))),
    reset_after(b"\x89PNG half"),
    html(),
    serve(png(99_999)),
)


def test_all_500_come_right_in_one_run_and_a_second_asks_for_next_to_nothing(
    site: BooruSite, mine: BooruScene
) -> None:
    posts = site.add(500)
    for number, post in enumerate(posts[::10]):
        site.media(post, FAULTS[number % len(FAULTS)], serve(post.body))
    site.listing_fails = {1: server_error(500), 3: reply(b""), 5: html()}
    report = mine.fetch("blue_sky")
    assert mine.ids == [post.id for post in posts], report.words
    assert report.state == "completed", report.words
    bodies = {path.stem: path.read_bytes() for path in mine.library.rglob("*.png")}
    assert all(bodies[str(post.id)] == post.body for post in posts)
    first = len(site.server.requests)
    again = mine.fetch("blue_sky")
    assert again.state == "completed"
    assert len(site.server.requests) - first <= first * 0.05


def test_posts_put_in_or_taken_out_meanwhile_neither_hide_nor_double_any(
    site: BooruSite, mine: BooruScene
) -> None:
    site.page_size = 20
    posts = site.add(100)

    def between_pages() -> Iterator[None]:
        while True:
            yield
            site.add(3)  # page numbers would move on by three each time
            site.posts.pop(max(site.posts) - 5, None)

    site.before_page = between_pages()
    report = mine.fetch("tree")
    assert report.state == "completed"
    assert [number for number in mine.ids if number < posts[-1].id - 20] == [
        post.id for post in posts if post.id < posts[-1].id - 20
    ]
    assert all(len(site.asked(post)) == 1 for post in posts[:80])
    site.before_page = iter(())
    mine.fetch("tree")
    assert set(mine.ids) >= set(site.posts)


def test_another_order_is_cut_off_at_the_sites_depth_and_completed_by_id(
    site: BooruSite, mine: BooruScene
) -> None:
    site.deepest = 200
    posts = site.add(150) + site.add(150, score=9)
    few = mine.fetch("tree sort:score", max_items=10)
    assert few.codes == ["max_items"]
    assert len(mine.ids) == 10
    assert set(mine.ids) <= {post.id for post in posts[150:]}
    report = mine.fetch("tree sort:score")
    assert mine.ids == [post.id for post in posts]
    assert report.state == "completed", report.words
    ended = mine.rows("SELECT path, ended, reason FROM listings ORDER BY id")
    assert ("ordered", "error", "paging_cap") in ended


def test_a_pool_favourites_and_single_posts_come_with_their_tags(
    site: BooruSite, mine: BooruScene
) -> None:
    posts = site.add(6, tags=("tom_&amp;_ann", "sky"))
    site.pools[4] = [posts[0].id, posts[1].id, 77]  # one of them is not there any more
    site.favourites[9] = [posts[2].id, posts[3].id]
    for kind, value in (("pool", "4"), ("favourites", "9"), ("image", str(posts[5].id))):
        report = mine.fetch(value, kind)
        assert report.state == "completed", report.words
    assert mine.ids == [post.id for post in (*posts[:4], posts[5])]
    assert (mine.library / "4" / f"{posts[0].id}.png").read_bytes() == posts[0].body
    assert mine.rows(
        "SELECT DISTINCT tags.name, origin FROM artwork_tags JOIN tags ON tags.id = tag_id "
        "ORDER BY tags.name"
    ) == [("sky", "booru"), ("tom_&_ann", "booru")]
    missing = mine.fetch("78", "image")
    assert (missing.state, missing.codes) == ("incomplete", ["target_not_found"])


def test_an_answer_that_is_no_list_leaves_a_gap_and_not_an_end(
    site: BooruSite, mine: BooruScene
) -> None:
    site.page_size = 10
    site.add(30)
    search_down = reply(b'<response success="false" reason="Search error: search down"/>')
    site.listing_fails = dict.fromkeys(range(2, 40), search_down)
    report = mine.fetch("tree")
    assert report.state == "incomplete"
    assert len(mine.ids) == 20
    site.listing_fails = {}
    assert mine.fetch("tree").state == "completed"
    assert len(mine.ids) == 30
