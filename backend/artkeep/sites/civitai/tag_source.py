"""Civitai's tags: which calls are made, and where.

Some twenty pictures are asked for in one call: more would make an address that is longer than
those of the site's own page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from artkeep.domain.rating import ALL_RATINGS
from artkeep.domain.tags import TagSet
from artkeep.net.browser import Seen
from artkeep.net.retry import FetchFailed
from artkeep.settings import Site
from artkeep.sites._tags import Call, TagSource
from artkeep.sites.civitai import trpc
from artkeep.sites.civitai.hosts import base_for
from artkeep.sites.civitai.tag_page import LOOK, read_page
from artkeep.sites.civitai.tags import PROCEDURE, USUAL_MOST, parse_votes

_MANY = 2000  # asked for where the usual hundred may not be all
SESSION_COOKIES = ("__Secure-civ-token", "__Secure-civitai-token")


class CivitaiTags(TagSource):
    """`tag.getVotableTags`, and the page of a picture."""

    batch = 20
    look = LOOK
    # Where the site sends browsers that it wants to look at more closely.
    further_hosts = frozenset({"challenges.cloudflare.com"})

    def __init__(self, site: Site) -> None:
        self._site = site
        self._base = base_for(site, ALL_RATINGS)
        # The site's own page would go on asking for things; from here only we do.
        self.home = f"{self._base}/robots.txt"
        self.front = f"{self._base}/"
        self.has_key = site.api_key is not None

    @property
    def headers(self) -> Mapping[str, str]:
        parts = urlsplit(self._base)
        headers = {
            "Origin": f"{parts.scheme}://{parts.netloc}",
            "Referer": f"{self._base}/",
            "Content-Type": "application/json",
        }
        if self._site.api_key:
            headers["Authorization"] = f"Bearer {self._site.api_key.get_secret_value()}"
        if self._site.cookie:
            headers["Cookie"] = f"{SESSION_COOKIES[0]}={self._site.cookie.get_secret_value()}"
        return headers

    @property
    def cookies(self) -> Sequence[Mapping[str, Any]]:
        if self._site.cookie is None or not self._base.startswith("https://"):
            return ()  # a cookie of this name is for safe connections only
        value = self._site.cookie.get_secret_value()
        return [{"name": SESSION_COOKIES[0], "value": value, "url": self._base, "secure": True}]

    @property
    def login_page(self) -> str:
        return f"{self._base}/login"

    def is_logged_in(self, cookies: Mapping[str, str]) -> bool:
        return any(cookies.get(name) for name in SESSION_COOKIES)

    async def ask(self, call: Call, site_ids: Sequence[str]) -> list[TagSet | FetchFailed]:
        found = await self._votes(call, site_ids)
        cut = [at for at, one in enumerate(found) if _may_be_cut(one)]
        if cut:
            whole = await self._votes(call, [site_ids[at] for at in cut], most=_MANY)
            for at, one in zip(cut, whole, strict=True):
                # Should the site not want to give as many, a hundred are better than none.
                if isinstance(one, TagSet):
                    found[at] = one
        empty = [at for at, one in enumerate(found) if isinstance(one, TagSet) and not one.tags]
        if empty:
            known = await self._are_known(call, [site_ids[at] for at in empty])
            for at, failed in zip(empty, known, strict=True):
                if failed is not None:
                    found[at] = failed
        return found

    def page_url(self, site_id: str) -> str:
        return f"{self._base}/images/{site_id}"

    def read(self, site_id: str, seen: Seen) -> TagSet:
        return read_page(site_id, seen)

    async def _votes(
        self, call: Call, site_ids: Sequence[str], *, most: int | None = None
    ) -> list[TagSet | FetchFailed]:
        asked: list[dict[str, Any]] = [{"id": int(one), "type": "image"} for one in site_ids]
        if most is not None:
            asked = [{**one, "take": most} for one in asked]
        found: list[TagSet | FetchFailed] = []
        for answer in await self._call_many(call, PROCEDURE, asked):
            try:
                found.append(answer if isinstance(answer, FetchFailed) else parse_votes(answer))
            except FetchFailed as failed:
                found.append(failed)
        return found

    async def _are_known(self, call: Call, site_ids: Sequence[str]) -> list[FetchFailed | None]:
        """Why each of these pictures is not known to be one without tags (CR-10)."""
        answers = await self._call_many(
            call, "image.get", [{"id": int(one)} for one in site_ids]
        )
        found: list[FetchFailed | None] = []
        for site_id, answer in zip(site_ids, answers, strict=True):
            if isinstance(answer, FetchFailed):
                found.append(answer)
            elif isinstance(answer, dict) and str(answer.get("id")) == site_id:
                found.append(None)
            else:
                found.append(FetchFailed("page_shape", detail="it is another picture"))
        return found

    async def _call_many(
        self, call: Call, procedure: str, asked: Sequence[Mapping[str, Any]]
    ) -> list[Any]:
        names = ",".join([procedure] * len(asked))
        given = quote(trpc.batch_envelope(asked), safe=":,")
        try:
            reply = await call(f"{self._base}/api/trpc/{names}?batch=1&input={given}")
        except FetchFailed as failed:
            # All calls of a batch that end alike give the whole reply their status.
            if not isinstance(failed.body, list) or len(failed.body) != len(asked):
                raise
            if failed.reason != "not_found":
                raise
            reply = failed.body
        return trpc.decode_batch(reply, len(asked))


def _may_be_cut(found: TagSet | FetchFailed) -> bool:
    return isinstance(found, TagSet) and len(found.tags) == USUAL_MOST
