"""Source images as files, and what files tell of artworks: on both databases."""

from __future__ import annotations

from sqlalchemy import select
from tests.store.rows import Rows

from artkeep.domain.artwork import StageName
from artkeep.store import embedded, source_images
from artkeep.store.models import Artwork, File, Place
from artkeep.store.source_images import SourceFile


def test_a_source_image_is_a_file_of_its_artwork_that_nothing_is_written_into(
    rows: Rows,
) -> None:
    (artwork_id,) = rows.artworks(1)
    original = rows.file(artwork_id, path="a/1.png")
    source = SourceFile(rows.root(), "a/1.source.png", "cd", 5, "png", 4, 3)
    for _ in range(2):  # the same work again, after a death
        rows.do(source_images.keep, artwork_id, source)
    with rows.store.reading() as connection:
        found = connection.execute(
            select(File.role, File.sha256, Place.path, Place.is_primary)
            .join(Place, Place.file_id == File.id)
            .order_by(File.id)
        ).all()
        whole = embedded.files_of(connection, [artwork_id], rows.root())
    assert [tuple(row) for row in found] == [
        ("original", "ab", "a/1.png", True),
        ("source_image", "cd", "a/1.source.png", False),
    ]
    assert [one.id for one in whole[artwork_id]] == [original]


def test_only_who_holds_the_work_notes_what_a_file_tells(rows: Rows) -> None:
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id, StageName.EMBED)
    (claim,) = rows.claim(job_id, stage=StageName.EMBED)
    told = {"prompt": "a boat", "generation": {"Steps": "20", "名": "船"}}
    assert not rows.do(embedded.note_making, "another", claim, {"prompt": "no"})
    assert rows.do(embedded.note_making, "a", claim, told)
    with rows.store.reading() as connection:
        one = connection.execute(
            select(Artwork.prompt, Artwork.generation).where(Artwork.id == artwork_id)
        ).one()
    assert tuple(one) == ("a boat", told["generation"])
