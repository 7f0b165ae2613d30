"""Settings over HTTP: what is shown, what may change, and who may not change it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.faults.scene import SHORT, Scene
from tests.gallery import Gallery
from tests.web.asking_settings import change, page, refused, shown
from tests.web.conftest import PORT

from artkeep.settings.boorus import KNOWN_BOORUS
from artkeep.settings.load import load_settings
from artkeep.web.app import create_app
from artkeep.web.services import Services

# --- what is shown


BOORU = ("api_key", "cookie", "user")  # never the addresses that are asked
CONVERT = (
    "format",
    "quality",
    "lossless",
    "originals",
    "folder",
    "organise",
    "batch_size",
)


def test_every_key_says_what_it_may_be(client: FlaskClient) -> None:
    found = shown(client)
    workers = found["workers.download"]
    assert (workers["type"], workers["least"], workers["most"]) == ("integer", 1, 20)
    assert (workers["value"], workers["default"], workers["section"]) == (5, 5, "workers")
    assert found["ui.language"]["choices"] == ["auto", "en", "zh"]
    assert found["safe_ratings"]["value"] == ["PG", "PG-13"]
    assert found["library"]["section"] == "general"
    assert found["workers.examine"]["needs_restart"]
    assert not found["workers.download"]["needs_restart"]
    assert not found["net.allow_private"]["is_editable"]
    assert found["disk.keep_free"]["is_editable"]


def test_every_key_says_where_it_comes_from(scene: Scene, site: Gallery) -> None:
    folder = scene.settings.data_dir
    (folder / "settings.toml").write_text("[workers]\ndownload = 3\n", "utf-8")
    settings = load_settings(
        {"data_dir": folder, "library": str(scene.library)},
        environ={
            "ARTKEEP_WORKERS__TAGS": "4",
            "ARTKEEP_SITES__CIVITAI__BASE_URL": site.url,
            "ARTKEEP_WORKERS__EXAMINE": "0",
        },
    )
    scene.settings = settings
    with scene.running(SHORT) as (engine, store):
        client = page(create_app(Services(settings, store, engine, port=PORT)))
        found = shown(client)
        origins = {name: (one["origin"], one["where"]) for name, one in found.items()}
        assert origins["workers.download"] == ("file", str(folder / "settings.toml"))
        assert origins["workers.tags"] == ("environment", "ARTKEEP_WORKERS__TAGS")
        assert origins["library"] == ("command line", "--library")
        assert origins["ui.language"] == ("default", None)
        assert not found["workers.tags"]["is_editable"]
        assert not found["library"]["is_editable"]
        assert refused(client, workers__tags=5)[:2] == (422, "setting_overridden")
        status, code, message = refused(client, library=str(scene.library / "x"))
        assert (status, code) == (422, "setting_overridden")
        assert "--library" in message
        after = change(client, workers__download=None, ui__language="zh")
        assert after["workers.download"]["origin"] == "default"
        assert after["ui.language"]["where"] == str(folder / "settings.toml")


# --- changing


def test_a_change_is_written_and_in_force_at_once(
    client: FlaskClient, services: Services, home: Path
) -> None:
    after = change(client, workers__download=9, safe_ratings=["PG"], ui__welcomed=True)
    assert after["workers.download"]["value"] == 9
    assert services.settings.workers.download == 9
    assert services.engine.settings.workers.download == 9
    assert load_settings({"data_dir": home}, environ={}).safe_ratings == ("PG",)
    assert client.get("/api/status").json["is_first_start"] is False


def test_the_status_tells_a_change_although_it_counts_but_once_a_second(
    client: FlaskClient,
) -> None:
    assert client.get("/api/status").json["is_first_start"] is True
    change(client, ui__welcomed=True)
    assert client.get("/api/status").json["is_first_start"] is False


def test_null_restores_the_default(client: FlaskClient) -> None:
    change(client, workers__download=9, library=None)
    after = change(client, workers__download=None)
    assert after["workers.download"]["value"] == 5
    assert after["workers.download"]["origin"] == "default"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workers.download", 0),
        ("workers.download", "many"),
        ("net.proxy", "nowhere"),
        ("ui.language", "de"),
        ("safe_ratings", ["adult"]),
        ("sites.civitai.api_key", "two words"),
        ("disk.keep_free", 1e300),
    ],
)
def test_a_bad_value_is_refused_with_the_keys_own_words(
    client: FlaskClient, name: str, value: object
) -> None:
    status, code, message = refused(client, **{name.replace(".", "__"): value})
    assert (status, code) == (422, "bad_setting")
    assert f"Setting {name}" in message


def test_an_unknown_key_is_refused_with_the_nearest_one(client: FlaskClient) -> None:
    status, _, message = refused(client, net__proxi="http://x:1")
    assert status == 422
    assert "Did you mean net.proxy" in message


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"values": []},
        {"values": {"a": 1}, "more": 1},
        {"values": {f"k{number}": 1 for number in range(101)}},
        [],
        "values",
    ],
)
def test_another_shape_is_refused(client: FlaskClient, body: object) -> None:
    assert client.put("/api/settings", json=body).status_code == 422


LOCKED = [
    ("data_dir", "/tmp/elsewhere"),
    ("database_url", "postgresql://evil.test/x"),
    ("net.allow_private", True),
    ("net.unlimited", True),
    ("net.time_scale", 0.1),
    ("sites.civitai.base_url", "http://evil.test"),
    ("sites.civitai.media_url", "http://127.0.0.1:22"),
]


@pytest.mark.parametrize(("name", "value"), LOCKED)
def test_what_could_turn_artkeep_against_its_user_cannot_be_changed_here(
    client: FlaskClient, home: Path, name: str, value: object
) -> None:
    """SE-14"""
    status, code, _ = refused(client, **{name.replace(".", "__"): value, "ui__language": "zh"})
    assert (status, code) == (422, "setting_locked")
    assert not (home / "settings.toml").exists()


def test_only_what_is_known_to_be_harmless_is_editable(client: FlaskClient) -> None:
    """SE-14: a new setting is locked until somebody says otherwise here, too."""
    editable = {name for name, one in shown(client).items() if one["is_editable"]}
    assert editable == {
        "library",
        "safe_ratings",
        "net.proxy",
        "net.user_agent",
        "net.requests_per_s",
        "sites.civitai.api_key",
        "sites.civitai.cookie",
        "sites.captures.at_once",
        "sites.captures.dezgo_key",
        "workers.download",
        "workers.tags",
        "workers.examine",
        "tags.method",
        "tags.requests_per_s",
        *(f"convert.{name}" for name in CONVERT),
        "workers.embed",
        "workers.convert",
        "names.layout",
        "names.template",
        "names.classic_json",
        "names.captions",
        "disk.keep_free",
        "disk.trash_days",
        "ui.language",
        "ui.welcomed",
    }
    for name in KNOWN_BOORUS:
        asked = client.get("/api/settings", query_string={"site": name}).json["settings"]
        more = {one["name"] for one in asked if one["is_editable"]} - editable
        assert more == {f"sites.{name}.{one}" for one in BOORU}


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_other_pages_change_nothing(
    client: FlaskClient, home: Path, headers: dict[str, str]
) -> None:
    body = {"values": {"workers.download": 9}}
    assert client.put("/api/settings", json=body, headers=headers).status_code == 403
    plain = client.put("/api/settings", data=json.dumps(body), content_type="text/plain")
    assert plain.status_code == 415
    assert not (home / "settings.toml").exists()


def test_a_file_that_cannot_be_written_leaves_everything_as_it_was(
    client: FlaskClient, services: Services, home: Path
) -> None:
    (home / "settings.toml").mkdir()
    assert refused(client, workers__download=9)[:2] == (422, "settings_file")
    assert services.engine.settings.workers.download == 5
