"""e621, e926 and e6AI."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.sites.fake_client import FakeClient, failure

from artkeep.domain.artwork import Kind
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import AuthRequired, TargetNotFound
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite
from artkeep.sites._adapter import Listing
from artkeep.sites._booru import ORDERED, POSTS
from artkeep.sites.e621 import E621


@pytest.fixture
def e621():
    return E621("e621", BooruSite())


def search(value, kind=TargetKind.SEARCH):
    return Target("e621", kind, value)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("https://e621.net/posts/5000002?q=fox", TargetKind.IMAGE, "5000002"),
        ("https://e621.net/post/show/5000002", TargetKind.IMAGE, "5000002"),
        ("https://e621.net/posts?tags=fox+rating%3As", TargetKind.SEARCH, "fox rating:s"),
        ("https://e621.net/posts?md5=b3db", TargetKind.SEARCH, "md5:b3db"),
        ("https://e621.net/pools/77", TargetKind.POOL, "77"),
        ("https://e621.net/favorites?user_id=9", TargetKind.FAVOURITES, "!9"),
        ("https://e926.net/posts/5", None, None),
        ("https://e621.net/wiki_pages/5", None, None),
    ],
)
def test_links_are_known(e621, text, kind, value):
    found = e621.match(text)
    assert (found and (found.kind, found.value)) == (kind and (kind, value))


async def test_posts_are_read_whole_and_walked_below_the_smallest_id(e621, load_fixture):
    client = FakeClient({"posts.json": load_fixture("e621/posts.json")})
    page = await e621.fetch_page(client, search("fox"), Listing(POSTS, "fox"), "5000009", 0)
    (call,) = client.calls
    assert call.params == {"tags": "fox", "limit": 320, "page": "b5000009"}
    first, film, hidden = page.artworks
    assert (first.author, first.rating, first.kind) == ("artist_one", Rating.PG, Kind.IMAGE)
    assert (first.width, first.height) == (2127, 2700)
    assert first.posted_at.isoformat() == "2026-08-28T17:20:09.469000+00:00"
    assert {(tag.category, tag.name) for tag in first.tags} >= {
        ("species", "fox"),
        ("meta", "hi_res"),
        ("character", "character_(series)"),
        ("copyright", "series_name"),
    }
    assert film.kind is Kind.VIDEO
    assert (hidden.media_url, hidden.md5) == (None, "840ff5d4a662f79c3bdb248fa9993cf0")
    assert e621.withheld(hidden) == "The site deleted this post."
    kept = replace(hidden, raw={**hidden.raw, "flags": {"deleted": False}})
    assert "only to accounts" in e621.withheld(kept)
    assert e621.withheld(first) is None
    (source,) = e621.media(first, "hd")
    assert source.digest == ("md5", first.md5)
    assert page.next_cursor == "5000000"


async def test_a_page_behind_the_last_one_is_not_asked_for(e621):
    client = FakeClient()
    ordered = Listing(ORDERED, "fox order:score")
    page = await e621.fetch_page(client, search("fox"), ordered, "751", 0)
    assert (page.next_cursor, client.calls) == (None, [])


async def test_a_search_that_times_out_is_asked_for_in_smaller_pages(e621, load_fixture):
    slow = failure("server_error", 500, load_fixture("e621/errors.json")["500"])
    client = FakeClient(
        {"posts.json": lambda call: slow if call.params["limit"] > 160 else {"posts": []}}
    )
    with pytest.raises(FetchFailed, match="Fewer or rarer tags help") as caught:
        await e621.fetch_page(client, search("fox"), Listing(POSTS, "fox"), None, 0)
    assert caught.value.reason == "bad_reply"
    await e621.fetch_page(client, search("fox"), Listing(POSTS, "fox"), None, 1)


async def test_pools_and_favourites_are_searches(e621):
    client = FakeClient({"pools/77.json": {"name": "Fox_Tales", "post_count": 8}})
    pool = await e621.plan(client, search("77", TargetKind.POOL))
    assert (pool.title, pool.site_claims, pool.listings[0].value) == ("Fox Tales", 8, "pool:77")
    liked = await e621.plan(client, search("!9", TargetKind.FAVOURITES))
    assert [one.value for one in liked.listings] == ["fav:!9"]
    with pytest.raises(TargetNotFound, match="no pool 78"):
        await e621.plan(client, search("78", TargetKind.POOL))


async def test_a_single_post_is_found_or_gone(e621, load_fixture):
    row = load_fixture("e621/posts.json")["posts"][0]
    client = FakeClient({"posts/5000002.json": {"post": row}})
    found = (await e621.fetch_post(client, "5000002")).rows
    assert [one["id"] for one in found] == [5000002]
    gone = replace(e621.parse(row, {}), site_id="6")
    assert await e621.refresh(client, gone) is None


async def test_a_key_is_checked_with_its_name():
    with pytest.raises(AuthRequired, match="name of the account"):
        await E621("e621", BooruSite.model_validate({"api_key": "k"})).check_key(FakeClient())
    site = E621("e621", BooruSite.model_validate({"api_key": "key", "user": "lena"}))
    assert (await site.check_key(FakeClient({"posts.json": {"posts": []}}))).user == "lena"
    with pytest.raises(AuthRequired, match="refuses"):
        await site.check_key(FakeClient({"posts.json": failure("unauthorized", 401)}))


@pytest.mark.parametrize(
    "row", [{}, {"id": True, "tags": {}}, {"id": 5}, {"id": 5, "tags": []}]
)
async def test_an_odd_post_is_a_reject(e621, load_fixture, row):
    told = load_fixture("e621/posts.json")
    client = FakeClient({"posts.json": {"posts": [*told["posts"], row]}})
    page = await e621.fetch_page(client, search("a"), Listing(POSTS, "a"), None, 0)
    assert (len(page.artworks), len(page.rejects)) == (3, 1)
