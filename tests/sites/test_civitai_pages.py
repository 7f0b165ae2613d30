"""One page at a time: what is asked, what is proven, what is kept."""

from __future__ import annotations

import json

import pytest
from tests.sites.fake_client import FakeClient, failure

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import TargetNotFound, WrongIdentity
from artkeep.net.retry import FetchFailed
from artkeep.settings import Site
from artkeep.sites._adapter import Listing, Page
from artkeep.sites.civitai.adapter import Civitai

ALL = (("sort", "Oldest"), ("browsingLevel", "31"))
USER = Listing("images", "username=sample_artist_a", ALL)
KINDS = {
    "username": TargetKind.USER,
    "userId": TargetKind.USER,
    "postId": TargetKind.POST,
    "tags": TargetKind.IMAGE_TAG,
    "imageId": TargetKind.IMAGE,
    "modelId": TargetKind.MODEL,
    "modelVersionId": TargetKind.VERSION,
    "tag": TargetKind.MODEL_TAG,
    "collectionId": TargetKind.COLLECTION,
}


def items(*rows, cursor=None, next_page=None) -> dict:
    metadata = {"nextCursor": cursor, "nextPage": next_page}
    return {"items": list(rows), "metadata": {k: v for k, v in metadata.items() if v}}


async def fetch(
    civitai: Civitai, client: FakeClient, listing: Listing, cursor=None, attempt=0
) -> Page:
    parameter, _, value = listing.value.partition("=")
    target = Target("civitai", KINDS[parameter], value)
    return await civitai.fetch_page(client, target, listing, cursor, attempt)


async def page_of(civitai: Civitai, reply, listing: Listing = USER, **asked) -> Page:
    return await fetch(civitai, FakeClient({"v1/images": reply}), listing, **asked)


def ids(page: Page) -> list[str]:
    return [artwork.site_id for artwork in page.artworks]


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
async def test_a_page_without_items_is_a_bad_reply(civitai, reply, attempt):
    with pytest.raises(FetchFailed) as caught:
        await page_of(civitai, reply, attempt=attempt)
    assert caught.value.reason == "bad_reply"


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


# --- whose page it is


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


# --- models and versions


async def test_an_empty_version_is_looked_for_in_its_whole_model(civitai):
    known = (("model_id", "900001"), ("model_name", "Misty"), ("version_name", "v2"))
    listing = Listing("images", "modelVersionId=910002", (*ALL, *known))
    page = await page_of(civitai, items(), listing)
    (further,) = page.listings
    assert further.value == "modelId=900001"
    assert dict(further.options)["only_version"] == "910002"

    rows = [
        {"id": 1, "modelVersionIds": [910001]},
        {"id": 2, "modelVersionIds": [910002, 3]},
        None,
    ]
    kept = await page_of(civitai, items(*rows), further)
    assert ids(kept) == ["2"]
    assert (kept.artworks[0].version_id, kept.artworks[0].version_name) == ("910002", "v2")


async def test_a_models_own_walk_is_not_planned_twice(civitai):
    listing = Listing("images", "modelVersionId=910002", (*ALL, ("model_id", "900001")))
    target = Target("civitai", TargetKind.MODEL, "900001")
    page = await civitai.fetch_page(
        FakeClient({"v1/images": items()}), target, listing, None, attempt=0
    )
    assert (page.listings, page.is_proven) == ((), None)


async def test_models_with_the_tag_lead_to_their_versions(civitai, load_fixture):
    client = FakeClient({"v1/models": load_fixture("civitai/models_by_tag.json")})
    options = (("nsfw", "true"), ("archived", "true"), ("sort", "Highest Rated"))
    page = await fetch(civitai, client, Listing("models_by_tag", "tag=Landscape", options))
    assert client.calls[0].params == {
        "tag": "Landscape",
        "nsfw": "true",
        "archived": "true",
        "sort": "Highest Rated",
        "limit": 100,
    }
    assert page.artworks == ()
    assert page.is_proven is True
    assert [listing.value for listing in page.listings] == [
        "modelVersionId=910002",
        "modelVersionId=910001",
        "modelVersionId=910003",
        "modelVersionId=910004",
    ]
    assert dict(page.listings[0].options)["model_id"] == "900001"
    assert page.next_cursor is not None


async def test_models_without_the_tag_are_dropped(civitai, load_fixture):
    reply = load_fixture("civitai/models_by_tag_last.json")
    reply["items"].append({"id": 5, "tags": ["furniture"], "modelVersions": [{"id": 6}]})
    page = await fetch(
        civitai, FakeClient({"v1/models": reply}), Listing("models_by_tag", "tag=photography")
    )
    assert [listing.value for listing in page.listings] == ["modelVersionId=910004"]
    assert page.next_cursor is None


