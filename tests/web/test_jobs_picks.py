"""Downloading ticked artworks and nothing else."""

from __future__ import annotations

import threading

from flask.testing import FlaskClient
from tests.faults.scene import Scene
from tests.faults.test_stopping import holding
from tests.faulty_answers import html, serve
from tests.gallery import Gallery, Picture
from tests.store.rows import Rows
from tests.web.asking_jobs import LENA, PATIENCE_S, finished, listings, show, start

from artkeep.store.models import JobPick
from artkeep.web.previewed import Previewed
from artkeep.web.services import Services


def preview(client: FlaskClient, *pictures: Picture) -> list[dict[str, str]]:
    """Browse, then tick these."""
    cards = client.get("/api/browse", query_string={"target": LENA}).json["cards"]
    assert {str(picture.id) for picture in pictures} <= {card["site_id"] for card in cards}
    return ticks(*pictures)


def ticks(*pictures: Picture) -> list[dict[str, str]]:
    return [{"site": "civitai", "site_id": str(picture.id)} for picture in pictures]


def test_ticked_artworks_are_fetched_without_listing_anything(
    client: FlaskClient, services: Services, site: Gallery, scene: Scene
) -> None:
    pictures = site.add("lena", 5)
    picked = pictures[1:3]
    picks = preview(client, *picked)
    asked_before = listings(site)
    begun = start(client, picks=picks, options={"max_items": 1, "kinds": ["video"]})
    assert begun["title"] == "Download 2 of user lena"
    job = finished(client, services, begun["id"])
    assert listings(site) == asked_before
    assert (job["state"], job["total"], job["done"], job["reasons"]) == ("completed", 2, 2, [])
    (line,) = job["targets"]
    assert (line["key"], line["is_listed"], line["listed"], line["have"]) == (LENA, True, 2, 2)
    scene.require_exactly(picked)
    (target,) = client.get("/api/targets").json["targets"]
    assert target["is_listed"] is False


def test_ticked_artworks_that_are_forgotten_are_asked_for_by_their_ids(
    client: FlaskClient, services: Services, site: Gallery, scene: Scene
) -> None:
    known, forgotten, other = site.add("lena", 3)
    preview(client, known, forgotten)
    remembered = services.previewed.recall("civitai", str(known.id))
    assert remembered is not None
    services.previewed = Previewed(services)
    services.previewed.remember([remembered], {})
    job = finished(client, services, start(client, picks=ticks(known, forgotten))["id"])
    assert (job["state"], job["done"]) == ("completed", 2)
    assert [line["kind"] for line in job["targets"]] == ["user", "image"]
    scene.require_exactly([known, forgotten])
    services.previewed = Previewed(services)
    job = finished(client, services, start(client, picks=ticks(other))["id"])
    assert (job["state"], job["title"]) == ("completed", f"Download image {other.id}")


def test_ticking_what_is_there_fetches_nothing_and_what_was_deleted_anew(
    client: FlaskClient, services: Services, site: Gallery, scene: Scene
) -> None:
    kept, deleted = site.add("lena", 2)
    finished(client, services, start(client)["id"])
    scene.place(deleted).unlink()
    picks = preview(client, kept, deleted)
    job = finished(client, services, start(client, picks=picks)["id"])
    assert (job["state"], job["done"], job["have"]) == ("completed", 1, 1)
    assert (len(site.asked(kept)), len(site.asked(deleted))) == (1, 2)
    scene.require_exactly([kept, deleted])


def test_picks_do_not_wait_for_the_rest_of_their_target(
    client: FlaskClient, services: Services, site: Gallery, rows: Rows
) -> None:
    """Another job is busy with the whole of it: that is nothing of theirs."""
    pictures = site.add("lena", 2)
    slow, picked = pictures
    arrivals = threading.Semaphore(0)
    site.media(slow, holding(slow.body, arrivals), serve(slow.body))
    site.media(picked, html(status=404))
    everything = start(client)
    assert arrivals.acquire(timeout=PATIENCE_S)
    (fresh,) = site.add("lena")
    picks = preview(client, fresh)
    job = finished(client, services, start(client, picks=picks)["id"])
    assert (job["state"], job["done"]) == ("completed", 1)
    assert show(client, everything["id"])["state"] == "running"
    assert len(rows.all(JobPick)) == 1


def test_the_same_ticks_again_go_on_with_the_job_that_has_them(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    one, other = site.add("lena", 2)
    arrivals = threading.Semaphore(0)
    site.media(one, holding(one.body, arrivals))
    first = start(client, picks=preview(client, one))
    assert arrivals.acquire(timeout=PATIENCE_S)
    assert start(client, picks=ticks(one, one), status=200)["id"] == first["id"]
    assert start(client, picks=ticks(one, other))["id"] != first["id"]
