"""What every handler of the sample site needs to know: the site and who is asking."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from artkeep.demo.records import ACCOUNT_KEY, Catalogue, Collection, SiteImage
from artkeep.demo.renderer import MediaFiles

KEY_PREFIX = "demo-key"
FULL_SCOPES = 33_554_431
SESSION_COOKIE = "__Secure-civ-token"
API_CACHE = "public, s-maxage=300, stale-while-revalidate=150"


@dataclass(slots=True)
class Site:
    """`colour` green is the SFW host, red shows everything; `gate=False` opens every page."""

    catalogue: Catalogue
    media: MediaFiles
    colour: str
    gate: bool
    feed_cap: int
    avatars: frozenset[str]
    requests: Counter[str] = field(default_factory=Counter)
    calls_in_window: dict[str, tuple[float, int]] = field(default_factory=dict)


SITE = web.AppKey("site", Site)


def has_key(request: web.Request) -> bool:
    """Whether a valid API key came along. The header wins; a bad key means anonymous."""
    return _key(request).startswith(KEY_PREFIX)


def _key(request: web.Request) -> str:
    header = request.headers.get("Authorization", "")
    key = header[7:] if header.lower().startswith("bearer ") else ""
    return key or request.query.get("token", "")


def key_scopes(request: web.Request) -> int:
    """What the key was made for: `demo-key-scope-33` has those bits, any other all of them."""
    _, _, bits = _key(request).partition("-scope-")
    return int(bits) if bits.isdecimal() else FULL_SCOPES


def is_logged_in(request: web.Request) -> bool:
    return has_key(request) or SESSION_COOKIE in request.cookies


def allowed_mask(request: web.Request) -> int:
    """The levels that lists of the web page's own API may show this caller, on this host."""
    if not is_logged_in(request):
        return 1
    return 3 if request.app[SITE].colour == "green" else 31


def may_read(request: web.Request, collection: Collection) -> bool:
    """A private collection is its owner's."""
    account = request.app[SITE].catalogue.account
    is_own = is_logged_in(request) and collection.creator_id == account.creator_id
    return collection.is_public or is_own


def media_url(request: web.Request, image: SiteImage, name: str | None = None) -> str:
    """The URL a listing gives for an original: its extension says nothing about the bytes."""
    file_name = f"{name or image.uuid}.{image.extension}"
    return f"{request.url.origin()}/{ACCOUNT_KEY}/{image.uuid}/original=true/{file_name}"


def json_reply(
    value: Any, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    content_type = {"Content-Type": "application/json; charset=utf-8"}
    return web.Response(status=status, body=body, headers=content_type | (headers or {}))


def api_reply(value: Any, status: int = 200) -> web.Response:
    """A REST answer with the cache header that upstream sets even on failures."""
    return json_reply(value, status, {"Cache-Control": API_CACHE})
