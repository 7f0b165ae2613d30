"""Everything that was ever asked for, with its ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from tests.gallery import Gallery
from tests.store.rows import Rows

from artkeep.web.services import Services

LENA = "civitai:user:lena"


def test_a_target_shows_its_counts_and_its_ledger_how_it_was_walked(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    site.add("lena", 3)
    job = client.post("/api/jobs", json={"targets": [LENA]}).json
    services.engine.run_job(job["id"]).result(timeout=30)
    (line,) = client.get("/api/targets").json["targets"]
    assert (line["key"], line["listed"], line["have"], line["new"]) == (LENA, 3, 3, 0)
    assert line["checked_at"]
    assert line["listings"] == []
    ledger = client.get(f"/api/targets/{line['id']}/ledger").json
    assert {**ledger, "listings": []} == line
    assert sum(one["seen"] for one in ledger["listings"]) >= 3
    assert {one["ended"] for one in ledger["listings"]} == {"end"}


def test_targets_come_in_pages_the_newest_first(client: FlaskClient, rows: Rows) -> None:
    ids = [rows.target(f"user{number}") for number in range(5)]
    first = client.get("/api/targets?limit=3").json
    rest = client.get(f"/api/targets?limit=3&cursor={first['next_cursor']}").json
    assert [line["id"] for line in first["targets"] + rest["targets"]] == ids[::-1]
    assert rest["next_cursor"] is None


def test_a_target_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    reply = client.get("/api/targets/7/ledger")
    assert (reply.status_code, reply.json["code"]) == (404, "no_target")


def test_a_target_is_watched_from_an_interval_on_and_no_more(
    client: FlaskClient, rows: Rows
) -> None:
    target_id = rows.target("lena")
    (line,) = client.get("/api/targets").json["targets"]
    assert (line["is_watched"], line["next_check_at"]) == (False, None)
    body = {"is_watched": True, "check_every_s": 7200}
    line = client.put(f"/api/targets/{target_id}/watch", json=body).json
    assert (line["is_watched"], line["check_every_s"]) == (True, 7200)
    away = datetime.fromisoformat(line["next_check_at"]) - datetime.now(UTC)
    assert timedelta(hours=1.7) < away < timedelta(hours=2.3)
    assert client.get("/api/targets").json["targets"] == [line]
    line = client.put(f"/api/targets/{target_id}/watch", json={"is_watched": False}).json
    assert (line["is_watched"], line["check_every_s"]) == (False, None)
    assert line["next_check_at"] is None


def test_an_interval_has_bounds_and_a_target_has_to_be_there(
    client: FlaskClient, rows: Rows
) -> None:
    target_id = rows.target("lena")
    for every_s in (59, 3599, 8 * 24 * 3600, "often"):
        body = {"is_watched": True, "check_every_s": every_s}
        reply = client.put(f"/api/targets/{target_id}/watch", json=body)
        assert (reply.status_code, reply.json["code"]) == (422, "invalid")
    reply = client.put("/api/targets/99/watch", json={"is_watched": True})
    assert (reply.status_code, reply.json["code"]) == (404, "no_target")
