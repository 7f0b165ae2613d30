"""What cards show, and that the JSON which the database writes is what was promised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from tests.store.rows import THEN, Rows

from artkeep.domain.target import TargetKind
from artkeep.store import artworks, shelf
from artkeep.store.models import Failure
from artkeep.store.shown import Standing, standings
from artkeep.web.schemas.artworks import ArtworkCard

HOSTILE = '</script><img src=x onerror="1">\\ "\n\t\x1e\x7f\u2028 😀 ＝1+1'


def card(rows: Rows, artwork_id: int) -> dict[str, Any]:
    with rows.store.reading() as connection:
        (found,) = shelf.cards(connection, [artwork_id])
    return found


def badge(rows: Rows, artwork_id: int) -> str:
    return str(card(rows, artwork_id)["badge"])


def test_a_card_is_what_the_schema_says(rows: Rows) -> None:
    (bare,) = rows.artworks(1)
    (full,) = rows.artworks(
        1,
        first=2,
        author="lena",
        title="Dawn",
        rating=2,
        posted_at=THEN,
        downloaded_at=THEN + timedelta(microseconds=5),
        width=12,
        height=34,
        model="Pony",
        base_model="SDXL",
        prompt="x" * 300,
        blurhash="U0",
        download_status="done",
        examine_status="done",
    )
    file_id = rows.file(full, size=2**40, format="webp")
    for artwork_id in (bare, full):
        found = card(rows, artwork_id)
        assert ArtworkCard.model_validate(found, strict=True).model_dump() == found
    assert card(rows, full) == {
        "id": full,
        "site": "civitai",
        "site_id": "2",
        "kind": "image",
        "page_url": "",
        "author": "lena",
        "title": "Dawn",
        "rating": "PG-13",
        "posted_at": "2026-05-31T12:00:00+00:00",
        "added_at": "2026-05-31T12:00:00+00:00",
        "downloaded_at": "2026-05-31T12:00:00+00:00",
        "width": 12,
        "height": 34,
        "model": "Pony",
        "base_model": "SDXL",
        "prompt": "x" * 200,
        "blurhash": "U0",
        "size": 2**40,
        "format": "webp",
        "download_status": "done",
        "examine_status": "done",
        "tags_status": "none",
        "embed_status": "none",
        "convert_status": "none",
        "badge": "have",
        "stars": 0,
        "is_favourite": False,
        "thumb_url": f"/thumbs/{full}?v={file_id}",
        "media_url": f"/media/{file_id}",
    }


def test_cards_come_in_the_order_that_is_asked_for(rows: Rows) -> None:
    first, second, third = rows.artworks(3)
    wanted = [second, third, 999, first]
    with rows.store.reading() as connection:
        found = shelf.cards(connection, wanted)
        assert shelf.cards(connection, []) == []
        assert shelf.cards(connection, [999]) == []
    assert [one["id"] for one in found] == [second, third, first]


def test_hostile_text_stays_text(rows: Rows) -> None:
    (artwork_id,) = rows.artworks(1, author=HOSTILE, title=HOSTILE, prompt=HOSTILE)
    found = card(rows, artwork_id)
    assert found["author"] == found["title"] == found["prompt"] == HOSTILE


@pytest.mark.parametrize(
    ("status", "files", "told"),
    [
        ("none", [], "new"),
        ("queued", [], "waiting"),
        ("queued", ["damaged"], "waiting"),
        ("failed", [], "failed"),
        ("skipped", [], "deleted"),  # removed in the program
        ("gone", [], "gone"),
        ("done", ["present"], "have"),
        ("done", ["changed"], "have"),
        ("done", ["missing"], "deleted"),
        ("done", ["trashed"], "deleted"),
        ("done", ["present", "missing"], "have"),
        ("done", [], "deleted"),
    ],
)
def test_the_badge_says_how_we_stand_with_it(
    rows: Rows, status: str, files: list[str], told: str
) -> None:
    (artwork_id,) = rows.artworks(1, download_status=status)
    for state in files:
        rows.file(artwork_id, state=state)
    assert badge(rows, artwork_id) == told


def test_what_every_target_left_out_is_skipped(rows: Rows) -> None:
    out, both = rows.artworks(2)
    safe, all_of_it = rows.target("lena"), rows.target("7", TargetKind.POST)
    left_out = [(out, "filtered_rating"), (both, "filtered_rating")]
    rows.do(artworks.add_to_target, safe, 1, left_out)
    rows.belong(all_of_it, [both])
    assert (badge(rows, out), badge(rows, both)) == ("skipped", "new")


def test_what_was_examined_has_a_thumbnail_a_video_that_of_its_still(rows: Rows) -> None:
    examined = {"download_status": "done", "examine_status": "done"}
    (picture,) = rows.artworks(1, **examined)
    (video,) = rows.artworks(1, first=2, kind="video", **examined)
    (fresh,) = rows.artworks(1, first=3, download_status="done")
    (lost,) = rows.artworks(1, first=4, **examined)
    (with_still,) = rows.artworks(1, first=5, kind="video", **examined)
    rows.file(with_still, perceptual_hash="d3434b2f1d78385a")
    assert card(rows, with_still)["thumb_url"].startswith(f"/thumbs/{with_still}?")
    for artwork_id in (picture, video, fresh):
        rows.file(artwork_id)
    rows.file(lost, state="missing")
    thumbs = [card(rows, one)["thumb_url"] for one in (picture, video, fresh, lost)]
    assert thumbs[0].startswith(f"/thumbs/{picture}?")
    assert thumbs[1:] == [None, None, None]
    assert card(rows, video)["media_url"] is not None
    assert card(rows, lost)["media_url"] is None


def test_the_frames_and_sources_of_an_artwork_are_not_its_file(rows: Rows) -> None:
    (artwork_id,) = rows.artworks(1, download_status="done")
    rows.file(artwork_id, role="frames")
    rows.file(artwork_id, role="source_image")
    assert badge(rows, artwork_id) == "deleted"
    shown = rows.file(artwork_id, role="rendered")
    assert card(rows, artwork_id)["media_url"] == f"/media/{shown}"


def test_standings_tell_why(rows: Rows) -> None:
    new, failed, out = rows.artworks(3)
    rows.do(artworks.add_to_target, rows.target(), 1, [(out, "filtered_date")])
    (failed,) = rows.artworks(1, first=9, download_status="failed")
    failure = insert(Failure).values(
        artwork_id=failed, stage="download", reason="html", attempts=1, at=THEN
    )
    rows.do(lambda connection: connection.execute(failure))
    assert rows.do(standings, "civitai", ["1", "3", "9", "77"]) == {
        "1": Standing(new, "new", None),
        "3": Standing(out, "skipped", "filtered_date"),
        "9": Standing(failed, "failed", "html"),
    }
    assert rows.do(standings, "elsewhere", ["1"]) == {}
