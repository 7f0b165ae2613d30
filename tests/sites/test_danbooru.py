"""Danbooru and AIBooru: posts, searches with more tags than they take, pools and favourites."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.sites.fake_client import FakeClient, failure

from artkeep.domain.artwork import Kind
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.domain.ugoira import Frame
from artkeep.errors import AuthRequired, TargetNotFound, UsageError
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite
from artkeep.sites._adapter import Depth, Listing
from artkeep.sites._booru import ORDERED, POSTS
from artkeep.sites._tag_limit import means, split
from artkeep.sites.danbooru import Danbooru


@pytest.fixture
def danbooru():
    return Danbooru("danbooru", BooruSite())


@pytest.fixture
def aibooru():
    return Danbooru("aibooru", BooruSite())


@pytest.fixture
def errors(load_fixture):
    told = load_fixture("danbooru/errors.json")

    def as_failure(case, reason):
        status = int(case.partition("_")[0])
        return failure(reason, status, told[case])

    return as_failure


def search(site, value, kind=TargetKind.SEARCH):
    return Target(site.name, kind, value)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("https://danbooru.donmai.us/posts/9900003", TargetKind.IMAGE, "9900003"),
        ("danbooru.donmai.us/posts/9900003?q=tree", TargetKind.IMAGE, "9900003"),
        ("https://danbooru.donmai.us/posts/9900003.json", TargetKind.IMAGE, "9900003"),
        ("https://danbooru.donmai.us/post/show/77/old-name", TargetKind.IMAGE, "77"),
        (
            "https://danbooru.donmai.us/posts?tags=1girl+tree&z=5",
            TargetKind.SEARCH,
            "1girl tree",
        ),
        ("https://danbooru.donmai.us/?tags=tree", TargetKind.SEARCH, "tree"),
        ("https://danbooru.donmai.us/posts?md5=ba3f", TargetKind.SEARCH, "md5:ba3f"),
        ("https://danbooru.donmai.us/pools/12-name", None, None),
        ("https://danbooru.donmai.us/pools/12", TargetKind.POOL, "12"),
        ("https://danbooru.donmai.us/favorites?user_id=5", TargetKind.FAVOURITES, "!5"),
        ("https://danbooru.donmai.us/favorite_groups/8", TargetKind.SEARCH, "favgroup:8"),
        ("https://safebooru.donmai.us/posts?tags=tree", TargetKind.SEARCH, "tree rating:g"),
        ("danbooru:search: a  b ", TargetKind.SEARCH, "a b"),
        ("danbooru:post:5", TargetKind.IMAGE, "5"),
        ("https://danbooru.donmai.us/posts", None, None),
        ("https://danbooru.donmai.us@evil.test/posts/5", None, None),
        ("https://e621.net/posts/5", None, None),
    ],
)
def test_links_are_known(danbooru, text, kind, value):
    found = danbooru.match(text)
    assert (found and (found.kind, found.value)) == (kind and (kind, value))


def test_a_part_of_aibooru_asks_for_that_part(aibooru):
    found = aibooru.match("https://safe.aibooru.online/posts?tags=tree")
    assert found == search(aibooru, "tree rating:g,s")


def test_a_post_without_a_number_is_explained(danbooru):
    with pytest.raises(UsageError, match="not the number of a post"):
        danbooru.match("danbooru:image:five")


def test_a_post_is_read_whole(danbooru, load_fixture):
    first = danbooru.parse(load_fixture("danbooru/posts.json")[0], {})
    assert replace(first, raw={}, tags=()) == replace(
        first,
        site="danbooru",
        site_id="9900003",
        kind=Kind.IMAGE,
        page_url="https://danbooru.donmai.us/posts/9900003",
        author="artist_one",
        rating=Rating.PG,
        posted_at=datetime(2026, 9, 20, 14, 31, 20, 176000, tzinfo=UTC),
        width=1600,
        height=1200,
        md5="ba3f0090cd2d4c95d1afb28ba3660c5b",
        raw={},
        tags=(),
    )
    by_category = {}
    for tag in first.tags:
        by_category.setdefault(tag.category, []).append(tag.name)
    assert by_category == {
        "artist": ["artist_one"],
        "copyright": ["series_name"],
        "character": ["character_(series)"],
        "general": ["1girl", "blue_sky", "looking_at_viewer", "outdoors", "tree", ">_<"],
        "meta": ["commentary", "highres"],
    }


def test_the_file_must_have_the_md5_that_the_post_declares(danbooru, load_fixture):
    first = danbooru.parse(load_fixture("danbooru/posts.json")[0], {})
    (source,) = danbooru.media(first, "hd")
    assert source.digest == ("md5", first.md5)
    assert source.is_digest_strict
    (sample,) = danbooru.media(first, "sd")
    assert "/sample/" in sample.url
    assert sample.digest is None


def test_an_ugoira_is_fetched_as_its_archive_or_else_as_a_film(danbooru, load_fixture):
    ugoira = danbooru.parse(load_fixture("danbooru/posts.json")[1], {})
    assert ugoira.kind is Kind.UGOIRA
    archive, film = danbooru.media(ugoira, "hd")
    assert (archive.url[-4:], archive.quality) == (".zip", "hd")
    assert (film.url[-5:], film.quality, film.accepts) == (".webm", "reduced", {Kind.VIDEO})


async def test_the_frames_of_an_ugoira_are_told_by_another_call(danbooru, load_fixture):
    ugoira = danbooru.parse(load_fixture("danbooru/posts.json")[1], {})
    told = load_fixture("danbooru/media_metadata.json")
    client = FakeClient({"posts/9900002.json": told})
    frames = await danbooru.frames(client, ugoira)
    assert frames == tuple(map(Frame, (100, 100, 120, 80)))


def test_a_banned_post_is_known_to_have_no_file(danbooru, load_fixture):
    posts = [danbooru.parse(row, {}) for row in load_fixture("danbooru/posts.json")]
    assert [post.media_url is None for post in posts] == [False, False, True, False, False]
    assert danbooru.media(posts[2], "hd") == ()
    assert "took this post down" in danbooru.withheld(posts[2])
    assert danbooru.withheld(posts[0]) is None
    gold = replace(posts[2], raw={**posts[2].raw, "is_banned": False})
    assert "accounts that may see more" in danbooru.withheld(gold)


async def test_a_search_is_walked_below_the_smallest_id(danbooru, load_fixture):
    rows = load_fixture("danbooru/posts.json")
    client = FakeClient(
        {
            "posts.json": lambda call: [] if call.params.get("page") == "b9899999" else rows,
            "counts/posts.json": load_fixture("danbooru/counts.json"),
        }
    )
    target = search(danbooru, "original tree")
    plan = await danbooru.plan(client, target)
    assert plan.listings == (Listing(POSTS, "original tree", proves_end=True),)
    assert plan.site_claims == 35912
    page = await danbooru.fetch_page(client, target, plan.listings[0], None, 0)
    assert (len(page.artworks), page.next_cursor) == (5, "9899999")
    last = await danbooru.fetch_page(client, target, plan.listings[0], "9899999", 0)
    assert (last.artworks, last.next_cursor) == ((), None)
    assert [call.params.get("page") for call in client.calls[1:]] == [None, "b9899999"]
    assert client.calls[1].params["limit"] == 200


async def test_an_order_of_its_own_is_paged_and_then_walked_by_id(danbooru):
    client = FakeClient({"counts/posts.json": {"counts": {"posts": None}}, "posts.json": []})
    plan = await danbooru.plan(client, search(danbooru, "tree order:score"))
    ordered, by_id = plan.listings
    assert (ordered.path, ordered.value) == (ORDERED, "tree order:score")
    assert (by_id.path, by_id.value, by_id.proves_end) == (POSTS, "tree", True)
    favourites = danbooru.listings_of("ordfav:lena tree")
    assert [one.value for one in favourites] == ["ordfav:lena tree", "fav:lena tree"]
    assert len(danbooru.listings_of("ordfav:lena", Depth.LOOK)) == 1
    target = search(danbooru, "tree")
    page = await danbooru.fetch_page(client, target, ordered, "1001", 0)
    assert page.next_cursor is None
    assert len(client.calls) == 1  # what lies behind page 1000 is not asked for


async def test_more_tags_than_the_site_takes_are_compared_here(danbooru, load_fixture, errors):
    amounts = {"original": 100, "cat": 5, "teapot": 3}
    rows = load_fixture("danbooru/posts.json")
    too_many = errors("422_too_many_tags", "request_refused")

    def posts(call):
        terms = [t for t in call.params["tags"].split() if not t.startswith("rating:")]
        return too_many if len(terms) > 2 else rows

    client = FakeClient(
        {
            "posts.json": posts,
            "counts/posts.json": lambda call: (
                {"counts": {"posts": amounts[call.params["tags"]]}}
                if call.params["tags"] in amounts
                else too_many
            ),
        }
    )
    target = search(danbooru, "original teapot cat -dog rating:g,s")
    plan = await danbooru.plan(client, target)
    (listing,) = plan.listings
    assert dict(listing.options) == {"sent": "teapot cat rating:g,s"}
    assert plan.site_claims_what == (
        "for teapot cat rating:g,s, as much as it takes at once; compared here: original -dog"
    )
    more = Listing(POSTS, "original artist_three -cat", (("sent", "artist_three"),))
    page = await danbooru.fetch_page(client, target, more, None, 0)
    assert [one.site_id for one in page.artworks] == ["9900002", "9900001", "9899999"]
    assert (page.passed_over, page.size, page.next_cursor) == (2, 5, "9899999")


async def test_terms_that_cannot_be_compared_here_are_refused_in_words(danbooru, errors):
    too_many = errors("422_too_many_tags", "request_refused")
    client = FakeClient({"posts.json": too_many, "counts/posts.json": too_many})
    with pytest.raises(FetchFailed, match="takes 2 tags at a time") as caught:
        await danbooru.plan(client, search(danbooru, "user:a score:>5 pool:3 tree"))
    assert caught.value.reason == "request_refused"


def test_the_rarest_tags_are_sent():
    found = split("a b c order:score -d", 2, {"a": 9, "b": 1, "c": 4})
    assert (found.sent, found.compared) == (("b", "c", "order:score"), ("a", "-d"))
    assert split("a id:5 c", 2, {"a": 1, "c": 2}).sent == ("a", "id:5")
    assert split("a or b c", 2, {}) is None
    assert split("(a b) c", 2, {}) is None


@pytest.mark.parametrize(
    ("terms", "is_meant"),
    [
        (["tree"], True),
        (["TREE", "-cat"], True),
        (["-tree"], False),
        (["tr*"], True),
        (["-*ee"], False),
        (["~cat", "~tree"], True),
        (["~cat", "~dog"], False),
        (["c?t"], False),
    ],
)
def test_terms_are_compared_with_tags(terms, is_meant):
    assert means(terms, frozenset({"tree", "blue_sky"})) is is_meant


async def test_a_search_that_times_out_is_asked_for_in_smaller_pages(danbooru, errors):
    slow = errors("500_timeout", "server_error")
    client = FakeClient({"posts.json": lambda c: slow if c.params["limit"] > 100 else []})
    target, listing = search(danbooru, "tree"), Listing(POSTS, "tree")
    with pytest.raises(FetchFailed, match="Fewer or rarer tags help") as caught:
        await danbooru.fetch_page(client, target, listing, None, 0)
    assert not caught.value.rule.is_host_level  # the site itself is well
    await danbooru.fetch_page(client, target, listing, None, 1)


async def test_pools_and_favourites_are_searches_with_a_title(danbooru):
    client = FakeClient(
        {
            "pools/12.json": {"id": 12, "name": "A_Fine_Pool", "post_count": 40},
            "users/5.json": {"id": 5, "name": "lena paints"},
        }
    )
    pool = await danbooru.plan(client, search(danbooru, "12", TargetKind.POOL))
    assert (pool.title, pool.site_claims) == ("A Fine Pool", 40)
    assert [one.value for one in pool.listings] == ["pool:12"]
    liked = await danbooru.plan(client, search(danbooru, "!5", TargetKind.FAVOURITES))
    assert [one.value for one in liked.listings] == ["fav:lena_paints"]
    with pytest.raises(TargetNotFound, match="no pool 13"):
        await danbooru.plan(client, search(danbooru, "13", TargetKind.POOL))


async def test_a_single_post_is_found_or_named_as_missing(danbooru, load_fixture):
    client = FakeClient({"posts/9900003.json": load_fixture("danbooru/posts.json")[0]})
    target = search(danbooru, "9900003", TargetKind.IMAGE)
    (listing,) = (await danbooru.plan(client, target)).listings
    page = await danbooru.fetch_page(client, target, listing, None, 0)
    assert [one.site_id for one in page.artworks] == ["9900003"]
    missing = search(danbooru, "6", TargetKind.IMAGE)
    (listing,) = (await danbooru.plan(client, missing)).listings
    with pytest.raises(TargetNotFound):
        await danbooru.fetch_page(client, missing, listing, None, 0)
    assert await danbooru.refresh(client, replace(page.artworks[0], site_id="6")) is None


async def test_a_key_goes_into_a_header_and_the_name_into_the_user_agent(load_fixture):
    site = BooruSite.model_validate({"user": "lena", "api_key": "abc123"})
    danbooru = Danbooru("danbooru", site)
    client = FakeClient({"posts.json": []})
    await danbooru.fetch_page(client, search(danbooru, "a"), Listing(POSTS, "a"), None, 0)
    (call,) = client.calls
    assert call.headers["Authorization"] == "Basic bGVuYTphYmMxMjM="
    assert "by lena" in call.headers["User-Agent"]
    assert "abc123" not in str(call.params) + call.url
    first = danbooru.parse(load_fixture("danbooru/posts.json")[0], {})
    (source,) = danbooru.media(first, "hd")
    assert "Authorization" not in source.headers  # files lie elsewhere


async def test_aibooru_tells_how_its_pictures_were_made(aibooru, load_fixture):
    client = FakeClient(
        {
            "posts.json": load_fixture("danbooru/aibooru_posts.json"),
            "ai_metadata.json": load_fixture("danbooru/ai_metadata.json"),
        }
    )
    target, listing = search(aibooru, "tree"), Listing(POSTS, "tree")
    page = await aibooru.fetch_page(client, target, listing, None, 0)
    assert client.calls[1].params["search[post_id]"] == "150002,150001"
    told, untold = page.artworks
    assert told.prompt == "1girl, blue sky, tree, <lora:example:0.8>"
    assert (told.negative_prompt, told.seed) == ("lowres, blurry", "1234567890")
    assert told.generation["CFG scale"] == "7"
    assert told.generation["Model hash"] == "31e35c80fc"
    assert told.model == "stable_diffusion_xl"
    assert [tag.name for tag in told.tags if tag.category == "model"] == ["stable_diffusion_xl"]
    assert (untold.prompt, untold.generation, untold.model) == (None, None, "novelai")


async def test_prompts_that_cannot_be_had_do_not_cost_the_page(aibooru, load_fixture):
    client = FakeClient(
        {
            "posts.json": load_fixture("danbooru/aibooru_posts.json"),
            "ai_metadata.json": failure("server_error", 500),
        }
    )
    target, listing = search(aibooru, "tree"), Listing(POSTS, "tree")
    with pytest.raises(FetchFailed):
        await aibooru.fetch_page(client, target, listing, None, 0)
    page = await aibooru.fetch_page(client, target, listing, None, 4)
    assert len(page.artworks) == 2


@pytest.mark.parametrize(
    "row", [{}, {"id": 0}, {"id": "x", "tag_string": ""}, {"id": 5}, 7, None]
)
async def test_an_odd_post_is_a_reject_and_the_others_stay(danbooru, load_fixture, row):
    rows = [*load_fixture("danbooru/posts.json"), row]
    client = FakeClient({"posts.json": rows})
    target, listing = search(danbooru, "tree"), Listing(POSTS, "tree")
    page = await danbooru.fetch_page(client, target, listing, None, 0)
    assert (len(page.artworks), len(page.rejects)) == (5, 1)


async def test_a_key_is_checked_with_its_name():
    with pytest.raises(AuthRequired, match="name of the account"):
        await Danbooru("danbooru", BooruSite()).check_key(FakeClient())
    settings = BooruSite.model_validate({"api_key": "key", "user": "lena"})
    danbooru = Danbooru("danbooru", settings)
    told = await danbooru.check_key(FakeClient({"profile.json": {"level_string": "Gold"}}))
    assert (told.user, told.note) == ("lena", "Gold account")
    with pytest.raises(AuthRequired, match="refuses"):
        await danbooru.check_key(FakeClient({"profile.json": failure("unauthorized", 401)}))


async def test_who_asked_too_fast_waits_even_when_nobody_says_how_long(danbooru, errors):
    client = FakeClient({"posts.json": errors("429", "rate_limited")})
    with pytest.raises(FetchFailed) as caught:
        await danbooru.fetch_page(client, search(danbooru, "a"), Listing(POSTS, "a"), None, 0)
    assert (caught.value.reason, caught.value.retry_after_s) == ("rate_limited", 60)


async def test_pages_that_end_sooner_are_an_end_and_a_walk_by_id_has_none(danbooru, errors):
    client = FakeClient({"posts.json": errors("410_page_too_deep", "gone")})
    target = search(danbooru, "tree order:score")
    page = await danbooru.fetch_page(client, target, Listing(ORDERED, "tree"), "400", 0)
    assert (page.artworks, page.next_cursor) == ((), None)
    with pytest.raises(FetchFailed):
        await danbooru.fetch_page(client, target, Listing(POSTS, "tree"), "400", 0)
