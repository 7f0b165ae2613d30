"""Taking artworks over, on SQLite and PostgreSQL: once, and without harm to what is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.store.rows import Rows

from artkeep.domain.artwork import Artwork, Kind, StageName, Tag
from artkeep.store import adoption, models
from artkeep.store.adopted_files import FoundFile
from artkeep.store.adoption import Adoptee

WHEN = datetime(2024, 5, 1, 12, tzinfo=UTC)


def artwork(site_id: str) -> Artwork:
    return Artwork("civitai", site_id, Kind.IMAGE, "", raw={"adopted": [{"key": site_id}]})


def file(root_id: int, *paths: str, sha256: str = "ab", quality: str = "hd") -> FoundFile:
    places = tuple((root_id, path) for path in paths)
    return FoundFile("original", quality, "png", Kind.IMAGE, 3, sha256, sha256, 9, 7, places)


def adoptees(root_id: int, target_id: int) -> list[Adoptee]:
    """Three: one in two places and two qualities, one without a file, one whose tags are known
    with their votes."""
    both = (
        file(root_id, "lena/1.jpeg", sha256="cd", quality="sd"),
        file(root_id, "lena/1.png", "model/1.png"),
    )
    voted = replace(artwork("3"), tags=(Tag("sky", "", "7", score=5, display="Sky"),))
    return [
        Adoptee(artwork("1"), both, WHEN, (Tag("noted"),), (target_id,)),
        Adoptee(artwork("2"), target_ids=(target_id,)),
        Adoptee(voted, (file(root_id, "lena/3.png", sha256="ef"),), voted_at=WHEN),
    ]


def test_artworks_files_places_tags_and_memberships_are_taken_over_once(rows: Rows) -> None:
    batch = adoptees(rows.root(), rows.target())
    taken = rows.do(adoption.adopt, "civitai", batch)
    assert (taken.new, taken.with_file, taken.tags, taken.memberships) == (3, 2, 1, 2)
    first, second, third = rows.all(models.Artwork)
    assert [one["download_status"] for one in (first, second, third)] == [
        "done",
        "none",
        "done",
    ]
    assert (first["downloaded_at"], first["width"], first["examine_status"]) == (
        WHEN,
        9,
        "queued",
    )
    assert (third["tags_status"], third["tagged_at"]) == ("done", WHEN)
    assert [one["quality"] for one in rows.all(models.File)][:1] == ["sd"]
    assert [(one["path"], one["is_primary"]) for one in rows.all(models.Place)] == [
        ("lena/1.jpeg", True),
        ("lena/1.png", True),
        ("model/1.png", False),
        ("lena/3.png", True),
    ]
    origins = sorted((one["origin"], one["score"]) for one in rows.all(models.ArtworkTag))
    assert origins == [("user", None), ("votes", 5)]
    assert [one["display"] for one in rows.all(models.SiteTag)] == ["Sky"]
    assert [one["stage"] for one in rows.work()] == [StageName.EXAMINE] * 2

    tables = (models.Artwork, models.File, models.Place, models.ArtworkTag, models.Record)
    before = [rows.all(table) for table in tables]
    again = rows.do(adoption.adopt, "civitai", batch)
    assert (again.new, again.with_file, again.tags, again.memberships) == (0, 0, 0, 0)
    assert [rows.all(table) for table in tables] == before


def test_a_place_that_another_artwork_has_is_not_taken_from_it(rows: Rows) -> None:
    (other,) = rows.artworks(1, first=50)
    rows.file(other, path="lena/1.PNG")
    taken = rows.do(
        adoption.adopt, "civitai", [Adoptee(artwork("1"), (file(rows.root(), "lena/1.png"),))]
    )
    assert (taken.new, taken.with_file, taken.taken_paths) == (1, 0, ("lena/1.png",))


def test_a_file_found_for_an_artwork_that_failed_ends_its_failure_and_its_work(
    rows: Rows,
) -> None:
    job = rows.job()
    (known,) = rows.asked(1, job)
    with rows.store.writing() as connection:
        connection.execute(
            models.Failure.__table__.insert().values(
                artwork_id=known, stage="download", reason="gone", attempts=1, at=WHEN
            )
        )
    batch = [Adoptee(artwork("1"), (file(rows.root(), "lena/1.png"),))]
    assert rows.do(adoption.adopt, "civitai", batch).with_file == 1
    assert rows.status(known) == "done"
    assert rows.failures() == []
    assert [one["stage"] for one in rows.work()] == ["examine"]
