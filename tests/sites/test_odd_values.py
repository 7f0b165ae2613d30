"""Whatever a site puts into a post, a page of it is never lost."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sites.fake_client import FakeClient

from artkeep.domain.target import Target, TargetKind
from artkeep.net.replies import decode_json
from artkeep.settings import BooruSite
from artkeep.sites._adapter import Listing
from artkeep.sites._booru import POSTS, Posts
from artkeep.sites.philomena import Philomena
from artkeep.sites.pixiv.adapter import Pixiv
from artkeep.sites.shimmie2 import Shimmie2
from artkeep.sites.szurubooru import Szurubooru

FIXTURES = Path(__file__).parent / "fixtures"
ODD: tuple[Any, ...] = (
    None, True, -1, 2**80, 1e400, "", "\ud800\0", "x" * 5000, [], [None], [[]], {}, {"a": []},
    "https://[::1", "//evil.test/a", "2026-13-45T00:00:00Z", "9999-12-31T23:59:59",
)  # fmt: skip


def read(name: str) -> Any:
    return decode_json((FIXTURES / name).read_bytes())


def own(engine: str) -> BooruSite:
    return BooruSite.model_validate({"engine": engine, "base_url": "https://booru.example"})


def philomena(rows: list[Any]) -> tuple[Any, FakeClient, Listing]:
    client = FakeClient({"v1/json/search/images": {"images": rows, "total": "many"}})
    return Philomena("derpibooru", BooruSite()), client, Listing(POSTS, "a")


def szurubooru(rows: list[Any]) -> tuple[Any, FakeClient, Listing]:
    client = FakeClient({"posts/": {"results": rows, "total": None}})
    return Szurubooru("mine", own("szurubooru")), client, Listing(POSTS, "a")


def shimmie2(rows: list[Any]) -> tuple[Any, FakeClient, Listing]:
    site = Shimmie2("mine", own("shimmie2"))
    site.fetch_posts = given(rows)  # type: ignore[method-assign]
    return site, FakeClient(), Listing(POSTS, "a")


def given(rows: list[Any]) -> Any:
    async def fetch_posts(client: Any, asked: Any) -> Posts:
        return Posts(rows)

    return fetch_posts


def pixiv(rows: list[Any]) -> tuple[Any, FakeClient, Listing]:
    replies = {
        "auth/token": read("pixiv/token.json"),
        "v1/search/illust": {"illusts": rows, "next_url": 5},
    }
    site = Pixiv(BooruSite.model_validate({"api_key": "refresh-me"}))
    return site, FakeClient(replies), Listing("search", "a")


def spoilt(row: Any) -> Iterator[Any]:
    """The row with each of its values, and each value within these, replaced or missing."""
    for name in row:
        without = copy.deepcopy(row)
        del without[name]
        yield without
        for odd in ODD:
            yield {**row, name: odd}
            inner = row[name]
            if isinstance(inner, dict):
                yield from ({**row, name: {**inner, key: odd}} for key in inner)
            elif isinstance(inner, list) and inner:
                yield {**row, name: [odd, *inner[1:]]}
    yield from ODD


@pytest.mark.parametrize(
    ("speak", "fixture"),
    [
        (philomena, lambda: read("philomena/images.json")["images"][0]),
        (szurubooru, lambda: read("szurubooru/posts.json")["results"][0]),
        (shimmie2, lambda: read("shimmie2/index.json")[0]),
        (pixiv, lambda: read("pixiv/search.json")["illusts"][0]),
        (pixiv, lambda: read("pixiv/search.json")["illusts"][1]),
        (pixiv, lambda: read("pixiv/search.json")["illusts"][2]),
    ],
)
async def test_an_odd_post_is_an_artwork_or_a_reject(speak, fixture):
    good = fixture()
    rows = list(spoilt(good))
    assert len(rows) > 300
    site, client, listing = speak([*rows, good])
    target = Target(site.name, TargetKind.SEARCH, "a")
    page = await site.fetch_page(client, target, listing, None, 0)
    assert page.rejects
    assert page.artworks[-1].site_id.startswith(str(good["id"]))
    for artwork in page.artworks:
        for source in (*site.media(artwork, "hd"), *site.preview(artwork).still):
            assert source.url.startswith(("http://", "https://"))
