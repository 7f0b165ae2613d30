"""Media URLs: `/{account key}/{uuid}/{params}/{name}`, quirks of the CDN included."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from aiohttp import web

from artkeep.demo.catalogue import LATEST_MS
from artkeep.demo.context import SITE
from artkeep.demo.records import ACCOUNT_KEY, SiteImage, moment
from artkeep.demo.renderer import UPLOAD, Variant

_WIDTHS = (96, 320, 450, 512, 800, 1200, 1600, 2200)  # others are rounded up to these
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
_CONTENT_TYPES = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)


def add_media_routes(app: web.Application) -> None:
    app.router.add_get(f"/{ACCOUNT_KEY}/{{uuid}}/{{params}}/{{name}}", serve_media)
    app.router.add_get(f"/{ACCOUNT_KEY}/{{uuid}}/{{name}}", serve_media)  # old URLs: no params


async def serve_media(request: web.Request) -> web.StreamResponse:
    site = request.app[SITE]
    uuid = request.match_info["uuid"]
    image = site.catalogue.images_by_uuid.get(uuid)
    if image is None:
        if uuid not in site.avatars:
            return web.Response(status=404, text="Not Found")
        return answer(
            request, await site.media.avatar(uuid), uuid, "image/jpeg", moment(LATEST_MS)
        )
    if image.is_gone:
        return web.Response(status=404, text="Not Found")
    params = parse_params(request.match_info.get("params", ""))
    variant = variant_for(image, params, request.match_info["name"])
    body = await site.media.load(image, variant)
    kind = content_type(body)
    if variant == UPLOAD and image.id % 11 == 0:
        kind = (
            "text/plain"  # the CDN has done this to originals; only the bytes are to be trusted
        )
    return answer(request, body, f"{uuid}-{variant.key}", kind, moment(image.created_ms))


def parse_params(text: str) -> dict[str, str]:
    """`width=450,anim=false` as a dictionary; anything else has no `=` and stays out."""
    return dict(part.split("=", 1) for part in text.split(",") if "=" in part)


def variant_for(image: SiteImage, params: dict[str, str], name: str) -> Variant:
    """What the CDN makes of the params. Unknown ones yield a JPEG at the image's own size."""
    is_original = params.get("original") == "true"
    still_format = "WEBP" if params.get("optimized") == "true" else "JPEG"
    width = snapped(params.get("width"))
    if not image.is_video:
        return UPLOAD if is_original else Variant("still", width, still_format)
    if params.get("anim") == "false":
        return Variant("still", width, still_format)
    is_transcoded = params.get("transcode") == "true"
    if is_original and is_transcoded:
        return Variant("video")
    if is_original:
        if image.is_still_at_first and "quality" not in params:
            return Variant("still", None, "WEBP")
        return UPLOAD
    if is_transcoded or (width and name.lower().endswith((".mp4", ".webm"))):
        return Variant("video", width)
    return Variant("still", width, still_format)


def snapped(width: str | None) -> int | None:
    """The next width the CDN knows, or None for the image's own."""
    if width is None or not width.isdecimal():
        return None
    return next((known for known in _WIDTHS if int(width) <= known), _WIDTHS[-1])


def content_type(body: bytes) -> str:
    return next(
        (kind for magic, kind in _CONTENT_TYPES if body.startswith(magic)), "image/jpeg"
    )


def answer(
    request: web.Request, body: bytes, key: str, kind: str, changed: datetime
) -> web.Response:
    """The body or the part that was asked for: ETag, Last-Modified, If-Range, 206, 304, 416."""
    digest = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()[:16]
    etag = f'"{digest}-{len(body):x}"'
    changed = changed.replace(microsecond=0)
    headers = {
        "Content-Type": kind,
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": format_datetime(changed, usegmt=True),
        "Cache-Control": "public, max-age=31536000",
    }
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers=headers)
    asked = _RANGE.match(request.headers.get("Range", ""))
    if asked is None or not _still_the_same(request.headers.get("If-Range"), etag, changed):
        return web.Response(body=body, headers=headers)
    first, last = _bounds(asked, len(body))
    if first > last:
        headers["Content-Range"] = f"bytes */{len(body)}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    return web.Response(status=206, body=body[first : last + 1], headers=headers)


def _bounds(asked: re.Match[str], size: int) -> tuple[int, int]:
    """First and last byte, both included; an empty span when nothing can be served."""
    start, end = asked.groups()
    if not start:
        return (size - min(int(end), size), size - 1) if end and int(end) else (1, 0)
    return int(start), min(int(end), size - 1) if end else size - 1


def _still_the_same(condition: str | None, etag: str, changed: datetime) -> bool:
    if condition is None or condition == etag:
        return True
    if condition.startswith(('"', "W/")):
        return False
    try:
        return parsedate_to_datetime(condition) == changed
    except ValueError:
        return False
