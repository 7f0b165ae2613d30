"""Shimmie2: three doors, XML that is none, searches within addresses, and 404 for nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from tests.faulty import FaultyServer
from tests.faulty_answers import html, redirect
from tests.sites.fake_client import FakeClient, failure
from tests.sites.walking import walk

from artkeep.domain.artwork import Kind
from artkeep.domain.target import Target, TargetKind
from artkeep.net.client import Client, HostPolicy
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite, Net
from artkeep.sites._booru import Asked
from artkeep.sites._shimmie_pages import escaped, read_page, read_xml
from artkeep.sites.shimmie2 import Shimmie2

FIXTURES = Path(__file__).parent / "fixtures/shimmie2"
ROOT = "https://booru.example"
XML, JSON = "api/danbooru/find_posts", "post/index.json"
CAT = Target("mine", TargetKind.SEARCH, "cat")
VIEW = """<!doctype html><title>Image 30: caf&eacute; cat</title>
<link href='/index.php?q=post/view/30'><img id='main_image' src='/index.php?q=image/30.png'>"""


@pytest.fixture
def site():
    return Shimmie2("mine", BooruSite(engine="shimmie2", base_url=ROOT))


def text(name):
    return (FIXTURES / name).read_text("utf-8")


def doors(**by_path):
    """A host that answers these; `list_` stands for the lists of its pages."""

    def answer(call):
        asked = call.params["q"]
        for path, reply in by_path.items():
            if asked.startswith(path):
                return reply(call) if callable(reply) else reply
        return failure("not_found", 404)

    return FakeClient({"index.php": answer})


@pytest.mark.parametrize(
    ("link", "kind", "value"),
    [
        (f"{ROOT}/post/view/30?search=cat", TargetKind.IMAGE, "30"),
        (f"{ROOT}/index.php?q=post/view/30", TargetKind.IMAGE, "30"),
        (f"{ROOT}/post/list/cat%20-dog/2", TargetKind.SEARCH, "cat -dog"),
        (f"{ROOT}/post/list/a^sb^^/1", TargetKind.SEARCH, "a/b^"),
        (f"{ROOT}/post/list/3", TargetKind.SEARCH, "*"),
        (f"{ROOT}/user/ann", None, None),
    ],
)
def test_links_are_known(site, link, kind, value):
    found = site.match(link)
    assert (found and (found.kind, found.value)) == (kind and (kind, value))


def test_what_no_xml_parser_takes_is_read():
    rows, count = read_xml(text("posts_2023.xml"))
    assert (len(rows), count) == (3, 14)
    assert rows[0]["tags"] == "café cat hatsu_(series) painter_one robot_7 umbrella"
    assert rows[1]["tags"].startswith(">_< blue_hair")
    assert read_xml("<html><title>Not found</title></html>") is None


def test_a_page_gives_the_posts_of_a_list_or_the_only_one():
    rows = read_page(text("list.html"))
    assert [row["id"] for row in rows] == ["30", "29", "28", "25"]
    assert rows[0]["file_url"] == "/index.php?q=image/30.png"
    assert rows[1]["tags"].startswith(">_< blue_hair")
    assert read_page(VIEW) == [
        {"id": "30", "tags": "café cat", "file_url": "/index.php?q=image/30.png"}
    ]
    assert read_page("<html><title>Domain for sale</title></html>") is None


def test_signs_of_a_search_are_written_with_carets():
    assert escaped("a/b?c&d\\^") == "a^sb^qc^ad^b^^"
    assert escaped("..") == "^d^d"


@pytest.mark.parametrize(
    ("path", "reply", "ids", "has_md5"),
    [
        (XML, text("posts.xml"), ["502", "501"], True),
        (XML, text("posts_2023.xml"), ["30", "29", "28"], True),
        (JSON, text("index.json"), ["30", "29"], True),
        ("post/list/cat/1", text("list.html"), ["30", "29", "28", "25"], False),
        ("post/list/cat/1", VIEW, ["30"], False),
    ],
)
async def test_each_door_gives_posts(site, path, reply, ids, has_md5):
    client = doors(**{path: reply})
    plan = await site.plan(client, CAT)
    page = await site.fetch_page(client, CAT, plan.listings[0], None, 0)
    assert [artwork.site_id for artwork in page.artworks] == ids
    assert not page.rejects
    assert all(bool(artwork.md5) is has_md5 for artwork in page.artworks)
    first = page.artworks[0]
    assert first.media_url.startswith(f"{ROOT}/")
    assert first.kind is Kind.IMAGE
    assert first.rating is None  # "?" and "q" both stand for unknown
    asked = len(client.calls)
    await site.fetch_page(client, CAT, plan.listings[0], page.next_cursor, 0)
    assert client.calls[asked].params["q"].startswith(path[:9])  # what answered is asked first


async def test_dates_come_as_seconds_or_as_text(site):
    for path, name, moment in (
        (XML, "posts.xml", datetime(2026, 9, 20, 10, 31, 20, tzinfo=UTC)),
        (JSON, "index.json", datetime(2026, 11, 20, 18, 42, 25, tzinfo=UTC)),
    ):
        found = await site.fetch_posts(doors(**{path: text(name)}), Asked("cat"))
        assert site.parse(found.rows[0], {}).posted_at == moment


async def test_pages_are_walked_below_the_smallest_id_until_there_is_nothing(site):
    ids = list(range(1, 61))

    def page(call):
        bound = re.search(r"id<(\d+)", call.params["q"])
        below = int(bound[1]) if bound else 10**9
        found = sorted((number for number in ids if number < below), reverse=True)[:24]
        ids.append(1000 + len(ids))
        if not found:
            return failure("not_found", 404)
        return "".join(
            f"<a href='/post/view/{n}' data-post-id='{n}' data-tags='cat'></a>" for n in found
        )

    client = doors(**{"post/list/": page})
    plan = await site.plan(client, CAT)
    walked = await walk(site, client, CAT, plan.listings[0])
    assert sorted(map(int, walked.ids)) == list(range(1, 61))
    assert client.calls[-1].params["q"] == "post/list/cat id<1/1"


async def test_no_result_is_empty_and_no_booru_is_an_error(site):
    listed = doors(**{"post/list/1": text("list.html")})
    assert (await site.fetch_posts(listed, Asked("nothing_has_this"))).rows == ()
    with pytest.raises(FetchFailed, match="Not there"):
        await site.fetch_posts(doors(), Asked("cat"))
    with pytest.raises(FetchFailed, match="neither posts nor a list"):
        await site.fetch_posts(doors(**{"post/list/": "<title>For sale</title>"}), Asked("cat"))


async def test_a_running_host_without_add_ons_answers_by_its_pages():
    async def answer(exchange):
        (asked,) = parse_qs(exchange.request.query)["q"]
        found = {
            "post/list/md5=a1/1": redirect("/index.php?q=post/view/30"),
            "post/view/30": html(VIEW),
            "post/list/1": html(text("list.html")),
        }.get(asked, html("<title>No posts found</title>", status=404))
        await found(exchange)

    async with (
        FaultyServer() as server,
        Client(Net(allow_private=True, unlimited=True), [HostPolicy()]) as client,
    ):
        server.on("/index.php", *[answer] * 20)
        host = Shimmie2("mine", BooruSite(engine="shimmie2", base_url=server.origin))
        found = await host.fetch_posts(client, Asked("md5=a1"))
        assert [row["id"] for row in found.rows] == ["30"]
        assert (await host.fetch_posts(client, Asked("no_such_tag"))).rows == ()
        assert (await host.fetch_posts(client, Asked("cat", below=5))).rows == ()
