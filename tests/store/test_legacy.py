"""Reading what earlier programs kept, in all the forms that it had."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from artkeep.domain.legacy import (
    OldEntry,
    OldReject,
    path_parts,
    read_date,
    read_key,
    target_of_path,
)
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import UsageError
from artkeep.store.legacy import (
    NotFoundHere,
    is_archive,
    is_classic_database,
    read_archive,
    read_classic_database,
    read_json_history,
    read_text_history,
)

CLASSIC = Path(__file__).parents[1] / "faults" / "fixtures" / "classic"


def civitai(kind: TargetKind, value: str) -> Target:
    return Target("civitai", kind, value)


def database(folder: Path, script: str | None = None) -> Path:
    """The sample database, or one made by a script."""
    path = folder / "tracking_database.sqlite"
    with closing(sqlite3.connect(path)) as opened:
        opened.executescript(script or (CLASSIC / "tracking_database.sql").read_text("utf-8"))
    return path


def by_key(items: object) -> dict[str, OldEntry]:
    return {one.key: one for one in items if isinstance(one, OldEntry)}  # type: ignore[attr-defined]


def test_the_sample_history_is_understood_entry_by_entry() -> None:
    items = list(read_json_history(CLASSIC / "downloaded_images.json"))
    found = by_key(items)
    assert {one.key: one.reason for one in items if isinstance(one, OldReject)} == {
        "3000011_HD": "no_object",
        "3000012_HD": "no_object",
        "not-a-number_HD": "no_number",
        "": "no_key",
    }
    told = {
        key: (one.artwork.site_id, one.quality, [tag.name for tag in one.tags], one.notes)
        for key, one in found.items()
    }
    assert told == {
        "3000001_SD": ("3000001", "sd", [], ()),
        "3000002_HD": ("3000002", "hd", [], ()),
        "3000003_HD": ("3000003", "hd", ["sci_fi", "meadow"], ()),
        "3000004_SD": ("3000004", "sd", [], ()),
        "3000005_HD": ("3000005", "hd", ["風景"], ()),
        "3000006_HD": ("3000006", "hd", [], ()),
        "3000007_HD": ("3000007", "hd", ["sci_fi"], ("odd_tags",)),
        "3000008_HD": ("3000008", "hd", [], ("no_path",)),
        "3000009_SD": ("3000009", "sd", [], ()),
        "3000010": ("3000010", "hd", [], ()),
        "3000013_HD": ("3000013", "hd", [], ("odd_date",)),
        "3000014_HD": ("3000014", "hd", ["sci_fi", "kite", "7"], ()),
        "3000015_HD_extra": ("3000015", "hd", [], ("odd_key",)),
        "3000016_hd": ("3000016", "hd", [], ()),
        "3000017_SD": ("3000017", "sd", [], ("odd_date",)),
    }
    dated = {key for key, one in found.items() if one.downloaded_at is not None}
    assert found.keys() - dated == {"3000009_SD", "3000013_HD", "3000017_SD"}
    assert found["3000005_HD"].artwork.model == "Night: Market"
    assert found["3000003_HD"].targets == (civitai(TargetKind.MODEL_TAG, "sci fi"),)
    assert found["3000001_SD"].targets == (civitai(TargetKind.USER, "lena_paints"),)
    assert found["3000006_HD"].artwork.author == "otto_draws"


def test_of_a_key_that_is_there_twice_the_last_one_counts(tmp_path: Path) -> None:
    path = tmp_path / "twice.json"
    path.write_text('{"5_HD": {"path": "a/5.png"}, "5_HD": {"path": "b/5.png"}}', "utf-8")
    assert [one.path for one in by_key(read_json_history(path)).values()] == ["b/5.png"]


@pytest.mark.parametrize(
    "written", [b"", b"[]", b'{"1_HD": ', b"\xff\xfe{}", b"[" * 100_000, b"7"]
)
def test_a_file_that_is_no_history_is_refused_in_one_sentence(
    tmp_path: Path, written: bytes
) -> None:
    path = tmp_path / "downloaded_images.json"
    path.write_bytes(written)
    with pytest.raises(UsageError) as raised:
        list(read_json_history(path))
    assert (raised.value.code, raised.value.exit_code) == ("not_a_history", 2)
    with pytest.raises(NotFoundHere) as missing:
        read_json_history(tmp_path / "none.json")
    assert missing.value.exit_code == 4


def test_the_oldest_history_is_an_id_a_line(tmp_path: Path) -> None:
    path = tmp_path / "downloaded_images.txt"
    path.write_text("\ufeff501\n\n  502_HD \nwhat\n0503\n", "utf-8")
    items = list(read_text_history(path))
    assert [
        (one.artwork.site_id, one.quality) for one in items if isinstance(one, OldEntry)
    ] == [
        ("501", "sd"),
        ("502", "hd"),
        ("503", "sd"),
    ]
    assert [one.key for one in items if isinstance(one, OldReject)] == ["what"]


def test_the_sample_database_is_understood_with_both_kinds_of_key(tmp_path: Path) -> None:
    found = by_key(read_classic_database(database(tmp_path)))
    assert {
        key: (one.artwork.site_id, one.quality, one.targets, [tag.name for tag in one.tags])
        for key, one in found.items()
    } == {
        "3000001_SD": ("3000001", "sd", (civitai(TargetKind.USER, "lena_paints"),), []),
        "3000003_HD": (
            *("3000003", "hd", (civitai(TargetKind.MODEL_TAG, "sci fi"),)),
            ["meadow", "sci_fi"],
        ),
        "username:lena_paints_501_HD": (
            *("501", "hd", (civitai(TargetKind.USER, "lena_paints"),)),
            [],
        ),
        "username:otto_9_draws_509_HD": (
            *("509", "hd", (civitai(TargetKind.USER, "otto_9_draws"),)),
            [],
        ),
        "tag:sci_fi_506_HD": (
            *("506", "hd", (civitai(TargetKind.MODEL_TAG, "sci fi"),)),
            ["sci_fi"],
        ),
        "modelVersion:9002_507_SD": ("507", "sd", (civitai(TargetKind.VERSION, "9002"),), []),
    }
    assert not any(one.notes for one in found.values())


def test_an_old_schema_and_one_with_columns_nobody_knows_are_read(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        """
        CREATE TABLE tracked_images (image_key TEXT PRIMARY KEY, image_id TEXT, quality TEXT,
          path TEXT, download_date TEXT, tags_scraped INTEGER, hue BLOB);
        INSERT INTO tracked_images VALUES ('username:a_b_7_HD','7','HD','x/7.png',5,1,x'00ff');
        INSERT INTO tracked_images VALUES ('odd', 'none', 'HD', 'x', '2024-01-01', 0, NULL);
        """,
    )
    items = list(read_classic_database(path))
    (entry,) = by_key(items).values()
    assert (entry.artwork.site_id, entry.downloaded_at) == ("7", None)
    assert entry.targets == (civitai(TargetKind.USER, "a_b"),)
    (kept,) = entry.artwork.raw["adopted"]
    assert (kept["tags_scraped"], kept["hue"]) == (1, "00ff")
    assert [one for one in items if isinstance(one, OldReject)] == [
        OldReject("odd", "no_number")
    ]


def test_reading_leaves_no_trace_and_sees_what_is_still_in_a_log(tmp_path: Path) -> None:
    path = database(tmp_path)
    quiet = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert len(by_key(read_classic_database(path))) == 6
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == quiet
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute(
            "UPDATE tracked_images SET path='elsewhere/501.png' WHERE image_id='501'"
        )
        writer.commit()
        busy = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
        found = by_key(read_classic_database(path))
        assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == busy
    assert len(busy) > len(quiet)
    assert found["username:lena_paints_501_HD"].path == "elsewhere/501.png"


def test_databases_are_told_apart(tmp_path: Path) -> None:
    classic = database(tmp_path)
    assert is_classic_database(classic)
    assert not is_archive(classic)
    archive = tmp_path / "archive.sqlite3"
    with closing(sqlite3.connect(archive)) as opened:
        opened.execute("CREATE TABLE archive (entry TEXT PRIMARY KEY) WITHOUT ROWID")
        entries = [("civitai501",), ("civitaiab12-uuid",), ("danbooru77",)]
        opened.executemany("INSERT INTO archive VALUES (?)", entries)
        opened.commit()
    assert is_archive(archive)
    assert not is_classic_database(archive)
    items = sorted(read_archive(archive), key=lambda one: one.key)
    assert [getattr(one, "reason", "taken") for one in items] == [
        "taken",
        "no_number",
        "unknown_site",
    ]
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"SQLite format 3\0" + b"\xff" * 500)
    assert not is_classic_database(broken)
    with pytest.raises(UsageError):
        list(read_classic_database(broken))


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("image_downloads/lena/5.png", civitai(TargetKind.USER, "lena")),
        ("image_downloads\\Username_Search\\o\\M\\5.png", civitai(TargetKind.USER, "o")),
        ("/x/Model_ID_Search/model_70/5.png", civitai(TargetKind.MODEL, "70")),
        (
            "C:\\a\\Model_Version_ID_Search\\modelVersion_9\\5.png",
            civitai(TargetKind.VERSION, "9"),
        ),
        ("Model_Tag_Search/a_b/model_7/5.png", civitai(TargetKind.MODEL_TAG, "a b")),
        ("image_downloads/model_71/5.png", civitai(TargetKind.MODEL, "71")),
        ("image_downloads/no_meta_data/5.png", None),
        ("Model_ID_Search/other/5.png", None),
        ("p/5.png", None),
        ("5.png", None),
    ],
)
def test_a_stored_path_tells_its_target(path: str, target: Target | None) -> None:
    assert target_of_path(path_parts(path)) == target


def test_dates_are_local_and_only_those_that_can_be() -> None:
    moment = read_date("2024-03-19 - 21:07")
    assert moment is not None
    assert moment == datetime(2024, 3, 19, 21, 7).astimezone(UTC)
    for odd in ("2024-02-30 - 10:00", "", None, 5, "0001-01-01", "yesterday", "٢٠٢٤-٠١-٠١"):
        assert read_date(odd) is None


def test_keys_are_read_from_the_right() -> None:
    told = read_key("tag:a_5_b_7_HD")
    assert told is not None
    assert (told.site_id, told.target) == ("7", civitai(TargetKind.MODEL_TAG, "a 5 b"))
    assert read_key("username:lena") is None
    assert read_key("9" * 40) is None


def test_a_history_with_hostile_values_costs_nobody_else_anything(tmp_path: Path) -> None:
    path = tmp_path / "downloaded_images.json"
    nested: object = "deep"
    for _ in range(200):
        nested = [nested]
    hostile = {
        "1_HD": {"path": 7, "url": {"a": 1}, "tags": [None, True, nested], "quality": []},
        "2_HD": {"path": "a\0b/2.png", "checkpoint_name": "x" * 2_000_000, "n": 2**70},
        "3_HD": {"path": "\ud800/3.png", "tags": {"name": "t"}},
    }
    path.write_text(json.dumps(hostile), "ascii")
    assert len(by_key(read_json_history(path))) == 3
