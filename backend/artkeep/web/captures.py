"""`/api/captures`: what extensions have picked up (SE-20), until somebody looks at it.

What waits is looked at, imported and forgotten as a pasted capture is: it is the preview
`inbox` of `/api/imports`.
"""

from __future__ import annotations

from functools import partial
from typing import cast

from flask import g, request
from flask_openapi3.blueprint import APIBlueprint

from artkeep.errors import AppError, AuthRequired
from artkeep.jobs.capture_inbox import PickedUp, news_in
from artkeep.jobs.imports import ImportOptions, start_import
from artkeep.jobs.paired import Pairing
from artkeep.logs import get_logger
from artkeep.sites.captures._capture import Creation
from artkeep.web.body import BoundedRequest
from artkeep.web.schemas.captures import CaptureInbox, CapturesTaken, SendCaptures
from artkeep.web.services import Services, services

log = get_logger(__name__)
bp = APIBlueprint("captures", __name__)

LONGEST_BODY = 16 * 2**20
LONGEST_REPLY = 8 * 2**20  # as in a HAR
_BEARER = "Bearer "


@bp.get("/api/captures", responses={200: CaptureInbox})
def show_inbox() -> CaptureInbox:
    """What waits, and which extensions are paired."""
    return services().extensions.as_json()


@bp.before_request
def require_token() -> None:
    """Who sends must be paired; what is longer than other bodies is read only from them."""
    if request.method != "POST":
        return
    at = services()
    said = request.headers.get("Authorization", "")
    known = at.extensions.paired.by_token(said.removeprefix(_BEARER))
    if known is None or not said.startswith(_BEARER):
        raise AuthRequired(
            "This extension is not paired.",
            advice="Press Pair in Artkeep's Import tab.",
            code="not_paired",
        )
    at.extensions.require_pace(known.id)
    bounded = cast(BoundedRequest, request)
    bounded.max_content_length = LONGEST_BODY
    bounded.longest_string = LONGEST_REPLY
    g.pairing = known


@bp.post("/api/captures", responses={200: CapturesTaken})
def take_captures(body: SendCaptures) -> CapturesTaken:
    """Recognise the creations in some replies. They wait for somebody to look at them, or are
    imported at once where the user has said so; of all else nothing is kept."""
    at, sender = services(), _sender()
    taken = at.extensions.inbox.take(
        [PickedUp(one.url, one.text, one.request) for one in body.replies],
        body.origin,
        partial(news_in, at.store),
    )
    at.extensions.saw(sender.id, len(taken.new))
    is_imported = bool(
        taken.new
        and at.settings.sites.captures.at_once
        and _import_at_once(at, taken.new, body.origin)
    )
    if taken.new:
        log.info(
            "captures picked up",
            extension=sender.name,
            origin=body.origin,
            creations=len(taken.new),
        )
        at.live.touch()
    return CapturesTaken(
        recognised=taken.recognised,
        new=len(taken.new),
        refused=taken.refused,
        becomes="imported" if is_imported else "waiting",
    )


def _sender() -> Pairing:
    sender = g.pairing
    assert isinstance(sender, Pairing)
    return sender


def _import_at_once(at: Services, creations: tuple[Creation, ...], origin: str) -> bool:
    """False where that cannot be now: then they wait like all others."""
    try:
        options = ImportOptions(origins=(origin,))
        started = start_import(at.store, at.engine.library, creations, options)
    except AppError as error:
        log.warning("picked up, but not imported at once", reason=error.code)
        return False
    at.engine.begin(started.job_id)
    at.extensions.inbox.forget([one.key for one in creations])
    at.extensions.changed()
    return True
