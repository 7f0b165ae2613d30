"""Asks Civitai's REST API and the web page's own calls.

The key goes into the `Authorization` header and nowhere else: a `?token=` would be copied into
the links of the reply. The page's calls are refused without an `Origin` or `Referer` of theirs.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from artkeep.errors import TargetNotFound
from artkeep.net.retry import FetchFailed
from artkeep.sites.civitai import trpc

if TYPE_CHECKING:
    from pydantic import SecretStr

    from artkeep.net.client import Client

# The page's own calls were not answered as such: REST may still be.
_REFUSALS = frozenset(
    {
        "bad_reply",
        "challenge",
        "empty",
        "gone",
        "html",
        "maintenance",
        "not_found",
        "not_permitted",
        "request_refused",
        "server_error",
        "unauthorized",
        "unknown_shape",
    }
)


class Api:
    """Civitai at one address, for one question."""

    def __init__(self, client: Client, base: str, key: SecretStr | None) -> None:
        self.base = base
        self.has_key = key is not None
        self._client = client
        self._headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}

    async def get(self, path: str, params: Mapping[str, str | int]) -> dict[str, Any]:
        """One REST reply, an object. Raises FetchFailed."""
        reply = await self._client.get_json(
            f"{self.base}/api/v1/{path}", params, headers=self._headers
        )
        if not isinstance(reply, dict):
            raise FetchFailed("bad_reply", detail=f"/{path} did not answer with an object")
        return reply

    async def query(
        self, procedure: str, asked: Mapping[str, Any], *, page: str = "/", attempt: int = 0
    ) -> dict[str, Any] | None:
        """One call of the web page; None when the procedure says that there is no such thing.

        `page` is where on the site the call seems to come from. Raises FetchFailed, also for a
        404 that is not the procedure's own word.
        """
        params: dict[str, str | int] = {"input": trpc.envelope(asked)}
        if attempt:
            params["_retry"] = attempt
        try:
            answer = trpc.decode(await self._call(procedure, params, page))
        except FetchFailed as failed:
            said = trpc.read_error(failed.body)
            if said and said.reason == "not_found":
                return None
            raise
        if not isinstance(answer, dict):
            raise FetchFailed("bad_reply", detail=f"{procedure} did not answer with an object")
        return answer

    async def query_many(
        self, procedure: str, asked: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any] | None]:
        """The same call for several inputs in one request; None where one gave nothing."""
        names = ",".join([procedure] * len(asked))
        params: dict[str, str | int] = {"batch": 1, "input": trpc.batch_envelope(asked)}
        answers = trpc.decode_batch(await self._call(names, params, "/"), len(asked))
        return [answer if isinstance(answer, dict) else None for answer in answers]

    async def _call(self, names: str, params: Mapping[str, str | int], page: str) -> Any:
        parts = urlsplit(self.base)
        headers = {
            **self._headers,
            "Origin": f"{parts.scheme}://{parts.netloc}",
            "Referer": f"{self.base}{page}",
            "Content-Type": "application/json",
        }
        url = f"{self.base}/api/trpc/{names}"
        return await self._client.get_json(url, params, headers=headers)


def is_refusal(failed: FetchFailed) -> bool:
    """Whether another way of asking may help where waiting will not."""
    return failed.reason in _REFUSALS


def says_not_found(failed: FetchFailed) -> bool:
    """Whether the API itself says that the thing does not exist.

    It has said so with status 500, too; a bare 404 of some proxy does not count.
    """
    told = error_text(failed.body).lower()
    if failed.reason == "not_found":
        return bool(told)
    return failed.http_status == 500 and any(
        f"{what} not found" in told for what in ("user", "model", "version")
    )


def not_found(what: str, value: str, near: Sequence[str] = ()) -> TargetNotFound:
    """The error for something Civitai does not know, with up to three names that are near."""
    ranked = difflib.get_close_matches(value, near, n=3, cutoff=0.6)
    advice = f"Did you mean {' or '.join(ranked)}?" if ranked else "Check the spelling."
    return TargetNotFound(f"Civitai does not know the {what} {value}.", advice=advice)


def error_text(body: object) -> str:
    """The sentence in an error reply: the first text among the places where it has stood."""
    if not isinstance(body, Mapping):
        return ""
    error = body.get("error")
    inner = error if isinstance(error, Mapping) else {}
    deeper = inner.get("json")
    places = (
        error,
        body.get("message"),
        inner.get("message"),
        deeper.get("message") if isinstance(deeper, Mapping) else None,
    )
    return next((text for text in places if isinstance(text, str) and text), "")
