"""The sample site's account: what it shows to a key, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from tests.demo.conftest import Visitor
from tests.demo.test_trpc import content

KEY = "demo-key-1"
REACTIONS = {"reactions": ["Like", "Heart", "Laugh", "Cry"]}
EVERYTHING = {"browsingLevel": 31, "sort": "Oldest", "limit": 20}


async def walk(visitor: Visitor, asked: dict[str, Any]) -> tuple[list[int], set[type]]:
    """The ids of a whole list, and what its cursors are."""
    found: list[int] = []
    cursors: set[type] = set()
    cursor: Any = None
    while True:
        more = {} if cursor is None else {"cursor": str(cursor)}
        status, body = await visitor.trpc("image.getInfinite", asked | EVERYTHING | more, KEY)
        assert status == 200
        page = content(body)
        found += [item["id"] for item in page["items"]]
        cursor = page.get("nextCursor")
        if cursor is None:
            return found, cursors
        cursors.add(type(cursor))


async def test_likes_are_listed_whole_by_cursors_of_the_database(visitor: Visitor) -> None:
    found, cursors = await walk(visitor, REACTIONS)
    assert found == list(visitor.site.catalogue.account.liked)
    assert cursors == {int}


async def test_followed_creators_are_a_feed(visitor: Visitor) -> None:
    found, cursors = await walk(visitor, {"followed": True})
    catalogue = visitor.site.catalogue
    names = [catalogue.creators[one].username for one in catalogue.account.follows]
    assert len(names) == 2
    assert set(found) == set.union(*map(visitor.visible, names))
    assert cursors == {str}


async def test_the_account_is_a_creator_with_pictures(visitor: Visitor) -> None:
    _, owner = await visitor.get("/me", token=KEY)
    pages = await visitor.walk("/images", username=owner["username"], nsfw="X")
    own = [item["id"] for page in pages for item in page]
    assert set(own) == visitor.visible("sample_account")
    assert len(own) == 9


@pytest.mark.parametrize("asked", [REACTIONS, {"followed": True}])
async def test_nobody_else_sees_likes_and_follows(
    visitor: Visitor, asked: dict[str, Any]
) -> None:
    status, body = await visitor.trpc("image.getInfinite", asked | EVERYTHING)
    assert status == 401
    assert "error" in body


async def test_a_private_collection_is_its_owners(visitor: Visitor) -> None:
    asked = {"userId": visitor.site.catalogue.account.creator_id}
    for key, readable in ((None, {1031}), (KEY, {1031, 1042})):
        _, body = await visitor.trpc("collection.getInfinite", asked, key)
        assert {row["id"] for row in content(body)["items"]} == readable
        _, body = await visitor.trpc("collection.getById", {"id": 1042}, key)
        assert (content(body)["collection"] is not None) == (1042 in readable)
        listed = {"collectionId": 1042} | EVERYTHING
        _, body = await visitor.trpc("image.getInfinite", listed, key)
        assert bool(content(body)["items"]) == (1042 in readable)


@pytest.mark.parametrize(
    ("procedure", "bits", "status"),
    [
        ("image.getInfinite", 33, 200),
        ("collection.getInfinite", 33, 403),
        ("image.getInfinite", 131_073, 403),
        ("collection.getInfinite", 131_073, 200),
    ],
)
async def test_a_key_can_do_what_it_was_made_for(
    visitor: Visitor, procedure: str, bits: int, status: int
) -> None:
    key = f"demo-key-scope-{bits}"
    _, owner = await visitor.get("/me", token=key)
    assert owner["tokenScope"] == bits
    assert (await visitor.trpc(procedure, {}, key))[0] == status
