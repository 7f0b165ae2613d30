"""pixiv: its login, works of several pages, what it withholds, searches beyond their end."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from tests.sites.fake_client import FakeClient, failure
from tests.sites.walking import walk

from artkeep.domain.artwork import Kind, Tag
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.domain.ugoira import Frame
from artkeep.errors import AuthRequired, TargetNotFound, UsageError
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite
from artkeep.sites._adapter import UNREADABLE_END, Listing
from artkeep.sites.pixiv import places
from artkeep.sites.pixiv.adapter import Pixiv
from artkeep.sites.pixiv.places import Place

SEARCH = "v1/search/illust"
DETAIL = "v1/illust/detail"
JST = timezone(timedelta(hours=9))


@pytest.fixture
def pixiv():
    return Pixiv(BooruSite.model_validate({"api_key": "refresh-me"}))


@pytest.fixture
def client(load_fixture):
    return FakeClient({"auth/token": load_fixture("pixiv/token.json")})


def target(kind, value):
    return Target("pixiv", kind, value)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("https://www.pixiv.net/en/artworks/135000003", TargetKind.IMAGE, "135000003"),
        ("pixiv.net/artworks/135000003#2", TargetKind.IMAGE, "135000003"),
        ("https://www.pixiv.net/member_illust.php?illust_id=5", TargetKind.IMAGE, "5"),
        (
            "https://i.pximg.net/img-original/img/2026/09/20/00/00/04/135000003_p1.png",
            TargetKind.IMAGE,
            "135000003",
        ),
        ("pixiv:image:135000003_p2", TargetKind.IMAGE, "135000003"),
        ("https://www.pixiv.net/users/2188232/artworks", TargetKind.USER, "2188232"),
        ("https://www.pixiv.net/en/users/5/bookmarks/artworks", TargetKind.BOOKMARKS, "5"),
        ("pixiv:bookmarks:me", TargetKind.BOOKMARKS, "me"),
        ("https://www.pixiv.net/tags/%E9%A2%A8%E6%99%AF/artworks", TargetKind.SEARCH, "風景"),
        (
            "https://www.pixiv.net/en/tags/sky/artworks?s_mode=s_tag_full",
            TargetKind.SEARCH,
            "exact:sky",
        ),
        ("https://www.pixiv.net/novel/show.php?id=5", None, None),
        ("https://www.pixiv.net@evil.test/artworks/5", None, None),
        ("https://example.com/artworks/5", None, None),
    ],
)
def test_links_are_known(pixiv, text, kind, value):
    found = pixiv.match(text)
    assert (found and (found.kind, found.value)) == (kind and (kind, value))


def test_users_are_known_by_their_numbers(pixiv):
    with pytest.raises(UsageError, match="not the number of a user") as caught:
        pixiv.match("pixiv:user:artist_one")
    assert "by numbers" in caught.value.advice


async def test_a_page_of_a_search_is_read(pixiv, client, load_fixture):
    client.replies[SEARCH] = load_fixture("pixiv/search.json")
    plan = await pixiv.plan(client, target(TargetKind.SEARCH, "exact:風景"))
    page = await pixiv.fetch_page(
        client, target(TargetKind.SEARCH, "exact:風景"), plan.listings[0], None, 0
    )
    assert [artwork.site_id for artwork in page.artworks] == [
        "135000004_p0",
        "135000003_p0",
        "135000003_p1",
        "135000003_p2",
        "135000002_ugoira",
        "135000001_p0",
    ]
    login, asked = client.calls
    assert login.params["refresh_token"] == "refresh-me"
    assert asked.headers["Authorization"] == "Bearer ACCESS"
    assert asked.params == {
        "word": "風景",
        "search_target": "exact_match_for_tags",
        "sort": "date_desc",
    }
    single, paged, moving = page.artworks[0], page.artworks[2], page.artworks[4]
    assert (single.title, single.author, single.author_id) == ("森の散歩", "作家名", "2188232")
    assert (single.width, single.height, single.rating) == (1812, 1018, Rating.PG)
    assert single.posted_at == datetime(2026, 9, 20, 0, 0, 4, tzinfo=JST)
    assert single.tags[0] == Tag("オリジナル", site_tag_id="オリジナル", display="original")
    assert (paged.group_id, paged.position, paged.width) == ("135000003", 1, None)
    assert [(group.site_id, group.expected_count) for group in page.groups] == [
        ("135000003", 3)
    ]
    assert moving.kind is Kind.UGOIRA
    whole, smaller = pixiv.media(moving, "hd")
    assert whole.url == (
        "https://i.pximg.net/img-zip-ugoira/img/2026/09/20/00/00/04/"
        "135000002_ugoira1920x1080.zip"
    )
    assert (smaller.url[-17:], smaller.quality) == ("ugoira600x600.zip", "reduced")
    [source] = pixiv.media(paged, "hd")
    assert source.url.endswith("/135000003_p1.png")
    assert source.headers == {"Referer": "https://www.pixiv.net/"}
    assert pixiv.preview(paged).large[0].url.endswith("135000003_p1_master1200.jpg")
    [withheld] = page.rejects
    assert (withheld.site_id, withheld.reason) == ("135000000", "withheld")
    assert withheld.excerpt == "limit_sanity_level"


async def test_an_access_token_is_used_until_it_is_refused_and_then_renewed(
    pixiv, client, load_fixture
):
    told = load_fixture("pixiv/errors.json")
    answers = [{"illust": 1}, failure("request_refused", 400, told["400_bad_token"])]
    client.replies["v1/x"] = lambda call: answers.pop() if len(answers) > 1 else answers[0]
    await pixiv._api.get(client, "/v1/x", {})
    await pixiv._api.get(client, "/v1/x", {})
    assert client.paths == ["auth/token", "v1/x", "auth/token", "v1/x", "v1/x"]


async def test_who_has_no_token_or_a_dead_one_is_told_what_to_do(pixiv, client, load_fixture):
    dead = load_fixture("pixiv/errors.json")["400_oauth_refresh"]
    client.replies["auth/token"] = failure("request_refused", 400, dead)
    with pytest.raises(AuthRequired, match="does not take this refresh token"):
        await pixiv.check_key(client)
    with pytest.raises(AuthRequired, match="accounts only"):
        await Pixiv(BooruSite()).plan(client, target(TargetKind.BOOKMARKS, "5"))


async def test_too_many_questions_mean_five_minutes(pixiv, client, load_fixture):
    told = load_fixture("pixiv/errors.json")["403_rate_limit"]
    client.replies[SEARCH] = failure("not_permitted", 403, told)
    with pytest.raises(FetchFailed) as caught:
        await pixiv.fetch_page(
            client, target(TargetKind.SEARCH, "sky"), Listing("search", "sky"), None, 0
        )
    assert (caught.value.reason, caught.value.retry_after_s) == ("rate_limited", 300)


async def test_the_frames_of_an_ugoira_are_asked_for(pixiv, client, load_fixture):
    client.replies["v1/ugoira/metadata"] = load_fixture("pixiv/ugoira.json")
    client.replies[DETAIL] = {"illust": load_fixture("pixiv/search.json")["illusts"][2]}
    plan = await pixiv.plan(client, target(TargetKind.IMAGE, "135000002"))
    page = await pixiv.fetch_page(
        client, target(TargetKind.IMAGE, "135000002"), plan.listings[0], None, 0
    )
    assert await pixiv.frames(client, page.artworks[0]) == (
        Frame(100, "000000.jpg"),
        Frame(120, "000001.jpg"),
        Frame(80, "000002.jpg"),
    )
    assert await pixiv.refresh(client, page.artworks[0]) == page.artworks[0]


async def test_gone_and_withheld_are_told_apart(pixiv, client, load_fixture):
    single = load_fixture("pixiv/search.json")["illusts"]
    client.replies[SEARCH] = load_fixture("pixiv/search.json")
    page = await pixiv.fetch_page(
        client, target(TargetKind.SEARCH, "sky"), Listing("search", "sky"), None, 0
    )
    known = page.artworks[0]
    assert await pixiv.refresh(client, known) is None
    client.replies[DETAIL] = {"illust": single[-1]}
    with pytest.raises(FetchFailed, match="limit_sanity_level"):
        await pixiv.refresh(client, known)
    missing = target(TargetKind.IMAGE, "5")
    client.replies.pop(DETAIL)
    with pytest.raises(TargetNotFound):
        await pixiv.fetch_page(client, missing, Listing("work", "5"), None, 0)


async def test_what_the_app_is_not_given_is_read_from_the_page_with_a_cookie(
    client, load_fixture
):
    site = Pixiv(BooruSite.model_validate({"api_key": "refresh-me", "cookie": "PHPSESSID=1_a"}))
    client.replies[SEARCH] = load_fixture("pixiv/search.json")
    client.replies["ajax/illust/135000000"] = {
        "error": False,
        "body": {
            "title": "夜",
            "illustType": 0,
            "createDate": "2026-09-19T15:00:00+00:00",
            "userId": "2188232",
            "userName": "作家名",
            "tags": {"tags": [{"tag": "夜空", "translation": {"en": "night sky"}}]},
            "width": 1812,
            "height": 1018,
            "xRestrict": 1,
            "aiType": 2,
        },
    }
    client.replies["ajax/illust/135000000/pages"] = load_fixture("pixiv/ajax_pages.json")
    listing, sky = Listing("search", "sky"), target(TargetKind.SEARCH, "sky")
    page = await site.fetch_page(client, sky, listing, None, 0)
    found = page.artworks[-1]
    assert not page.rejects
    assert (found.site_id, found.title, found.rating) == ("135000000_p0", "夜", Rating.XXX)
    assert found.tags == (Tag("夜空", site_tag_id="夜空", display="night sky"),)
    assert found.media_url.endswith("/img-original/img/2026/09/20/00/00/04/135000003_p0.png")
    asked = [call for call in client.calls if call.path.startswith("ajax/")]
    assert {call.headers["Cookie"] for call in asked} == {"PHPSESSID=1_a"}
    assert all("Cookie" not in call.headers for call in client.calls if call not in asked)

    client.replies["ajax/illust/135000000"] = failure("not_permitted", 403)
    page = await site.fetch_page(client, sky, listing, None, 0)
    assert [reject.reason for reject in page.rejects] == ["withheld"]


async def test_a_user_has_illustrations_and_manga_and_own_bookmarks_are_private_too(
    pixiv, client
):
    client.replies["v1/user/detail"] = {
        "user": {"id": 5, "name": "作家名"},
        "profile": {"total_illusts": 40, "total_manga": 2},
    }
    plan = await pixiv.plan(client, target(TargetKind.USER, "5"))
    assert (plan.title, plan.site_claims) == ("作家名", 42)
    assert [dict(one.options) for one in plan.listings] == [
        {"type": "illust"},
        {"type": "manga"},
    ]
    me = await pixiv.name_account(client, target(TargetKind.BOOKMARKS, "me"))
    assert me.value == "1"
    plan = await pixiv.plan(client, me)
    assert [dict(one.options)["restrict"] for one in plan.listings] == ["public", "private"]
    plan = await pixiv.plan(client, target(TargetKind.BOOKMARKS, "7"))
    assert [dict(one.options)["restrict"] for one in plan.listings] == ["public"]


class Server:
    """A list of works, newest first, thirty a page, as the real one counts and cuts it."""

    def __init__(self, client, row, works, *, is_end_included=True):
        self.works = dict(works)  # id: when it was made
        self._row = row
        self._is_end_included = is_end_included
        client.replies[SEARCH] = client.replies["v1/user/illusts"] = self.answer
        self.most = 10**9
        self.asked = 0

    def answer(self, call):
        self.asked += 1
        found = [(moment, number) for number, moment in self.works.items()]
        if start := call.params.get("start_date"):
            found = [one for one in found if one[0].date() >= date.fromisoformat(start)]
        if end := call.params.get("end_date"):
            last = date.fromisoformat(end) - timedelta(days=not self._is_end_included)
            found = [one for one in found if one[0].date() <= last]
        found.sort(reverse=call.params.get("sort") != "date_asc")
        offset = int(call.params.get("offset", 0))
        assert offset < self.most
        rows = [
            {**self._row, "id": number, "create_date": moment.isoformat()}
            for moment, number in found[offset : offset + 30]
        ]
        has_more = offset + 30 < min(len(found), self.most)
        following = f"https://app-api.pixiv.net/x?offset={offset + 30}" if has_more else None
        return {"illusts": rows, "next_url": following}


def numbers(walked):
    return sorted(int(site_id.removesuffix("_p0")) for site_id in walked.ids)


async def test_works_taken_out_and_put_in_during_a_walk_lose_nothing(
    pixiv, client, load_fixture
):
    row = load_fixture("pixiv/search.json")["illusts"][0]
    begin = datetime(2026, 1, 1, tzinfo=JST)
    server = Server(client, row, {n: begin + timedelta(hours=n) for n in range(1, 151)})

    def disturb(page):
        for number in range(150 - 4 * page, 153 - 4 * page):  # of what was listed already
            server.works.pop(number, None)
        if page == 3:
            server.works[1000] = begin + timedelta(days=30)

    listing = Listing("works", "2188232", (("type", "illust"),))
    whose = target(TargetKind.USER, "2188232")
    walked = await walk(pixiv, client, whose, listing, disturb)
    assert set(numbers(walked)) >= set(range(1, 151))
    page = await pixiv.fetch_page(client, whose, listing, None, 0)
    assert page.is_proven
    page = await pixiv.fetch_page(client, whose, Listing("works", "7"), None, 0)
    assert page.is_proven is False


@pytest.mark.parametrize("is_end_included", [True, False])
async def test_a_search_goes_on_beyond_its_end_by_days(
    pixiv, client, load_fixture, monkeypatch, is_end_included
):
    monkeypatch.setattr(places, "MOST_OFFSET", 90)
    row = load_fixture("pixiv/search.json")["illusts"][0]
    begin = datetime(2026, 1, 1, tzinfo=JST)
    works = {n: begin + timedelta(hours=2 * n) for n in range(1, 401)}  # twelve a day
    crowded = begin + timedelta(days=12)  # and 150 on this one
    works |= {1000 + n: crowded + timedelta(minutes=9 * n) for n in range(150)}
    server = Server(client, row, works, is_end_included=is_end_included)
    server.most = 90
    walked = await walk(
        pixiv, client, target(TargetKind.SEARCH, "sky"), Listing("search", "sky")
    )
    assert set(numbers(walked)) == set(works)
    assert not walked.rejects
    assert server.asked < 60


async def test_a_day_with_more_than_both_its_ends_show_is_a_gap(
    pixiv, client, load_fixture, monkeypatch
):
    monkeypatch.setattr(places, "MOST_OFFSET", 90)
    row = load_fixture("pixiv/search.json")["illusts"][0]
    begin = datetime(2026, 1, 1, tzinfo=JST)
    server = Server(client, row, {n: begin + timedelta(minutes=n) for n in range(300)})
    server.most = 90
    walked = await walk(
        pixiv, client, target(TargetKind.SEARCH, "sky"), Listing("search", "sky")
    )
    assert [reject.reason for reject in walked.rejects] == [UNREADABLE_END]
    assert "2026-01-01" in walked.rejects[0].excerpt


async def test_bookmarks_are_walked_by_their_own_ids(pixiv, client, load_fixture):
    first = load_fixture("pixiv/search.json")
    first["next_url"] = "https://app-api.pixiv.net/v1/user/bookmarks/illust?max_bookmark_id=77"
    answers = [{"illusts": [], "next_url": None}, first]
    client.replies["v1/user/bookmarks/illust"] = lambda call: answers.pop()
    listing = Listing("bookmarks", "5", (("restrict", "public"),))
    walked = await walk(pixiv, client, target(TargetKind.BOOKMARKS, "5"), listing)
    assert walked.cursors == [None, "77"]
    assert client.calls[-1].params == {
        "user_id": "5",
        "restrict": "public",
        "max_bookmark_id": "77",
    }


def test_a_place_is_told_in_a_cursor():
    moment = datetime(2026, 5, 1, 3, tzinfo=JST)
    place = Place(60, "12", date(2026, 5, 2), date(2026, 5, 1), moment, date(2026, 5, 3))
    assert Place.read(place.cursor) == place
    assert Place.read(None) == Place()
