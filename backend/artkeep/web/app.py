"""The Flask app: `MODULES` lists the resources, each a blueprint in a file of its own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from artkeep import __version__
from artkeep.web.body import BoundedRequest
from artkeep.web.errors import invalid, register_errors
from artkeep.web.events import SOCKET_OPTIONS
from artkeep.web.schemas.common import Problem, Reply
from artkeep.web.security import Guard, own_hosts
from artkeep.web.services import Services
from artkeep.web.spa import SHELL

MODULES = (  # files beside this one; each has `bp`, an APIBlueprint
    "status",
    "jobs",
    "targets",
    "artworks",
    "exports",
    "library",
    "searches",
    "changes",
    "duplicates",
    "removal",
    "conversions",
    "layouts",
    "tags",
    "embedded",
    "imports",
    "captures",
    "pairing",
    "adoptions",
    "media",
    "events",
    "reading",
    "browse",
    "preview",
    "settings",
    "folders",
    "doctor",
    "logs",
    "spa",
)


def create_app(services: Services) -> App:
    """The whole of the server but the server itself."""
    app = App(
        "artkeep",
        info=Info(title="Artkeep", version=__version__),
        doc_ui=False,
        static_folder=None,
        validation_error_model=Problem,
        validation_error_callback=invalid,
    )
    app.extensions["artkeep"] = services
    app.debug = False  # whatever FLASK_DEBUG says (SE-17)
    app.config.update(PROPAGATE_EXCEPTIONS=False, SOCK_SERVER_OPTIONS=SOCKET_OPTIONS)
    register_errors(app)
    app.add_url_rule("/api/openapi.json", "openapi", lambda: app.api_doc)
    for name in MODULES:
        app.register_api(import_module(f"artkeep.web.{name}").bp)
    app.wsgi_app = Guard(  # type: ignore[method-assign]
        app.wsgi_app,
        lambda: own_hosts(services.port, services.settings.ui.hosts),
        SHELL,
    )
    return app


class App(OpenAPI):
    """Flask whose views may return a `Reply` as it is, or `(reply, status)`."""

    request_class = BoundedRequest

    def make_response(self, rv: Any) -> Response:
        """Turn replies into JSON."""
        if isinstance(rv, Reply):
            rv = _to_json(rv)
        elif isinstance(rv, tuple) and rv and isinstance(rv[0], Reply):
            rv = (_to_json(rv[0]), *rv[1:])
        return super().make_response(rv)

    def register_api(self, api: APIBlueprint, **options: Any) -> None:
        """A path whose methods stand in several files keeps them all in the document."""
        before = {path: self.paths[path] for path in api.paths if path in self.paths}
        super().register_api(api, **options)
        for path, item in before.items():
            for method in item.model_fields_set - self.paths[path].model_fields_set:
                setattr(self.paths[path], method, getattr(item, method))

    def generate_spec_json(self) -> None:
        """The document: every operation may answer with a Problem."""
        super().generate_spec_json()  # type: ignore[no-untyped-call]
        reference = {"$ref": "#/components/schemas/Problem"}
        for path in self.spec_json["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)  # flask-openapi3 says a list of them
                operation["responses"]["default"] = {
                    "description": "What is wrong, and the way out",
                    "content": {"application/json": {"schema": reference}},
                }


def _to_json(reply: Reply) -> Response:
    return Response(reply.model_dump_json(), mimetype="application/json")
