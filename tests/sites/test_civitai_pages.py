"""One page at a time: what is asked, what is proven, what is kept."""

from __future__ import annotations

import pytest
from tests.sites.civitai_pages import ALL, USER, fetch, ids, items, page_of
from tests.sites.fake_client import FakeClient, failure

from artkeep.errors import TargetNotFound
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Listing

# --- asking


async def test_a_page_is_asked_for_with_everything_the_defaults_leave_out(
    civitai, load_fixture
):
    client = FakeClient({"v1/images": load_fixture("civitai/images_page_first.json")})
    page = await fetch(civitai, client, USER, cursor="8|1785024000000")
    assert client.calls[0].url == "https://civitai.red/api/v1/images"
    assert client.calls[0].params == {
        "username": "sample_artist_a",
        "sort": "Oldest",
        "browsingLevel": "31",
        "withMeta": "true",
        "withTags": "true",
        "limit": 200,
        "cursor": "8|1785024000000",
    }
    assert (page.next_cursor, page.is_proven, len(page.artworks)) == (
        "8|1785024000000",
        True,
        8,
    )
    assert len(page.groups) == 6


@pytest.mark.parametrize(
    ("attempt", "limit", "retry"),
    [(0, 200, None), (1, 200, None), (2, 100, 2), (3, 50, 3), (4, 20, 4), (9, 20, 9)],
)
async def test_later_attempts_ask_for_less_under_another_address(
    civitai, attempt, limit, retry
):
    client = FakeClient({"v1/images": items()})
    await fetch(civitai, client, USER, attempt=attempt)
    assert client.calls[0].params["limit"] == limit
    assert client.calls[0].params.get("_retry") == retry


async def test_what_a_listing_knows_of_its_items_is_not_sent(civitai):
    client = FakeClient({"v1/images": items()})
    listing = Listing("images", "userId=77", (*ALL, ("author", "Mäx.K")))
    await fetch(civitai, client, listing)
    assert "author" not in client.calls[0].params
    assert client.calls[0].params["userId"] == "77"


# --- the end


@pytest.mark.parametrize(
    ("name", "next_cursor", "count"),
    [
        ("images_page_short_with_cursor", "16|1784937600000", 2),
        ("images_page_empty_with_cursor", "24|1784851200000", 0),
        ("images_page_last", None, 1),
        ("images_page_empty", None, 0),
    ],
)
async def test_only_a_missing_cursor_ends_a_listing(
    civitai, load_fixture, name, next_cursor, count
):
    page = await page_of(civitai, load_fixture(f"civitai/{name}.json"))
    assert (page.next_cursor, len(page.artworks)) == (next_cursor, count)
    assert page.is_proven is (True if count else None)


@pytest.mark.parametrize(("cursor", "text"), [(99999321, "99999321"), ("", None), (None, None)])
async def test_a_cursor_may_be_a_number(civitai, cursor, text):
    reply = {"items": [], "metadata": {"nextCursor": cursor}}
    page = await page_of(civitai, reply, cursor="1")
    assert page.next_cursor == text


@pytest.mark.parametrize(
    "reply",
    [
        {"metadata": {}},
        {"items": None, "metadata": {}},
        {"items": {"0": {"id": 1}}, "metadata": {}},
        [],
        "text",
    ],
)
@pytest.mark.parametrize("attempt", [0, 1])
async def test_a_page_without_items_is_no_page(civitai, reply, attempt):
    with pytest.raises(FetchFailed) as caught:
        await page_of(civitai, reply, attempt=attempt)
    is_object = isinstance(reply, dict)
    assert caught.value.reason == ("unknown_shape" if is_object else "bad_reply")


@pytest.mark.parametrize(
    "metadata", [None, [], "x", {"nextCursor": {}}, {"nextCursor": True}, {"nextCursor": 1.5}]
)
async def test_an_unreadable_end_is_asked_again_and_then_counted(civitai, metadata):
    reply = {"items": [{"id": 1, "username": "sample_artist_a"}], "metadata": metadata}
    with pytest.raises(FetchFailed, match="how it goes on"):
        await page_of(civitai, reply)
    page = await page_of(civitai, reply, attempt=1)
    assert (ids(page), page.next_cursor) == (["1"], None)
    assert [reject.reason for reject in page.rejects] == ["unreadable_page_end"]


async def test_an_error_is_passed_on_for_the_caller_to_retry(civitai, load_fixture):
    reply = failure("server_error", 500, load_fixture("civitai/error_500_images.json"))
    with pytest.raises(FetchFailed) as caught:
        await page_of(civitai, reply, cursor="8|1")
    assert caught.value is reply


async def test_a_user_the_listing_itself_denies_is_not_found(civitai, load_fixture):
    reply = failure("not_found", 404, load_fixture("civitai/error_404_user_images.json"))
    with pytest.raises(TargetNotFound, match="user sample_artist_a"):
        await page_of(civitai, reply)
