"""`/media/{file_id}`, `/thumbs/{artwork_id}`: what lies on the disk, by id and never by path.

Looking at a file changes nothing, also when it is not there (SE-22).
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from artkeep.errors import NotFound, RetryLater
from artkeep.media.beneath import open_beneath
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.stages.examine import thumb_path
from artkeep.store import files
from artkeep.web.schemas.artworks import FilePath, ThumbPath
from artkeep.web.sending import POLICY, send_media
from artkeep.web.services import services

bp = APIBlueprint("media", __name__)

_ID = re.compile(r"[1-9][0-9]{0,18}")
_BIGGEST_ID = 2**63 - 1
_THUMB_CACHING = "private, max-age=2592000"  # the card's address changes with the file
_FILE_CACHING = "private, no-cache"  # asked for each time, sent when it differs


@bp.get("/media/<file_id>", doc_ui=False)
def send_file(path: FilePath) -> Response:
    """A file of the library."""
    file_id = _read_id(path.file_id)
    with services().store.reading() as connection:
        lying = files.lying(connection, file_id)
    if lying is None:
        raise NotFound("There is no such file.", code="no_file")
    try:
        file = open_beneath(Path(lying.root), lying.path)
    except OSError as error:
        raise _explain(error) from error
    found = os.fstat(file.fileno())
    return send_media(
        file,
        MEDIA_TYPES[lying.format],
        size=found.st_size,
        # Somebody may have edited it: the hash alone would lie.
        etag=f"{lying.sha256[:16]}-{found.st_mtime_ns:x}-{found.st_size:x}",
        name=str(file_id),
        caching=_FILE_CACHING,
    )


@bp.get("/thumbs/<artwork_id>", doc_ui=False)
def send_thumb(path: ThumbPath) -> Response:
    """The small picture that examining has made; of videos there is none."""
    artwork_id = _read_id(path.artwork_id)
    try:
        with thumb_path(services().settings.data_dir / "thumbs", artwork_id).open("rb") as file:
            body = file.read()
            found = os.fstat(file.fileno())
    except FileNotFoundError:
        raise NotFound("There is no thumbnail (yet).", code="no_thumbnail") from None
    except OSError as error:
        raise _explain(error) from error
    reply = Response(body, mimetype="image/webp")
    reply.headers["Content-Security-Policy"] = POLICY
    reply.headers["Cache-Control"] = _THUMB_CACHING
    reply.set_etag(f"{found.st_mtime_ns:x}-{found.st_size:x}")
    reply.make_conditional(request.environ)
    return reply


def _read_id(text: str) -> int:
    """Whatever is no id of ours is simply not there."""
    if not _ID.fullmatch(text) or int(text) > _BIGGEST_ID:
        raise NotFound("There is nothing at this address.")
    return int(text)


def _explain(error: OSError) -> NotFound | RetryLater:
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return RetryLater("Too many files are open.", after_s=1, code="busy")
    if isinstance(error, FileNotFoundError):
        sentence = "The file is not where it was put."
    else:
        sentence = f"The file cannot be read ({error.strerror})."
    return NotFound(
        sentence,
        code="file_missing",
        advice="It was moved or deleted, or its disk is not there. `artkeep check` tells more.",
    )
