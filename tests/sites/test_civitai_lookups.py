"""Civitai's models, posts, collections and single pictures, listed and looked up again."""

from __future__ import annotations

import json

import pytest
from tests.sites.civitai_pages import ALL, USER, fetch, ids, items, page_of
from tests.sites.fake_client import FakeClient, failure

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import TargetNotFound, WrongIdentity
from artkeep.net.retry import FetchFailed
from artkeep.settings import Site
from artkeep.sites._adapter import Listing, Page
from artkeep.sites.civitai.adapter import Civitai

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
