"""Training sets from the page: counted first, then made by a job that can be stopped."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from tests.store.rows import Rows
from tests.web.asking_jobs import PATIENCE_S, finished, steer, wait_for

from artkeep.jobs import training
from artkeep.store import places
from artkeep.web.schemas.exports import TrainingOutlook
from artkeep.web.services import Services


@pytest.fixture
def out(services: Services, rows: Rows, tmp_path: Path) -> Path:
    """A folder beside a library of four pictures, the last one small, and a video."""
    library = services.settings.library
    for number, side in enumerate((300, 320, 340, 100), 1):
        path = library / f"{number}.png"
        Image.effect_noise((side, side), 90).save(path)
        content = path.read_bytes()
        (artwork_id,) = rows.artworks(1, first=number, download_status="done")
        rows.file(
            artwork_id,
            path=path.name,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            width=side,
            height=side,
            frames=1,
            perceptual_hash=f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}",
        )
    rows.do(places.save_root, "marker", str(library))
    rows.artworks(1, first=9, kind="video", download_status="done")
    return tmp_path / "sets" / "blue"


def body(folder: object, **told: Any) -> dict[str, Any]:
    usual = {"format": "kohya", "concept": "blue", "trigger": "hfm", "size": 256}
    export = {**usual, "repeats": 3, "min_side": 200, "folder": str(folder), **told}
    return {"kind": "export", "query": "", "export": export}


def start(client: FlaskClient, asked: dict[str, Any], status: int = 201) -> dict[str, Any]:
    reply = client.post("/api/jobs", json=asked)
    assert reply.status_code == status, reply.json
    found: dict[str, Any] = reply.json
    return found


def test_a_training_set_is_counted_and_then_made_by_a_job(
    client: FlaskClient, services: Services, out: Path
) -> None:
    told = client.post("/api/exports/preview", json=body("")).json
    TrainingOutlook.model_validate(told, strict=True)
    assert (told["artworks"], told["pictures"], told["steps"]) == (5, 3, 9)
    assert told["left_out"] == {"too_small": 1, "video": 1}
    assert told["buckets"] == [{"width": 256, "height": 256, "pictures": 3}]
    assert told["captions"][0]["caption"].startswith("hfm")
    assert not out.parent.exists(), "counting writes nothing"

    job = finished(client, services, start(client, body(out))["id"])
    assert (job["kind"], job["state"], job["reasons"]) == ("export", "completed", [])
    assert (job["total"], job["done"], job["have"], job["waiting"]) == (5, 3, 0, 0)
    assert job["skipped_by"] == {"too_small": 1, "video": 1}
    pictures = {f"civitai-{number}.png" for number in (1, 2, 3)}
    assert {one.name for one in (out / "3_blue").glob("*.png")} == pictures
    assert (out / "3_blue" / "civitai-1.txt").read_text().startswith("hfm")
    (line,) = [
        one["message"]
        for one in client.get(f"/api/jobs/{job['id']}/events").json["events"]
        if one["code"] == "training_set"
    ]
    assert "3 pictures and 3 captions written" in line
    assert "2 left out" in line

    # A picture that is not what it was fails by name; the others are there already.
    (services.settings.library / "2.png").write_bytes(b"something else")
    (out / "3_blue" / "civitai-2.png").unlink()
    again = finished(client, services, start(client, body(out))["id"])
    assert (again["state"], again["done"], again["have"]) == ("incomplete", 0, 2)
    assert (again["failed"], again["waiting"]) == (1, 0)
    (reason,) = again["reasons"]
    assert reason["code"] == "file_changed"
    assert "2.png" in reason["text"]


def test_a_stopped_one_goes_on_where_it_was_and_has_its_folder_for_itself(
    client: FlaskClient, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, may_go_on = threading.Event(), threading.Event()
    batch = training._Making.batch
    monkeypatch.setattr(training, "_BATCH", 1)

    async def held(self: Any, entries: Any) -> None:
        await batch(self, entries)
        reached.set()
        await asyncio.to_thread(may_go_on.wait, PATIENCE_S)

    monkeypatch.setattr(training._Making, "batch", held)
    job_id = start(client, body(out))["id"]
    assert reached.wait(PATIENCE_S)
    other = start(client, body(out, repeats=4), 422)
    assert other["code"] == "folder_in_use"
    assert steer(client, job_id, "pause").status_code == 200
    wait_for(client, job_id, "paused")
    may_go_on.set()
    assert steer(client, job_id, "stop").status_code == 200
    stopped = wait_for(client, job_id, "stopped")
    assert (stopped["done"], stopped["total"], stopped["waiting"]) == (1, 5, 2)

    assert start(client, body(out), 200)["id"] == job_id
    job = wait_for(client, job_id, "completed")
    assert (job["done"], job["have"], job["waiting"]) == (3, 0, 0)
    assert len(list((out / "3_blue").glob("*.txt"))) == 3


def test_two_jobs_never_write_to_one_folder(
    client: FlaskClient, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, may_go_on = threading.Event(), threading.Event()
    batch = training._Making.batch

    async def held(self: Any, entries: Any) -> None:
        reached.set()
        await asyncio.to_thread(may_go_on.wait, PATIENCE_S)
        await batch(self, entries)

    monkeypatch.setattr(training._Making, "batch", held)
    first = start(client, body(out))["id"]
    assert reached.wait(PATIENCE_S)
    assert steer(client, first, "stop").status_code == 200
    may_go_on.set()
    wait_for(client, first, "stopped")
    may_go_on.clear()
    reached.clear()
    second = start(client, body(out, repeats=4))["id"]
    assert second != first, "what was stopped is not in the way of something else"
    assert reached.wait(PATIENCE_S)
    assert steer(client, first, "resume").status_code == 200
    (reason,) = wait_for(client, first, "incomplete")["reasons"]
    assert reason["code"] == "folder_in_use"
    may_go_on.set()
    assert wait_for(client, second, "completed")["done"] == 3
    assert steer(client, first, "resume").status_code == 200
    assert wait_for(client, first, "completed")["done"] == 3
    assert {one.name for one in out.glob("*_blue")} == {"3_blue", "4_blue"}
    assert list((out / "4_blue").iterdir()) == [], "what is not wanted any more went"


def test_where_a_training_set_may_not_go_nothing_is_started(
    client: FlaskClient, services: Services, out: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    refused = {
        "pictures": "bad_folder",
        "": "bad_folder",
        "/": "bad_folder",
        str(services.settings.library / "sets"): "folder_in_use",
        str(services.settings.data_dir): "bad_folder",
        str(tmp_path / "mine"): "folder_in_use",
    }
    found = {folder: start(client, body(folder), 422)["code"] for folder in refused}
    assert found == refused
    assert client.get("/api/jobs").json["jobs"] == []
    # SE-3: a form of another page cannot say it
    foreign = {"Origin": "http://127.0.0.1:9999"}
    for path in ("/api/jobs", "/api/exports/preview"):
        reply = client.post(path, json=body(out), headers=foreign)
        assert (reply.status_code, reply.json["code"]) == (403, "foreign_origin")
