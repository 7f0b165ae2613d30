from __future__ import annotations

import pytest
from tests.demo.conftest import Visitor
from tests.demo.shapes import differences, sample, without


async def test_models_have_the_shape_of_real_ones(visitor: Visitor) -> None:
    status, page = await visitor.get("/models", tag="landscape", limit=1, nsfw="true")
    wanted = sample("models_by_tag")
    assert status == 200
    assert differences(page, wanted) == []
    assert all("landscape" in model["tags"] for model in page["items"])


async def test_one_model_has_no_image_ids_and_no_empty_values(visitor: Visitor) -> None:
    _, model = await visitor.get("/models/900001")
    version = next(v for v in model["modelVersions"] if v["images"] and "description" in v)
    wanted = sample("model_by_id")
    assert differences(without(model, "modelVersions"), without(wanted, "modelVersions")) == []
    assert differences(version, wanted["modelVersions"][0]) == []
    assert "id" not in version["images"][0]


async def test_an_unknown_tag_is_no_filter_at_all(visitor: Visitor) -> None:
    _, unknown = await visitor.get("/models", tag="no-such-tag")
    _, everything = await visitor.get("/models")
    assert [m["id"] for m in unknown["items"]] == [m["id"] for m in everything["items"]]


async def test_archived_and_mature_models_come_only_when_asked_for(visitor: Visitor) -> None:
    async def ids(**params: object) -> set[int]:
        _, page = await visitor.get("/models", **params)
        return {model["id"] for model in page["items"]}

    tame, everything = await ids(), await ids(nsfw="true", archived="true")
    assert tame < await ids(nsfw="true") < everything
    assert everything == set(visitor.site.catalogue.models)


async def test_an_archived_model_has_lost_its_files(visitor: Visitor) -> None:
    archived = next(m for m in visitor.site.catalogue.models.values() if m.is_archived)
    _, model = await visitor.get(f"/models/{archived.id}")
    assert model["mode"] == "Archived"
    assert model["modelVersions"][0]["files"] == []
    assert "downloadUrl" not in model["modelVersions"][0]


async def test_models_by_highest_rated_are_all_reached_and_newest_loses_one_per_page(
    visitor: Visitor,
) -> None:
    async def ids(sort: str) -> list[int]:
        pages = await visitor.walk("/models", sort=sort, limit=4, nsfw="true")
        return [model["id"] for page in pages for model in page]

    rated = await ids("Highest Rated")
    assert len(rated) == len(set(rated)) == len(visitor.site.catalogue.models) - 1
    assert set(await ids("Newest")) < set(rated)


@pytest.mark.parametrize(
    ("path", "params", "status", "name"),
    [
        ("/models", {"username": "nobody_here"}, 404, "error_404_user_models"),
        ("/models", {"cursor": "12345"}, 400, "error_400_cursor_models"),
        ("/models", {"query": "fox", "page": 2}, 400, "error_400_query_with_page"),
        ("/models", {"favorites": "true"}, 401, "error_401_unauthorized"),
        ("/models/abc", {}, 400, "error_400_invalid_id"),
        ("/me", {}, 401, "error_401_unauthorized"),
    ],
)
async def test_refusals_read_like_the_real_ones(
    visitor: Visitor, path: str, params: dict[str, object], status: int, name: str
) -> None:
    assert await visitor.get(path, **params) == (status, sample(name))


async def test_missing_things_are_404(visitor: Visitor) -> None:
    assert await visitor.get("/models/1") == (404, {"error": "No model with id 1"})
    assert await visitor.get("/model-versions/1") == (404, {"error": "Model not found"})
    assert (await visitor.get("/collections/1099"))[0] == 404


async def test_posting_to_models_is_not_allowed(visitor: Visitor) -> None:
    async with visitor.session.post(f"{visitor.base}/api/v1/models") as reply:
        assert (reply.status, await reply.json()) == (405, sample("error_405"))


async def test_a_version_is_found_by_id_and_by_any_of_its_hashes(visitor: Visitor) -> None:
    _, version = await visitor.get("/model-versions/910022")
    wanted = sample("model_version_by_id")
    assert differences(without(version, "images"), without(wanted, "images")) == []
    hashes = version["files"][0]["hashes"]
    for digest in (hashes["SHA256"].lower(), hashes["AutoV2"], hashes["CRC32"]):
        assert (await visitor.get(f"/model-versions/by-hash/{digest}"))[1] == version


async def test_hashes_in_bulk_leave_out_the_unknown(visitor: Visitor) -> None:
    version = visitor.site.catalogue.versions[910022]
    url = f"{visitor.base}/api/v1/model-versions/by-hash/ids"
    async with visitor.session.post(url, json=[version.sha256.lower(), "0" * 64]) as reply:
        assert await reply.json() == [
            {
                "modelVersionId": version.id,
                "modelId": version.model_id,
                "hash": version.sha256,
            }
        ]


@pytest.mark.parametrize(
    ("path", "params", "name"),
    [
        ("/tags", {"limit": 3}, "tags_list"),
        ("/creators", {"limit": 1, "query": "p"}, "creators_list"),
        ("/users", {"query": "aurora"}, "users_search"),
        ("/collections", {"limit": 1}, "collections_list"),
        ("/collections/1201", {}, "collection_by_id"),
    ],
)
async def test_small_endpoints_have_the_shape_of_real_ones(
    visitor: Visitor, path: str, params: dict[str, object], name: str
) -> None:
    _, body = await visitor.get(path, **params)
    wanted = sample(name)
    if name == "creators_list":  # no further page: as on the last page of the real one
        wanted["metadata"].pop("nextPage")
    assert differences(body, wanted) == []


async def test_a_key_says_who_is_asking_and_a_bad_one_means_nobody(visitor: Visitor) -> None:
    url = f"{visitor.base}/api/v1/me"
    for key, status in (("demo-key", 200), ("demo-key-2", 200), ("stolen", 401)):
        async with visitor.session.get(
            url, headers={"Authorization": f"Bearer {key}"}
        ) as reply:
            body = await reply.json()
            assert reply.status == status
        if status == 200:
            assert differences(body, sample("me")) == []


async def test_collections_are_limited_per_minute(visitor: Visitor) -> None:
    statuses = [(await visitor.get("/collections/1201"))[0] for _ in range(61)]
    assert statuses == [200] * 60 + [429]


async def test_requests_are_counted_by_kind(visitor: Visitor) -> None:
    await visitor.get("/images", limit=1)
    await visitor.get("/models", limit=1)
    await visitor.trpc("tag.getAll", {"query": "fog"})
    counted = visitor.site.requests
    assert (counted["api images"], counted["api models"]) == (1, 1)
    assert (counted["trpc"], counted["trpc tag.getAll"], counted["media"]) == (1, 1, 0)
