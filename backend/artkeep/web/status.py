"""`/api/status` and `/api/sites`: what is here and how it is."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.target import TargetKind
from artkeep.settings import BooruSite
from artkeep.sites._registry import adapters, listed
from artkeep.web.schemas.status import Site, Sites, Status
from artkeep.web.services import services

bp = APIBlueprint("status", __name__)


@bp.get("/api/status", responses={200: Status})
def show_status() -> Response:
    """How everything is, at most a second old."""
    return Response(services().board.encoded(), mimetype="application/json")


@bp.get("/api/sites", responses={200: Sites})
def list_sites() -> Sites:
    """The sites that can be asked."""
    settings = services().settings
    sites = []
    for adapter in listed(adapters(settings)).values():
        configured = settings.sites.of(adapter.name)
        sites.append(
            Site(
                name=adapter.name,
                title=adapter.title,
                kinds=[kind.value for kind in TargetKind if kind in adapter.kinds],
                has_key=configured.api_key is not None,
                can_use_key=bool(adapter.key_help),
                needs_key=adapter.needs_key,
                has_user=isinstance(configured, BooruSite),
                note=adapter.key_help or adapter.limits.note,
                is_booru=isinstance(configured, BooruSite),
                is_own=adapter.name in settings.sites.own,
            )
        )
    return Sites(sites=sites)
