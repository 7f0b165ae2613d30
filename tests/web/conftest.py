"""What the tests of the page's server share: a started engine, the app, and a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from tests.faults.scene import SHORT, Scene
from tests.gallery import Gallery
from tests.store.rows import Rows

from artkeep.store.base import Store
from artkeep.web.app import create_app
from artkeep.web.server import make_server, serving
from artkeep.web.services import Services

PORT = 5000


@pytest.fixture
def scene(tmp_path: Path, site: Gallery) -> Scene:
    """A fresh installation that knows only this site: settings, data folder, library."""
    return Scene(tmp_path, site)


@pytest.fixture
def services(scene: Scene) -> Iterator[Services]:
    """A started engine on a real SQLite database."""
    with scene.running(SHORT) as (engine, store):
        yield Services(scene.settings, store, engine, port=PORT)


@pytest.fixture
def home(services: Services) -> Path:
    """The data folder."""
    return services.settings.data_dir


@pytest.fixture
def cache(services: Services) -> Path:
    """Where previews are kept."""
    return services.settings.data_dir / "cache" / "previews"


@pytest.fixture
def store(services: Services) -> Store:
    """The tracking database behind the app."""
    return services.store


@pytest.fixture
def rows(store: Store) -> Rows:
    """Makes rows in it."""
    return Rows(store)


@pytest.fixture
def app(services: Services) -> Flask:
    """The app as it is served."""
    return create_app(services)


class PageClient(FlaskClient):
    """Asks as the page does: with the right Host."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """The same with `base_url` filled in."""
        kwargs.setdefault("base_url", f"http://127.0.0.1:{PORT}")
        return super().open(*args, **kwargs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """`client.get("/api/…")`; every request passes the security layer."""
    app.test_client_class = PageClient
    return app.test_client()


@dataclass(frozen=True)
class Served:
    """The app on the real server, on a free port of loopback."""

    port: int
    services: Services
    app: Flask

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`"""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve(services: Services) -> Iterator[Served]:
    """The app on the real server until the block ends."""
    server = make_server("127.0.0.1", 0)
    services.port = server.bind_addr[1]
    server.wsgi_app = app = create_app(services)
    with serving(server):
        try:
            yield Served(services.port, services, app)
        finally:
            services.live.close()


@pytest.fixture
def served(services: Services) -> Iterator[Served]:
    """The same app on the real server."""
    with serve(services) as running:
        yield running


def add_echo(app: Flask) -> None:
    """`POST /api/echo` says of which type the body is."""

    def echo() -> dict[str, str]:
        return {"type": type(request.get_json()).__name__}

    app.add_url_rule("/api/echo", "echo", echo, methods=["POST"])
