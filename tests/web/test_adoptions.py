"""Taking over what an earlier program left, from the page: looked at first, then a job."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.gallery import png
from tests.web.asking_jobs import PATIENCE_S, finished, steer, wait_for

from artkeep.jobs import adopt, adopt_job
from artkeep.media.legacy import Proven, prove
from artkeep.store.base import Store
from artkeep.web.services import Services


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Ten pictures with their history, one line without its file, and one that is no entry."""
    folder = tmp_path / "old"
    (folder / "p").mkdir(parents=True)
    for number in range(1, 11):
        (folder / f"p/{number}.png").write_bytes(png(number))
    told = {"quality": "HD", "download_date": "2024-05-01 - 12:00"}
    lines: dict[str, Any] = {
        f"{number}_HD": {"path": f"p/{number}.png", **told} for number in range(1, 12)
    }
    lines["nonsense"] = {"path": "p/x.png", **told}
    (folder / "downloaded_images.json").write_text(json.dumps(lines), "utf-8")
    return folder


def ask(client: FlaskClient, folder: object, *, what: str = "", status: int = 200) -> Any:
    reply = client.post(f"/api/adoptions{what}", json={"path": str(folder)})
    assert reply.status_code == status, reply.json
    return reply.json


def standings(store: Store) -> list[str]:
    """Download states of all artworks."""
    with store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT download_status FROM artworks")
        return sorted(str(status) for (status,) in rows)


def test_a_folder_is_looked_at_and_then_taken_over_by_a_job(
    client: FlaskClient, services: Services, store: Store, old: Path
) -> None:
    before = sorted(old.rglob("*"))
    outlook = ask(client, old)
    assert [outlook[name] for name in ("artworks", "with_file", "without_file", "known")] == [
        *(11, 10, 1, 0)
    ]
    (left_out,) = outlook["left_out"]
    assert (left_out["reason"], left_out["examples"]) == ("no_number", ["nonsense"])
    assert (standings(store), sorted(old.rglob("*"))) == ([], before)

    job = finished(client, services, ask(client, old, what="/start", status=201)["id"])
    assert (job["kind"], job["state"], job["reasons"]) == ("adopt", "completed", [])
    assert (job["total"], job["done"], job["have"], job["waiting"]) == (11, 10, 0, 0)
    assert job["bytes"] == sum(len(png(number)) for number in range(1, 11))
    assert job["stages"] == {"adopt": {"asked": 11, "done": 10, "no_file": 1, "left_out": 1}}
    assert standings(store) == [*["done"] * 10, "none"]
    log = client.get(f"/api/jobs/{job['id']}/events").json["events"]
    assert any(
        "1 left out" in line["message"] and "nonsense" in line["message"] for line in log
    )

    assert ask(client, old)["known"] == 10
    again = finished(client, services, ask(client, old, what="/start", status=201)["id"])
    assert (again["state"], again["done"], again["have"]) == ("completed", 0, 10)


def test_a_job_that_is_stopped_keeps_what_it_took_over_and_goes_on_behind_it(
    client: FlaskClient, store: Store, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, may_end = threading.Event(), threading.Event()
    running: list[Any] = []
    run = adopt_job._TakingOver.run

    def noted(self: Any) -> None:
        running.append(self)
        run(self)

    def held(path: str) -> Proven | str:
        if path.endswith("/8.png") and not may_end.is_set():
            reached.set()
            assert may_end.wait(PATIENCE_S)
        return prove(path)

    monkeypatch.setattr(adopt_job._TakingOver, "run", noted)
    monkeypatch.setattr(adopt, "prove", held)
    monkeypatch.setattr(adopt, "_AT_ONCE", 3)
    job_id = ask(client, old, what="/start", status=201)["id"]
    assert reached.wait(PATIENCE_S)
    assert steer(client, job_id, "pause").status_code == 200
    assert wait_for(client, job_id, "paused")["done"] < 10
    assert steer(client, job_id, "stop").status_code == 200
    assert running[0].is_over.wait(PATIENCE_S)
    may_end.set()
    stopped = wait_for(client, job_id, "stopped")
    assert (stopped["done"], stopped["total"], stopped["waiting"]) == (8, 11, 3)
    assert standings(store) == ["done"] * 8

    assert ask(client, old, what="/start", status=200)["id"] == job_id
    job = wait_for(client, job_id, "completed")
    assert (job["done"], job["have"], job["total"], job["waiting"]) == (10, 0, 11, 0)
    assert standings(store) == [*["done"] * 10, "none"]


@pytest.mark.parametrize("what", ["", "/start"])
def test_only_folders_of_ones_own_are_looked_at(
    client: FlaskClient, services: Services, tmp_path: Path, what: str
) -> None:
    assert ask(client, "pictures", what=what, status=422)["code"] == "bad_folder"
    assert ask(client, "/", what=what, status=422)["code"] == "system_folder"
    # SE-3: a form of another page cannot say it
    foreign = {"Origin": "http://127.0.0.1:9999"}
    reply = client.post(f"/api/adoptions{what}", json={"path": str(tmp_path)}, headers=foreign)
    assert (reply.status_code, reply.json["code"]) == (403, "foreign_origin")


def test_a_folder_that_has_gone_is_the_reason_why_its_job_is_incomplete(
    client: FlaskClient, services: Services, tmp_path: Path
) -> None:
    missing = tmp_path / "gone"
    assert ask(client, missing, status=404)["code"] == "not_found"
    job = finished(client, services, ask(client, missing, what="/start", status=201)["id"])
    assert (job["state"], [one["code"] for one in job["reasons"]]) == (
        "incomplete",
        ["not_found"],
    )
