"""Sending a request that somebody copied in the browser, once more, from here.

It goes to the service's own hosts only, after somebody said so; its headers are in memory only,
and nothing that is written down may hold them from then on (SE-9, SE-10, SE-25).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from yarl import URL

from artkeep.errors import UsageError
from artkeep.logs import add_secret
from artkeep.net.client import Client
from artkeep.net.retry import with_retries
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites.captures._capture import Document
from artkeep.sites.captures._copied import CopiedRequest
from artkeep.sites.captures.adapter import CaptureSite

_TRIES = 3
_MOST_PAGES = 500
# Of one connection, or about a copy in the browser's cache that we do not have.
_NOT_OURS = frozenset({
    "host", "connection", "content-length", "accept-encoding", "transfer-encoding", "te",
    "if-none-match", "if-modified-since", "if-match", "if-range", "range", "upgrade",
    "keep-alive", "proxy-authorization", "content-type",
})  # fmt: skip
_HARMLESS = frozenset({
    "accept", "accept-language", "user-agent", "referer", "origin", "platform", "dnt",
    "priority", "pragma", "cache-control",
})  # fmt: skip
_PAGES_OF = "nightcafe"
_NEXT = "lastVisibleId"


async def send_copied(
    client: Client,
    adapters: Mapping[str, SiteAdapter],
    request: CopiedRequest,
    time_scale: float = 1.0,
) -> AsyncIterator[Document]:
    """What the service answers, page by page where it has pages.

    Raises UsageError for a request to anybody else; FetchFailed, AuthRequired.
    """
    service = request.service
    if service is None or request.method not in ("GET", "POST"):
        raise UsageError(
            f"This request is not sent: {request.host} is no host of a known service.",
            code="request_refused",
        )
    site = adapters[service.name]
    assert isinstance(site, CaptureSite)
    headers = _headers_of(request)
    url = URL(request.url, encoded=True)
    body = json.loads(request.body) if request.body else None
    for _ in range(_MOST_PAGES):
        address = site.standing_for(str(url))

        async def ask(attempt: int, address: str = address) -> Any:
            if request.method == "POST":
                return await client.post_json(address, body, headers=headers)
            return await client.get_json(address, headers=headers)

        answer = await with_retries(ask, max_tries=_TRIES, time_scale=time_scale)
        yield Document(answer, str(url), body)
        following = answer.get(_NEXT) if isinstance(answer, dict) else None
        goes_on = service.name == _PAGES_OF and request.method == "GET" and following
        if not goes_on or not answer.get("results") or following == url.query.get(_NEXT):
            return
        url = url.update_query({_NEXT: str(following)})


def _headers_of(request: CopiedRequest) -> dict[str, str]:
    """What goes along; whatever may be a login is a secret from now on."""
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in _NOT_OURS and not name.startswith((":", "sec-"))
    }
    for name, value in headers.items():
        if name not in _HARMLESS:
            add_secret(value)
            for part in value.replace(";", " ").split():
                add_secret(part.partition("=")[2] or part)
    return headers
