"""A booru on the page: looked at before anything is stored, downloaded, and its key checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.booru_site import BooruSite, booru
from tests.faults.booru_scene import BooruScene
from tests.faults.scene import SHORT
from tests.faulty_answers import reply
from tests.web.asking_browse import browse
from tests.web.asking_jobs import finished, start
from tests.web.conftest import PORT, PageClient

from artkeep.web.app import create_app
from artkeep.web.services import Services


@pytest.fixture
def site() -> Iterator[BooruSite]:
    with booru() as running:
        yield running


@pytest.fixture
def mine(tmp_path: Path, site: BooruSite) -> BooruScene:
    return BooruScene(tmp_path, site)


@pytest.fixture
def services(mine: BooruScene) -> Iterator[Services]:
    with mine.running(SHORT) as (engine, store):
        yield Services(mine.settings, store, engine, port=PORT)


@pytest.fixture
def client(services: Services) -> FlaskClient:
    app = create_app(services)
    app.test_client_class = PageClient
    return app.test_client()


def test_a_search_is_looked_at_and_then_downloaded_into_its_folder(
    client: FlaskClient, services: Services, site: BooruSite, mine: BooruScene
) -> None:
    posts = site.add(3, rating="explicit")
    site.add(1, tags=("sea",))
    page = browse(client, "safebooru:search:tree")
    assert [card["site_id"] for card in page["cards"]] == [
        str(post.id) for post in reversed(posts)
    ]
    assert {card["rating"] for card in page["cards"]} == {"XXX"}
    shown = client.get(page["cards"][0]["preview_url"], buffered=True)
    assert (shown.status_code, shown.data) == (200, posts[-1].body)
    job = start(client, "safebooru:search:tree", kind="download")
    assert finished(client, services, job["id"])["state"] == "completed"
    assert (mine.library / "tree" / f"{posts[0].id}.png").read_bytes() == posts[0].body


def test_a_key_is_asked_of_the_site_and_never_said_again(
    client: FlaskClient, site: BooruSite
) -> None:
    site.listing_fails = {0: reply(b'"Missing authentication. Key canary-key-1 is wrong"')}
    asked = {"site": "rule34", "key": "canary-key-1"}
    checked = client.post("/api/settings/check-key", json=asked)
    assert not checked.json["is_valid"]
    assert "canary" not in checked.text
    assert "Rule34 wants a key" in checked.json["text"]
    good = client.post("/api/settings/check-key", json=asked)
    assert good.json["is_valid"], good.json
    assert any("api_key=canary-key-1" in one.query for one in site.server.requests)
    none = client.post("/api/settings/check-key", json={"site": "safebooru", "key": "x"})
    assert (none.status_code, "takes no key" in none.json["message"]) == (422, True)
