"""`/api/pairings`: which extensions may send captures (SE-20).

Codes are shown and extensions revoked by our own page. `greet`, `admit` and `prove` are for the
extension, whose requests come from its background: `security.py` lets them pass.
"""

from __future__ import annotations

from flask import request
from flask_openapi3.blueprint import APIBlueprint

from artkeep.jobs.pairing import PROGRAM_KNOWS_TOKEN, proof
from artkeep.web.schemas.captures import (
    AdmitExtension,
    CaptureInbox,
    ExtensionAdmitted,
    ExtensionGreeted,
    GreetExtension,
    PairingOffer,
    PairingPath,
    ProveToken,
    TokenProven,
)
from artkeep.web.services import Services, services

bp = APIBlueprint("pairings", __name__)


@bp.post("/api/pairings/offer", responses={201: PairingOffer})
def offer_code() -> tuple[PairingOffer, int]:
    """A new code for the page to show; the one before is good no more."""
    at = services()
    code = at.extensions.desk.offer()
    _told(at)
    return PairingOffer(code=f"{code}@{at.port}", seconds=at.extensions.desk.left_s), 201


@bp.delete("/api/pairings/offer", responses={200: CaptureInbox})
def withdraw_code() -> CaptureInbox:
    """No code is good any more."""
    at = services()
    at.extensions.desk.withdraw()
    return _told(at)


@bp.post("/api/pairings/greet", responses={200: ExtensionGreeted})
def greet_extension(body: GreetExtension) -> ExtensionGreeted:
    """Prove to an extension that this is the program that shows the code."""
    extensions = services().extensions
    extensions.require_pace("pairing")
    greeting = extensions.desk.greet(request.host, body.challenge)
    return ExtensionGreeted(challenge=greeting.challenge, proof=greeting.proof)


@bp.post("/api/pairings/admit", responses={201: ExtensionAdmitted})
def admit_extension(body: AdmitExtension) -> tuple[ExtensionAdmitted, int]:
    """Let it in, if it proves that it knows the code too."""
    at = services()
    at.extensions.require_pace("pairing")
    told = (body.challenge, body.proof, body.token_hash, body.name)
    at.extensions.desk.admit(request.host, *told)
    added = at.extensions.paired.add(body.name, body.token_hash)
    _told(at)
    return ExtensionAdmitted(id=added.id), 201


@bp.post("/api/pairings/prove", responses={200: TokenProven})
def prove_token(body: ProveToken) -> TokenProven:
    """Prove to a paired extension that this is the program it was paired with."""
    extensions = services().extensions
    extensions.require_pace("proving")
    known = extensions.paired.get(body.id)
    parts = (PROGRAM_KNOWS_TOKEN, request.host, body.challenge)
    return TokenProven(proof=proof(known.token_hash, *parts))


@bp.delete("/api/pairings/<id>", responses={200: CaptureInbox})
def revoke_extension(path: PairingPath) -> CaptureInbox:
    """It may send nothing from now on."""
    at = services()
    at.extensions.paired.revoke(path.id)
    return _told(at)


def _told(at: Services) -> CaptureInbox:
    at.extensions.changed()
    at.live.touch()
    return at.extensions.as_json()
