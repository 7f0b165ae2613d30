"""Two boorus with the same art: fetched once, one file with two artworks, a place for each; and
whole jobs against Danbooru's ways: hidden posts, wrong bytes, two tags at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from tests.booru_site import BooruSite, Post, booru
from tests.faults.scene import Report, Scene
from tests.faults.test_decoding import BROKEN
from tests.faulty import Exchange
from tests.faulty_answers import json_reply, serve
from tests.gallery import gallery, png

from artkeep.domain.layout import Layout
from artkeep.domain.target import Target, TargetKind
from artkeep.jobs import trash
from artkeep.jobs.check import check, repair
from artkeep.jobs.start import Options, start_download
from artkeep.jobs.tidy import open_library
from artkeep.settings import BooruSite as BooruSettings
from artkeep.settings import Sites

OLD, NEW = "safebooru", "danbooru"
_TOO_MANY = "You cannot search for more than 2 tags at a time."


class TwoBoorus(Scene):
    """A loopback server that is both: Gelbooru's 0.2, and Danbooru beside it."""

    def __init__(self, folder: Path, site: BooruSite) -> None:
        with gallery() as unused:
            super().__init__(folder, unused)
        self.site = site
        there = BooruSettings(base_url=site.url, media_url=site.url)
        sites = Sites.model_validate({OLD: there, NEW: there})
        self.settings = self.settings.model_copy(update={"sites": sites})
        site.server.on("/posts.json", self._posts)
        site.server.on("/counts/posts.json", self._count)

    async def _posts(self, exchange: Exchange) -> None:
        asked = parse_qs(exchange.request.query)
        found = await self._search(asked["tags"][0], exchange)
        below = int(asked.get("page", ["b999999"])[0].removeprefix("b"))
        rows = [self._row(post) for post in found or () if post.id < below]
        if found is not None:
            await json_reply(rows[:3])(exchange)

    async def _count(self, exchange: Exchange) -> None:
        found = await self._search(parse_qs(exchange.request.query)["tags"][0], exchange)
        if found is not None:
            await json_reply({"counts": {"posts": len(found)}})(exchange)

    async def _search(self, tags: str, exchange: Exchange) -> list[Post] | None:
        if len(tags.split()) <= 2:
            return self.site.search(tags)
        said = {"error": "PostQuery::TagLimitError", "message": _TOO_MANY}
        await json_reply(said, status=422)(exchange)
        return None

    def _row(self, post: Post) -> dict[str, Any]:
        row = {
            "id": post.id,
            "md5": post.md5,
            "rating": post.rating[0],
            "image_width": 12,
            "image_height": 12,
            "file_ext": post.ending,
            "tag_string": " ".join(post.tags),
            "tag_string_general": " ".join(post.tags),
            "file_url": f"{self.site.url}{post.path}",
            **post.changes,
        }
        return {name: value for name, value in row.items() if value is not None}

    def fetch(self, site: str, layout: str = "organized", tags: str = "tree") -> Report:
        """What a booru has with these tags."""
        target = Target(site, TargetKind.SEARCH, tags)
        told = Options(layout=Layout(layout))
        with closing(self.open()) as store:
            started = store.transact(
                lambda connection: start_download(connection, [target], told)
            )
        return self.run(started.job_id)

    def asked_for(self, post: Post) -> int:
        return len(self.site.asked(post))

    def files_of(self, *names: str) -> list[Path]:
        """Pictures whose path has one of these words."""
        found = (path for path in self.library.rglob("*.png") if ".artkeep" not in path.parts)
        return sorted(path for path in found if any(name in str(path) for name in names))


@pytest.fixture
def site() -> Iterator[BooruSite]:
    with booru() as running:
        yield running


@pytest.fixture
def mine(tmp_path: Path, site: BooruSite) -> TwoBoorus:
    return TwoBoorus(tmp_path, site)


