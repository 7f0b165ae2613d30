"""Gelbooru and its 0.2 relatives: links, answers in all their shapes, walks, posts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from artkeep.domain.artwork import Kind
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import AuthRequired, TargetNotFound, UsageError
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite
from artkeep.sites._adapter import Depth, Listing
from artkeep.sites._dapi import read_count, read_moment, read_posts, read_tag_types
from artkeep.sites.gelbooru import Gelbooru, Gelbooru02
from artkeep.sites.realbooru import Realbooru

FIXTURES = Path(__file__).parent / "fixtures" / "gelbooru"
GELBOORU = Gelbooru("gelbooru", BooruSite())
SAFEBOORU = Gelbooru02("safebooru", BooruSite())
RULE34 = Gelbooru02("rule34", BooruSite())
REALBOORU = Realbooru("realbooru", BooruSite())
MINE = Gelbooru02("mine", BooruSite(engine="gelbooru02", base_url="http://10.0.0.5:8080/booru"))
SKY = Target("safebooru", TargetKind.SEARCH, "sky")


def saved(name: str) -> str:
    """A reply as it came."""
    return (FIXTURES / f"gelbooru_{name}").read_text("utf-8")


class PageClient:
    """Answers with what a function makes of the question, and remembers the questions."""

    def __init__(self, answer: Callable[[dict[str, Any]], str | Exception]) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.urls: list[str] = []

    async def get_text(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        self.urls.append(url)
        self.asked.append(dict(params or {}))
        reply = self.answer(self.asked[-1])
        if isinstance(reply, Exception):
            raise reply
        return reply


# --- links and names


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("gelbooru:search:hifumi_(blue_archive)", TargetKind.SEARCH, "hifumi_(blue_archive)"),
        ("gelbooru:image:0012", TargetKind.IMAGE, "12"),
        ("gelbooru:post:12", TargetKind.IMAGE, "12"),
        ("gelbooru:pool:7", TargetKind.POOL, "7"),
        ("gelbooru:favourites:me", TargetKind.FAVOURITES, "me"),
        (
            "https://gelbooru.com/index.php?page=post&s=list&tags=hifumi_%28blue_archive%29+-solo",
            TargetKind.SEARCH,
            "hifumi_(blue_archive) -solo",
        ),
        ("gelbooru.com/index.php?page=post&s=list&tags=all", TargetKind.SEARCH, "all"),
        (
            "https://www.gelbooru.com/index.php?page=post&s=view&id=5&tags=x",
            TargetKind.IMAGE,
            "5",
        ),
        ("https://gelbooru.com/index.php?page=pool&s=show&id=9", TargetKind.POOL, "9"),
        (
            "https://gelbooru.com/index.php?page=favorites&s=view&id=3",
            TargetKind.FAVOURITES,
            "3",
        ),
        (
            "https://gelbooru.com/index.php?page=dapi&s=post&q=index&tags=a+b",
            TargetKind.SEARCH,
            "a b",
        ),
    ],
)
def test_a_link_or_name_means_its_target(text: str, kind: TargetKind, value: str) -> None:
    assert GELBOORU.match(text) == Target("gelbooru", kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "https://gelbooru.com@evil.test/index.php?page=post&s=list&tags=a",
        "https://gelbooru.com.evil.test/index.php?page=post&s=list&tags=a",
        "https://gelbooru.com:8443/index.php?page=post&s=list&tags=a",
        "https://gelbooru.com/index.php?page=account&s=options",
        "https://safebooru.org/index.php?page=post&s=list&tags=a",
        "safebooru:search:a",
        "hifumi",
        "",
    ],
)
def test_other_links_are_not_taken(text: str) -> None:
    assert GELBOORU.match(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gelbooru:serch:a", "gelbooru:search"),
        ("gelbooru:search:", "needs a value"),
        ("gelbooru:image:abc", "not the number"),
        ("gelbooru:favourites:lena", "favourites:me"),
    ],
)
def test_what_cannot_be_right_is_explained(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        GELBOORU.match(text)


def test_a_booru_of_ones_own_has_links_and_files_below_its_address() -> None:
    link = "http://10.0.0.5:8080/booru/index.php?page=post&s=view&id=4"
    assert MINE.match(link) == Target("mine", TargetKind.IMAGE, "4")
    assert "10.0.0.5" in MINE.hosts
    row = {"id": 4, "directory": "a", "image": "b.png", "tags": "x"}
    assert MINE.parse(row, {}).media_url == "http://10.0.0.5:8080/booru/images/a/b.png"


# --- answers


@pytest.mark.parametrize(
    ("name", "ids", "total"),
    [
        ("com.json", [14970719, 14970500, 14969900, 197798], 14304678),
        ("com_empty.json", [], 0),
        ("com_single_object.json", [14970500], 1),
        ("com_before_2022_array.json", [5600000], None),
        ("com.xml", [14970719, 14970500], 2),
        ("v02_safebooru.json", [6100002, 6100001], None),
        ("v02.xml", [6100002], 1),
        ("v02_empty.xml", [], 0),
        ("v02_no_file_url.json", [3100002, 3100001], None),
    ],
)
def test_posts_are_read_from_every_shape(name: str, ids: list[int], total: int | None) -> None:
    found = read_posts(saved(name), "Gelbooru")
    assert [GELBOORU.id_of(row) for row in found.rows] == ids
    assert found.total == total


def test_an_empty_body_has_no_posts() -> None:
    assert read_posts(" \n", "Safebooru").rows == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Too deep! Pull it back some.", "paging_cap"),
        (saved("v02_search_error.xml"), "rate_limited"),
        ('<response success="false" reason="Search error: search down"/>', "server_error"),
        ('{"success": false, "message": "exceeded your quota"}', "rate_limited"),
        ("<!DOCTYPE html><html><title>oops</title></html>", "html"),
        ('[{"id": 1', "bad_reply"),
        ("<posts><post", "bad_reply"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><posts count="1"/>', "bad_reply"),
        ('{"posts": []}', "unknown_shape"),
        ("17", "bad_reply"),
    ],
)
def test_a_refusal_never_passes_for_an_empty_page(text: str, reason: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        read_posts(text, "Gelbooru")
    assert failed.value.reason == reason


@pytest.mark.parametrize("name", ["v02_missing_auth.xml", "v02_rule34_missing_auth.json"])
def test_a_missing_key_is_said_as_such(name: str) -> None:
    with pytest.raises(AuthRequired, match="Rule34 wants a key"):
        read_posts(saved(name), "Rule34")


def test_the_count_comes_from_xml_or_json_or_not_at_all() -> None:
    assert read_count(saved("v02.xml")) == 1
    assert read_count(saved("com.json")) == 14304678
    assert read_count(saved("v02_safebooru.json")) is None
    assert read_count("Too deep!") is None


def test_tag_types_have_names() -> None:
    types = read_tag_types(json.loads(saved("com_tags.json")))
    assert types == {
        "artist_one": "artist",
        "character_(series)": "character",
        "series:_the_story": "copyright",
        "highres": "meta",
        "tree": "general",
        "old_word": "general",
    }


# --- posts


def post(site: Gelbooru02, name: str, number: int = 0) -> Any:
    return site.parse(read_posts(saved(name), site.title).rows[number], {"tree": "general"})


def test_a_post_is_read_whole_and_unescaped_once() -> None:
    artwork = post(GELBOORU, "com.json")
    assert artwork.page_url == "https://gelbooru.com/index.php?page=post&s=view&id=14970719"
    assert artwork.md5 == "a7d8ce71db7aece4bac7b0f8c7d846c2"
    assert (artwork.rating, artwork.author, artwork.kind) == (Rating.PG, "danbooru", Kind.IMAGE)
    assert (artwork.width, artwork.height) == (1334, 1002)
    assert artwork.posted_at.isoformat() == "2026-09-26T03:51:09-05:00"
    names = [tag.name for tag in artwork.tags]
    assert names[-2:] == ["grabbing_another's_arm", ">_<"]
    assert {tag.name: tag.category for tag in artwork.tags}["tree"] == "general"
    assert "&#039;" in artwork.raw["tags"]
    twice = GELBOORU.parse({"id": 1, "tags": "a&amp;amp;b"}, {})
    assert [tag.name for tag in twice.tags] == ["a&amp;b"]
    assert [tag.name for tag in post(GELBOORU, "com.xml").tags][-2:] == names[-2:]


def test_the_address_says_what_a_file_is_and_the_md5_who() -> None:
    video = post(GELBOORU, "com.json", 2)
    assert (video.kind, video.media_url[-4:]) == (Kind.VIDEO, ".mp4")
    (source,) = GELBOORU.media(video, "hd")
    assert source.accepts == {Kind.VIDEO}
    assert not source.is_digest_strict  # the list calls the same file .webm
    old = post(GELBOORU, "com.json", 3)
    assert old.md5 == "7e74d7c3da266a2566fb7bd88b8e84bc"
    (source,) = GELBOORU.media(old, "hd")
    assert source.digest == ("md5", old.md5)
    assert source.headers == {"Referer": "https://gelbooru.com/"}


@pytest.mark.parametrize(
    ("site", "row", "rating"),
    [
        (GELBOORU, {"rating": "sensitive", "md5": "x"}, Rating.PG13),
        (GELBOORU, {"rating": "s", "md5": "x"}, Rating.PG13),
        (GELBOORU, {"rating": "s", "hash": "x"}, Rating.PG),
        (SAFEBOORU, {"rating": "s", "md5": "x"}, Rating.PG),
        (SAFEBOORU, {"rating": "Questionable"}, Rating.R),
        (SAFEBOORU, {"rating": "e"}, Rating.XXX),
        (SAFEBOORU, {"rating": "?"}, None),
    ],
)
def test_ratings(site: Gelbooru02, row: dict[str, str], rating: Rating | None) -> None:
    assert site.rating_of(row) is rating


def test_older_sites_name_folder_and_file_only() -> None:
    artwork = post(SAFEBOORU, "v02_no_file_url.json")
    assert artwork.media_url == (
        "https://safebooru.org/images/5012/883aee64eb3176eeebc0bbbcaf2180ece2ea81f9.jpg"
    )
    assert artwork.md5 == "8dc102cc4e29477ad0b26207dc1daa4f"
    gone = SAFEBOORU.parse({"id": 3, "tags": "", "image": "../x.png", "directory": "1"}, {})
    assert (gone.media_url, SAFEBOORU.media(gone, "hd")) == (None, ())


def test_categories_that_come_with_a_post_are_taken() -> None:
    found = read_posts(saved("v02_rule34_tag_info.json"), "Rule34").rows
    kinds = {tag.name: tag.category for tag in RULE34.parse(found[1], {}).tags}
    assert kinds == {
        "animated": "meta",
        "landscape": "general",
        "river": "general",
        "video": "meta",
    }


def test_files_are_asked_for_where_the_settings_say() -> None:
    there = BooruSite(base_url="http://127.0.0.1:5", media_url="http://127.0.0.1:6/m")
    site = Gelbooru("gelbooru", there)
    artwork = post(site, "com.json")
    assert artwork.media_url == (
        "http://127.0.0.1:6/m/images/a7/d8/a7d8ce71db7aece4bac7b0f8c7d846c2.png"
    )
    assert site.media_address("http://127.0.0.1:5/x.png") == "http://127.0.0.1:5/x.png"
    assert site.media_address("//img.test/x.png") == "http://127.0.0.1:6/m/x.png"
    for odd in ("", "javascript:alert(1)", "http://[", None, 5):
        assert site.media_address(odd) is None


def test_an_odd_post_is_a_reject_and_the_others_stay() -> None:
    rows = [{"id": 2, "tags": 7}, {"tags": "a"}, {"id": 1, "tags": "a"}, "x"]
    page = SAFEBOORU._page(read_posts(json.dumps(rows), "Safebooru"), None)
    assert [artwork.site_id for artwork in page.artworks] == ["1"]
    assert len(page.rejects) == 3


@pytest.mark.parametrize(
    "text", ["", None, 5, "Sat Foo 26 03:51:09 -0500 2026", "Sat Feb 31 03:51:09 -0500 2026"]
)
def test_an_odd_moment_is_none(text: object) -> None:
    assert read_moment(text) is None


# --- walks


async def test_a_search_is_walked_below_the_smallest_id_and_keeps_the_users_own_bounds() -> (
    None
):
    client = PageClient(
        lambda asked: json.dumps([{"id": 9, "tags": ""}, {"id": 4, "tags": ""}])
    )
    target = Target("safebooru", TargetKind.SEARCH, "sky id:>2")
    listing = Listing("posts", "sky id:>2")
    first = await SAFEBOORU.fetch_page(client, target, listing, None, 0)  # type: ignore[arg-type]
    assert first.next_cursor == "4"
    await SAFEBOORU.fetch_page(client, target, listing, "4", 0)  # type: ignore[arg-type]
    assert [asked["tags"] for asked in client.asked] == ["sky id:>2", "sky id:>2 id:<4"]
    assert all("pid" not in asked for asked in client.asked)


async def test_only_an_empty_page_asked_for_twice_is_the_end() -> None:
    client = PageClient(lambda asked: "")
    with pytest.raises(FetchFailed) as failed:
        await SAFEBOORU.fetch_page(client, SKY, Listing("posts", "sky"), "4", 0)  # type: ignore[arg-type]
    assert failed.value.reason == "empty"
    page = await SAFEBOORU.fetch_page(client, SKY, Listing("posts", "sky"), "4", 1)  # type: ignore[arg-type]
    assert (page.artworks, page.next_cursor) == ((), None)


async def test_another_order_is_paged_first_and_walked_by_id_after() -> None:
    client = PageClient(lambda asked: '<posts count="77" offset="0"/>')
    target = Target("gelbooru", TargetKind.SEARCH, "sky sort:score:desc")
    plan = await GELBOORU.plan(client, target)  # type: ignore[arg-type]
    ordered, by_id = plan.listings
    assert (ordered.path, ordered.value, by_id.path, by_id.value) == (
        *("ordered", "sky sort:score:desc"),
        *("posts", "sky"),
    )
    assert (by_id.proves_end, ordered.proves_end, plan.site_claims) == (True, False, 77)
    assert (GELBOORU.most_items(ordered), GELBOORU.most_items(by_id)) == (20_000, None)
    looked = await GELBOORU.plan(client, target, Depth.LOOK)  # type: ignore[arg-type]
    assert looked.listings == (ordered,)
    await GELBOORU.fetch_page(client, target, ordered, "3", 0)  # type: ignore[arg-type]
    assert client.asked[-1]["pid"] == 2


async def test_the_key_goes_along_and_a_refused_one_is_said() -> None:
    pasted = SecretStr("&api_key=abcdef&user_id=77")
    site = Gelbooru("gelbooru", BooruSite(api_key=pasted))
    client = PageClient(lambda asked: FetchFailed("unauthorized", http_status=401))
    with pytest.raises(AuthRequired, match="refuses this key"):
        await site.check_key(client)  # type: ignore[arg-type]
    assert (client.asked[0]["api_key"], client.asked[0]["user_id"]) == ("abcdef", "77")
    with pytest.raises(AuthRequired, match="nobody without a key"):
        await GELBOORU.plan(client, SKY)  # type: ignore[arg-type]


async def test_tag_types_are_asked_for_once_and_their_failure_costs_no_page() -> None:
    site = Gelbooru("gelbooru", BooruSite())
    answers = {"post": saved("com.json"), "tag": saved("com_tags.json")}
    client = PageClient(lambda asked: answers[asked["s"]])
    listing = Listing("posts", "sky")
    for _ in range(2):
        page = await site.fetch_page(client, SKY, listing, None, 0)  # type: ignore[arg-type]
    kinds = {tag.name: tag.category for tag in page.artworks[0].tags}
    assert (kinds["artist_one"], kinds["character_(series)"]) == ("artist", "character")
    assert [asked["s"] for asked in client.asked] == ["post", "tag", "post"]
    assert "grabbing_another's_arm" in client.asked[1]["names"].split()
    other = Gelbooru("gelbooru", BooruSite())
    client.answer = lambda asked: (
        saved("com.json") if asked["s"] == "post" else FetchFailed("server_error")
    )
    page = await other.fetch_page(client, SKY, listing, None, 0)  # type: ignore[arg-type]
    assert len(page.artworks) == 4


async def test_rule34_is_asked_at_its_api_with_the_kinds_of_tags() -> None:
    client = PageClient(lambda asked: saved("v02_rule34_tag_info.json"))
    await RULE34.fetch_page(client, SKY, Listing("posts", "sky"), None, 0)  # type: ignore[arg-type]
    assert urlsplit(client.urls[0]).hostname == "api.rule34.xxx"
    assert client.asked[0]["fields"] == "tag_info"
    assert RULE34.needs_key
    assert not SAFEBOORU.key_help


async def test_a_pool_leads_to_its_posts() -> None:
    links = "".join(f'<a href="index.php?page=post&amp;s=view&amp;id={n}">' for n in (5, 3, 5))
    client = PageClient(lambda asked: f"<!DOCTYPE html>{links}")
    target = Target("safebooru", TargetKind.POOL, "8")
    (listing,) = (await SAFEBOORU.plan(client, target)).listings  # type: ignore[arg-type]
    page = await SAFEBOORU.fetch_page(client, target, listing, None, 0)  # type: ignore[arg-type]
    assert [one.value for one in page.listings] == ["5", "3"]
    assert page.next_cursor is None
    client.answer = lambda asked: "<!DOCTYPE html><h4>nothing</h4>"
    with pytest.raises(TargetNotFound):
        await SAFEBOORU.fetch_page(client, target, listing, None, 0)  # type: ignore[arg-type]


async def test_a_post_that_is_not_there_is_said_and_refreshes_to_nothing() -> None:
    client = PageClient(lambda asked: "")
    target = Target("safebooru", TargetKind.IMAGE, "8")
    (listing,) = (await SAFEBOORU.plan(client, target)).listings  # type: ignore[arg-type]
    with pytest.raises(TargetNotFound, match="no post 8"):
        await SAFEBOORU.fetch_page(client, target, listing, None, 0)  # type: ignore[arg-type]
    known = SAFEBOORU.parse({"id": 8, "tags": ""}, {})
    assert await SAFEBOORU.refresh(client, known) is None  # type: ignore[arg-type]
    client.answer = lambda asked: json.dumps([{"id": 9, "tags": ""}, {"id": 8, "tags": "new"}])
    fresh = await SAFEBOORU.refresh(client, known)  # type: ignore[arg-type]
    assert fresh is not None
    assert [tag.name for tag in fresh.tags] == ["new"]


# --- realbooru, by its pages

LIST = """<!DOCTYPE html><html><body>
<div class="col thumb"><a id="p900" href="index.php?page=post&amp;s=view&amp;id=900">
<img src="https://realbooru.com/thumbnails/ab/cd/thumbnail_abcdabcdabcdabcdabcdabcdabcdabcd.jpg"
 title="dress, tom_&amp;_ann, video rating:Safe score:3" alt=""></a></div></body></html>"""
POST = """<!DOCTYPE html><html><head><meta name="rating" content="adult"></head><body>
<a class="model" href="index.php?page=post&amp;s=list&amp;tags=some_one">some one</a>
<a class="tag-type-general" href="index.php?page=post&amp;s=list&amp;tags=tom_%26_ann">t</a>
<video><source src="https://video.realbooru.com/images/ab/cd/abcdabcdabcdabcdabcdabcdabcdabcd.mp4">
</video></body></html>"""


async def test_realbooru_is_listed_by_pages_and_its_files_are_looked_up() -> None:
    target = Target("realbooru", TargetKind.SEARCH, "dress")
    client = PageClient(lambda asked: POST if asked["s"] == "view" else LIST)
    page = await REALBOORU.fetch_page(client, target, Listing("posts", "dress"), "901", 0)  # type: ignore[arg-type]
    (listed,) = page.artworks
    assert client.asked[0]["tags"] == "dress id:<901"
    assert (listed.site_id, listed.media_url, listed.kind) == ("900", None, Kind.VIDEO)
    assert [tag.name for tag in listed.tags] == ["dress", "tom_&_ann", "video"]
    assert (listed.md5, listed.rating) == ("abcd" * 8, Rating.PG)
    fresh = await REALBOORU.refresh(client, listed)  # type: ignore[arg-type]
    assert fresh is not None
    assert fresh.media_url == f"https://video.realbooru.com/images/ab/cd/{'abcd' * 8}.mp4"
    assert {tag.name: tag.category for tag in fresh.tags} == {
        "some_one": "artist",
        "tom_&_ann": "general",
    }
    assert fresh.rating is Rating.XXX
    client.answer = lambda asked: "<!DOCTYPE html><html><body><h1>Nobody here"
    with pytest.raises(FetchFailed):
        await REALBOORU.fetch_page(client, target, Listing("posts", "dress"), "900", 0)  # type: ignore[arg-type]
