"""What is walked for a target, and what the site says when it does not know it."""

from __future__ import annotations

import json

import pytest
from tests.sites.fake_client import FakeClient, failure

from artkeep.domain.rating import SAFE_RATINGS, Rating
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.errors import AuthRequired, TargetNotFound
from artkeep.net.retry import FetchFailed
from artkeep.settings import Site
from artkeep.sites._adapter import Listing
from artkeep.sites.civitai.adapter import Civitai

ALL = (("sort", "Oldest"), ("browsingLevel", "31"))


def target(kind: str, value: str, **filters) -> Target:
    return Target("civitai", TargetKind(kind), value, Filters(**filters))


def trpc_input(call) -> dict:
    return json.loads(call.params["input"])["json"]


async def listings_of(civitai, replies, kind, value, **filters) -> list[str]:
    plan = await civitai.plan(FakeClient(replies), target(kind, value, **filters))
    return [one.title for one in plan.listings if one.path != "posts"]


@pytest.fixture
def missing(load_fixture):
    return failure("not_found", 404, load_fixture("civitai/trpc_image_get_404.json"))


async def test_a_user_is_walked_by_the_name_as_the_site_spells_it(civitai, load_fixture):
    client = FakeClient(
        {"trpc/user.getCreator": load_fixture("civitai/trpc_user_get_creator.json")}
    )
    plan = await civitai.plan(client, target("user", "Sample_Artist_A"))
    pictures, posts = plan.listings
    assert pictures == Listing("images", "username=sample_artist_a", ALL)
    assert (posts.path, posts.value) == ("posts", "username=sample_artist_a")
    assert posts.is_optional, "it only counts; a site that refuses it hides nothing"
    assert plan.title == "sample_artist_a"
    assert plan.site_claims is None
    assert len(plan.unreachable) == 1
    assert plan.unreachable[0].startswith("Without a key")
    (call,) = client.calls
    assert call.url == "https://civitai.red/api/trpc/user.getCreator"
    assert trpc_input(call) == {"username": "Sample_Artist_A"}
    assert call.headers == {
        "Origin": "https://civitai.red",
        "Referer": "https://civitai.red/",
        "Content-Type": "application/json",
    }


async def test_the_key_goes_into_the_header_and_the_note_away(civitai_with_key, load_fixture):
    client = FakeClient(
        {"trpc/user.getCreator": load_fixture("civitai/trpc_user_get_creator.json")}
    )
    plan = await civitai_with_key.plan(client, target("user", "sample_artist_a"))
    assert plan.unreachable == ()
    assert client.calls[0].headers["Authorization"] == "Bearer sample-key"
    assert "sample-key" not in str(client.calls[0].params) + client.calls[0].url


async def test_safe_ratings_without_a_key_are_asked_for_at_the_safe_site(civitai, load_fixture):
    client = FakeClient(
        {"trpc/user.getCreator": load_fixture("civitai/trpc_user_get_creator.json")}
    )
    plan = await civitai.plan(client, target("user", "sample_artist_a", ratings=SAFE_RATINGS))
    assert client.calls[0].url.startswith("https://civitai.com/")
    assert (
        plan.listings[0].title == "images username=sample_artist_a sort=Oldest browsingLevel=31"
    )
    assert plan.unreachable == ()


@pytest.mark.parametrize("suffix", ["", "/", "/api", "/api/v1", "/api/v1/"])
async def test_the_address_of_the_settings_replaces_the_site(suffix):
    civitai = Civitai(Site(base_url=f"http://127.0.0.1:8123{suffix}"))
    client = FakeClient({"v1/model-versions/5": {"id": 5}})
    await civitai.plan(client, target("version", "5"))
    assert client.calls[0].url == "http://127.0.0.1:8123/api/v1/model-versions/5"


async def test_an_odd_name_is_walked_by_number(civitai):
    replies = {"trpc/user.getCreator": {"result": {"data": {"id": 77, "username": "Mäx.K"}}}}
    assert await listings_of(civitai, replies, "user", "mäx.k") == [
        "images userId=77 sort=Oldest browsingLevel=31 author=Mäx.K"
    ]


