"""The cache of previews by itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.faulty_answers import serve
from tests.gallery import Gallery, png
from tests.web.asking_previews import SIZE, get, kept, still_url

from artkeep.media.preview_cache import PreviewCache
from artkeep.web import previewed


@pytest.fixture
def small_cache(tmp_path: Path) -> PreviewCache:
    """Room for about ten pictures."""
    return PreviewCache(tmp_path / "previews", most_bytes=10 * SIZE + 20)


def put(cache: PreviewCache, key: str) -> None:
    part = cache.part()
    part.write_bytes(png(0, 40))
    cache.put(part, key)


def test_the_least_recently_used_makes_room(small_cache: PreviewCache) -> None:
    for number in range(10):
        put(small_cache, str(number))
        os.utime(small_cache.path(str(number)), (number, number))
    assert small_cache.find("0") is not None  # used just now
    put(small_cache, "new")
    assert small_cache.find("0") is not None
    assert small_cache.find("new") is not None
    assert small_cache.find("1") is None
    left = sum(path.stat().st_size for path in small_cache.folder.rglob("*") if path.is_file())
    assert left <= 10 * SIZE + 20


def test_what_others_have_put_there_counts(tmp_path: Path) -> None:
    one = PreviewCache(tmp_path / "previews", most_bytes=5 * SIZE + 20)
    for number in range(5):
        put(one, str(number))
    other = PreviewCache(tmp_path / "previews", most_bytes=5 * SIZE + 20)
    put(other, "new")
    files = [path for path in one.folder.rglob("*") if path.is_file()]
    assert len(files) <= 5


def test_old_left_overs_go_and_young_ones_stay(small_cache: PreviewCache) -> None:
    old, young = small_cache.part(), small_cache.part()
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (1, 1))
    small_cache.clear_strays()
    assert (old.exists(), young.exists()) == (False, True)


def test_what_is_no_media_any_more_is_not_served(small_cache: PreviewCache) -> None:
    put(small_cache, "a")
    small_cache.path("a").write_bytes(b"<html>")
    assert small_cache.find("a") is None


@pytest.mark.skipif(os.name == "nt", reason="modes are a matter of POSIX")
def test_previews_are_for_their_owner_alone(
    client: FlaskClient, site: Gallery, cache: Path
) -> None:
    """SE-27"""
    get(client, still_url(client, site, serve(png(1))))
    (file,) = kept(cache)
    assert file.stat().st_mode & 0o077 == 0
    for folder in (file.parent, cache, cache.parent):
        assert folder.stat().st_mode & 0o077 == 0


def test_only_the_newest_tokens_and_artworks_are_remembered() -> None:
    newest: previewed._Newest[int, int] = previewed._Newest(3)
    for number in range(5):
        newest.put(number, number)
    newest.put(2, 20)
    newest.put(6, 6)
    assert [newest.get(number) for number in range(7)] == [None, None, 20, None, 4, None, 6]
