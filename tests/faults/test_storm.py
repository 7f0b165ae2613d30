"""A site on a bad day: every tenth request fails, failures are cached, late pages come only in
small pieces, three back ends answer by turns. All of it is fetched, and the ledger is exact."""

from __future__ import annotations

import random
from collections import Counter
from urllib.parse import parse_qs

from tests.faults.scene import Scene
from tests.faulty import Answer, Exchange
from tests.faulty_answers import json_reply, raw, serve, server_error, too_many
from tests.gallery import POSTS, Gallery

SEED = 2  # others give other days; all that were tried end the same
FAULTS: tuple[Answer, ...] = (
    too_many("0"),
    server_error(500),
    server_error(503),
    raw(b"", is_reset=True),
)


class Storm:
    """Answers for listings and media; the same chance for the same seed."""

    def __init__(self, site: Gallery, seed: int) -> None:
        self._site = site
        self._chance = random.Random(seed)
        self._cached: Counter[str] = Counter()
        self.faults = 0

    def fails(self, url: str) -> bool:
        """One in ten; what failed once fails a few times more at the same address."""
        if self._cached[url] > 0:
            self._cached[url] -= 1
        elif self._chance.random() >= 0.1:
            return False
        else:
            self._cached[url] = 2
        self.faults += 1
        return True

    def fault(self) -> Answer:
        """Some way to fail."""
        return self._chance.choice(FAULTS)

    async def listing(self, exchange: Exchange) -> None:
        """A page of pictures from one of the three back ends."""
        request, site = exchange.request, self._site
        asked = {name: values[0] for name, values in parse_qs(request.query).items()}
        cursor, limit = asked.get("cursor", ""), int(asked.get("limit", "100"))
        if self.fails(request.query) or ("200" <= cursor < "3" and limit > 50):
            await self.fault()(exchange)
            return
        back_end = self._chance.choices(("feed", "index", "database"), (8, 2, 1))[0]
        if back_end == "database" and "|" in cursor:
            reply = {"error": f"Invalid cursor: {cursor}", "code": "BAD_REQUEST"}
            await json_reply(reply, status=400)(exchange)
            return
        rows = site.listed(asked)
        if asked.get("sort") == "Newest":
            rows = [row for at, row in enumerate(reversed(rows)) if at % limit]
        if back_end == "database":
            start = int(cursor or 0)
        else:
            head, bar, _ = cursor.partition("|")
            start = int(head) if bar else 0  # a cursor it cannot read begins anew
        end = start + limit
        tail = {"feed": "|1785024000000", "index": '|bdx:{"at":1}', "database": ""}[back_end]
        following = f"{end}{tail}" if end < len(rows) else None
        await site.page(rows[start:end], following)(exchange)

    async def posts(self, exchange: Exchange) -> None:
        """The keyset of posts, on the same bad day."""
        if self.fails(exchange.request.query):
            await self.fault()(exchange)
        else:
            await self._site.posts(exchange)


def test_everything_that_can_be_reached_is_on_disk(scene: Scene, site: Gallery) -> None:
    chance = random.Random(SEED)
    pictures = []
    for post in range(600, 650):
        level = chance.choice((1, 1, 2, 4, 8, 16))
        pictures += site.add("lena", chance.randint(1, 40), post=post, level=level)
    storm = Storm(site, SEED)
    site.pages(storm.listing)
    site.server.on(POSTS, storm.posts)
    for picture in pictures:
        if chance.random() < 0.1:
            site.media(picture, storm.fault(), serve(picture.body))

    report = scene.get("lena")

    assert storm.faults > 0
    assert report.state == "completed", report.words
    scene.require_exactly(pictures)
    (target,) = report.progress.targets
    assert (target.listed, target.stored) == (len(pictures), len(pictures))
    assert (target.gaps, target.hidden, target.failed) == (0, 0, 0)
    assert (target.site_claims, target.site_claims_what) == (len(pictures), "in 50 posts")