async def test_a_deleted_or_banned_account_is_noted(civitai_with_key):
    profile = {
        "id": 7,
        "username": "lena",
        "deletedAt": "2026-01-01T00:00:00Z",
        "bannedAt": None,
    }
    client = FakeClient({"trpc/user.getCreator": {"result": {"data": profile}}})
    plan = await civitai_with_key.plan(client, target("user", "lena"))
    assert len(plan.unreachable) == 1
    assert "deleted" in plan.unreachable[0]


async def test_an_unknown_user_is_told_with_the_names_that_are_near(
    civitai, load_fixture, missing
):
    client = FakeClient(
        {"trpc/user.getCreator": missing, "v1/users": load_fixture("civitai/users_search.json")}
    )
    with pytest.raises(TargetNotFound) as caught:
        await civitai.plan(client, target("user", "sample_artist"))
    assert "Did you mean sample_artist_a or sample_artist_ab?" in str(caught.value)


async def test_an_unknown_user_is_told_even_when_the_search_fails(civitai, missing):
    client = FakeClient(
        {"trpc/user.getCreator": missing, "v1/users": failure("rate_limited", 429)}
    )
    with pytest.raises(TargetNotFound, match="does not know the user lena"):
        await civitai.plan(client, target("user", "lena"))


@pytest.mark.parametrize(
    "refusal",
    [
        failure("unauthorized", 401),
        failure("not_permitted", 403),
        failure("server_error", 500),
        failure("html", 200),
        failure("challenge", 403),
        failure("not_found", 404),  # no such page, which is not the call's own word
        {"result": {"data": None}},
        {"result": {"data": {"id": 1, "username": "somebody_else"}}},
        "nonsense",
    ],
)
async def test_when_the_profile_call_is_refused_the_search_stands_in(
    civitai, load_fixture, refusal
):
    replies = {
        "trpc/user.getCreator": refusal,
        "v1/users": load_fixture("civitai/users_search.json"),
    }
    assert await listings_of(civitai, replies, "user", "Sample_Artist_AB") == [
        "images username=sample_artist_ab sort=Oldest browsingLevel=31"
    ]


async def test_a_user_the_search_misses_is_found_by_the_pictures(civitai, load_fixture):
    client = FakeClient(
        {"v1/users": {"items": []}, "v1/images": load_fixture("civitai/images_page_last.json")}
    )
    plan = await civitai.plan(client, target("user", "sample_artist_a"))
    assert plan.listings[0].value == "username=sample_artist_a"
    assert client.calls[-1].params["username"] == "sample_artist_a"


@pytest.mark.parametrize(
    "pictures",
    [
        {"items": [], "metadata": {}},
        {"items": [{"id": 1, "username": "stranger"}]},
        failure("not_found", 404, {"error": "User not found", "code": "NOT_FOUND"}),
    ],
)
async def test_a_user_that_nothing_knows_is_not_found(civitai, pictures):
    client = FakeClient({"v1/users": {"items": []}, "v1/images": pictures})
    with pytest.raises(TargetNotFound):
        await civitai.plan(client, target("user", "nobody_here"))


async def test_with_no_way_to_ask_the_pages_have_to_prove_the_user(civitai):
    assert await listings_of(civitai, {}, "user", "lena") == [
        "images username=lena sort=Oldest browsingLevel=31"
    ]


async def test_an_odd_name_needs_an_answer(civitai):
    with pytest.raises(FetchFailed):
        await civitai.plan(FakeClient(), target("user", "mäx.k"))


@pytest.mark.parametrize("reason", ["rate_limited", "dns", "region_blocked", "offline"])
async def test_what_waiting_or_nothing_helps_is_passed_on(civitai, reason):
    client = FakeClient({"trpc/user.getCreator": failure(reason)})
    with pytest.raises(FetchFailed) as caught:
        await civitai.plan(client, target("user", "lena"))
    assert caught.value.reason == reason
    assert len(client.calls) == 1


async def test_a_model_is_walked_by_version_and_as_a_whole(civitai, load_fixture):
    client = FakeClient({"v1/models/900001": load_fixture("civitai/model_by_id.json")})
    plan = await civitai.plan(client, target("model", "900001"))
    known = (("model_id", "900001"), ("model_name", "Misty Valley Style"))
    assert plan.title == "Misty Valley Style"
    assert plan.listings == (
        Listing("images", "modelVersionId=910002", (*ALL, *known, ("version_name", "v2"))),
        Listing("images", "modelVersionId=910001", (*ALL, *known, ("version_name", "v1"))),
        Listing("images", "modelId=900001", (*ALL, *known), proves_end=True),
    )