async def test_a_tag_that_was_ignored_is_unknown(civitai, load_fixture):
    client = FakeClient({"v1/models": load_fixture("civitai/models_unknown_tag.json")})
    listing = Listing("models_by_tag", "tag=no-such-tag")
    with pytest.raises(TargetNotFound, match="Unknown model tag no-such-tag"):
        await fetch(civitai, client, listing)
    with pytest.raises(WrongIdentity):
        await fetch(civitai, client, listing, cursor="800|700|900011")


async def test_a_tag_without_models_is_simply_empty(civitai):
    client = FakeClient({"v1/models": items()})
    page = await fetch(civitai, client, Listing("models_by_tag", "tag=landscape"))
    assert page == Page((), is_proven=None)


# --- posts, collections, single pictures


async def test_a_posts_page_brings_the_post_itself(civitai, load_fixture):
    client = FakeClient(
        {
            "v1/images": items({"id": 1, "postId": 90000001}),
            "trpc/post.get": load_fixture("civitai/trpc_post_get.json"),
        }
    )
    page = await fetch(civitai, client, Listing("images", "postId=90000001", ALL))
    assert [(group.site_id, group.title) for group in page.groups] == [
        ("90000001", "Misty mornings")
    ]
    assert page.artworks[0].group_id == "90000001"


@pytest.mark.parametrize("reason", ["server_error", "rate_limited"])
async def test_a_post_without_its_title_is_still_a_group(civitai, reason):
    client = FakeClient(
        {"v1/images": items({"id": 1, "postId": 5}), "trpc/post.get": failure(reason)}
    )
    page = await fetch(civitai, client, Listing("images", "postId=5", ALL))
    assert [(group.site_id, group.title) for group in page.groups] == [("5", None)]


def collection_client(load_fixture, generation) -> FakeClient:
    calls = ["image.getGenerationData"]
    return FakeClient(
        {
            "trpc/image.getInfinite": load_fixture(
                "civitai/trpc_image_get_infinite_first.json"
            ),
            "trpc/" + ",".join(calls * 2): generation,
        }
    )


COLLECTION = Listing("collection_images", "collectionId=1201", ALL)


async def test_a_collection_comes_with_its_prompts_in_one_batch(civitai, load_fixture):
    told = load_fixture("civitai/trpc_image_generation_data.json")
    client = collection_client(
        load_fixture, [told, load_fixture("civitai/trpc_image_get_404.json")]
    )
    page = await fetch(civitai, client, COLLECTION, cursor="2|17")
    assert json.loads(client.calls[0].params["input"]) == {
        "json": {
            "collectionId": 1201,
            "sort": "Oldest",
            "period": "AllTime",
            "browsingLevel": 31,
            "limit": 100,
            "include": ["tags"],
            "cursor": "2|17",
        }
    }
    assert client.calls[1].params["batch"] == 1
    assert json.loads(client.calls[1].params["input"])["1"] == {"json": {"id": 100000005}}
    assert (ids(page), page.next_cursor) == (["100000008", "100000005"], "2|1785402960000")
    assert page.artworks[0].model == "sampleLandscapeXL_v10"
    assert page.artworks[0].raw["generationData"]["process"] == "txt2img"
    assert page.artworks[1].generation is None


@pytest.mark.parametrize("generation", [failure("server_error", 500), None, [], "x"])
async def test_failing_generation_data_costs_no_picture(civitai, load_fixture, generation):
    page = await fetch(civitai, collection_client(load_fixture, generation), COLLECTION)
    assert len(page.artworks) == 2
    assert page.artworks[0].generation is None


async def test_no_batch_asks_for_more_than_twenty(civitai):
    rows = [{"id": number} for number in range(1, 46)]
    rows += [{"id": 46, "hasMeta": False}, {"id": 47, "meta": {"prompt": "a"}}]
    client = FakeClient({"trpc/image.getInfinite": {"result": {"data": {"items": rows}}}})
    page = await fetch(civitai, client, COLLECTION, attempt=3)
    assert [path.count("image.getGenerationData") for path in client.paths] == [0, 20, 20, 5]
    assert client.calls[0].params["_retry"] == 3
    assert json.loads(client.calls[0].params["input"])["json"]["limit"] == 50
    assert (len(page.artworks), page.next_cursor) == (47, None)


