"""`/api/pairings` and `/api/captures`: who may send what was picked up, and what becomes of it
(SE-20)."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.faults.importing import SAMPLES, everything_written, of_services, reads
from tests.faults.importing import serve_media as serve_all
from tests.faults.scene import SHORT, Scene
from tests.gallery import Gallery
from tests.web.conftest import PORT, Served
from tests.web.ear import Ear
from tests.web.raw import ask

from artkeep.jobs import capture_inbox
from artkeep.jobs.paired import FILE
from artkeep.jobs.pairing import LIVES_S
from artkeep.settings.change import with_changes
from artkeep.web.extensions import Extensions
from artkeep.web.import_previews import ImportPreviews
from artkeep.web.services import Services

STARRYAI = SAMPLES / "starryai-creationsV2.response.json"
GRAPHQL = "https://app.starryai.com/graphql"
PAGE = "https://app.starryai.com"
CANARY = "cAnArY"
PLACE = f"127.0.0.1:{PORT}"


class Clock:
    """Time that passes when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scene(tmp_path: Path, site: Gallery) -> Scene:
    return of_services(Scene(tmp_path, site))


@pytest.fixture
def services(scene: Scene, clock: Clock) -> Iterator[Services]:
    with scene.running(SHORT) as (engine, store):
        at = Services(scene.settings, store, engine, port=PORT)
        at.extensions = Extensions(scene.settings.data_dir, clock)
        at.imports = ImportPreviews(at.extensions.inbox)
        yield at