async def test_a_version_is_walked_by_its_number(civitai, load_fixture):
    client = FakeClient(
        {"v1/model-versions/910002": load_fixture("civitai/model_version_by_id.json")}
    )
    plan = await civitai.plan(client, target("version", "910002"))
    assert plan.title == "Misty Valley Style v2"
    (listing,) = plan.listings
    assert listing.value == "modelVersionId=910002"
    assert dict(listing.options)["model_id"] == "900001"


@pytest.mark.parametrize(
    ("kind", "path", "reply"),
    [
        ("model", "v1/models/1", failure("not_found", 404, {"error": "No model with id 1"})),
        (
            "version",
            "v1/model-versions/1",
            failure("not_found", 404, {"error": "Model not found"}),
        ),
        ("model", "v1/models/1", failure("server_error", 500, {"error": "Model not found"})),
    ],
)
async def test_an_unknown_model_or_version_is_not_found(civitai, kind, path, reply):
    with pytest.raises(TargetNotFound, match=f"does not know the {kind} 1"):
        await civitai.plan(FakeClient({path: reply}), target(kind, "1"))


@pytest.mark.parametrize(
    "reply",
    [
        failure("not_found", 404),
        failure("html", 404),
        failure("server_error", 500, {"error": "Failed to fetch model version details"}),
        [],
    ],
)
async def test_a_bare_404_or_an_error_is_not_the_sites_no(civitai, reply):
    with pytest.raises(FetchFailed):
        await civitai.plan(FakeClient({"v1/model-versions/1": reply}), target("version", "1"))


async def test_a_version_without_its_file_may_still_have_pictures(civitai):
    reply = failure("not_found", 404, {"error": "Missing model file"})
    assert await listings_of(civitai, {"v1/model-versions/1": reply}, "version", "1") == [
        "images modelVersionId=1 sort=Oldest browsingLevel=31"
    ]


@pytest.mark.parametrize("reply", [{}, {"name": 5, "modelVersions": [None, {"id": "x"}, 7]}])
async def test_a_model_without_readable_versions_is_walked_as_a_whole(civitai, reply):
    (title,) = await listings_of(civitai, {"v1/models/5": reply}, "model", "5")
    assert title == "images modelId=5 sort=Oldest browsingLevel=31 model_id=5"


async def test_a_model_tag_is_walked_in_both_halves(civitai):
    rest = "archived=true sort=Highest Rated browsingLevel=31"
    assert await listings_of(civitai, {}, "model_tag", "landscape") == [
        f"models_by_tag tag=landscape nsfw=false {rest}",
        f"models_by_tag tag=landscape nsfw=true {rest}",
    ]


@pytest.mark.parametrize(
    ("carried", "walked"),
    [({"Sci Fi"}, ["tag=sci fi"]), ({"sci_fi"}, ["tag=sci_fi"]), (set(), ["tag=sci_fi"])],
)
async def test_an_underscore_may_stand_for_a_space(civitai, carried, walked):
    replies = {"v1/models": {"items": [{"tags": list(carried)}, {"tags": None}, None]}}
    titles = await listings_of(civitai, replies, "model_tag", "sci_fi")
    assert [title for title in titles if "nsfw=true" in title] == [
        f"models_by_tag {value} nsfw=true archived=true sort=Highest Rated browsingLevel=31"
        for value in walked
    ]


async def test_the_number_of_a_picture_tag_is_used_as_it_is(civitai):
    assert await listings_of(civitai, {}, "image_tag", "5248") == [
        "images tags=5248 sort=Oldest browsingLevel=31"
    ]


async def test_the_name_of_a_picture_tag_is_looked_up_exactly(civitai, load_fixture):
    client = FakeClient({"trpc/tag.getAll": load_fixture("civitai/trpc_tag_get_all.json")})
    plan = await civitai.plan(client, target("image_tag", "Landscape Painting"))
    assert plan.listings[0].value == "tags=5249"
    assert plan.title == "Landscape Painting"
    assert trpc_input(client.calls[0]) == {
        "query": "Landscape Painting",
        "entityType": ["Image"],
        "limit": 200,
        "page": 1,
    }


