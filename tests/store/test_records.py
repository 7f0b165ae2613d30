"""Raw replies are packed before they are written; what is kept is the same."""

from __future__ import annotations

from dataclasses import replace

from tests.store.rows import Rows

from artkeep.domain.artwork import Artwork, Kind
from artkeep.store import artworks, models, records, stored

PAGE = [
    Artwork("civitai", str(number), Kind.IMAGE, "p", raw={"id": number, "odd": "\ud800\x00"})
    for number in range(1, 4)
]


def test_only_what_differs_from_what_is_kept_is_packed(rows: Rows) -> None:
    assert rows.do(records.pack_new, []) == {}
    assert rows.do(records.pack_new, PAGE).keys() == {"1", "2", "3"}
    rows.do(artworks.save_artworks, PAGE[:2], [])
    listed = [PAGE[0], replace(PAGE[1], raw={"id": 2, "title": "new"}), PAGE[2]]
    assert rows.do(records.pack_new, listed).keys() == {"2", "3"}


def test_a_packed_page_is_kept_like_one_that_was_not(rows: Rows) -> None:
    packed = rows.do(records.pack_new, PAGE[:2])
    saved = rows.do(artworks.save_artworks, PAGE, [], packed)
    found = rows.do(stored.load, [one.id for one in saved])
    assert [found[one.id].artwork.raw for one in saved] == [one.raw for one in PAGE]
    assert rows.do(records.pack_new, PAGE) == {}


def test_what_another_instance_kept_meanwhile_is_not_written_again(rows: Rows) -> None:
    packed = rows.do(records.pack_new, PAGE)
    rows.do(artworks.save_artworks, PAGE, [])
    before = rows.all(models.Record)
    rows.do(artworks.save_artworks, PAGE, [], packed)
    assert rows.all(models.Record) == before
