from __future__ import annotations

import json
from typing import Any

import pytest
from tests.demo.conftest import Visitor
from tests.demo.shapes import differences, sample, without

from artkeep.demo.catalogue import MAIN_CREATOR

KEY = "demo-key"


def revived(flat: list[Any], index: int = 0) -> Any:
    """Reads the devalue form back."""
    if index < 0:
        return None
    value = flat[index]
    if isinstance(value, list):
        is_date = bool(value) and value[0] == "Date"
        return value[1] if is_date else [revived(flat, part) for part in value]
    if isinstance(value, dict):
        return {key: revived(flat, part) for key, part in value.items()}
    return value


def content(body: dict[str, Any]) -> Any:
    """The result of an answer in either serialisation."""
    found = body["result"]["data"]
    return revived(json.loads(found)) if isinstance(found, str) else found["json"]


async def test_a_call_without_origin_or_key_is_sent_to_the_public_api(
    visitor: Visitor,
) -> None:
    url = f"{visitor.base}/api/trpc/tag.getVotableTags"
    query = {"input": json.dumps({"json": {"id": 1, "type": "image"}})}
    for headers in ({}, {"Origin": "https://elsewhere.example"}):
        async with visitor.session.get(url, params=query, headers=headers) as reply:
            assert reply.status == 401
            assert await reply.json() == sample("trpc_error_401_origin")
    for headers in ({"Origin": visitor.base}, {"Authorization": f"Bearer {KEY}"}):
        async with visitor.session.get(url, params=query, headers=headers) as reply:
            assert (reply.status, content(await reply.json())) == (200, [])


async def test_votable_tags_are_in_order_of_score_and_have_the_real_shape(
    visitor: Visitor,
) -> None:
    image = next(
        i for i in visitor.site.catalogue.images.values() if len(i.tag_ids) > 6 and i.id % 5
    )
    _, body = await visitor.trpc("tag.getVotableTags", {"id": image.id, "type": "image"})
    assert differences(body["result"]["data"]["json"], sample_json("trpc_votable_tags")) == []
    tags = content(body)
    assert len(tags) == len(image.tag_ids)
    assert tags == sorted(tags, key=lambda tag: (-tag["score"], tag["id"]))


async def test_one_answer_in_five_comes_in_the_other_serialisation(visitor: Visitor) -> None:
    images = list(visitor.site.catalogue.images.values())[:25]
    forms = {}
    for image in images:
        _, body = await visitor.trpc("tag.getVotableTags", {"id": image.id, "type": "image"})
        forms[image.id] = isinstance(body["result"]["data"], str)
        assert len(content(body)) <= len(image.tag_ids)
    assert {image_id for image_id, is_text in forms.items() if is_text} == {
        image_id for image_id in forms if image_id % 5 == 0
    }


def sample_json(name: str) -> Any:
    return sample(name)["result"]["data"]["json"]


async def test_a_mixed_batch_is_207_in_the_order_of_the_calls(visitor: Visitor) -> None:
    image = visitor.first(level=1)
    calls: dict[str, dict[str, Any]] = {
        "0": {"json": {"id": image.id, "type": "image"}},
        "1": {"json": {"id": 1, "type": "image"}},
        "2": {"json": {"id": 1}},
    }
    names = "tag.getVotableTags,tag.getVotableTags,image.get"
    url, headers = f"{visitor.base}/api/trpc/{names}?batch=1", {"Referer": visitor.base}
    async with visitor.session.post(url, json=calls, headers=headers) as reply:
        answers = await reply.json()
        assert reply.status == 207
    assert content(answers[1]) == []
    assert answers[2] == sample("trpc_image_get_404")
    calls.pop("2")
    url = url.replace(",image.get", "")
    async with visitor.session.get(
        url, params={"input": json.dumps(calls)}, headers=headers
    ) as reply:
        assert reply.status == 200
        assert len(await reply.json()) == 2


