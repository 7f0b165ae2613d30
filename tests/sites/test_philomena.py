"""Philomena: filters, hidden pictures, drawings, and walking below an id."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from tests.sites.fake_client import FakeClient, failure
from tests.sites.walking import walk

from artkeep.domain.artwork import Kind, Tag
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import TargetNotFound
from artkeep.settings import BooruSite
from artkeep.sites._adapter import Depth
from artkeep.sites.philomena import Philomena

SEARCH, ONE = "v1/json/search/images", "v1/json/images/"


@pytest.fixture
def derpibooru():
    return Philomena("derpibooru", BooruSite())


def search(query, kind=TargetKind.SEARCH):
    return Target("derpibooru", kind, query)


class Server:
    """Answers as the real one does: newest first, below `id.lt:`, fifty a page."""

    def __init__(self, ids, row):
        self.ids = list(ids)
        self._row = row
        self.client = FakeClient({SEARCH: self.answer})

    def answer(self, call):
        bound = re.search(r"id\.lt:(\d+)", call.params["q"])
        below = int(bound[1]) if bound else 10**12
        found = sorted((number for number in self.ids if number < below), reverse=True)
        first = (call.params.get("page", 1) - 1) * call.params["per_page"]
        rows = found[first : first + call.params["per_page"]]
        return {
            "images": [{**self._row, "id": number} for number in rows],
            "total": len(found),
        }


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("https://derpibooru.org/images/3500003?q=safe", TargetKind.IMAGE, "3500003"),
        ("derpibooru.org/3500003", TargetKind.IMAGE, "3500003"),
        ("https://derpibooru.org/search?q=safe%2C+solo", TargetKind.SEARCH, "safe, solo"),
        (
            "https://derpibooru.org/search?q=safe&sf=score&sd=desc",
            TargetKind.SEARCH,
            "safe, sort:score",
        ),
        (
            "https://derpibooru.org/tags/artist-colon-one+two-dash-three",
            TargetKind.SEARCH,
            "artist:one two-three",
        ),
        ("https://derpibooru.org/galleries/12", TargetKind.POOL, "12"),
        ("derpibooru:favourites:Somebody", TargetKind.FAVOURITES, "Somebody"),
        ("https://derpibooru.org/forums", None, None),
        ("https://derpibooru.org.evil.test/images/5", None, None),
    ],
)
def test_links_are_known(derpibooru, text, kind, value):
    found = derpibooru.match(text)
    assert (found and (found.kind, found.value)) == (kind and (kind, value))


async def test_a_page_is_read_with_what_is_hidden_from_it(derpibooru, load_fixture):
    client = FakeClient({SEARCH: load_fixture("philomena/images.json")})
    plan = await derpibooru.plan(client, search("solo"), Depth.LOOK)
    page = await derpibooru.fetch_page(client, search("solo"), plan.listings[0], None, 0)
    picture, drawing, video, *hidden = page.artworks
    assert client.calls[0].params["filter_id"] == 56027
    assert picture.media_url == "https://derpicdn.net/img/view/2026/4/7/3500003.png"
    assert (picture.width, picture.height, picture.kind) == (3508, 2480, Kind.IMAGE)
    assert (picture.rating, picture.author) == (Rating.PG, "Uploader Name")
    assert picture.posted_at == datetime(2026, 4, 7, 17, 6, 38, tzinfo=UTC)
    assert Tag("artist:artist one", "artist") in picture.tags
    assert Tag("oc:example", "character") in picture.tags
    assert Tag("safe", "rating") in picture.tags
    [source] = derpibooru.media(picture, "hd")
    assert source.digest == ("sha512", picture.sha512)
    assert not source.is_digest_strict
    assert drawing.media_url.endswith("3500002.png")  # the site's own rendering of the SVG
    assert derpibooru.media(drawing, "hd")[0].digest is None
    assert (video.kind, video.media_url[-5:]) == (Kind.VIDEO, ".webm")
    assert page.rejects == ()
    assert derpibooru.withheld(picture) is None
    assert [(one.site_id, one.media_url, derpibooru.withheld(one)) for one in hidden] == [
        ("3500000", None, "The site hides this picture: Rule violation"),
        ("3499999", None, "The site holds it to be the same as its picture 3400000."),
    ]
    assert page.next_cursor == "3499999"


async def test_what_comes_and_goes_during_a_walk_neither_loses_nor_doubles(
    derpibooru, load_fixture
):
    row = load_fixture("philomena/images.json")["images"][0]
    server = Server(range(1, 131), row)
    plan = await derpibooru.plan(server.client, search("safe || solo"))
    assert plan.site_claims == 130

    def disturb(page):
        server.ids += [1000 + page, 1100 + page]
        server.ids.remove(131 - page)

    walked = await walk(
        derpibooru, server.client, search("safe || solo"), plan.listings[0], disturb
    )
    assert sorted(map(int, walked.ids)) == list(range(1, 131))
    assert server.client.calls[2].params["q"] == "(safe || solo), id.lt:81"


async def test_another_order_is_paged_and_then_walked_by_id(derpibooru, load_fixture):
    row = load_fixture("philomena/images.json")["images"][0]
    server = Server(range(1, 61), row)
    plan = await derpibooru.plan(server.client, search("safe, sort:score"))
    assert [listing.value for listing in plan.listings] == ["safe, sort:score", "safe"]
    server.client.calls.clear()
    walked = await walk(derpibooru, server.client, search("safe"), plan.listings[0])
    asked = [
        (call.params["sf"], call.params["q"], call.params["page"])
        for call in server.client.calls
    ]
    assert asked == [("score", "safe", page) for page in (1, 2, 3)]
    assert len(walked.ids) == 60


async def test_with_a_key_its_own_filter_holds(load_fixture):
    site = Philomena("derpibooru", BooruSite.model_validate({"api_key": "my-key"}))
    row = load_fixture("philomena/images.json")["images"][0]
    client = FakeClient({f"{ONE}3500003": {"image": row}})
    page = await site.fetch_page(
        client,
        search("3500003", TargetKind.IMAGE),
        (await site.plan(client, search("3500003", TargetKind.IMAGE))).listings[0],
        None,
        0,
    )
    assert [artwork.site_id for artwork in page.artworks] == ["3500003"]
    assert client.calls[0].params == {"key": "my-key"}


async def test_what_the_site_does_not_know_is_not_found(derpibooru):
    client = FakeClient({f"{ONE}7": failure("not_found", 404)})
    target = search("7", TargetKind.IMAGE)
    plan = await derpibooru.plan(client, target)
    with pytest.raises(TargetNotFound):
        await derpibooru.fetch_page(client, target, plan.listings[0], None, 0)
