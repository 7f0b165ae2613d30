"""Starting, steering and reading jobs over HTTP, as the page does."""

from __future__ import annotations

import threading
import time
from typing import Any

from flask.testing import FlaskClient
from tests.gallery import IMAGES, Gallery

from artkeep.web.services import Services

LENA = "civitai:user:lena"
PATIENCE_S = 30


def start(client: FlaskClient, *targets: str, status: int = 201, **body: Any) -> dict[str, Any]:
    reply = client.post("/api/jobs", json={"targets": targets or (LENA,), **body})
    assert reply.status_code == status, reply.json
    job: dict[str, Any] = reply.json
    return job


def show(client: FlaskClient, job_id: int) -> dict[str, Any]:
    reply = client.get(f"/api/jobs/{job_id}")
    assert reply.status_code == 200, reply.json
    job: dict[str, Any] = reply.json
    return job


def finished(client: FlaskClient, services: Services, job_id: int) -> dict[str, Any]:
    """The job when it is over."""
    services.engine.run_job(job_id).result(timeout=PATIENCE_S)
    return show(client, job_id)


def wait_for(client: FlaskClient, job_id: int, state: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while (job := show(client, job_id))["state"] != state:
        assert time.monotonic() < deadline, job
        threading.Event().wait(0.02)
    return job


def steer(client: FlaskClient, job_id: int, verb: str, **body: Any) -> Any:
    return client.post(f"/api/jobs/{job_id}/{verb}", json=body)


def listings(site: Gallery) -> int:
    """How often the site was asked for a list."""
    return sum(request.path == IMAGES for request in site.server.requests)