def proof(key: str, *parts: str) -> str:
    """As the extension computes it."""
    return hmac.new(key.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


class Extension:
    """What the extension does, on Flask's client."""

    def __init__(self, client: FlaskClient, port: int = PORT) -> None:
        self.client = client
        self.place = f"127.0.0.1:{port}"
        self.headers = {"Origin": "chrome-extension://abcdef", "Sec-Fetch-Site": "none"}
        self.token = secrets.token_urlsafe(32)
        self.challenge = secrets.token_urlsafe(24)
        self.id = ""

    def greet(self, code: str) -> str:
        """The program's challenge, after it was proven right."""
        told = self.post("/api/pairings/greet", {"challenge": self.challenge}).json
        words = ("artkeep 1 program knows the code", self.place)
        parts = (*words, self.challenge, told["challenge"])
        assert told["proof"] == proof(bare(code), *parts)
        return str(told["challenge"])

    def admit(self, code: str, theirs: str, place: str = "") -> Any:
        hashed = hashlib.sha256(self.token.encode()).hexdigest()
        parts = (place or self.place, self.challenge, theirs, hashed, "Chrome")
        body = {
            "challenge": self.challenge,
            "proof": proof(bare(code), "artkeep 1 extension knows the code", *parts),
            "token_hash": hashed,
            "name": "Chrome",
        }
        return self.post("/api/pairings/admit", body)

    def pair(self) -> Extension:
        own = f"http://{self.place}"
        code = self.client.post("/api/pairings/offer", json={}, base_url=own).json["code"]
        admitted = self.admit(code, self.greet(code))
        assert admitted.status_code == 201
        self.id = admitted.json["id"]
        return self

    def send(self, *replies: dict[str, str], **other: Any) -> Any:
        body = {"origin": PAGE, "replies": replies} | other
        return self.post("/api/captures", body, {"Authorization": f"Bearer {self.token}"})

    def post(self, path: str, body: Any, more: dict[str, str] | None = None) -> Any:
        headers = self.headers | (more or {})
        return self.client.post(
            path, json=body, headers=headers, base_url=f"http://{self.place}"
        )


def bare(code: str) -> str:
    return code.partition("@")[0].replace("-", "")


def reply(capture: Path = STARRYAI, url: str = GRAPHQL) -> dict[str, str]:
    return {"url": url, "text": capture.read_text("utf-8")}


def test_what_an_extension_sends_waits_is_looked_at_and_imported(
    client: FlaskClient, services: Services, site: Gallery, scene: Scene
) -> None:
    serve_all(site, reads(STARRYAI).creations)
    extension = Extension(client).pair()

    noise = {"url": GRAPHQL, "text": json.dumps({"data": {"me": {"email": CANARY}}})}
    foreign = {"url": "https://mail.example/inbox", "text": STARRYAI.read_text("utf-8")}
    taken = extension.send(reply(), noise, foreign)

    assert taken.json == {"recognised": 2, "new": 2, "refused": 1, "becomes": "waiting"}
    inbox = client.get("/api/captures").json
    assert (inbox["waiting"], inbox["origins"]) == (2, [PAGE])
    assert inbox["services"] == [{"name": "starryai", "title": "StarryAI", "creations": 2}]
    assert [(one["name"], one["sent"]) for one in inbox["extensions"]] == [("Chrome", 2)]
    assert extension.send(reply()).json["new"] == 2  # they wait still
    assert client.get("/api/captures").json["waiting"] == 2

    preview = client.get("/api/imports/inbox").json
    assert (preview["total"], preview["unrecognised"], preview["samples"]) == (2, 0, [])
    later = {"url": "https://api.mage.space/x", "text": mage_creation()}
    assert extension.send(later).json["new"] == 1  # nobody has seen this one yet
    newest = preview["creations"][0]["key"]
    body = {"without": [newest], "upto": preview["upto"]}
    job = client.post("/api/imports/inbox/commit", json=body)
    assert (job.status_code, job.json["title"]) == (201, "Import 4 of StarryAI")
    assert job.json["options"]["origins"] == [PAGE]
    services.engine.run_job(job.json["id"]).result(timeout=60)

    assert [one["name"] for one in client.get("/api/captures").json["services"]] == ["mage"]
    again = extension.send(reply()).json
    assert (again["recognised"], again["new"]) == (2, 1)  # what is here does not wait again
    client.delete("/api/imports/inbox", json={})
    assert client.get("/api/captures").json["waiting"] == 0
    assert CANARY.encode() not in everything_written(scene)


def mage_creation() -> str:
    found = next(SAMPLES.glob("mage*.json"))
    return found.read_text("utf-8")


def test_it_may_be_imported_at_once(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    serve_all(site, reads(STARRYAI).creations)
    services.settings = with_changes(services.settings, {"sites.captures.at_once": True})
    extension = Extension(client).pair()
    assert extension.send(reply()).json["becomes"] == "imported"
    assert client.get("/api/captures").json["waiting"] == 0
    [job] = client.get("/api/jobs").json["jobs"]
    services.engine.run_job(job["id"]).result(timeout=60)
    assert extension.send(reply()).json["new"] == 0
    assert len(client.get("/api/jobs").json["jobs"]) == 1


def test_a_code_is_good_for_two_minutes_and_five_tries(
    client: FlaskClient, clock: Clock
) -> None:
    extension = Extension(client)
    nothing = extension.post("/api/pairings/greet", {"challenge": extension.challenge})
    assert (nothing.status_code, nothing.json["code"]) == (409, "no_code")

    code = client.post("/api/pairings/offer", json={}).json["code"]
    assert code.endswith(f"@{PORT}")
    for _ in range(5):
        assert extension.admit("22222-22222", extension.greet(code)).status_code == 403
        clock.now += 1
    assert extension.admit(code, "").json["code"] == "no_code"

    code = client.post("/api/pairings/offer", json={}).json["code"]
    theirs = extension.greet(code)
    clock.now += LIVES_S
    assert extension.admit(code, theirs).json["code"] == "no_code"

    code = client.post("/api/pairings/offer", json={}).json["code"]
    theirs = extension.greet(code)
    client.delete("/api/pairings/offer", json={})
    assert extension.admit(code, theirs).json["code"] == "no_code"
    assert client.get("/api/captures").json["extensions"] == []


def test_nobody_in_between_can_pass_a_proof_on(client: FlaskClient) -> None:
    """The proofs name the address that was called: what listens elsewhere has another one."""
    code = client.post("/api/pairings/offer", json={}).json["code"]
    extension = Extension(client)
    theirs = extension.greet(code)
    refused = extension.admit(code, theirs, place="127.0.0.1:5050")
    assert (refused.status_code, refused.json["code"]) == (403, "wrong_code")
    paired = Extension(client).pair()
    asked = {"id": paired.id, "challenge": paired.challenge}
    told = paired.post("/api/pairings/prove", asked).json["proof"]
    key = hashlib.sha256(paired.token.encode()).hexdigest()
    words = ("artkeep 1 program knows the token", PLACE, paired.challenge)
    assert told == proof(key, *words)


def test_a_token_is_kept_as_its_hash_and_can_be_revoked(
    client: FlaskClient, services: Services
) -> None:
    extension = Extension(client).pair()
    path = services.settings.data_dir / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert extension.token not in path.read_text("utf-8")
    assert extension.send().status_code == 200

    left = client.delete(f"/api/pairings/{extension.id}", json={})
    assert left.json["extensions"] == []
    refused = extension.send(reply())
    assert (refused.status_code, refused.json["code"]) == (403, "not_paired")
    asked = {"id": extension.id, "challenge": extension.challenge}
    assert extension.post("/api/pairings/prove", asked).status_code == 404
    path.write_text("{", "utf-8")  # damaged: nobody is let in
    assert extension.send().status_code == 403


def test_a_wrong_token_sends_nothing(client: FlaskClient) -> None:
    extension = Extension(client).pair()
    for told in ("", "Bearer ", "Bearer wrong", "Basic {token}", "{token}"):
        said = {"Authorization": told.format(token=extension.token)}
        body = {"origin": PAGE, "replies": [reply()]}
        refused = extension.post("/api/captures", body, said)
        assert (refused.status_code, refused.json["code"]) == (403, "not_paired"), told
    assert client.get("/api/captures").json["waiting"] == 0


def test_no_page_may_use_it_even_with_the_token(served: Served) -> None:
    extension = Extension(served.app.test_client(), served.port).pair()
    body = json.dumps({"origin": PAGE, "replies": [reply()]}).encode()
    lines = (f"Authorization: Bearer {extension.token}", "Content-Type: application/json")
    own = "chrome-extension://abcdef"
    for origin, answer in (
        ("https://app.starryai.com", 403),
        ("http://127.0.0.1:1", 403),
        ("null", 403),
        ("chrome-extension://abc/evil.test", 403),
        ("xchrome-extension://abc", 403),
        ("https://moz-extension://abc", 403),
        (own, 200),
        ("moz-extension://0a1b-2c", 200),
    ):
        asked = ask(
            served.port, "POST", "/api/captures", f"Origin: {origin}", *lines, body=body
        )
        assert asked.status == answer, origin
        assert not [name for name in asked.headers if name.startswith("access-control")]
    for site, answer in (("cross-site", 403), ("same-site", 403), ("none", 200)):
        told = f"Sec-Fetch-Site: {site}"
        assert (
            ask(served.port, "POST", "/api/captures", told, *lines, body=body).status == answer
        )
    for method, path in (
        ("POST", "/api/pairings/offer"),
        ("DELETE", f"/api/pairings/{extension.id}"),
        ("POST", "/api/jobs"),
        ("GET", "/api/captures"),
        ("GET", "/api/settings"),
        ("OPTIONS", "/api/captures"),
    ):
        asked = ask(served.port, method, path, f"Origin: {own}", *lines)
        assert asked.status == 403, path
    background = ("Sec-Fetch-Site: none", "Sec-Fetch-Mode: cors")
    assert ask(served.port, "GET", "/api/artworks", *background, lines[0]).status == 403


def test_bodies_strings_and_paces_have_limits(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    extension = Extension(client).pair()
    long = {"url": GRAPHQL, "text": "x" * (3 * 2**20)}
    assert extension.send(long).status_code == 200  # longer than other bodies may be
    assert extension.send({"url": GRAPHQL, "text": "x" * (9 * 2**20)}).status_code == 413
    assert extension.send(*[long] * 6).status_code == 413
    assert extension.send(*[{"url": GRAPHQL, "text": ""}] * 501).status_code == 422
    assert extension.send(origin="http://app.starryai.com").status_code == 422
    assert extension.send(origin="https://a.example/path").status_code == 422
    clock.now += 1
    for _ in range(10):
        assert extension.send().status_code == 200
    hasty = extension.send()
    assert (hasty.status_code, hasty.headers["Retry-After"]) == (429, "1")
    clock.now += 0.1
    assert extension.send().status_code == 200

    clock.now += 1
    assert extension.send(reply()).json["new"] == 2
    for most, amount in (("MOST_WAITING", 2), ("MOST_BYTES", 1000)):
        with monkeypatch.context() as patched:
            patched.setattr(capture_inbox, most, amount)
            full = extension.send(reply())
            assert (full.status_code, full.json["code"]) == (409, "inbox_full")
    client.delete("/api/imports/inbox", json={})
    assert extension.send(reply()).json["new"] == 2


def test_open_pages_are_told_what_arrives(served: Served) -> None:
    extension = Extension(served.app.test_client(), served.port).pair()
    with closing(Ear(served.port)) as ear:
        ear.wait_for(lambda told: told["type"] == "status")
        extension.send(reply())
        told = ear.wait_for(lambda told: told["type"] == "inbox")[-1]["inbox"]
    assert (told["waiting"], told["extensions"][0]["sent"]) == (2, 2)


def test_settings_that_come_before_their_creation_are_joined_with_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Novita tells the prompt in the request only, long before the pictures."""
    extension = Extension(client).pair()
    result = json.loads((SAMPLES / "novita-task-result.response.json").read_text("utf-8"))
    del result["extra"]
    task = json.dumps({"task_id": result["task"]["task_id"]})
    asked = json.dumps({"request": {"prompt": "a quiet harbour", "steps": 20}})
    url = "https://api.novita.ai/v3/async/txt2img"
    finished = {"url": "https://api.novita.ai/v3/async/task-result", "text": json.dumps(result)}
    for loose, prompt in ((2**20, "a quiet harbour"), (1, None)):
        monkeypatch.setattr(capture_inbox, "_MOST_LOOSE", loose)
        assert extension.send({"url": url, "text": task, "request": asked}).json["new"] == 0
        assert extension.send(finished).json["new"] == 1
        [shown] = client.get("/api/imports/inbox").json["creations"]
        assert shown["prompt"] == prompt
        client.delete("/api/imports/inbox", json={})
