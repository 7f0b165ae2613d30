"""Whose page it is: what proves that Civitai answered what it was asked."""

from __future__ import annotations

import pytest
from tests.sites.civitai_pages import ALL, USER, fetch, ids, items, page_of
from tests.sites.fake_client import FakeClient

from artkeep.errors import WrongIdentity
from artkeep.sites._adapter import Listing


async def test_a_page_of_strangers_is_refused_whole(civitai):
    reply = items({"id": 1, "username": "stranger"}, {"id": 2, "username": None})
    with pytest.raises(WrongIdentity, match="not of user sample_artist_a"):
        await page_of(civitai, reply)


async def test_a_stranger_among_the_users_own_is_one_reject(civitai):
    reply = items(
        {"id": 1, "username": "Sample_Artist_A"},
        {"id": 2, "username": "stranger"},
        {"id": 3, "username": "unknown"},
        {"id": 4},
    )
    page = await page_of(civitai, reply)
    assert ids(page) == ["1", "3", "4"]
    assert {artwork.author for artwork in page.artworks} == {
        "Sample_Artist_A",
        "sample_artist_a",
    }
    assert [(one.reason, one.site_id) for one in page.rejects] == [("foreign_author", "2")]


async def test_a_page_that_names_nobody_proves_nothing(civitai):
    page = await page_of(civitai, items({"id": 1, "username": "unknown"}))
    assert page.is_proven is None
    assert page.artworks[0].author is None


async def test_the_link_to_the_next_page_proves_what_items_do_not(civitai):
    link = "https://civitai.com/api/v1/images?username=Sample_Artist_A&cursor=5"
    page = await page_of(civitai, items({"id": 1}, cursor="5", next_page=link))
    assert page.is_proven is True
    assert page.artworks[0].author == "sample_artist_a"


@pytest.mark.parametrize(
    "link",
    [
        "https://civitai.red/api/v1/images?cursor=5",
        "https://civitai.com/api/v1/images?username=stranger&cursor=5",
    ],
)
async def test_a_link_without_our_parameter_shows_that_it_was_ignored(civitai, link):
    with pytest.raises(WrongIdentity):
        await page_of(civitai, items({"id": 1}, cursor="5", next_page=link))


async def test_items_that_name_the_user_outweigh_a_short_link(civitai):
    link = "https://civitai.red/api/v1/images?cursor=5"
    reply = items({"id": 1, "username": "sample_artist_a"}, cursor="5", next_page=link)
    assert ids(await page_of(civitai, reply)) == ["1"]


@pytest.mark.parametrize(
    "link", ["https://evil.test/api/v1/images?cursor=5", "http://[::1", 5, "/images?cursor=5"]
)
async def test_a_foreign_link_says_nothing_and_is_never_followed(civitai, link):
    client = FakeClient({"v1/images": items({"id": 1}, cursor="5", next_page=link)})
    page = await fetch(civitai, client, USER)
    assert (page.next_cursor, page.is_proven) == ("5", None)
    assert len(client.calls) == 1


@pytest.mark.parametrize(
    ("value", "rows", "proven"),
    [
        ("postId=5", [{"id": 1, "postId": 5}, {"id": 2}], True),
        ("tags=5", [{"id": 1, "tags": [{"id": 5, "name": "a"}]}, {"id": 2, "tags": []}], True),
        ("tags=5", [{"id": 1, "tags": []}, {"id": 2}], None),
        ("modelVersionId=5", [{"id": 1, "modelVersionIds": [4, 5]}], True),
        ("modelVersionId=5", [{"id": 1, "modelVersionIds": [4]}], True),  # tagged by hand
        ("modelId=5", [{"id": 1}], True),
        ("imageId=1", [{"id": 1}], True),
    ],
)
async def test_items_prove_what_they_were_asked_by(civitai, value, rows, proven):
    page = await page_of(civitai, items(*rows), Listing("images", value, ALL))
    assert page.is_proven is proven
    assert len(page.artworks) == len(rows)


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ("postId=5", [{"id": 1, "postId": 5}, {"id": 2, "postId": 6}]),
        ("tags=5", [{"id": 1, "tags": [{"id": 6, "name": "a"}]}]),
        ("imageId=1", [{"id": 2}]),
    ],
)
async def test_items_that_belong_to_something_else_are_refused(civitai, value, rows):
    with pytest.raises(WrongIdentity):
        await page_of(civitai, items(*rows), Listing("images", value, ALL))


async def test_one_bad_item_costs_only_itself(civitai):
    reply = items(None, {"id": 1, "username": "sample_artist_a"}, {"id": None}, 5, {"id": 1})
    page = await page_of(civitai, reply)
    assert ids(page) == ["1"]
    assert len(page.rejects) == 3
