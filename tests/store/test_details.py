"""Everything about one artwork, and about what went wrong in a job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from tests.store.rows import TAGS, THEN, Rows

from artkeep.domain.artwork import Artwork, Group, Kind, Link, Tag
from artkeep.store import artworks, failures, files, job_events, work
from artkeep.store.details import Wait, details
from artkeep.store.models import Failure, Place
from artkeep.store.places import whole_path
from artkeep.store.work import Deferral

LENA = Artwork(
    site="civitai",
    site_id="501",
    kind=Kind.IMAGE,
    page_url="https://civitai.com/images/501",
    author_id="77",
    version_id="345685",
    version_name="v6",
    prompt="x" * 300,
    negative_prompt="blurry",
    seed="18446744073709551615",
    generation={"steps": 30, "nested": [1, None]},
    md5="d41d8",
    group_id="9",
    position=2,
    tags=(Tag("sky", score=3, up=4, down=1, automated=False), Tag("cat")),
    links=(Link("remix_of", "400"),),
    raw={"id": 501},
)


def fail(rows: Rows, artwork_id: int, reason: str, job_id: int | None = None) -> None:
    statement = insert(Failure).values(
        artwork_id=artwork_id,
        stage="download",
        job_id=job_id,
        reason=reason,
        detail=f"{reason} of {artwork_id}",
        attempts=6,
        at=THEN,
    )
    rows.do(lambda connection: connection.execute(statement))


def test_everything_that_is_known_is_told(rows: Rows) -> None:
    group = Group("civitai", "9", title="A post")
    ((saved),) = rows.do(artworks.save_artworks, [LENA], [group])
    rows.belong(rows.target("lena"), [saved.id])
    rows.do(artworks.add_to_target, rows.target("bob"), 1, [(saved.id, "filtered_date")])
    fail(rows, saved.id, "html")
    found = rows.do(details, saved.id)
    assert found is not None
    assert found.columns == {
        "author_id": "77",
        "version_id": "345685",
        "version_name": "v6",
        "prompt": "x" * 300,
        "negative_prompt": "blurry",
        "seed": "18446744073709551615",
        "generation": {"steps": 30, "nested": [1, None]},
        "group_id": "9",
        "group_title": "A post",
        "position": 2,
        "upstream_hashes": {"md5": "d41d8"},
    }
    assert [tag["name"] for tag in found.tags] == ["sky", "cat"]
    assert found.tags[0]["up"] == 4
    assert found.links == [{"relation": "remix_of", "site": "civitai", "site_id": "400"}]
    assert [(one.stage, one.reason) for one in found.failures] == [("download", "html")]
    assert found.targets == ["user lena"]
    assert rows.do(details, 999) is None


def test_work_that_was_put_off_tells_until_when_and_why(rows: Rows) -> None:
    """NF-1. What is due, held by somebody or merely queued is not put off."""
    job_id = rows.job()
    late, due, idle = rows.asked(3, job_id)
    rows.do(work.ask, [late], TAGS, job_id)
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    claims = {claim.artwork_id: claim for claim in rows.claim(job_id, limit=2)}
    put_off = [
        Deferral(claims[late], later, "http_503", "busy"),
        Deferral(claims[due], THEN, "http_503"),
    ]
    rows.do(work.defer, "a", put_off)
    found = {id_: rows.do(details, id_) for id_ in (late, due, idle)}
    waits = {id_: one.waits for id_, one in found.items() if one is not None}
    assert waits == {late: [Wait("download", "http_503", "busy", later)], due: [], idle: []}
    with_owner = rows.claim(job_id, limit=9)
    assert {claim.artwork_id for claim in with_owner} == {due, idle}


def test_files_tell_where_they_lie_the_primary_place_first(rows: Rows) -> None:
    (artwork_id,) = rows.artworks(1)
    old = rows.file(artwork_id, path="a/1.png", state="missing")
    new = rows.file(artwork_id, path="a/2.png")
    linked = insert(Place).values(
        root_id=rows.root(),
        path="b/2.png",
        compare_key="b/2.png",
        file_id=new,
        is_primary=False,
    )
    rows.do(lambda connection: connection.execute(linked))
    found = rows.do(details, artwork_id)
    assert found is not None
    at = {one["id"]: (one["state"], one["paths"], one["media_url"]) for one in found.files}
    here = [whole_path("/library", path) for path in ("a/2.png", "b/2.png")]
    assert at[new] == ("present", here, f"/media/{new}")
    assert at[old][0] == "missing"
    assert [one["id"] for one in found.files] == [new, old]


def test_where_a_file_lies(rows: Rows) -> None:
    (artwork_id,) = rows.artworks(1)
    file_id = rows.file(artwork_id, path="a/1.png", format="webp", sha256="cd")
    assert rows.do(files.lying, file_id) == files.Lying("/library", "a/1.png", "webp", "cd")
    assert rows.do(files.lying, file_id + 1) is None


def test_single_failures_come_in_pages_the_newest_first(rows: Rows) -> None:
    job_id, other = rows.job(), rows.job()
    ids = rows.artworks(5)
    for artwork_id in ids[:4]:
        fail(rows, artwork_id, "html" if artwork_id % 2 else "gone", job_id)
    fail(rows, ids[4], "html", other)
    first = rows.do(failures.of_job, job_id, limit=3)
    rest = rows.do(failures.of_job, job_id, before=first[-1].id, limit=3)
    assert [one.artwork_id for one in [*first, *rest]] == ids[3::-1]
    assert first[0].site_id == str(ids[3])
    assert first[0].detail == f"gone of {ids[3]}"
    html = rows.do(failures.of_job, job_id, reason="html", limit=9)
    assert [one.artwork_id for one in html] == [ids[2], ids[0]]


@pytest.mark.parametrize(
    ("reason", "artwork", "left"),
    [(None, None, {"gone"}), ("gone", None, {"html"}), (None, 0, {"html"})],
)
def test_what_is_gone_is_only_asked_for_again_by_name(
    rows: Rows, reason: str | None, artwork: int | None, left: set[str]
) -> None:
    job_id = rows.job()
    ids = rows.artworks(2)
    fail(rows, ids[0], "gone", job_id)
    fail(rows, ids[1], "html", job_id)
    taken = rows.do(failures.forget, job_id, reason, None if artwork is None else ids[artwork])
    assert len(taken) == 1
    assert {row["reason"] for row in rows.failures()} == left


def test_the_log_of_a_job_comes_in_pages_the_newest_first(rows: Rows) -> None:
    job_id = rows.job()
    for number in range(5):
        rows.do(job_events.say, job_id, "listed", f"line {number}")
    rows.do(job_events.say, rows.job(), "listed", "another job")
    first = rows.do(job_events.newest, job_id, limit=3)
    rest = rows.do(job_events.newest, job_id, before=first[-1].id, limit=3)
    lines = [event.message for event in [*first, *rest]]
    assert lines == [f"line {number}" for number in (4, 3, 2, 1, 0)]