async def test_bad_input_is_400_with_the_issues_as_text(visitor: Visitor) -> None:
    status, body = await visitor.trpc("image.get", {}, KEY)
    assert status == 400
    error = body["error"]
    error = revived(json.loads(error)) if isinstance(error, str) else error["json"]
    assert error == sample("trpc_error_400_input")["error"]["json"]


@pytest.mark.parametrize(
    ("encoding", "name"), [("png", "trpc_image_get"), ("webm", "trpc_image_get_video")]
)
async def test_one_image_says_its_true_type_and_size(
    visitor: Visitor, encoding: str, name: str
) -> None:
    image = visitor.first(encoding=encoding, is_still_at_first=False)
    _, body = await visitor.trpc("image.get", {"id": image.id})
    record = content(body)
    assert differences(record, sample_json(name)) == []
    url = f"{visitor.base}/xG1nkqKTMzGDvpLrqFT7WA/{record['url']}/original=true/x.jpeg"
    async with visitor.session.get(url) as reply:
        assert len(await reply.read()) == record["metadata"]["size"]


async def test_hidden_generation_data_leaves_the_resources(visitor: Visitor) -> None:
    shown = visitor.first(meta_shape="a1111")
    hidden = next(
        i
        for i in visitor.site.catalogue.images.values()
        if i.meta_shape == "hidden" and i.version_ids and not i.is_hidden
    )
    _, body = await visitor.trpc("image.getGenerationData", {"id": shown.id})
    wanted = sample_json("trpc_image_generation_data")
    assert differences(without(content(body), "meta"), without(wanted, "meta")) == []
    _, body = await visitor.trpc("image.getGenerationData", {"id": hidden.id})
    record = content(body)
    assert record.get("meta") is None
    assert record["resources"]


async def test_the_gone_image_is_listed_but_has_no_record(visitor: Visitor) -> None:
    gone = next(i for i in visitor.site.catalogue.images.values() if i.is_gone)
    creator = visitor.site.catalogue.creators[gone.creator_id]
    pages = await visitor.walk("/images", userId=creator.id, sort="Oldest", limit=200)
    assert gone.id in {item["id"] for page in pages for item in page}
    assert creator.username != MAIN_CREATOR
    assert (await visitor.trpc("image.get", {"id": gone.id}))[0] == 404


async def test_posts_show_eight_images_and_count_all_of_them(visitor: Visitor) -> None:
    arguments: dict[str, object] = {
        "username": MAIN_CREATOR, "browsingLevel": 31, "sort": "Newest", "limit": 3,
    }  # fmt: skip
    posts: list[dict[str, Any]] = []
    cursor = None
    while True:
        asked = arguments if cursor is None else arguments | {"cursor": cursor}
        _, body = await visitor.trpc("post.getInfinite", asked, KEY)
        page = content(body)
        posts += page["items"]
        cursor = page.get("nextCursor")
        if cursor is None:
            break
    wanted = sample_json("trpc_post_get_infinite")["items"][0]
    assert differences(without(posts[0], "images"), without(wanted, "images")) == []
    image = without(posts[0]["images"][0], "metadata")
    assert differences(image, without(wanted["images"][0], "metadata")) == []
    assert len({post["id"] for post in posts}) == len(posts)
    counted = sum(post["imageCount"] for post in posts)
    assert counted == len(visitor.visible(MAIN_CREATOR))
    assert max(len(post["images"]) for post in posts) == 8


async def test_a_post_is_listed_whole_by_its_id(visitor: Visitor) -> None:
    post = max(visitor.site.catalogue.posts.values(), key=lambda p: len(p.image_ids))
    arguments = {"postId": post.id, "browsingLevel": 31, "limit": 200}
    _, body = await visitor.trpc("image.getInfinite", arguments, KEY)
    items = content(body)["items"]
    gone = {i.id for i in visitor.site.catalogue.images.values() if i.is_gone}
    assert {item["id"] for item in items} | gone >= set(post.image_ids)
    wanted = sample_json("trpc_image_get_infinite_post")["items"][0]
    assert differences(without(items[0], "metadata"), without(wanted, "metadata")) == []


