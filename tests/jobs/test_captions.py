"""Captions beside files: missing ones, existing ones, and those somebody wrote by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert
from tests.store.rows import Rows

from artkeep.domain.caption_rules import CaptionRules
from artkeep.jobs.captions import CaptionReport, CaptionRun, Existing, write_captions
from artkeep.jobs.tidy import open_library
from artkeep.media.library import Library
from artkeep.store.base import Store
from artkeep.store.models import ArtworkTag, Tag

TAGS = (("1girl", "general"), ("blue_hair", "general"), ("lena_(sea)", "character"))


class Folder:
    """A library of a few tagged pictures."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store, self.path = store, path
        self.rows = Rows(store)
        (path / ".artkeep" / "parts").mkdir(parents=True)
        (path / ".artkeep" / "root.json").write_text(json.dumps({"id": "marker"}))
        self.library: Library = open_library(store, path)
        store.transact(self._name_tags)

    def _name_tags(self, connection: Connection) -> None:
        named = [
            {"id": number, "name": name, "category": category}
            for number, (name, category) in enumerate(TAGS, 1)
        ]
        connection.execute(insert(Tag), named)

    def add(self, site_id: int, *paths: str, tags: int = len(TAGS)) -> int:
        """An artwork with files; its caption is `1girl, lena (sea), blue hair`."""
        (artwork_id,) = self.rows.artworks(1, first=site_id, download_status="done")
        for path in paths:
            self.rows.file(artwork_id, path=path)
            (self.path / path).parent.mkdir(parents=True, exist_ok=True)
            (self.path / path).write_bytes(b"png")
        self.store.transact(lambda connection: self._tag(connection, artwork_id, tags))
        return artwork_id

    def _tag(self, connection: Connection, artwork_id: int, tags: int) -> None:
        at = datetime(2026, 5, 31, tzinfo=UTC)
        rows = [
            {"artwork_id": artwork_id, "tag_id": tag, "origin": "booru", "fetched_at": at}
            for tag in range(1, tags + 1)
        ]
        connection.execute(insert(ArtworkTag), rows)

    def caption(self, query: str = "", **run: object) -> CaptionReport:
        """Run it, with `existing`, `rules` and so on."""
        told = CaptionRun(**{"rules": CaptionRules(), **run})  # type: ignore[arg-type]
        return write_captions(self.store, self.library, query, told)

    def texts(self) -> dict[str, str]:
        """Every text file of the library."""
        return {
            path.relative_to(self.path).as_posix(): path.read_text("utf-8")
            for path in self.path.rglob("*.txt")
        }


@pytest.fixture
def folder(store: Store, tmp_path: Path) -> Folder:
    return Folder(store, tmp_path / "library")


WHOLE = "1girl, lena (sea), blue hair"
SHORT = CaptionRules(order="counts")


def test_missing_captions_are_completed_and_a_second_run_writes_nothing(folder: Folder):
    folder.add(1, "sea/1.png", "sea/1.webp", "other/1.v2.png")
    folder.add(2, "sea/2.png")
    folder.add(3)
    (folder.path / "sea" / "2.txt").write_bytes(b" \n")  # stops trainers: as good as none

    foreseen = folder.caption(is_simulated=True)
    assert (foreseen.written, foreseen.examples[0]) == (3, ("sea/1.txt", WHOLE))
    assert set(folder.texts()) == {"sea/2.txt"}
    first = folder.caption()
    assert (first.artworks, first.written, first.without_file) == (3, 3, 1)
    expected = {"sea/1.txt": WHOLE, "other/1.v2.txt": WHOLE, "sea/2.txt": WHOLE}
    assert folder.texts() == expected
    second = folder.caption(existing=Existing.OVERWRITE)
    assert (second.written, second.replaced, second.same) == (0, 0, 3)
    assert not [one for one in (folder.path / ".artkeep").iterdir() if "texts" in one.name]


def test_what_was_edited_by_hand_is_never_overwritten_silently(folder: Folder):
    ours, theirs = folder.add(1, "1.png"), folder.add(2, "2.png")
    assert ours < theirs
    folder.caption()
    (folder.path / "2.txt").write_text("my own words")

    assert folder.caption(rules=SHORT).kept == 2
    report = folder.caption(rules=SHORT, existing=Existing.OVERWRITE)
    assert (report.replaced, report.edited, report.edited_paths) == (1, 1, ["2.txt"])
    assert folder.texts() == {"1.txt": "1girl", "2.txt": "my own words"}
    report = folder.caption(existing=Existing.MERGE)
    assert report.merged == 2
    assert folder.texts()["2.txt"] == f"my own words, {WHOLE}"
    report = folder.caption(rules=SHORT, existing=Existing.OVERWRITE)
    assert report.edited == 1, "what was merged with somebody's words stays theirs"
    report = folder.caption(rules=SHORT, existing=Existing.OVERWRITE, may_replace_edited=True)
    assert folder.texts() == {"1.txt": "1girl", "2.txt": "1girl"}


def test_links_and_other_encodings_are_left_alone(folder: Folder, tmp_path: Path):
    folder.add(1, "1.png")
    folder.add(2, "2.png")
    folder.add(3, "away/3.png")
    outside = tmp_path / "outside.txt"
    outside.write_text("outside")
    (folder.path / "1.txt").symlink_to(outside)
    (folder.path / "2.txt").write_bytes("蓝发".encode("gbk"))
    (folder.path / "away").rename(tmp_path / "elsewhere")
    (folder.path / "away").symlink_to(tmp_path / "elsewhere")

    report = folder.caption(existing=Existing.MERGE)

    assert (report.in_the_way, report.written, report.merged) == (3, 0, 0)
    assert outside.read_text() == "outside"
    assert not (tmp_path / "elsewhere" / "3.txt").exists()


def test_only_what_the_query_means_gets_a_caption(folder: Folder):
    folder.add(1, "1.png")
    folder.add(2, "2.png", tags=1)
    folder.caption("tag:blue_hair")
    assert set(folder.texts()) == {"1.txt"}
