"""Secrets over HTTP: they go in, are tried at their site, and never come out."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from tests.faulty import Answer, Exchange
from tests.faulty_answers import json_reply, stall
from tests.gallery import CREATOR, Gallery, trpc
from tests.web.asking_settings import KEY, change, refused, run_job, shown

from artkeep import logs
from artkeep.jobs import keys
from artkeep.settings.load import load_settings
from artkeep.web.services import Services

ME = "/api/v1/me"
LIST = "/api/trpc/image.getInfinite"


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
        "note": "",
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