async def test_a_single_picture_is_listed(civitai, load_fixture):
    client = FakeClient({"v1/images": load_fixture("civitai/images_by_image_id.json")})
    page = await fetch(civitai, client, Listing("images", "imageId=100000008", ALL))
    assert (ids(page), page.is_proven) == (["100000008"], True)


@pytest.mark.parametrize("listed", [items(), failure("not_found", 404, {"error": "No image"})])
async def test_an_unlisted_picture_is_read_from_its_own_page(civitai, load_fixture, listed):
    client = FakeClient(
        {
            "v1/images": listed,
            "trpc/image.get": load_fixture("civitai/trpc_image_get.json"),
            "trpc/image.getGenerationData": [
                load_fixture("civitai/trpc_image_generation_data.json")
            ],
        }
    )
    page = await fetch(civitai, client, Listing("images", "imageId=100000008", ALL))
    assert ids(page) == ["100000008"]
    assert page.artworks[0].prompt is not None
    assert client.calls[1].headers["Referer"] == "https://civitai.red/images/100000008"


async def test_a_picture_nobody_knows_is_not_found(civitai, load_fixture):
    missing = failure("not_found", 404, load_fixture("civitai/trpc_image_get_404.json"))
    client = FakeClient({"v1/images": items(), "trpc/image.get": missing})
    with pytest.raises(TargetNotFound, match="image 1"):
        await fetch(civitai, client, Listing("images", "imageId=1", ALL))


# --- refreshing


KNOWN = Artwork("civitai", "100000008", Kind.IMAGE, "https://civitai.red/images/100000008")


async def test_an_artwork_is_refreshed_from_the_list(civitai, load_fixture):
    client = FakeClient({"v1/images": load_fixture("civitai/images_by_image_id.json")})
    artwork = await civitai.refresh(client, KNOWN)
    assert artwork is not None
    assert artwork.model == "sampleLandscapeXL_v10"
    assert client.calls[0].params["browsingLevel"] == 31


@pytest.mark.parametrize("listed", [items(), items({"id": 9}), {"items": None}])
async def test_an_artwork_missing_from_the_list_is_not_gone(civitai, load_fixture, listed):
    client = FakeClient(
        {"v1/images": listed, "trpc/image.get": load_fixture("civitai/trpc_image_get.json")}
    )
    artwork = await civitai.refresh(client, KNOWN)
    assert artwork is not None
    assert artwork.site_id == "100000008"


async def test_only_the_sites_own_word_makes_an_artwork_gone(civitai, load_fixture):
    missing = failure("not_found", 404, load_fixture("civitai/trpc_image_get_404.json"))
    client = FakeClient({"v1/images": items(), "trpc/image.get": missing})
    assert await civitai.refresh(client, KNOWN) is None
    client.replies["trpc/image.get"] = {
        "error": load_fixture("civitai/trpc_image_get_404.json")["error"]
    }
    assert await civitai.refresh(client, KNOWN) is None


@pytest.mark.parametrize(
    "reply",
    [failure("not_found", 404), failure("html", 404), failure("server_error", 500), {}, None],
)
async def test_any_other_failure_leaves_it_open(civitai, reply):
    client = FakeClient({"v1/images": items(), "trpc/image.get": reply})
    with pytest.raises(FetchFailed):
        await civitai.refresh(client, KNOWN)


async def test_another_picture_in_answer_is_refused(civitai, load_fixture):
    client = FakeClient(
        {
            "v1/images": items(),
            "trpc/image.get": load_fixture("civitai/trpc_image_get_video.json"),
        }
    )
    with pytest.raises(WrongIdentity):
        await civitai.refresh(client, KNOWN)


async def test_an_odd_id_cannot_be_asked_for(civitai):
    odd = Artwork("civitai", "../etc", Kind.IMAGE, "https://civitai.red/images/x")
    client = FakeClient()
    with pytest.raises(FetchFailed) as caught:
        await civitai.refresh(client, odd)
    assert (caught.value.reason, client.calls) == ("request_refused", [])


async def test_media_of_pages_come_from_the_server_of_the_settings(load_fixture):
    site = Site(base_url="http://127.0.0.1:8123", media_url="http://127.0.0.1:8123/media")
    client = FakeClient({"v1/images": load_fixture("civitai/images_page_last.json")})
    page = await fetch(Civitai(site), client, USER)
    url = page.artworks[0].media_url
    assert url is not None
    assert url.startswith("http://127.0.0.1:8123/media/xG1nkqKTMzGDvpLrqFT7WA/")
    assert page.artworks[0].page_url == "http://127.0.0.1:8123/images/99999999"
