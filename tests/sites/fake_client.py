"""A client for adapter tests: replies from a table, and a record of what was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from artkeep.net.retry import FetchFailed


@dataclass(frozen=True)
class Call:
    """One request as the adapter made it. `path` is what follows `/api/`, or the host."""

    url: str
    path: str
    params: dict[str, Any]
    headers: dict[str, str]


@dataclass
class FakeClient:
    """`replies` by the path of the call: a reply, an exception, or a function of the call.

    What is not in the table answers like a server that has no such page: 404 without JSON.
    """

    replies: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    async def get_json(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        return self._answer(url, params, headers)

    async def get_text(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        return str(self._answer(url, params, headers))

    async def post_form(
        self, url: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None
    ) -> Any:
        return self._answer(url, fields, headers)

    def _answer(
        self, url: str, params: Mapping[str, Any] | None, headers: Mapping[str, str] | None
    ) -> Any:
        whole = urlsplit(url).path
        path = whole.partition("/api/")[2] or whole.lstrip("/")
        call = Call(url, path, dict(params or {}), dict(headers or {}))
        self.calls.append(call)
        reply = self.replies.get(path, failure("not_found", 404))
        if isinstance(reply, Callable):
            reply = reply(call)
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [call.path for call in self.calls]


def failure(reason: str, http_status: int | None = None, body: Any = None) -> FetchFailed:
    """What the client raises for an error reply."""
    return FetchFailed(reason, host="civitai.red", http_status=http_status, body=body)
