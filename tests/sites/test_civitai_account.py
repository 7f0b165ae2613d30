"""What only the owner of a key can list: whose it is, what is asked, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.sites.fake_client import FakeClient, failure

from artkeep.domain.target import Target, TargetKind
from artkeep.errors import AuthRequired, UsageError, WrongIdentity
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Depth, Listing
from artkeep.sites.civitai.adapter import Civitai

ME = "v1/me"
IMAGES = "trpc/image.getInfinite"
COLLECTIONS = "trpc/collection.getInfinite"
OLDEST = (("sort", "Oldest"), ("browsingLevel", "31"))
LIKED = Listing("liked_images", "account=sample_account", OLDEST)
FOLLOWED = Listing("followed_images", "account=sample_account", OLDEST)
OWN = Listing("collections", "userId=555001", (("browsingLevel", "31"),))
KINDS = {
    "liked_images": TargetKind.LIKED,
    "followed_images": TargetKind.FOLLOWED,
    "collections": TargetKind.COLLECTIONS,
}


def of(kind: str, value: str = "me") -> Target:
    return Target("civitai", TargetKind(kind), value)


def told(value: Any) -> dict[str, Any]:
    return {"result": {"data": {"json": value}}}


def trpc_input(call) -> dict:
    return json.loads(call.params["input"])["json"]


@pytest.fixture
def me(load_fixture) -> Any:
    return load_fixture("civitai/me.json")


@pytest.fixture
def pictures(load_fixture) -> Any:
    """The last page of a list, without a cursor; change it as you like."""
    return load_fixture("civitai/trpc_image_get_infinite_last.json")


@pytest.fixture
def collection(load_fixture) -> Any:
    """One of the account's."""
    found = load_fixture("civitai/trpc_collection_get_by_id.json")
    row = found["result"]["data"]["json"]["collection"]
    owner = row["user"] | {"id": 555001, "username": "sample_account"}
    return row | {"userId": 555001, "user": owner}


async def fetch(civitai: Civitai, client: FakeClient, listing: Listing, cursor=None):
    target = of(KINDS[listing.path].value, "sample_account")
    return await civitai.fetch_page(client, target, listing, cursor, 0)


# --- what is meant


@pytest.mark.parametrize("kind", ["user", "liked", "followed", "collections"])
async def test_me_is_kept_under_the_name_of_the_keys_account(civitai_with_key, me, kind):
    target = civitai_with_key.match(f"civitai:{kind}:me")
    assert target == of(kind)
    assert civitai_with_key.is_unnamed(target)
    named = await civitai_with_key.name_account(FakeClient({ME: me}), target)
    assert named == of(kind, "sample_account")
    assert not civitai_with_key.is_unnamed(named)


def test_only_what_an_account_has_can_be_mine(civitai):
    assert not civitai.is_unnamed(of("model_tag"))
    with pytest.raises(UsageError, match="needs a value"):
        civitai.match("civitai:liked:")


@pytest.mark.parametrize("kind", ["user", "liked", "followed", "collections"])
async def test_without_a_key_nothing_is_asked_of_the_site(civitai, kind):
    client = FakeClient()
    for ask in (civitai.plan, civitai.name_account):
        with pytest.raises(AuthRequired, match=r"Settings › Sites & keys") as caught:
            await ask(client, of(kind))
        assert caught.value.exit_code == 5
    assert client.calls == []


# --- plans


async def test_likes_are_one_walk_of_the_database(civitai_with_key, me):
    plan = await civitai_with_key.plan(FakeClient({ME: me}), of("liked"))
    assert plan.listings == (LIKED,)
    assert plan.title == "likes of sample_account"
    assert plan.unreachable == ()
    assert civitai_with_key.most_items(LIKED) is None
    deep = await civitai_with_key.plan(FakeClient({ME: me}), of("liked"), Depth.DEEP)
    assert len(deep.listings) == 6, "and each rating by itself"


async def test_followed_creators_are_a_feed_with_a_cap_and_the_plan_says_so(
    civitai_with_key, me
):
    plan = await civitai_with_key.plan(FakeClient({ME: me}), of("followed"))
    assert plan.listings == (FOLLOWED,)
    assert len(plan.unreachable) == 1
    assert "creators" in plan.unreachable[0]
    assert civitai_with_key.most_items(FOLLOWED) == 50_000
    assert civitai_with_key.items_before(FOLLOWED, "400|1785024000000") == 400
    one_level = Listing("followed_images", FOLLOWED.value, (OLDEST[0], ("browsingLevel", "4")))
    by_type = civitai_with_key.substitutes(one_level)
    assert [dict(one.options)["type"] for one in by_type] == ["image", "video"]


async def test_own_pictures_are_walked_like_any_creators(civitai_with_key, me, load_fixture):
    profile = load_fixture("civitai/trpc_user_get_creator.json")
    profile["result"]["data"]["json"] |= {"id": 555001, "username": "sample_account"}
    client = FakeClient({ME: me, "trpc/user.getCreator": profile})
    plan = await civitai_with_key.plan(client, of("user"))
    assert plan.listings[0].value == "username=sample_account"
    assert client.paths == [ME, "trpc/user.getCreator"]


async def test_what_one_likes_is_not_listed_with_another_ones_key(civitai_with_key, me):
    client = FakeClient({ME: me})
    with pytest.raises(AuthRequired, match=r"only to lena, and the key is sample_account's"):
        await civitai_with_key.plan(client, of("liked", "lena"))
    assert client.paths == [ME]


