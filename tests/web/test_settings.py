"""Settings over HTTP: what is shown, what may change, and that no secret ever comes out."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from tests.faults.scene import SHORT, Scene
from tests.faulty import Answer, Exchange
from tests.faulty_answers import json_reply, stall
from tests.gallery import CREATOR, Gallery, trpc
from tests.web.conftest import PORT, PageClient

from artkeep import logs
from artkeep.domain.target import Target, TargetKind
from artkeep.jobs import keys
from artkeep.jobs.start import Options, start_download
from artkeep.settings.load import load_settings
from artkeep.web.app import create_app
from artkeep.web.services import Services

KEY = "web-canary-0a1b2c3d4e5f"
ME = "/api/v1/me"
LIST = "/api/trpc/image.getInfinite"


@pytest.fixture
def home(services: Services) -> Path:
    """The data folder."""
    return services.settings.data_dir


def shown(client: FlaskClient) -> dict[str, dict[str, Any]]:
    """Every setting by name."""
    reply = client.get("/api/settings")
    assert reply.status_code == 200, reply.json
    return {one["name"]: one for one in reply.json["settings"]}


def change(client: FlaskClient, **values: Any) -> dict[str, dict[str, Any]]:
    """Change settings; `__` stands for the dot. All of them as they are then."""
    named = {name.replace("__", "."): value for name, value in values.items()}
    reply = client.put("/api/settings", json={"values": named})
    assert reply.status_code == 200, reply.json
    return {one["name"]: one for one in reply.json["settings"]}


def refused(client: FlaskClient, **values: Any) -> tuple[int, str, str]:
    """Status, code and sentence, with nothing changed."""
    before = client.get("/api/settings").json
    named = {name.replace("__", "."): value for name, value in values.items()}
    reply = client.put("/api/settings", json={"values": named})
    assert client.get("/api/settings").json == before
    return reply.status_code, reply.json["code"], reply.json["message"]


# --- what is shown


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


def page(app: Flask) -> FlaskClient:
    """Asks as the page does."""
    app.test_client_class = PageClient
    return app.test_client()


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
        "workers.download",
        "workers.tags",
        "workers.examine",
        "disk.keep_free",
        "ui.language",
        "ui.welcomed",
    }


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


def run_job(services: Services, user: str) -> str:
    """Download a creator; the state of the job at its end."""
    job_id = new_job(services, user)
    return services.engine.run_job(job_id).result(timeout=60).state


def new_job(services: Services, user: str) -> int:
    target = Target("civitai", TargetKind.USER, user)
    started = services.store.transact(
        lambda connection: start_download(connection, [target], Options())
    )
    return started.job_id


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


# --- secrets


def test_a_key_is_never_shown_again(client: FlaskClient, home: Path) -> None:
    """SE-23"""
    after = change(client, sites__civitai__api_key=KEY)["sites.civitai.api_key"]
    assert (after["value"], after["default"], after["hint"]) == (None, None, KEY[-4:])
    assert after["is_set"]
    assert after["where"] == str(home / "secrets.toml")
    if os.name != "nt":
        assert stat.S_IMODE((home / "secrets.toml").stat().st_mode) == 0o600
    assert not (home / "settings.toml").exists()
    assert (
        change(client, sites__civitai__api_key="short1")["sites.civitai.api_key"]["hint"]
        is None
    )


def test_a_proxy_shows_everything_but_its_password(client: FlaskClient) -> None:
    address = "socks5://me:pass-canary-77@127.0.0.1:1080"
    after = change(client, net__proxy=address)["net.proxy"]
    assert after["value"] == "socks5://me:[redacted]@127.0.0.1:1080"
    change(client, net__proxy=after["value"], workers__download=3)  # as the page sends it back
    assert load_settings({"data_dir": client_home(client)}, environ={}).net.proxy == address
    half = "socks5://me:[redacted]@127.0.0.1:1081"
    assert "with its password" in refused(client, net__proxy=half)[2]


def client_home(client: FlaskClient) -> str:
    return str(client.get("/api/status").json["data_dir"])


def shapes(secret: str) -> list[str]:
    """How a secret may travel."""
    packed = base64.b64encode(secret.encode()).decode().rstrip("=")
    return [secret, quote(secret, safe=""), packed[:-1]]


def echoing(secret: str) -> Answer:
    """A site that repeats the key in whatever it says."""

    async def answer(exchange: Exchange) -> None:
        said = {"error": f"bad key {secret}", "message": exchange.request.headers}
        await json_reply(said, status=403)(exchange)

    return answer


@pytest.fixture
def _real_log(home: Path) -> Iterator[None]:
    logs.configure(home / "logs", verbose=True, secrets=())
    yield
    logs.configure(home / "nowhere", verbose=False, secrets=())


@pytest.mark.usefixtures("_real_log")
def test_a_key_set_here_comes_out_nowhere(
    client: FlaskClient, services: Services, site: Gallery, home: Path
) -> None:
    """SE-25: canaries in answers, logs, exports, sidecars, database and settings."""
    change(client, sites__civitai__api_key=KEY)
    hostile = {"username": f"x{KEY}", "meta": {"prompt": f"a {KEY} cat", "k": [KEY]}}
    site.add("lena", changes={"meta": hostile["meta"]})
    assert run_job(services, "lena") == "completed"
    logs.get_logger("artkeep.test").error("told", key=KEY, text=f"it is {KEY}")

    answers = [
        client.get(address).text
        for address in (
            *("/api/settings", "/api/logs", "/api/logs.txt", "/api/doctor", "/api/status"),
            *("/api/sites", "/api/openapi.json", "/api/artworks.csv"),
        )
    ]
    site.server.on(CREATOR, echoing(KEY))
    site.server.on("/api/v1/users", echoing(KEY))
    answers.append(client.get("/api/browse?target=civitai:user:mio").text)
    answers.append(client.put("/api/settings", json={"values": {KEY: KEY}}).text)
    site.server.on(ME, echoing(KEY))
    answers.append(
        client.post("/api/settings/check-key", json={"site": "civitai", "key": KEY}).text
    )
    files = [path for path in home.parent.rglob("*") if path.is_file()]
    kept = {path.name: path.read_bytes() for path in files if path.name != "secrets.toml"}
    sidecars = [name for name in kept if name.endswith(".json") and name != "root.json"]
    assert sidecars
    assert "artkeep.log" in kept
    for secret in shapes(KEY):
        assert not [one for one in answers if secret in one]
        leaking = [name for name, body in kept.items() if secret.encode() in body]
        assert [name for name in leaking if "tracking_database" not in name] == []


# --- trying a key


def levels(*held: int) -> Answer:
    return trpc({"items": [{"id": 1, "nsfwLevel": level} for level in held]})


def check(client: FlaskClient, **body: Any) -> dict[str, Any]:
    reply = client.post("/api/settings/check-key", json={"site": "civitai", **body})
    assert reply.status_code == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def test_a_good_key_says_whose_it_is_and_what_it_sees(
    client: FlaskClient, site: Gallery, home: Path
) -> None:
    site.server.on(ME, json_reply({"id": 1, "username": "lena_paints"}))
    site.server.on(LIST, levels(1, 2))
    assert check(client, key=f" {KEY} ") == {
        "is_valid": True,
        "text": "Works, as lena_paints. Sees: PG, PG-13.",
        "user": "lena_paints",
        "sees": ["PG", "PG-13"],
    }
    asked = [one for one in site.server.requests if one.path in (ME, LIST)]
    assert {one.headers["authorization"] for one in asked} == {f"Bearer {KEY}"}
    assert not any(KEY in one.query for one in asked)
    assert not (home / "secrets.toml").exists()  # tried, not kept
    assert not shown(client)["sites.civitai.api_key"]["is_set"]


def test_without_a_key_the_saved_one_is_tried(client: FlaskClient, site: Gallery) -> None:
    site.server.on(ME, json_reply({"id": 1, "username": "lena_paints"}))
    site.server.on(LIST, levels(16))
    assert "no Civitai key" in check(client)["text"]
    change(client, sites__civitai__api_key=KEY)
    assert check(client)["sees"] == ["PG", "PG-13", "R", "X", "XXX"]


def test_a_refused_key_says_what_to_do(client: FlaskClient, site: Gallery) -> None:
    site.server.on(ME, json_reply({"error": "Unauthorized"}, status=401))
    found = check(client, key=KEY)
    assert (found["is_valid"], found["user"]) == (False, None)
    assert "Copy it again" in found["text"]


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "ключ"])
def test_what_cannot_be_a_key_is_not_sent(client: FlaskClient, site: Gallery, key: str) -> None:
    found = check(client, key=key)
    assert not found["is_valid"]
    assert key not in found["text"]
    assert site.server.requests == []


def test_a_site_that_is_down_is_no_verdict_about_the_key(
    client: FlaskClient, site: Gallery
) -> None:
    site.server.on(ME, json_reply({"error": "down"}, status=503))
    reply = client.post("/api/settings/check-key", json={"site": "civitai", "key": KEY})
    assert (reply.status_code, reply.json["code"]) == (503, "server_error")


def test_a_site_that_is_silent_is_given_up_in_time(
    client: FlaskClient, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "PATIENCE_S", 0.1)
    site.server.on(ME, stall(has_head=False))
    reply = client.post("/api/settings/check-key", json={"site": "civitai", "key": KEY})
    assert (reply.status_code, reply.json["code"]) == (503, "site_slow")


def test_a_key_of_no_site_is_refused(client: FlaskClient) -> None:
    reply = client.post("/api/settings/check-key", json={"site": "nowhere", "key": KEY})
    assert (reply.status_code, reply.json["code"]) == (422, "unknown_site")
