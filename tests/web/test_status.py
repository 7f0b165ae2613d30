"""`/api/status`, `/api/sites`: what is counted, and how seldom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from tests.fake_clock import FakeClock
from tests.gallery import Gallery
from tests.store.rows import Rows

from artkeep.store import overview
from artkeep.web.board import StatusBoard
from artkeep.web.rates import Rates
from artkeep.web.schemas.status import Status
from artkeep.web.services import Services

NOW = datetime.now(UTC)


@pytest.fixture
def clock(services: Services) -> FakeClock:
    """The clock by which the board finds its figures too old."""
    fake = FakeClock()
    services.board = StatusBoard(services, clock=fake.now)
    return fake


def read(client: FlaskClient) -> Status:
    reply = client.get("/api/status")
    assert reply.status_code == 200
    return Status.model_validate_json(reply.data)


def test_an_empty_house_says_so(client: FlaskClient, services: Services) -> None:
    status = read(client)
    assert (status.artworks, status.downloaded, status.bytes) == (0, 0, 0)
    assert status.instance == services.engine.owner
    assert [one.is_this for one in status.instances] == [True]
    assert (status.database, status.is_demo, status.is_online) == ("SQLite", False, True)
    assert status.library == str(services.settings.library)
    assert status.library_free_bytes is not None


def test_what_there_is_is_counted(client: FlaskClient, rows: Rows) -> None:
    rows.artworks(3, download_status="done")
    rows.artworks(2, first=10)
    status = read(client)
    assert (status.artworks, status.downloaded) == (5, 3)


def test_jobs_are_counted_by_how_they_are(client: FlaskClient, rows: Rows) -> None:
    long_ago = NOW - timedelta(days=3)
    for state, ended in (
        *(("running", None), ("queued", None), ("queued", None), ("paused", None)),
        *(("completed", NOW), ("completed", long_ago), ("failed", NOW), ("incomplete", NOW)),
    ):
        rows.job(state=state, ended_at=ended, signature=f"{state}{ended}")
    status = read(client)
    assert (status.jobs_active, status.jobs_queued) == (1, 2)
    assert (status.jobs_failed, status.jobs_done_today) == (2, 1)


def test_a_failed_job_that_was_begun_again_is_no_failure_any_more(
    client: FlaskClient, rows: Rows
) -> None:
    rows.job(state="failed", ended_at=NOW, signature="the same")
    rows.job(state="completed", ended_at=NOW, signature="the same")
    assert read(client).jobs_failed == 0


def test_a_library_whose_disk_is_gone_has_no_free_space(
    client: FlaskClient, services: Services
) -> None:
    settings = services.settings
    services.settings = settings.model_copy(update={"library": settings.library / "gone"})
    assert read(client).library_free_bytes is None


def test_the_first_start_ends_when_the_page_says_so_and_a_demo_has_none(
    client: FlaskClient, services: Services, clock: FakeClock
) -> None:
    assert read(client).is_first_start is True
    ui = services.settings.ui.model_copy(update={"welcomed": True})
    services.settings = services.settings.model_copy(update={"ui": ui})
    clock.time += 2
    assert read(client).is_first_start is False
    demo = replace(services, is_demo=True)
    assert demo.board.read().is_first_start is False


def test_it_is_counted_once_a_second_however_often_it_is_asked_for(
    client: FlaskClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    count = overview.job_counts

    def note(*args: object) -> overview.JobCounts:
        counted.append(clock.now())
        return count(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(overview, "job_counts", note)
    for _ in range(4):
        for _ in range(10):
            read(client)
        clock.time += 0.5
    assert len(counted) == 2


def test_the_sites_and_what_they_can(client: FlaskClient, site: Gallery) -> None:
    civitai, gelbooru, *_ = client.get("/api/sites").json["sites"]
    assert (civitai["name"], civitai["title"], civitai["has_key"]) == (
        "civitai",
        "Civitai",
        False,
    )
    assert civitai["kinds"][0] == "user"
    assert "key" in civitai["note"]
    assert (civitai["is_booru"], civitai["needs_key"], civitai["has_user"]) == (False,) * 3
    assert (gelbooru["name"], gelbooru["title"]) == ("gelbooru", "Gelbooru")
    assert {"search", "image", "pool", "favourites"} == set(gelbooru["kinds"])
    assert gelbooru["is_booru"]
    assert gelbooru["needs_key"]
    assert gelbooru["has_user"]
    assert not gelbooru["is_own"]
    assert "paste the whole line" in gelbooru["note"]


def test_a_rate_is_that_of_the_last_ten_seconds() -> None:
    clock = FakeClock()
    rates = Rates(clock=clock.now)
    assert rates.note(1, 0, 0) == (0.0, 0.0)
    for second in range(1, 21):
        clock.time += 1
        rates.note(1, second * 10, second * 1000)
    assert rates.note(1, 200, 20_000) == (10.0, 1000.0)
    for _ in range(11):  # it stands still
        clock.time += 1
        last = rates.note(1, 200, 20_000)
    assert last == (0.0, 0.0)


def test_a_job_that_begins_anew_has_no_rate_below_zero() -> None:
    clock = FakeClock()
    rates = Rates(clock=clock.now)
    rates.note(1, 100, 100)
    clock.time += 1
    assert rates.note(1, 5, 5) == (0.0, 0.0)