async def test_a_long_list_of_tags_is_paged_through_but_not_for_ever(civitai):
    rows = [{"id": number, "name": f"sky {number}"} for number in range(1, 201)]
    client = FakeClient({"trpc/tag.getAll": {"result": {"data": {"items": rows}}}})
    with pytest.raises(TargetNotFound, match="Did you mean sky"):
        await civitai.plan(client, target("image_tag", "sky"))
    assert [trpc_input(call)["page"] for call in client.calls] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("items", [[], None, [None, {"id": 1}, {"name": "sky", "id": "x"}]])
async def test_an_unknown_picture_tag_is_not_found(civitai, items):
    client = FakeClient({"trpc/tag.getAll": {"result": {"data": {"items": items}}}})
    with pytest.raises(TargetNotFound, match="does not know the tag sky"):
        await civitai.plan(client, target("image_tag", "sky"))


async def test_a_post_is_walked_by_its_number_under_its_title(civitai, load_fixture):
    client = FakeClient({"trpc/post.get": load_fixture("civitai/trpc_post_get.json")})
    plan = await civitai.plan(client, target("post", "90000001"))
    assert (plan.title, plan.listings[0].value) == ("Misty mornings", "postId=90000001")
    assert trpc_input(client.calls[0]) == {"id": 90000001}


async def test_an_unknown_post_is_not_found(civitai, missing):
    with pytest.raises(TargetNotFound, match="post 5"):
        await civitai.plan(FakeClient({"trpc/post.get": missing}), target("post", "5"))


async def test_a_post_is_walked_even_when_its_call_is_refused(civitai):
    plan = await civitai.plan(FakeClient(), target("post", "5"))
    assert (plan.title, plan.listings[0].value) == ("5", "postId=5")


async def test_a_collection_is_walked_by_the_pages_own_listing(civitai, load_fixture):
    reply = load_fixture("civitai/trpc_collection_get_by_id.json")
    plan = await civitai.plan(
        FakeClient({"trpc/collection.getById": reply}),
        target("collection", "1201", ratings=frozenset({Rating.PG, Rating.X})),
    )
    assert plan.title == "Favourite landscapes"
    assert [one.title for one in plan.listings] == [
        "collection_images collectionId=1201 sort=Oldest browsingLevel=31"
    ]
    assert plan.unreachable == (
        "Without a key Civitai shows only PG pictures of a collection.",
    )


@pytest.mark.parametrize("reply", [{"result": {"data": {"collection": None}}}, "missing"])
async def test_a_collection_we_may_not_see_asks_for_a_key_once(
    civitai, civitai_with_key, missing, reply
):
    client = FakeClient({"trpc/collection.getById": missing if reply == "missing" else reply})
    with pytest.raises(AuthRequired, match="private or gone"):
        await civitai.plan(client, target("collection", "5"))
    with pytest.raises(TargetNotFound, match="private or gone"):
        await civitai_with_key.plan(client, target("collection", "5"))


async def test_a_collection_of_models_holds_no_pictures(civitai):
    reply = {"result": {"data": {"collection": {"id": 5, "type": "Model"}}}}
    with pytest.raises(TargetNotFound, match="holds models"):
        await civitai.plan(
            FakeClient({"trpc/collection.getById": reply}), target("collection", "5")
        )


async def test_a_single_picture_needs_no_question_to_plan(civitai):
    client = FakeClient()
    plan = await civitai.plan(client, target("image", "100000008"))
    assert plan.listings == (Listing("images", "imageId=100000008", ALL),)
    assert client.calls == []


async def test_a_kind_of_another_site_is_refused(civitai):
    with pytest.raises(TargetNotFound, match="kind pool"):
        await civitai.plan(FakeClient(), target("pool", "5"))


async def test_hostile_names_are_made_fit_to_store(civitai):
    model = {"name": "a\0b" + "x" * 500, "modelVersions": [{"id": 6, "name": "\ud800"}]}
    plan = await civitai.plan(FakeClient({"v1/models/5": model}), target("model", "5"))
    options = dict(plan.listings[0].options)
    assert options["version_name"] == "\ufffd"
    assert plan.title == options["model_name"]
    assert options["model_name"].startswith("a\ufffdbx")
    assert len(options["model_name"]) == 200
