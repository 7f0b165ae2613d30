from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.demo.conftest import Visitor, visit
from tests.demo.shapes import differences, sample, without

from artkeep.demo.catalogue import MAIN_CREATOR
from artkeep.demo.server import SampleSite


async def test_a_page_has_the_shape_of_a_real_one(visitor: Visitor) -> None:
    status, page = await visitor.get(
        "/images", username=MAIN_CREATOR, sort="Newest", browsingLevel=31, withMeta="true",
        withTags="true", limit=8,
    )  # fmt: skip
    wanted = sample("images_page_first")
    assert status == 200
    assert differences(page["metadata"], wanted["metadata"]) == []
    for item in page["items"]:
        assert differences(without(item, "meta"), without(wanted["items"][0], "meta")) == []


@pytest.mark.parametrize("limit", [7, 20, 50, 200])
async def test_walking_oldest_brings_every_visible_image_once(
    visitor: Visitor, limit: int
) -> None:
    pages = await visitor.walk(
        "/images", username=MAIN_CREATOR, sort="Oldest", browsingLevel=31, limit=limit
    )
    ids = [item["id"] for page in pages for item in page]
    assert len(ids) == len(set(ids))
    assert set(ids) == visitor.visible(MAIN_CREATOR)


async def test_a_page_in_the_middle_is_empty_and_not_the_end(visitor: Visitor) -> None:
    pages = await visitor.walk(
        "/images", username=MAIN_CREATOR, sort="Oldest", browsingLevel=31, limit=200
    )
    assert [bool(page) for page in pages] == [True, False, True]


async def test_newest_repeats_an_item_at_page_boundaries_and_loses_none(
    visitor: Visitor,
) -> None:
    pages = await visitor.walk(
        "/images", username=MAIN_CREATOR, sort="Newest", browsingLevel=31, limit=25
    )
    ids = [item["id"] for page in pages for item in page]
    assert len(ids) > len(set(ids))
    assert set(ids) == visitor.visible(MAIN_CREATOR)


async def test_levels_are_a_mask_and_default_to_pg(visitor: Visitor) -> None:
    async def seen(**params: object) -> set[int]:
        _, page = await visitor.get("/images", username=MAIN_CREATOR, limit=200, **params)
        return {item["browsingLevel"] for item in page["items"]}

    assert await seen() == {1}
    assert await seen(nsfw="true") <= {4, 8, 16}
    assert await seen(nsfw="Soft") == {1, 2}
    assert await seen(browsingLevel=8, nsfw="None") == {8}
    assert await seen(browsingLevel=32) == {1}
    assert len(await seen(nsfw="X")) >= 4


async def test_meta_and_tags_come_only_when_asked_for(visitor: Visitor) -> None:
    _, page = await visitor.get("/images", limit=200)
    assert {item["meta"] for item in page["items"]} == {None}
    assert not any("tags" in item for item in page["items"])
    _, page = await visitor.get("/images", limit=200, withMeta="true", withTags="yes")
    assert any(item["meta"] for item in page["items"])
    assert any(item["tags"] for item in page["items"])


async def test_meta_comes_in_all_its_odd_forms(visitor: Visitor) -> None:
    pages = await visitor.walk(
        "/images", sort="Oldest", browsingLevel=31, withMeta="true", limit=200
    )
    metas = [item["meta"] for page in pages for item in page]
    assert None in metas
    assert {} in metas
    assert any(meta and "undefined}" in str(meta.get("comfy")) for meta in metas)
    assert any(meta and isinstance(meta.get("prompt"), list) for meta in metas)
    assert any(meta and "civitaiResources" in meta and "workflow" in meta for meta in metas)


async def test_one_image_or_a_bare_model_come_from_the_database_with_wrapped_meta(
    visitor: Visitor,
) -> None:
    image = visitor.first(level=1, meta_shape="a1111")
    _, one = await visitor.get("/images", imageId=image.id, withMeta="true")
    assert one["items"][0]["meta"]["id"] == image.id
    assert "prompt" in one["items"][0]["meta"]["meta"]
    assert one["metadata"] == {}
    _, flat = await visitor.get("/images", imageId=image.id, withMeta="1", flatMeta="true")
    assert "prompt" in flat["items"][0]["meta"]
    _, by_model = await visitor.get("/images", modelId=900001, limit=5, withMeta="true")
    wanted = sample("images_by_model_id_legacy")
    assert by_model["metadata"]["nextCursor"].isdecimal()
    got = without(by_model["items"][0], "meta")
    assert differences(got, without(wanted["items"][0], "meta")) == []


