"""Szurubooru: relative addresses, the owner's own categories, and walking below an id."""

from __future__ import annotations

import base64
import re

import pytest
from tests.sites.fake_client import FakeClient, failure
from tests.sites.walking import walk

from artkeep.domain.artwork import Kind, Tag
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import TargetNotFound
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite
from artkeep.sites.szurubooru import Szurubooru

ROOT = "https://booru.example"


def site(**settings):
    told = {"engine": "szurubooru", "base_url": ROOT, **settings}
    return Szurubooru("mine", BooruSite.model_validate(told))


def search(query, kind=TargetKind.SEARCH):
    return Target("mine", kind, query)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (f"{ROOT}/post/30", TargetKind.IMAGE, "30"),
        (f"{ROOT}/api/post/30", TargetKind.IMAGE, "30"),
        (f"{ROOT}/posts/query=cat%20-dog;offset=40", TargetKind.SEARCH, "cat -dog"),
        (f"{ROOT}/posts", TargetKind.SEARCH, "*"),
        (f"{ROOT}/pool/4", TargetKind.POOL, "4"),
        (f"{ROOT}/users", None, None),
        ("https://other.example/post/30", None, None),
    ],
)
def test_links_are_known(text, kind, value):
    found = site().match(text)
    assert (found and (found.kind, found.value)) == (kind and (kind, value))


async def test_a_post_is_read(load_fixture):
    client = FakeClient({"posts/": load_fixture("szurubooru/posts.json")})
    mine = site(base_url=f"{ROOT}/api")
    plan = await mine.plan(client, search("cat"))
    page = await mine.fetch_page(client, search("cat"), plan.listings[0], None, 0)
    first = page.artworks[0]
    assert plan.site_claims == page.total == 30
    assert client.calls[-1].url == f"{ROOT}/api/posts/"
    assert client.calls[-1].headers["Accept"] == "application/json"  # 406 without it
    assert first.media_url == f"{ROOT}/data/posts/30_19180a8ee826a646.png"
    assert first.md5 == "edb6da8371908bcdd1dbe46180c669f0"
    assert first.sha1 == "4b467ae95c103d4c89e56c57045a7b6e9fdd9b0b"
    assert (first.kind, first.rating, first.author) == (Kind.IMAGE, Rating.PG, "admin")
    assert first.tags[:2] == (Tag("hatsu_(series)", "character"), Tag("café", "general"))
    assert page.next_cursor == "29"


async def test_what_comes_and_goes_during_a_walk_neither_loses_nor_doubles(load_fixture):
    row = load_fixture("szurubooru/posts.json")["results"][0]
    ids = list(range(1, 251))

    def answer(call):
        bound = re.search(r"id:\.\.(\d+)", call.params["query"])
        most = int(bound[1]) if bound else 10**9
        found = sorted((number for number in ids if number <= most), reverse=True)
        assert call.params["limit"] <= 100  # the real one refuses more
        rows = found[call.params["offset"] :][: call.params["limit"]]
        return {"total": len(found), "results": [{**row, "id": number} for number in rows]}

    def disturb(page):
        ids.append(1000 + page)
        ids.remove(251 - page)

    client = FakeClient({"posts/": answer})
    plan = await site().plan(client, search("cat"))
    walked = await walk(site(), client, search("cat"), plan.listings[0], disturb)
    assert sorted(map(int, walked.ids)) == list(range(1, 251))
    assert client.calls[2].params["query"] == "cat id:..150 sort:id"


@pytest.mark.parametrize(
    ("key", "word"), [("5e8f1b9e-6d3a-4c1e-9b0f-0123456789ab", "Token"), ("hush", "Basic")]
)
async def test_a_login_is_a_token_or_a_password(key, word):
    client = FakeClient()
    mine = site(user="ann", api_key=key)
    assert (await mine.fetch_post(client, "5")).rows == ()
    told = base64.b64encode(f"ann:{key}".encode()).decode()
    assert client.calls[0].headers["Authorization"] == f"{word} {told}"


async def test_a_refusal_is_no_end_and_a_missing_post_is_not_found(load_fixture):
    told = load_fixture("szurubooru/errors.json")["403_privilege"]
    client = FakeClient({"posts/": failure("not_permitted", 403, told)})
    listing = site().listings_of("cat")[0]
    with pytest.raises(FetchFailed, match="Not permitted"):
        await site().fetch_page(client, search("cat"), listing, None, 0)
    target = search("5", TargetKind.IMAGE)
    plan = await site().plan(client, target)
    with pytest.raises(TargetNotFound):
        await site().fetch_page(client, target, plan.listings[0], None, 0)