@pytest.mark.parametrize("layout", ["organized", "dataset"])
def test_the_second_site_costs_no_file(site: BooruSite, mine: TwoBoorus, layout: str) -> None:
    posts = site.add(5, tags=("tree", "cat"))
    first = mine.fetch(OLD, layout)
    second = mine.fetch(NEW, layout)
    assert (first.state, second.state) == ("completed", "completed"), second.words
    assert [mine.asked_for(post) for post in posts] == [1] * 5
    rows = mine.rows(
        "SELECT f.id, count(*) FROM files f JOIN artwork_files s ON s.file_id = f.id "
        "GROUP BY f.id"
    )
    assert [amount for _, amount in rows] == [2] * 5
    pictures = mine.files_of("")
    assert len(pictures) == 10
    assert len({path.stat().st_ino for path in pictures}) == 5  # a name of its own for each
    told = {path.with_suffix(".json").is_file() for path in pictures}
    assert told == {True}
    tags = mine.rows("SELECT site, origin, count(*) FROM artwork_tags GROUP BY 1, 2 ORDER BY 1")
    assert tags == [(NEW, "booru", 10), (OLD, "booru", 10)]
    again = mine.fetch(NEW, layout)
    assert again.state == "completed"
    assert [mine.asked_for(post) for post in posts] == [1] * 5
    ids = [row[0] for row in mine.rows("SELECT id FROM artworks WHERE site = :site", site=NEW)]
    with closing(mine.open()) as store:
        trash.remove(store, open_library(store, mine.library), ids)
    assert len(mine.files_of("")) == 5  # those of the other site
    with closing(mine.open()) as store:
        assert trash.restore(store, open_library(store, mine.library), ids).lost == []
    assert mine.files_of("") == pictures


@pytest.mark.parametrize("harm", ["cut", "other bytes", "gone"])
def test_a_file_that_is_not_whole_any_more_is_not_shared(
    site: BooruSite, mine: TwoBoorus, harm: str
) -> None:
    (post,) = site.add(1, tags=("tree",))
    mine.fetch(OLD)
    (there,) = mine.files_of("")
    if harm == "cut":
        there.write_bytes(post.body[:-5])
    elif harm == "other bytes":
        there.write_bytes(bytes(len(post.body)))
    else:
        there.unlink()
    assert mine.fetch(NEW).state == "completed"
    assert mine.asked_for(post) == 2
    (fresh,) = mine.files_of(NEW.capitalize(), NEW)
    assert fresh.read_bytes() == post.body


def test_wrong_bytes_are_not_kept_and_a_hidden_post_is_no_failure(
    site: BooruSite, mine: TwoBoorus
) -> None:
    wrong, late = site.add(2, tags=("tree",))
    nothing = dict.fromkeys(("md5", "file_url"))
    site.add(1, tags=("tree",), changes=nothing)
    site.media(wrong, serve(png(70_000)))
    site.media(late, serve(png(70_001)), serve(late.body))
    report = mine.fetch(NEW)
    assert report.codes == ["checksum"], report.words
    assert mine.asked_for(wrong) == 2
    (kept,) = mine.files_of("")
    assert hashlib.md5(kept.read_bytes()).hexdigest() == late.md5
    assert mine.rows(
        "SELECT download_status, count(*) FROM artworks GROUP BY 1 ORDER BY 1"
    ) == [
        ("done", 1),
        ("failed", 1),
        ("gone", 1),
    ]
    # What the site shows after all is fetched.
    hidden = max(site.posts)
    site.posts[hidden].changes.clear()
    assert mine.fetch(NEW).codes == ["checksum"]
    assert mine.rows("SELECT count(*) FROM artworks WHERE download_status = 'done'") == [(2,)]