async def test_database_newest_skips_the_row_at_each_boundary_and_oldest_none(
    visitor: Visitor,
) -> None:
    async def ids(sort: str) -> set[int]:
        pages = await visitor.walk(
            "/images", modelId=900001, sort=sort, browsingLevel=31, limit=10
        )
        return {item["id"] for page in pages for item in page}

    everything = await ids("Oldest")
    assert await ids("Newest") < everything
    model = visitor.site.catalogue.models[900001]
    linked = {version.id for version in model.versions}
    images = visitor.site.catalogue.images.values()
    assert everything == {
        i.id for i in images if not i.is_hidden and linked.intersection(i.version_ids)
    }


async def test_a_fresh_version_is_found_only_by_its_model(visitor: Visitor) -> None:
    fresh = next(v for v in visitor.site.catalogue.versions.values() if not v.is_indexed)
    params = {"browsingLevel": 31, "limit": 200}
    _, by_version = await visitor.get("/images", modelVersionId=fresh.id, **params)
    _, by_model = await visitor.get("/images", modelId=fresh.model_id, **params)
    assert by_version == {"items": [], "metadata": {}}
    assert any(fresh.id in item["modelVersionIds"] for item in by_model["items"])


async def test_tags_filter_by_id_and_names_are_refused(visitor: Visitor) -> None:
    _, page = await visitor.get("/images", tags="5248", withTags="true", limit=50)
    assert page["items"]
    assert all(5248 in [tag["id"] for tag in item["tags"]] for item in page["items"])
    status, _ = await visitor.get("/images", tags="landscape")
    assert status == 400


async def test_an_unknown_or_deleted_user_has_an_empty_list(visitor: Visitor) -> None:
    for name in ("nobody_here", "faded_postcard"):
        assert await visitor.get("/images", username=name) == (200, sample_empty())


def sample_empty() -> dict[str, object]:
    return {"items": [], "metadata": {}}


async def test_a_name_with_a_dash_needs_the_user_id(visitor: Visitor) -> None:
    creator = next(c for c in visitor.site.catalogue.creators.values() if "-" in c.username)
    status, body = await visitor.get("/images", username=creator.username)
    assert (status, body) == (400, sample("error_400_username"))
    _, page = await visitor.get("/images", userId=creator.id, browsingLevel=31)
    assert {item["username"] for item in page["items"]} == {creator.username}


@pytest.mark.parametrize(
    ("params", "status", "name"),
    [
        ({"limit": 500}, 400, "error_400_validation"),
        ({"modelId": 900001, "cursor": "abc"}, 400, "error_400_cursor_images"),
        ({"modelId": 900001, "username": "nobody_here"}, 404, "error_404_user_images"),
        ({"page": 6, "limit": 200}, 429, "error_429_paging"),
    ],
)
async def test_refusals_read_like_the_real_ones(
    visitor: Visitor, params: dict[str, object], status: int, name: str
) -> None:
    assert await visitor.get("/images", **params) == (status, sample(name))


async def test_page_mode_shows_the_first_page_again(visitor: Visitor) -> None:
    _, first = await visitor.get("/images", limit=3, page=1)
    _, second = await visitor.get("/images", limit=3, page=2)
    assert differences(first["metadata"], sample("images_page_mode")["metadata"]) == []
    assert first["items"] == second["items"]
    assert first["metadata"]["nextPage"].endswith("limit=3&page=2")


async def test_a_malformed_feed_cursor_starts_again(visitor: Visitor) -> None:
    _, fresh = await visitor.get("/images", limit=5, sort="Oldest")
    _, odd = await visitor.get("/images", limit=5, sort="Oldest", cursor="nonsense")
    assert odd["items"] == fresh["items"]


async def test_the_next_page_echoes_host_and_unknown_parameters(visitor: Visitor) -> None:
    _, page = await visitor.get("/images", limit=5, dummy="a b")
    link = page["metadata"]["nextPage"]
    assert link.startswith(f"{visitor.base}/api/v1/images?")
    assert "dummy=a%20b" in link
    assert "%7C" in link


async def test_failures_carry_the_cache_header_too(visitor: Visitor) -> None:
    async with visitor.session.get(f"{visitor.base}/api/v1/images?limit=500") as reply:
        cached = "public, s-maxage=300, stale-while-revalidate=150"
        assert reply.headers["Cache-Control"] == cached


@pytest.fixture
async def capped(tmp_path: Path) -> AsyncIterator[Visitor]:
    async for one in visit(SampleSite(cache_dir=tmp_path, feed_cap=40)):
        yield one


async def test_a_listing_stops_silently_at_the_cap(capped: Visitor) -> None:
    pages = await capped.walk(
        "/images", username=MAIN_CREATOR, sort="Oldest", browsingLevel=31, limit=20
    )
    assert 0 < len({item["id"] for page in pages for item in page}) <= 40
