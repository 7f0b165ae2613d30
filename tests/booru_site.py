"""A small booru that does what a test wants, on a `FaultyServer`.

    with booru() as site:
        posts = site.add(250)                            # pictures with bytes of their own
        site.media(posts[3], server_error(500), serve(posts[3].body))   # this file: first fails
        site.listing_fails = {2: server_error(500)}      # the third question for posts fails
        ... run Artkeep with site.url as base and media address ...
        assert len(site.asked(posts[3])) == 2

It speaks Gelbooru's 0.2: a bare list newest first with `id:<N` and tags, an empty body for
nothing, single posts, the count in XML, pools and favourites as pages. Another engine gets a
subclass that answers its own paths from `search`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.faulty import Answer, Exchange, FaultyServer, in_thread
from tests.faulty_answers import json_reply, reply, serve
from tests.gallery import png

INDEX = "/index.php"


@dataclass(frozen=True)
class Post:
    """One post. `changes` replaces fields of its listed row."""

    id: int
    body: bytes
    tags: tuple[str, ...] = ("blue_sky", "tree")
    score: int = 0
    rating: str = "general"
    ending: str = "png"
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def md5(self) -> str:
        return hashlib.md5(self.body).hexdigest()

    @property
    def path(self) -> str:
        """Where its file is served."""
        return f"/images/{self.md5[:2]}/{self.md5[2:4]}/{self.md5}.{self.ending}"


class BooruSite:
    """What the site has, and what it was asked."""

    def __init__(self, server: FaultyServer) -> None:
        self.server = server
        self.posts: dict[int, Post] = {}
        self.pools: dict[int, list[int]] = {}
        self.favourites: dict[int, list[int]] = {}
        self.page_size = 100  # what it cuts `limit` to
        self.deepest: int | None = None  # posts that page numbers reach
        self.listing_fails: dict[int, Answer] = {}  # by the number of the question, from 0
        self.questions = 0
        self.before_page: Iterator[object] = iter(())  # taken one step before each page
        server.on(INDEX, self.index)

    @property
    def url(self) -> str:
        """Base and media address."""
        return self.server.origin

    def add(self, count: int = 1, **fields: Any) -> list[Post]:
        """Put in posts above all that are there; `fields` are those of `Post`."""
        first = max(self.posts, default=4999) + 1
        made = []
        for number in range(first, first + count):
            post = Post(number, **({"body": png(number)} | fields))
            self.posts[number] = post
            self.server.on(post.path, serve(post.body))
            made.append(post)
        return made

    def media(self, post: Post, *answers: Answer) -> None:
        """How its file is answered, in turn."""
        self.server.on(post.path, *answers)

    def asked(self, post: Post) -> list[object]:
        """The requests for its file."""
        return list(self.server.requests_to(post.path))

    def search(self, query: str) -> list[Post]:
        """Newest first, or by score; every word of the query holds."""
        words = query.split()
        found = [
            post for post in self.posts.values() if all(_holds(one, post) for one in words)
        ]
        order = (lambda post: post.score) if "sort:score" in words else (lambda post: post.id)
        return sorted(found, key=order, reverse=True)

    def row(self, post: Post) -> dict[str, Any]:
        """Its item in a list."""
        return {
            "id": post.id,
            "hash": post.md5,
            "directory": f"{post.md5[:2]}/{post.md5[2:4]}",
            "image": f"{post.md5}.{post.ending}",
            "file_url": f"{self.url}{post.path}",
            "preview_url": f"{self.url}{post.path}",
            "sample_url": "",
            "width": 12,
            "height": 12,
            "rating": post.rating,
            "score": post.score,
            "tags": " ".join(post.tags),
            "owner": "somebody",
            "parent_id": 0,
            **post.changes,
        }

    async def index(self, exchange: Exchange) -> None:
        """`/index.php`, whichever part of it is asked."""
        asked = {name: one[0] for name, one in parse_qs(exchange.request.query).items()}
        answer = self.answer(asked)
        await answer(exchange)

    def answer(self, asked: dict[str, str]) -> Answer:
        match (asked.get("page"), asked.get("s")):
            case ("dapi", "post") if "json" in asked:
                return self.list_posts(asked)
            case ("dapi", "post"):
                found = len(self.search(asked.get("tags", "")))
                return reply(f'<posts count="{found}" offset="0"/>'.encode())
            case ("pool", "show"):
                return self._page_of(self.pools.get(int(asked["id"]), []))
            case ("favorites", "view"):
                start = int(asked.get("pid", 0))
                return self._page_of(self.favourites[int(asked["id"])][start : start + 50])
        return reply(b"", status=404)

    def list_posts(self, asked: dict[str, str]) -> Answer:
        """The list as JSON; nothing at all when it is empty."""
        number, self.questions = self.questions, self.questions + 1
        if number in self.listing_fails:
            return self.listing_fails[number]
        next(self.before_page, None)
        if "id" in asked:
            one = self.posts.get(int(asked["id"]))
            return json_reply([self.row(one)]) if one else reply(b"")
        limit = min(int(asked.get("limit", "100")), self.page_size)
        start = int(asked.get("pid", "0")) * limit
        if self.deepest is not None and start >= self.deepest:
            return reply(b"Too deep! Pull it back some.", content_type="text/html")
        page = self.search(asked.get("tags", ""))[start : start + limit]
        return json_reply([self.row(post) for post in page]) if page else reply(b"")

    def _page_of(self, ids: Iterable[int]) -> Answer:
        links = "".join(
            f'<span class="thumb"><a id="p{number}" '
            f'href="index.php?page=post&amp;s=view&amp;id={number}"><img></a></span>'
            for number in ids
        )
        return reply(f"<!DOCTYPE html><h4>Pool</h4>{links}".encode(), content_type="text/html")


def _holds(word: str, post: Post) -> bool:
    bound = re.fullmatch(r"id:([<>]=?)(\d+)", word)
    if bound:
        limit = int(bound[2])
        return {
            "<": post.id < limit,
            ">": post.id > limit,
            "<=": post.id <= limit,
            ">=": post.id >= limit,
        }[bound[1]]
    if word.startswith("sort:"):
        return True
    if word.startswith("rating:"):
        return post.rating == word.removeprefix("rating:")
    if word.startswith("-"):
        return word[1:] not in post.tags
    return word in post.tags


@contextmanager
def booru() -> Iterator[BooruSite]:
    """A running site in a thread of its own."""
    with in_thread() as server:
        yield BooruSite(server)
