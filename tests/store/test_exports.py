"""The export has every artwork once, in order, read in many short transactions."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from sqlalchemy import insert
from tests.store.rows import THEN, Rows

from artkeep.domain.query import Query, parse_query
from artkeep.store import exports
from artkeep.store.models import ArtworkTag, Tag
from artkeep.store.order import Sort
from artkeep.store.places import whole_path


def exported(rows: Rows, query: str = "", sort: Sort = Sort.ID) -> list[dict[str, str]]:
    pieces = exports.as_csv(rows.store, parse_query(query), sort)
    return list(csv.DictReader(io.StringIO("".join(pieces), newline=""), strict=True))


def test_a_line_has_what_a_collector_wants(rows: Rows) -> None:
    (artwork_id,) = rows.artworks(
        1,
        page_url="https://civitai.com/images/1",
        author="=lena",
        title='She said "no",\nthen left',
        rating=8,
        posted_at=THEN,
        downloaded_at=THEN,
        width=12,
        height=34,
        model="Pony",
        version_name="v6",
        base_model="SDXL",
        prompt="猫, \u3000=1+1",
        negative_prompt="@blurry",
        seed="-1",
        download_status="done",
    )
    rows.file(artwork_id, path="Images/lena/1.png", size=5, format="png", sha256="abc")
    for number, name in enumerate(("sky", "+cat"), start=1):
        rows.do(
            lambda c, n=number, t=name: c.execute(insert(Tag).values(id=n, name=t, category=""))
        )
        tagged = insert(ArtworkTag).values(
            artwork_id=artwork_id, tag_id=number, origin="site", fetched_at=THEN
        )
        rows.do(lambda c, statement=tagged: c.execute(statement))
    (line,) = exported(rows)
    assert set(line.pop("tags").split(", ")) == {"sky", "+cat"}
    assert line == {
        "site": "civitai",
        "site_id": "1",
        "page_url": "https://civitai.com/images/1",
        "kind": "image",
        "author": "'=lena",
        "title": 'She said "no",\nthen left',
        "rating": "X",
        "posted_at": "2026-05-31T12:00:00+00:00",
        "added_at": "2026-05-31T12:00:00+00:00",
        "downloaded_at": "2026-05-31T12:00:00+00:00",
        "width": "12",
        "height": "34",
        "model": "Pony",
        "version": "v6",
        "base_model": "SDXL",
        "prompt": "猫, \u3000=1+1",
        "negative_prompt": "'@blurry",
        "seed": "-1",
        "download_status": "done",
        "format": "png",
        "size": "5",
        "sha256": "abc",
        "path": whole_path("/library", "Images/lena/1.png"),
        "quality": "hd",
        "url": "",
        "checkpoint_name": "Pony",
        "stars": "",
        "favourite": "",
    }


def test_what_is_not_known_is_empty(rows: Rows) -> None:
    rows.artworks(1)
    (line,) = exported(rows)
    told = {name for name, cell in line.items() if cell}
    assert told == {"site", "site_id", "kind", "added_at", "download_status"}


@pytest.mark.parametrize("sort", Sort)
def test_every_artwork_comes_once_and_in_order_over_many_pieces(
    rows: Rows, sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_LINES_AT_ONCE", 4)
    ids = rows.artworks(11)
    found = [int(line["site_id"]) for line in exported(rows, sort=sort)]
    rising = sort in (Sort.OLDEST, Sort.ID, Sort.SMALLEST, Sort.MILDEST)
    assert found == sorted(range(1, len(ids) + 1), reverse=not rising)
    assert [line["site_id"] for line in exported(rows, "id:3,9")] == ["3", "9"]


def test_nothing_found_leaves_the_header(rows: Rows) -> None:
    assert (
        "".join(exports.as_csv(rows.store, parse_query("kind:video"), Sort.ID)).count("\r\n")
        == 1
    )


def test_no_transaction_stays_open_between_pieces(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RB-12: whoever reads slowly keeps nobody from anything."""
    monkeypatch.setattr(exports, "_LINES_AT_ONCE", 2)
    rows.artworks(5)
    pool: Any = rows.store.engine.pool
    open_before = pool.checkedout()
    for _ in exports.as_csv(rows.store, Query(), Sort.ID):
        assert pool.checkedout() == open_before
