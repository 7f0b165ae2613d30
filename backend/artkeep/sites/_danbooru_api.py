"""What is asked of a Danbooru, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from artkeep.errors import TargetNotFound
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite
from artkeep.sites._booru_account import account_headers, with_pause

if TYPE_CHECKING:
    from artkeep.net.client import Client

_TOO_MANY = re.compile(r"more than (\d{1,2}) tags", re.IGNORECASE)
_PAUSE_S = 60.0  # after a refusal for asking too fast
_NOT_THERE = ("not_found", "gone")


@dataclass(frozen=True, slots=True)
class Pool:
    """What a pool says of itself."""

    title: str | None
    amount: int | None


@dataclass(frozen=True, slots=True)
class Api:
    """One host, asked with the account of its settings if there is one."""

    client: Client
    root: str
    title: str
    site: BooruSite

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The reply, whatever it is. Raises FetchFailed."""
        try:
            return await self.client.get_json(
                f"{self.root}/{path}", params, headers=account_headers(self.site)
            )
        except FetchFailed as failed:
            said = failed.body.get("error") if isinstance(failed.body, dict) else None
            if failed.http_status == 500 and "QueryCanceled" in str(said):
                # The host is well: this search is too much for it.
                detail = (
                    f"{failed.detail or 'the search took too long'} Fewer or rarer tags help"
                )
                raise FetchFailed("bad_reply", host=failed.host, detail=detail) from failed
            raise with_pause(failed, _PAUSE_S) from failed

    async def count(self, tags: str) -> int | None:
        """How many posts a search has, where the site can tell."""
        try:
            reply = await self.get("counts/posts.json", {"tags": tags})
        except FetchFailed as failed:
            if most_tags(failed) or failed.reason == "bad_reply":
                return None  # too many tags, or too slow to count
            raise
        counts = reply.get("counts") if isinstance(reply, dict) else None
        amount = counts.get("posts") if isinstance(counts, dict) else None
        return amount if isinstance(amount, int) else None

    async def tag_limit(self, query: str) -> int | None:
        """How many tags this account may search for, where the query has more."""
        try:
            await self.get("posts.json", {"tags": query, "limit": 1})
        except FetchFailed as failed:
            most = most_tags(failed)
            if most is None:
                raise
            return most
        return None

    async def user_name(self, number: str) -> str:
        """Of an account by its number. Raises TargetNotFound."""
        told = await self._one(f"users/{number}.json", f"user {number}")
        name = told.get("name")
        if not isinstance(name, str) or not name:
            raise FetchFailed("unknown_shape", detail="a user without a name", body=told)
        return name

    async def pool(self, number: str) -> Pool:
        """Raises TargetNotFound."""
        told = await self._one(f"pools/{number}.json", f"pool {number}")
        title, amount = told.get("name"), told.get("post_count")
        return Pool(
            title.replace("_", " ") if isinstance(title, str) else None,
            amount if isinstance(amount, int) else None,
        )

    async def add_prompts(self, rows: Sequence[dict[str, Any]]) -> None:
        """AIBooru's word on how its posts were made, put into each as `ai_metadata`."""
        by_id = {row["id"]: row for row in rows}
        ids = ",".join(map(str, by_id))
        told = await self.get("ai_metadata.json", {"search[post_id]": ids, "limit": len(rows)})
        if not isinstance(told, list):
            raise FetchFailed("unknown_shape", detail="no list of prompts", body=told)
        for one in told:
            if isinstance(one, dict) and one.get("post_id") in by_id:
                by_id[one["post_id"]]["ai_metadata"] = one

    async def frame_delays(self, site_id: str) -> Any:
        """How long each picture of an ugoira is shown, in milliseconds; None: not told."""
        told = await self.get(f"posts/{site_id}.json", {"only": "media_metadata"})
        for name in ("media_metadata", "metadata", "Ugoira:FrameDelays"):
            told = told.get(name) if isinstance(told, dict) else None
        return told

    async def _one(self, path: str, what: str) -> Mapping[str, Any]:
        try:
            told = await self.get(path)
        except FetchFailed as failed:
            if failed.reason in _NOT_THERE:
                raise TargetNotFound(f"{self.title} has no {what}.") from failed
            raise
        return told if isinstance(told, dict) else {}


def most_tags(failed: FetchFailed) -> int | None:
    """How many tags the site says to take at most, where it refused more."""
    said = failed.body.get("message") if isinstance(failed.body, dict) else None
    match = _TOO_MANY.search(said) if isinstance(said, str) else None
    return int(match[1]) if failed.http_status == 422 and match else None
