"""`/preview/{token}`: a small form of an artwork on its site, fetched for the page.

The page itself contacts nobody but us (SE-7); what it shows of a site comes through here, under
the outbound rules (SE-9), and leaves like media of ours (SE-6).
"""

from __future__ import annotations

import os

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from artkeep.errors import NotFound
from artkeep.net.retry import FetchFailed
from artkeep.web.sending import send_media
from artkeep.web.services import services
from artkeep.web.site_errors import site_problem

bp = APIBlueprint("preview", __name__)
bp.register_error_handler(FetchFailed, site_problem)

_CACHING = "private, max-age=86400, immutable"


class PreviewPath(BaseModel):
    """The token of a card."""

    token: str = Field(max_length=64)


@bp.get("/preview/<string:token>", doc_ui=False)
def show_preview(path: PreviewPath) -> Response:
    """The file, whole or in ranges."""
    for _ in range(2):
        found, kind = services().previewed.fetch(path.token)
        try:
            file = found.open("rb")
        except FileNotFoundError:  # another process made room meanwhile
            continue
        size = os.fstat(file.fileno()).st_size
        return send_media(
            file, kind, size=size, etag=path.token, name=path.token, caching=_CACHING
        )
    raise NotFound("This preview could not be kept.", advice="Try again.")
