"""The `.json` beside a file."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artkeep.domain.artwork import Artwork, Kind, Link, Tag
from artkeep.domain.rating import Rating
from artkeep.logs import add_secret, strip_secrets
from artkeep.media.sidecar import read_sidecar, sidecar_json, write_atomically

FILE = {"name": "123.png", "size": 10, "sha256": "ab", "type": "png", "quality": "hd"}
NOW = datetime(2026, 11, 20, 20, 0, tzinfo=timezone(timedelta(hours=8)))


def artwork(**fields) -> Artwork:
    fixed = {
        "site": "civitai",
        "site_id": "123",
        "kind": Kind.IMAGE,
        "page_url": "https://civitai.com/images/123",
    }
    return Artwork(**(fixed | fields))


def written(group_title: str | None = None, **fields) -> bytes:
    return sidecar_json(
        artwork(**fields), file=FILE, downloaded_at=NOW, group_title=group_title
    )


def test_everything_known_is_written_one_key_a_line():
    text = written(
        author="lena",
        rating=Rating.PG13,
        posted_at=datetime(2026, 5, 1, tzinfo=UTC),
        width=832,
        height=1216,
        model="Pony",
        version_id="5",
        version_name="v6",
        prompt="a cat,\nneon 猫",
        seed="6952411511246973023",
        generation={"steps": 30},
        tags=(Tag("cat", "animal", score=3, up=4, down=1, automated=True), Tag("neon")),
        links=(Link("remix_of", "99"),),
        group_id="7",
        position=2,
        raw={"id": 123},
        group_title="Night",
    ).decode()
    assert text.startswith(
        '{\n"format": "artkeep-sidecar 1",\n"site": "civitai",\n"id": "123",\n'
    )
    assert text.endswith('"raw": {"id": 123}\n}\n')
    assert "猫" in text
    saved = json.loads(text)
    assert saved["rating"] == "PG-13"
    assert saved["version"] == {"id": "5", "name": "v6"}
    assert saved["size"] == {"width": 832, "height": 1216}
    assert saved["group"] == {"id": "7", "title": "Night", "position": 2}
    assert saved["links"] == [{"relation": "remix_of", "id": "99"}]
    assert saved["tags"][0]["down"] == 1
    assert saved["tags"][1] == {"name": "neon", "category": "", "origin": "site"}
    assert saved["downloaded_at"] == "2026-11-20T12:00:00+00:00"
    assert saved["file"] == FILE


def test_the_same_artwork_gives_the_same_bytes():
    assert written(prompt="x", raw={"b": 1, "a": 2}) == written(
        prompt="x", raw={"b": 1, "a": 2}
    )


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://a/b?token=x", "https://a/b"),
        ("https://a/b?token=x&w=1&sig=2", "https://a/b?w=1"),
        ("https://a/b?w=1&X-Amz-Signature=a&X-Amz-Date=2&z=3#f", "https://a/b?w=1&z=3#f"),
        ("https://a/b?key=1&api_key=2", "https://a/b"),
        ("https://a/b?Signature=1#f", "https://a/b#f"),
        ("https://a/b?token=x&amp;w=1", "https://a/b?w=1"),
        ("https://a/b?keyword=1&monkey=2", "https://a/b?keyword=1&monkey=2"),
        ("https://a/b?access_token=1&session_id=2&auth=3&p=4", "https://a/b?p=4"),
        ("//a/b?token=x", "//a/b"),
        ("what?key=value", "what?key=value"),
    ],
)
def test_secrets_leave_addresses(address, kept):
    assert strip_secrets(address) == kept


def test_no_secret_reaches_the_file_from_anywhere():
    url = "https://cdn.example/x.png?w=1&token=CANARY&X-Amz-Credential=CANARY"
    content = written(
        media_url=url,
        page_url=url,
        generation={"source": url},
        raw={"deep": [{"url": url, url: 1}], "html": f"<img src='{url}'>"},
    )
    assert b"CANARY" not in content
    assert b"https://cdn.example/x.png?w=1" in content


def test_a_known_key_reaches_no_file_in_any_shape():
    key = 'sidecar-canary-"4711'
    add_secret(key)
    content = written(
        prompt=f"a cat {key}",
        generation={"deep": [{key: f"bearer {key}"}], "seed": 1},
        raw={"escaped": json.dumps(key), "url": f"https://a/b/{key}"},
    )
    assert b"4711" not in content
    assert json.loads(content)["prompt"] == "a cat [redacted]"
    assert json.loads(content)["generation"]["seed"] == 1


def test_a_prompt_keeps_words_that_only_look_like_secrets():
    add_secret("swordfish")  # somebody's proxy password
    text = "password: swordfish, key=value, authorization: Bearer of bad news"
    assert json.loads(written(prompt=text))["prompt"] == text


def test_what_json_cannot_hold_is_written_all_the_same(tmp_path):
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    path = tmp_path / "a.json"
    content = written(
        prompt="half \ud83d of a face",
        raw={"nan": float("nan"), "deep": deep, "big": 10**50, "set": {1}},
    )
    path.write_bytes(content)
    assert b"\\ud83d" in content
    saved = read_sidecar(path)
    assert saved["prompt"] == "half \ud83d of a face"
    assert saved["raw"]["nan"] is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda part: st.lists(part) | st.dictionaries(st.text(st.characters()), part),
    max_leaves=20,
)


@settings(deadline=None)
@given(raw=st.dictionaries(st.text(), anything), text=st.text(st.characters()))
def test_any_record_becomes_valid_utf8_json(raw, text):
    saved = json.loads(written(raw=raw, title=text, author=text).decode("utf-8"))
    assert saved["site"] == "civitai"
    assert saved["title"] == strip_secrets(text)


def test_a_sidecar_is_read_back(tmp_path):
    path = tmp_path / "123.json"
    path.write_bytes(b"\xef\xbb\xbf" + written(author="lena"))
    assert read_sidecar(path)["author"] == "lena"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"format": "another 1", "site": "x", "id": "1"}',
        b'{"format": "artkeep-sidecar 1", "site": "x", "id": 1}',
        b'{"format": "artkeep-sidecar 1", "site": "", "id": "1"}',
        b'{"format": "artkeep-sidecar 1", "site": "x", "id": "1", "n": ' + b"9" * 9999 + b"}",
    ],
    ids=range(10),
)
def test_what_is_no_sidecar_reads_as_nothing(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    assert read_sidecar(path) is None


def test_only_plain_files_of_sane_size_are_read(tmp_path):
    whole = tmp_path / "whole.json"
    whole.write_bytes(written())
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    link = tmp_path / "link.json"
    link.symlink_to(whole)
    assert read_sidecar(whole) is not None
    assert [read_sidecar(path) for path in (large, link, tmp_path, tmp_path / "x")] == [
        None
    ] * 4


def test_a_file_is_replaced_whole(tmp_path):
    path, temp = tmp_path / "a.json", tmp_path / ".a.part"
    path.write_bytes(b"old")
    temp.write_bytes(b"a left-over")
    write_atomically(path, b"new", temp)
    assert path.read_bytes() == b"new"
    assert not temp.exists()


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch):
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    path, temp = tmp_path / "a.json", tmp_path / ".a.part"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new", temp)
    assert path.read_bytes() == b"old"
    assert not temp.exists()


def test_planted_links_are_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    path, temp = tmp_path / "a.json", tmp_path / ".a.part"
    path.symlink_to(victim)
    temp.symlink_to(victim)
    write_atomically(path, b"new", temp)
    assert victim.read_bytes() == b"precious"
    assert path.read_bytes() == b"new"
    assert not path.is_symlink()
