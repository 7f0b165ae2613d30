"""The on-site generator: what the account made there lately, and the blobs that hold it.

Shapes as in `orchestrator.queryGeneratedImages` of 2026: workflows, the newest first, twenty a
page; addresses are signed and die.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from artkeep.demo.account import PER_WORKFLOW
from artkeep.demo.arguments import Arguments, Fault
from artkeep.demo.context import SITE, is_logged_in
from artkeep.demo.media import answer, content_type
from artkeep.demo.metas import recipe_of
from artkeep.demo.records import Catalogue, SiteImage, moment
from artkeep.demo.renderer import UPLOAD

BLOBS = "/orchestration.civitai.com/v2/consumer/blobs"
_MOST_TAKEN = 20
_LIVES = timedelta(days=7)


async def generated_list(request: web.Request, arguments: Arguments) -> dict[str, Any]:
    """A page of the account's own workflows."""
    if not is_logged_in(request):
        raise Fault(401, "UNAUTHORIZED")
    catalogue = request.app[SITE].catalogue
    pictures = catalogue.account.generated
    taken = arguments.get("take")
    amount = min(taken, _MOST_TAKEN) if isinstance(taken, int) else _MOST_TAKEN
    cursor = str(arguments.get("cursor") or 0)
    first = int(cursor) * PER_WORKFLOW if cursor.isdecimal() else 0
    last = first + amount * PER_WORKFLOW
    some = [pictures[at : at + PER_WORKFLOW] for at in range(first, last, PER_WORKFLOW)]
    following = str(last // PER_WORKFLOW) if last < len(pictures) else None
    rows = [_workflow(catalogue, batch) for batch in some if batch]
    return {"items": rows, "nextCursor": following}


def _workflow(catalogue: Catalogue, batch: Sequence[SiteImage]) -> dict[str, Any]:
    first = batch[0]
    recipe = recipe_of(catalogue, first)
    made_at = moment(first.created_ms)
    params = {
        "workflow": "txt2img",
        "ecosystem": "SDXL",
        "prompt": recipe.prompt,
        "negativePrompt": recipe.negative,
        "steps": recipe.steps,
        "sampler": recipe.sampler,
        "cfgScale": recipe.cfg,
        "seed": first.seed,
        "quantity": len(batch),
        "width": first.width,
        "height": first.height,
    }
    step = {
        "$type": "textToImage",
        "name": "$0",
        "status": "succeeded",
        "completedAt": made_at,
        "metadata": {},
        "output": [_output(image) for image in batch],
    }
    return {
        "id": f"{first.creator_id}-{made_at:%Y%m%d%H%M%S}{first.id % 1000:03}",
        "status": "succeeded",
        "createdAt": made_at,
        "tags": ["civitai", "gen", "img"],
        "metadata": {"params": params, "resources": []},
        "steps": [step],
    }


def _output(image: SiteImage) -> dict[str, Any]:
    dies_at = datetime.now(UTC).replace(microsecond=0) + _LIVES
    expires = dies_at.isoformat().replace("+00:00", "Z")
    blob = _blob_of(image)
    return {
        "type": "image",
        "id": blob,
        "url": f"https:/{BLOBS}/{blob}.jpeg?sig={_signature(blob, expires)}&exp={expires}",
        "seed": image.seed,
        "available": True,
        "urlExpiresAt": expires,
        "nsfwLevel": "pg",
        "width": image.width,
        "height": image.height,
    }


def _blob_of(image: SiteImage) -> str:
    return image.uuid.replace("-", "").upper()[:26]


def _signature(blob: str, expires: str) -> str:
    return hashlib.sha256(f"{blob} {expires}".encode()).hexdigest()[:24]


async def serve_blob(request: web.Request) -> web.StreamResponse:
    """The picture behind a signature that is right and lives; anything else is refused."""
    blob = request.match_info["name"].partition(".")[0]
    site = request.app[SITE]
    found = {_blob_of(image): image for image in site.catalogue.account.generated}
    expires = request.query.get("exp", "")
    is_right = request.query.get("sig") == _signature(blob, expires)
    is_alive = expires > datetime.now(UTC).isoformat()[: len(expires) - 1]
    if blob not in found or not is_right or not is_alive:
        return web.Response(status=403, text="Forbidden")
    image = found[blob]
    body = await site.media.load(image, UPLOAD)
    return answer(request, body, blob, content_type(body), moment(image.created_ms))
