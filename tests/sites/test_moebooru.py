"""Moebooru: yande.re and konachan.com."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.sites.fake_client import FakeClient, failure

from artkeep.domain.artwork import Tag
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite
from artkeep.sites._adapter import Listing
from artkeep.sites._booru import ORDERED, POSTS
from artkeep.sites.moebooru import Moebooru


@pytest.fixture
def yandere():
    return Moebooru("yandere", BooruSite())


def search(value, kind=TargetKind.SEARCH):
    return Target("yandere", kind, value)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("https://yande.re/post/show/1300002/tree", TargetKind.IMAGE, "1300002"),
        ("yande.re/post/show/1300002", TargetKind.IMAGE, "1300002"),
        ("https://yande.re/post?tags=tree+rating%3As", TargetKind.SEARCH, "tree rating:s"),
        ("https://yande.re/post.json?tags=tree", TargetKind.SEARCH, "tree"),
        ("https://yande.re/pool/show/99", TargetKind.POOL, "99"),
        ("https://konachan.com/post/show/5", None, None),
        ("https://yande.re/user/show/5", None, None),
    ],
)
def test_links_are_known(yandere, text, kind, value):
    found = yandere.match(text)
    assert (found and (found.kind, found.value)) == (kind and (kind, value))


def test_konachan_has_two_addresses():
    konachan = Moebooru("konachan", BooruSite())
    target = Target("konachan", TargetKind.IMAGE, "5")
    assert konachan.match("https://konachan.net/post/show/5") == target
    assert konachan.match("https://konachan.com/post/show/5") == target
    assert konachan.match("https://konachan.net.evil.test/post/show/5") is None


async def test_posts_come_with_the_categories_of_their_tags(yandere, load_fixture):
    client = FakeClient({"post.json": load_fixture("moebooru/posts.json")})
    page = await yandere.fetch_page(
        client, search("tree"), Listing(POSTS, "tree"), "1300005", 0
    )
    (call,) = client.calls
    assert call.params == {
        "tags": "tree id:<1300005",
        "limit": 100,
        "api_version": 2,
        "include_tags": 1,
    }
    first = page.artworks[0]
    assert first.tags == (
        Tag("artist_one", "artist"),
        Tag("character_(series)", "character"),
        Tag("landscape", "general"),
        Tag("series_name", "copyright"),
        Tag("tree", "general"),
    )
    assert (first.author, first.rating) == ("artist_one", Rating.PG)
    assert first.posted_at == datetime.fromtimestamp(1790000002, UTC)
    assert (first.width, first.height) == (4961, 3508)
    assert first.page_url == "https://yande.re/post/show/1300002"
    assert [one.rating for one in page.artworks] == [Rating.PG, Rating.R]
    assert page.next_cursor == "1300001"
    (source,) = yandere.media(first, "hd")
    assert source.digest == ("md5", "64dc9ac36bc58ebc263d1fbfa61c6a65")


async def test_a_deleted_post_is_kept_without_a_file(yandere, load_fixture):
    rows = load_fixture("moebooru/posts_v1.json")  # a bare list, as older hosts answer
    client = FakeClient({"post.json": rows})
    page = await yandere.fetch_page(client, search("a"), Listing(POSTS, "a"), None, 0)
    assert [one.media_url is None for one in page.artworks] == [False, False, True]
    assert page.artworks[0].tags[0].category == ""
    assert yandere.withheld(page.artworks[2]) == "The site deleted this post."
    assert yandere.withheld(page.artworks[0]) is None


async def test_the_end_of_the_pages_is_an_end_and_other_refusals_are_not(yandere, load_fixture):
    client = FakeClient({"post.json": load_fixture("moebooru/error.json")})
    ordered = Listing(ORDERED, "tree order:score")
    page = await yandere.fetch_page(client, search("tree"), ordered, "5001", 0)
    assert (page.artworks, page.next_cursor) == ((), None)
    client.replies["post.json"] = {"success": False, "reason": "search is down"}
    with pytest.raises(FetchFailed, match="search is down"):
        await yandere.fetch_page(client, search("tree"), ordered, "7", 0)


@pytest.mark.parametrize("status", [421, 503])
async def test_its_own_code_for_too_fast_is_understood(yandere, status):
    busy = {"success": False, "reason": "Daily limit exceeded"}
    client = FakeClient({"post.json": failure("request_refused", status, busy)})
    with pytest.raises(FetchFailed, match="Daily limit exceeded") as caught:
        await yandere.fetch_page(client, search("a"), Listing(POSTS, "a"), None, 0)
    assert caught.value.reason == "rate_limited"


async def test_pools_and_favourites_are_searches(yandere):
    pool = await yandere.plan(FakeClient(), search("99", TargetKind.POOL))
    assert [one.value for one in pool.listings] == ["pool:99"]
    liked = await yandere.plan(FakeClient(), search("lena p", TargetKind.FAVOURITES))
    assert [one.value for one in liked.listings] == ["vote:3:lena_p"]


@pytest.mark.parametrize("row", [{}, {"id": -1, "tags": "a"}, {"id": 5}, {"id": "5"}, []])
async def test_an_odd_post_is_a_reject(yandere, load_fixture, row):
    told = load_fixture("moebooru/posts.json")
    client = FakeClient({"post.json": told | {"posts": [*told["posts"], row]}})
    page = await yandere.fetch_page(client, search("a"), Listing(POSTS, "a"), None, 0)
    assert (len(page.artworks), len(page.rejects)) == (2, 1)
