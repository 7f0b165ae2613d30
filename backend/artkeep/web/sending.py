"""Sending media: in ranges, in large pieces, and so that no page can be made of it (SE-6)."""

from __future__ import annotations

from typing import BinaryIO

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

from artkeep.media.sniff import MediaType

_PIECE = 256 * 1024  # bytes
_INLINE = frozenset({"png", "jpeg", "gif", "webp", "avif", "mp4", "webm"})
POLICY = "sandbox; default-src 'none'"  # of everything that came from elsewhere


def send_media(
    file: BinaryIO, kind: MediaType, *, size: int, etag: str, name: str, caching: str
) -> Response:
    """The file, a range of it (206, 416), or 304. It is closed when everything is sent."""
    reply = Response(FileWrapper(file, _PIECE), mimetype=kind.mime, direct_passthrough=True)
    reply.content_length = size
    reply.set_etag(etag)
    reply.headers["Accept-Ranges"] = "bytes"
    reply.headers["Content-Security-Policy"] = POLICY
    reply.headers["Cache-Control"] = caching
    if kind.name not in _INLINE:
        reply.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind.extension}"'
    try:
        reply.make_conditional(request.environ, _is_one_range(size), size)
    except RequestedRangeNotSatisfiable:
        reply.close()
        raise
    return reply


def _is_one_range(size: int) -> bool:
    """Anything else that may stand there is answered with the whole file, as HTTP allows."""
    asked = request.range
    if request.method != "GET" or asked is None or asked.units != "bytes":
        return False
    if len(asked.ranges) != 1:
        return False
    first, _ = asked.ranges[0]
    return first is None or first >= -size  # the last bytes, more than there are: all of them
