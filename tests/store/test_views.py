"""The views show the columns and keys that scripts for the program's forerunner read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text, update
from tests.store.rows import DOWNLOAD, Rows, wish

from artkeep.domain.target import TargetKind
from artkeep.store import artworks, files, places, work
from artkeep.store.files import Settled
from artkeep.store.models import Artwork, File

URL = "https://media.example/501.jpeg"


def view(rows: Rows, name: str) -> list[dict[str, Any]]:
    with rows.store.reading() as connection:
        found = connection.execute(text(f"SELECT * FROM {name} ORDER BY image_key"))
        return [dict(row) for row in found.mappings()]


def keys(rows: Rows) -> list[str]:
    return [row["image_key"] for row in view(rows, "tracked_images")]


def stored(rows: Rows, site_id: int = 501, **columns: Any) -> int:
    """A downloaded artwork at `/library/Images/<site id>.png`."""
    (artwork_id,) = rows.artworks(1, first=site_id, **columns)
    rows.do(work.ask, [artwork_id], DOWNLOAD, None)
    (claim,) = rows.claim(None)
    root_id = rows.root()
    intents = rows.do(
        places.reserve,
        "a",
        root_id,
        [wish(claim, f"Images/{site_id}.png", sha256=str(site_id))],
    )
    settled = Settled(claim, intents[claim.id], 1, 1, 3, "image")
    rows.do(files.settle, "a", [settled])
    return artwork_id


def test_an_artwork_of_no_target_has_the_key_of_the_first_versions(rows):
    artwork_id = stored(rows, media_url=URL, model="Pony", version_name="v6")
    at = datetime(2026, 5, 31, 9, 7, 59, 500_000, tzinfo=UTC)
    rows.do(
        lambda c: c.execute(
            update(Artwork).where(Artwork.id == artwork_id).values(downloaded_at=at)
        )
    )
    local = at.astimezone() if rows.store.is_sqlite else at
    assert view(rows, "tracked_images") == [
        {
            "image_key": "501_HD",
            "image_id": "501",
            "quality": "HD",
            "path": "/library/Images/501.png",
            "download_date": local.strftime("%Y-%m-%d - %H:%M"),
            "url": URL,
            "checkpoint_name": "Pony",
            "target_type": None,
            "target_value": None,
        }
    ]
    assert view(rows, "image_tags") == []


@pytest.mark.parametrize(
    ("kind", "value", "key", "shown"),
    [
        (TargetKind.USER, "Lena_Paints", "username:Lena_Paints_501_HD", "username"),
        (TargetKind.MODEL, "1234", "model:1234_501_HD", "model"),
        (TargetKind.VERSION, "345685", "modelVersion:345685_501_HD", "modelVersion"),
        (TargetKind.MODEL_TAG, "blue sky", "tag:blue_sky_501_HD", "tag"),
    ],
)
def test_an_artwork_of_a_target_has_the_key_of_that_target(rows, kind, value, key, shown):
    rows.belong(rows.target(value, kind), [stored(rows)])
    (row,) = view(rows, "tracked_images")
    assert (row["image_key"], row["target_type"]) == (key, shown)
    assert row["target_value"] == value.replace(" ", "_")


def test_an_artwork_of_two_targets_has_two_rows_and_its_tag(rows):
    artwork_id = stored(rows)
    rows.belong(rows.target("lena"), [artwork_id])
    rows.belong(rows.target("blue sky", TargetKind.MODEL_TAG), [artwork_id])
    assert keys(rows) == ["tag:blue_sky_501_HD", "username:lena_501_HD"]
    assert view(rows, "image_tags") == [{"image_key": "tag:blue_sky_501_HD", "tag": "blue_sky"}]


def test_kinds_of_targets_that_were_unknown_then_add_no_row_of_their_own(rows):
    artwork_id = stored(rows)
    rows.belong(rows.target("77", TargetKind.COLLECTION), [artwork_id])
    assert keys(rows) == ["501_HD"]
    rows.belong(rows.target("lena"), [artwork_id])
    assert keys(rows) == ["username:lena_501_HD"]


def test_a_target_that_left_an_artwork_out_does_not_count(rows):
    artwork_id = stored(rows)
    rows.do(artworks.add_to_target, rows.target(), 1, [(artwork_id, "filtered_rating")])
    assert keys(rows) == ["501_HD"]


def test_small_pictures_are_marked(rows):
    stored(rows)
    rows.do(lambda connection: connection.execute(update(File).values(quality="sd")))
    (row,) = view(rows, "tracked_images")
    assert (row["image_key"], row["quality"]) == ("501_SD", "SD")


def test_only_files_that_are_there_and_only_of_civitai_are_shown(rows):
    stored(rows, 501)
    lost = stored(rows, 502)
    stored(rows, 503, site="danbooru")
    rows.artworks(1, first=504)
    rows.do(files.mark, [rows.do(files.originals, [lost])[lost].file_id], "missing")
    assert keys(rows) == ["501_HD"]


def test_without_a_model_its_version_and_then_its_base_is_named(rows):
    stored(rows, 1, version_name="v6", base_model="SDXL")
    stored(rows, 2, base_model="SDXL")
    stored(rows, 3)
    found = [row["checkpoint_name"] for row in view(rows, "tracked_images")]
    assert found == ["v6", "SDXL", None]
