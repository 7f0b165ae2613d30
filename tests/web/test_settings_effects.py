"""Settings changed over HTTP: what takes effect at once, and what another library means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from tests.faults.scene import SHORT, Scene
from tests.faulty_answers import stall
from tests.gallery import Gallery
from tests.web.asking_settings import KEY, change, new_job, page, refused, run_job
from tests.web.conftest import PORT

from artkeep.web.app import create_app
from artkeep.web.services import Services

# --- what takes effect at once


def browse(client: FlaskClient) -> int:
    status: int = client.get("/api/browse?target=civitai:user:lena").status_code
    return status


def test_a_new_key_goes_along_with_the_next_request(client: FlaskClient, site: Gallery) -> None:
    site.add("lena")
    assert browse(client) == 200
    assert "authorization" not in site.server.requests[-1].headers
    change(client, sites__civitai__api_key=KEY)
    assert browse(client) == 200
    assert site.server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    change(client, sites__civitai__api_key=None)
    assert browse(client) == 200
    assert "authorization" not in site.server.requests[-1].headers


def test_a_new_name_and_proxy_are_used_by_the_next_request(
    client: FlaskClient, site: Gallery
) -> None:
    site.add("lena")
    change(client, net__user_agent="Somebody/1")
    browse(client)
    assert site.server.requests[-1].headers["user-agent"] == "Somebody/1"
    before = len(site.server.requests)
    change(client, net__proxy="http://127.0.0.1:9")
    assert client.get("/api/browse?target=civitai:user:lena").json["code"] == "proxy"
    assert len(site.server.requests) == before
    change(client, net__proxy=None, net__user_agent=None)
    assert browse(client) == 200
    assert site.server.requests[-1].headers["user-agent"].startswith("Artkeep/")


def test_a_new_speed_holds_for_hosts_that_are_known_already(
    scene: Scene, site: Gallery
) -> None:
    """Limits are lifted on loopback in tests: here they are not."""
    site.add("lena")
    net = scene.settings.net.model_copy(update={"unlimited": False})
    scene.settings = scene.settings.model_copy(update={"net": net})
    with scene.running(SHORT) as (engine, store):
        client = page(create_app(Services(scene.settings, store, engine, port=PORT)))
        browse(client)
        (host,) = engine.client.snapshot()
        assert host.normal_api_rate == 1.0
        change(client, net__requests_per_s=7.5)
        assert engine.client.snapshot()[0].normal_api_rate == 7.5


def test_new_ratings_decide_where_the_next_file_goes(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    (picture,) = site.add("lena", level=2)
    change(client, safe_ratings=["PG"])
    run_job(services, "lena")
    (path,) = services.settings.library.rglob(f"{picture.id}.png")
    assert "NSFW" in path.parts


# --- the library


def test_a_new_library_is_made_and_used_at_once(
    client: FlaskClient, services: Services, site: Gallery, tmp_path: Path
) -> None:
    (picture,) = site.add("lena")
    new = tmp_path / "other" / "art"
    assert change(client, library=str(new))["library"]["value"] == str(new)
    assert (new / ".artkeep" / "root.json").is_file()
    assert run_job(services, "lena") == "completed"
    assert [path.name for path in new.rglob("*.png")] == [f"{picture.id}.png"]
    assert client.get("/api/status").json["library"] == str(new)


def test_what_was_downloaded_before_is_neither_missed_nor_fetched_again(
    client: FlaskClient, services: Services, site: Gallery, tmp_path: Path
) -> None:
    (old,) = site.add("lena")
    run_job(services, "lena")
    (new,) = site.add("lena")
    change(client, library=str(tmp_path / "other"))
    assert run_job(services, "lena") == "completed"
    assert len(site.asked(old)) == 1
    assert [path.name for path in (tmp_path / "other").rglob("*.png")] == [f"{new.id}.png"]
    with services.store.reading() as connection:
        states = connection.execute(text("SELECT DISTINCT state FROM files")).scalars().all()
    assert states == ["present"]


@pytest.fixture
def _job_that_waits(services: Services, site: Gallery) -> Iterator[None]:
    (picture,) = site.add("lena")
    site.pages(stall(has_head=False))
    job_id = new_job(services, "lena")
    running = services.engine.run_job(job_id)
    yield
    site.pages(site.page([picture]))
    running.cancel()


@pytest.mark.usefixtures("_job_that_waits")
def test_the_library_stays_while_a_job_uses_it(client: FlaskClient, tmp_path: Path) -> None:
    status, code, message = refused(client, library=str(tmp_path / "other"))
    assert (status, code) == (409, "jobs_running")
    assert "Stop it first" in message
    assert not (tmp_path / "other").exists()
    change(client, workers__download=3)  # everything else may change


@pytest.mark.parametrize("path", ["art", "", "a\0b", 5, ["x"], "~nobody-of-that-name/x"])
def test_a_library_that_is_no_whole_path_is_refused(client: FlaskClient, path: object) -> None:
    assert refused(client, library=path)[0] == 422


@pytest.mark.skipif(os.name == "nt", reason="other folders there")
@pytest.mark.parametrize("path", ["/", "/etc/artkeep", "/usr/local/art", "/home"])
def test_a_library_in_a_system_folder_is_refused(client: FlaskClient, path: str) -> None:
    """SE-14"""
    status, code, message = refused(client, library=path)
    assert (status, code) == (422, "bad_folder")
    assert "belongs to the system" in message
    assert path == "/" or not (Path(path) / ".artkeep").exists()


def test_the_data_folder_itself_is_no_library(client: FlaskClient, home: Path) -> None:
    assert "holds database" in refused(client, library=str(home))[2]


def test_an_empty_mount_point_is_not_filled(
    client: FlaskClient, services: Services, tmp_path: Path
) -> None:
    """DF-8"""
    first = services.settings.library
    change(client, library=str(tmp_path / "other"))
    (first / ".artkeep" / "root.json").unlink()
    status, code, _ = refused(client, library=str(first))
    assert (status, code) == (503, "root_offline")
