"""Reading and changing settings over HTTP, as the page does."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from tests.web.conftest import PageClient

from artkeep.domain.target import Target, TargetKind
from artkeep.jobs.start import Options, start_download
from artkeep.web.services import Services

KEY = "web-canary-0a1b2c3d4e5f"


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


def page(app: Flask) -> FlaskClient:
    """Asks as the page does."""
    app.test_client_class = PageClient
    return app.test_client()


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