async def test_anonymous_lists_are_clamped_to_pg(visitor: Visitor) -> None:
    arguments = {"username": MAIN_CREATOR, "browsingLevel": 28, "limit": 200}
    _, body = await visitor.trpc("image.getInfinite", arguments)
    assert {item["nsfwLevel"] for item in content(body)["items"]} == {1}
    _, body = await visitor.trpc("image.getInfinite", arguments, KEY)
    assert {item["nsfwLevel"] for item in content(body)["items"]} <= {4, 8, 16}
    wanted = sample_json("trpc_image_get_infinite_first")["items"][0]
    item = content(body)["items"][0]
    assert differences(without(item, "metadata"), without(wanted, "metadata")) == []


async def test_index_newest_loses_the_first_minute_and_oldest_nothing(
    visitor: Visitor,
) -> None:
    async def ids(sort: str) -> set[int]:
        found: set[int] = set()
        cursor: str | None = None
        while True:
            arguments: dict[str, object] = {
                "username": MAIN_CREATOR, "browsingLevel": 31, "limit": 20, "sort": sort,
            }  # fmt: skip
            asked = arguments if cursor is None else arguments | {"cursor": cursor}
            _, body = await visitor.trpc("image.getInfinite", asked, KEY)
            page = content(body)
            found |= {item["id"] for item in page["items"]}
            cursor = page.get("nextCursor")
            if cursor is None:
                return found

    assert await ids("Oldest") == visitor.visible(MAIN_CREATOR)
    assert await ids("Newest") < visitor.visible(MAIN_CREATOR)


async def test_a_collection_can_be_walked_and_a_private_one_is_null(visitor: Visitor) -> None:
    _, body = await visitor.trpc("collection.getById", {"id": 1201})
    assert differences(content(body), sample_json("trpc_collection_get_by_id")) == []
    _, body = await visitor.trpc("collection.getById", {"id": 1099}, KEY)
    assert content(body)["collection"] is None
    arguments = {"collectionId": 1201, "browsingLevel": 31, "sort": "Oldest"}
    _, body = await visitor.trpc("image.getInfinite", arguments, KEY)
    wanted = visitor.site.catalogue.collections[1201].image_ids
    assert {item["id"] for item in content(body)["items"]} == set(wanted)


async def test_a_creator_is_known_by_name_and_a_deleted_one_is_404(visitor: Visitor) -> None:
    status, body = await visitor.trpc("user.getCreator", {"username": MAIN_CREATOR.upper()})
    assert status == 200
    assert differences(content(body), sample_json("trpc_user_get_creator")) == []
    for name in ("faded_postcard", "nobody_here"):
        assert (await visitor.trpc("user.getCreator", {"username": name}))[0] == 404


async def test_a_tag_name_becomes_an_id(visitor: Visitor) -> None:
    arguments = {"query": "landscape", "entityType": ["Image"], "limit": 20}
    _, body = await visitor.trpc("tag.getAll", arguments)
    found = content(body)
    assert differences(found, sample_json("trpc_tag_get_all")) == []
    assert found["items"][0] == {"id": 5248, "name": "landscape", "isCategory": False}
    _, body = await visitor.trpc("tag.getById", {"id": 5248})
    assert content(body)["name"] == "landscape"


async def test_posts_and_galleries_and_models_are_looked_up(visitor: Visitor) -> None:
    post = next(iter(visitor.site.catalogue.posts.values()))
    _, body = await visitor.trpc("post.get", {"id": post.id})
    wanted = without(sample_json("trpc_post_get"), "modelVersion")
    assert differences(without(content(body), "modelVersion"), wanted) == []
    fresh = next(v for v in visitor.site.catalogue.versions.values() if not v.is_indexed)
    arguments = {"modelId": fresh.model_id, "modelVersionId": fresh.id, "browsingLevel": 31}
    _, body = await visitor.trpc("image.getImagesAsPostsInfinite", arguments, KEY)
    assert content(body)["items"]
    _, body = await visitor.trpc("model.getById", {"id": fresh.model_id})
    assert content(body)["id"] == fresh.model_id
    assert (await visitor.trpc("no.such", {}))[0] == 404