def test_a_check_by_the_sites_own_hashes_finds_what_never_was_right(
    site: BooruSite, mine: TwoBoorus
) -> None:
    """Taken over from another program, as it lay there: a whole picture, but another one."""
    right, wrong = site.add(2, tags=("tree",))
    mine.fetch(NEW)
    (there,) = [path for path in mine.files_of("") if path.read_bytes() == wrong.body]
    other = png(80_000)
    there.write_bytes(other)
    sha256 = hashlib.sha256(other).hexdigest()
    mine.change(
        f"UPDATE files SET sha256 = '{sha256}', downloaded_sha256 = '{sha256}', "
        f"size = {len(other)} WHERE sha256 = '{hashlib.sha256(wrong.body).hexdigest()}'"
    )
    with closing(mine.open()) as store:
        library = open_library(store, mine.library)
        assert check(store, library, hashes=False).problems == 0
        report = check(store, library, hashes=True)
        assert [place.path for place in report.damaged] == [
            there.relative_to(mine.library).as_posix()
        ]
        assert repair(store, library, report)["asked for again"] == 1
    (aside,) = (mine.library / ".artkeep" / "damaged").iterdir()
    assert aside.read_bytes() == other
    with mine.running() as (engine, store):
        engine.finish_house().result(timeout=60)
        library = open_library(store, mine.library)
        assert check(store, library, hashes=True).problems == 0
    assert there.read_bytes() == wrong.body
    assert mine.asked_for(right) == 1


def test_a_shared_file_that_is_lost_comes_back_for_both(
    site: BooruSite, mine: TwoBoorus
) -> None:
    (post,) = site.add(1, tags=("tree",))
    mine.fetch(OLD)
    mine.fetch(NEW)
    for path in mine.files_of(""):
        path.unlink()
    with closing(mine.open()) as store:
        library = open_library(store, mine.library)
        report = check(store, library, hashes=True)
        assert len(report.missing) == 2
        repair(store, library, report)
    with mine.running() as (engine, store):
        engine.finish_house().result(timeout=60)
        library = open_library(store, mine.library)
        assert check(store, library, hashes=True).problems == 0
    assert [path.read_bytes() for path in mine.files_of("")] == [post.body] * 2
    shown = mine.rows("SELECT count(*), count(DISTINCT artwork_id) FROM artwork_files")
    assert shown == [(2, 2)]  # one each, the same or, when both came at once, its own


def test_a_search_with_more_tags_than_the_site_takes_is_complete(
    site: BooruSite, mine: TwoBoorus
) -> None:
    site.add(1, tags=("tree", "cat", "sky"))
    site.add(90, tags=("tree", "cat"))  # thirty pages without a single one
    site.add(95, tags=("sky",))
    site.add(1, tags=("tree", "cat", "sky"), changes={"rating": "e"})
    report = mine.fetch(NEW, tags="tree cat sky -dog")
    assert report.state == "completed", report.words
    assert mine.rows("SELECT site_id FROM artworks ORDER BY 1") == [("5000",), ("5186",)]
    assert mine.rows("SELECT seen, new FROM listings") == [(92, 2)]
    assert len(mine.files_of("")) == 2


def test_what_does_not_decode_is_named_and_fetched_again_beside_the_old_one(
    site: BooruSite, mine: TwoBoorus
) -> None:
    workers = mine.settings.workers.model_copy(update={"examine": 1})
    mine.settings = mine.settings.model_copy(update={"workers": workers})
    (post,) = site.add(1, tags=("tree",), body=BROKEN)
    mine.fetch(NEW)
    with mine.running() as (engine, store):
        engine.finish_house().result(timeout=60)
    (there,) = mine.files_of("")
    with closing(mine.open()) as store:
        library = open_library(store, mine.library)
        report = check(store, library, hashes=False)
        assert [mine.library / place.path for place in report.undecodable] == [there]
        assert report.problems == 1
        repair(store, library, report)
        assert there.read_bytes() == BROKEN
    whole = png(5)
    site.posts[post.id] = replace(post, body=whole)
    site.server.on(site.posts[post.id].path, serve(whole))
    mine.change("UPDATE artworks SET md5 = :md5", md5=site.posts[post.id].md5)
    mine.change("UPDATE artworks SET media_url = :url", url=site.url + site.posts[post.id].path)
    with mine.running() as (engine, store):
        engine.finish_house().result(timeout=60)
        library = open_library(store, mine.library)
        assert check(store, library, hashes=True).problems == 0
    assert there.read_bytes() == whole