@pytest.mark.parametrize(
    ("reason", "says"), [("unauthorized", "does not accept"), ("not_permitted", "UserRead")]
)
async def test_a_refused_key_says_why(civitai_with_key, reason, says):
    client = FakeClient({ME: failure(reason, 403)})
    with pytest.raises(AuthRequired, match=says):
        await civitai_with_key.plan(client, of("followed"))
    assert client.paths == [ME]


# --- pages


@pytest.mark.parametrize(
    ("listing", "filtered"),
    [
        (LIKED, {"reactions": ["Like", "Heart", "Laugh", "Cry"]}),
        (FOLLOWED, {"followed": True}),
    ],
)
async def test_a_page_asks_for_just_that_with_the_key(
    civitai_with_key, me, pictures, listing, filtered
):
    client = FakeClient({ME: me, IMAGES: pictures})
    page = await fetch(civitai_with_key, client, listing, "100000007")
    assert [one.site_id for one in page.artworks] == ["100000007"]
    assert page.next_cursor is None
    assert page.artworks[0].raw, "the reply is kept"
    account, listed, *_ = client.calls
    assert account.path == ME, "a key may have been withdrawn meanwhile"
    asked = trpc_input(listed)
    assert asked == {
        **filtered,
        "sort": "Oldest",
        "period": "AllTime",
        "browsingLevel": 31,
        "limit": 100,
        "include": ["tags"],
        "cursor": "100000007",
    }
    assert listed.headers["Authorization"] == "Bearer sample-key"


async def test_the_cursor_of_the_database_proves_that_likes_were_asked_for(
    civitai_with_key, me, pictures
):
    pictures["result"]["data"]["json"]["nextCursor"] = 100000321
    page = await fetch(civitai_with_key, FakeClient({ME: me, IMAGES: pictures}), LIKED)
    assert (page.next_cursor, page.is_proven) == ("100000321", True)


async def test_a_page_of_the_search_engine_is_not_taken_for_likes(
    civitai_with_key, me, pictures
):
    pictures["result"]["data"]["json"]["nextCursor"] = "100|1785402960000"
    client = FakeClient({ME: me, IMAGES: pictures})
    with pytest.raises(WrongIdentity, match="not what sample_account liked"):
        await fetch(civitai_with_key, client, LIKED)
    page = await fetch(civitai_with_key, client, FOLLOWED)
    assert page.next_cursor == "100|1785402960000"


async def test_a_walk_goes_on_with_the_same_account_only(civitai_with_key, me):
    client = FakeClient({ME: me | {"username": "lena"}})
    with pytest.raises(AuthRequired, match="the key is lena's"):
        await fetch(civitai_with_key, client, LIKED, "100000007")
    assert client.paths == [ME]


@pytest.mark.parametrize(
    ("listing", "path", "scope"),
    [
        (LIKED, IMAGES, "MediaRead"),
        (FOLLOWED, IMAGES, "MediaRead"),
        (OWN, COLLECTIONS, "CollectionsRead"),
    ],
)
async def test_a_key_without_the_scope_is_told_which(
    civitai_with_key, me, load_fixture, listing, path, scope
):
    body = load_fixture("civitai/trpc_error_403_scope.json")
    client = FakeClient({ME: me, path: failure("not_permitted", 403, body)})
    with pytest.raises(AuthRequired, match=f"scope {scope}") as caught:
        await fetch(civitai_with_key, client, listing)
    assert caught.value.exit_code == 5


async def test_an_outage_says_nothing_about_the_key(civitai_with_key, me):
    client = FakeClient({ME: me, IMAGES: failure("server_error", 503)})
    with pytest.raises(FetchFailed) as caught:
        await fetch(civitai_with_key, client, LIKED)
    assert caught.value.reason == "server_error"


# --- collections


async def test_each_collection_that_can_hold_pictures_is_a_walk(
    civitai_with_key, me, collection
):
    plan = await civitai_with_key.plan(FakeClient({ME: me}), of("collections"))
    assert plan.listings == (OWN,)
    assert "follow" in plan.unreachable[0]
    rows = [collection, collection | {"id": 7, "type": "Model"}, collection | {"id": 8}]
    reply = told({"items": rows, "nextCursor": 8})
    client = FakeClient({COLLECTIONS: reply})
    page = await fetch(civitai_with_key, client, OWN, "9")
    assert [one.title for one in page.listings] == [
        "collection_images collectionId=1201 sort=Oldest browsingLevel=31",
        "collection_images collectionId=8 sort=Oldest browsingLevel=31",
    ]
    assert (page.next_cursor, page.is_proven, page.artworks) == ("8", True, ())
    asked = trpc_input(client.calls[0])
    assert asked == {"userId": 555001, "limit": 100, "cursor": 9}, "a number, as it came"


async def test_strangers_collections_are_not_taken_for_ours(civitai_with_key, collection):
    strange = collection | {"userId": 4021}
    client = FakeClient({COLLECTIONS: told({"items": [strange], "nextCursor": None})})
    with pytest.raises(WrongIdentity):
        await fetch(civitai_with_key, client, OWN)


async def test_a_collection_without_a_number_is_a_reject(civitai_with_key, collection):
    rows = [collection, collection | {"id": None}, "?"]
    client = FakeClient({COLLECTIONS: told({"items": rows, "nextCursor": None})})
    page = await fetch(civitai_with_key, client, OWN)
    assert (len(page.listings), len(page.rejects)) == (1, 2)


# --- what the key can see


async def test_a_key_that_may_not_read_collections_is_said_to(civitai_with_key, me):
    client = FakeClient({ME: me | {"tokenScope": 33}, IMAGES: told({"items": []})})
    report = await civitai_with_key.check_key(client)
    assert report.user == "sample_account"
    assert "CollectionsRead" in report.note
    assert "MediaRead" not in report.note
