"""What the classic summaries are made of, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update
from tests.store.rows import DOWNLOAD, THEN, Rows

from artkeep.domain.target import TargetKind
from artkeep.store import artworks, jobs, places
from artkeep.store.base import Store
from artkeep.store.classic import LeftOver, TaggedFile, files_of_tag, left_over
from artkeep.store.models import Work

FOLDER = "Model_Tag_Search/kite"


@pytest.fixture
def rows(store: Store) -> Rows:
    return Rows(store)


def test_the_files_of_a_tag_are_those_in_its_folder_with_their_other_tags(rows: Rows) -> None:
    kite, sky, user = (
        rows.target("kite", TargetKind.MODEL_TAG),
        rows.target("Sky", TargetKind.MODEL_TAG),
        rows.target("lena"),
    )
    ids = rows.artworks(4, download_status="done", model="M", media_url="https://x/1")
    for target_id in (kite, user):
        rows.belong(target_id, ids)
    rows.belong(sky, ids[:2])
    rows.do(artworks.add_to_target, kite, 0, [(ids[3], "filtered_prompt")])
    rows.file(ids[0], path="Model_Tag_Search/kite/model_2/b.png")
    rows.file(ids[1], path="Model_Tag_Search/kite/model_1/a.png")
    rows.file(ids[2], path="Username_Search/lena/c.png")
    rows.file(ids[3], path="Model_Tag_Search/kite/model_1/d.png")
    lost = rows.artworks(1, first=9, download_status="done")
    rows.belong(kite, lost)
    rows.file(lost[0], path="Model_Tag_Search/kite/e.png", state="missing")

    with rows.store.reading() as connection:
        found = files_of_tag(connection, "civitai:model_tag:kite", rows.root(), FOLDER)

    elsewhere = places.whole_path("/library", "Username_Search/lena/c.png")
    assert found == [
        TaggedFile(elsewhere, (), "M", "https://x/1"),
        TaggedFile("model_1/a.png", ("Sky",), "M", "https://x/1"),
        TaggedFile("model_2/b.png", ("Sky",), "M", "https://x/1"),
    ]


def test_what_a_job_left_over_is_told_by_reason(rows: Rows) -> None:
    target_id, job_id = rows.target("lena"), rows.job()
    now, before = THEN + timedelta(minutes=1), THEN - timedelta(days=1)
    told = {"download_status": "done", "downloaded_at": now}
    bare = rows.artworks(2, **told)
    full = rows.artworks(3, first=10, **told, generation={"prompt": "x"})
    earlier = rows.artworks(1, first=20, **told | {"downloaded_at": before})
    members = [(id_, None) for id_ in (*bare, *full, *earlier)]
    members[0] = (bare[0], "filtered_type")
    rows.do(artworks.add_to_target, target_id, job_id, members)
    rows.asked(2, job_id)
    rows.store.transact(
        lambda connection: connection.execute(
            update(Work).values(not_before=THEN, reason="not_found")
        )
    )
    rows.do(jobs.count, job_id, DOWNLOAD, jobs.FETCHED, "70", amount=3)
    rows.do(jobs.count, job_id, DOWNLOAD, jobs.OVER, "70", amount=1)
    rows.do(jobs.count, job_id, DOWNLOAD, "known", "gone", amount=2)
    rows.do(jobs.count, job_id, DOWNLOAD, "known", "present", amount=5)

    with rows.store.reading() as connection:
        left = left_over(connection, job_id, target_id, THEN)

    assert left == LeftOver(
        bare=1,
        untagged=5,
        known_of_type=1,
        gone_before=2,
        deferred={"not_found": 2},
        of_models={"70": 3},
        over_limit={"70": 1},
    )
