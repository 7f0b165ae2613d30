"""A small Civitai that does what a test wants, on a `FaultyServer`.

    with gallery() as site:
        first, second = site.add("lena", 2)              # two pictures with bytes of their own
        site.media(first, server_error(503), serve(first.body))   # this file: first fails
        site.pages(site.page([first]), site.listing)     # the first page as told, then honestly
        ... run Artkeep with site.url as base and media address ...
        assert len(site.asked(first)) == 2

Honest unless told otherwise: users by `user.getCreator`, their posts by `post.getInfinite`,
pictures by `/api/v1/images` with cursors (`page_size` a page), one picture by `image.get`,
models and versions by number, and the media itself with ranges. Any path can be given other
answers with `site.server.on`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from PIL import Image

from tests.faulty import Answer, Exchange, FaultyServer, Request, in_thread
from tests.faulty_answers import json_reply, serve
from tests.media.samples import encoded

KEY = "xG1nkqKTMzGDvpLrqFT7WA"
ORIGINAL = "original=true"
IMAGES = "/api/v1/images"
CREATOR = "/api/trpc/user.getCreator"
POSTS = "/api/trpc/post.getInfinite"
NOW = datetime(2026, 6, 1, tzinfo=UTC)  # what `period` counts back from
_DAYS = {"Day": 1, "Week": 7, "Month": 30, "Year": 365}
_NEXT_AT = "1785024000000"  # the second half of a cursor, which nobody may read


@cache
def png(number: int, side: int = 12) -> bytes:
    """A whole picture; every number has another."""
    colour = (number % 251, number // 251 % 251, number // 63001 % 251)
    return encoded(Image.new("RGB", (side, side), colour), "png")


@dataclass(frozen=True)
class Picture:
    """One item of the gallery. `changes` replaces fields of its listed row."""

    id: int
    author: str
    body: bytes
    kind: str = "image"
    level: int = 1
    post: int = 500
    model: int = 0
    version: int = 0
    tags: tuple[str, ...] = ()
    created: str = "2026-05-01T12:00:00.000Z"
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def uuid(self) -> str:
        """What its address is made of."""
        return f"00000000-0000-4000-8000-{self.id:012d}"

    def path(self, parameters: str = ORIGINAL) -> str:
        """Where its bytes are served."""
        extension = "mp4" if self.kind == "video" else "jpeg"
        return f"/{KEY}/{self.uuid}/{parameters}/{self.uuid}.{extension}"

    def row(self) -> dict[str, Any]:
        """Its item in `/api/v1/images`, as `withMeta` and `withTags` ask for it."""
        legacy = {1: "None", 2: "Soft", 4: "Mature"}.get(self.level, "X")
        return {
            "id": self.id,
            "url": f"https://image.civitai.com{self.path()}",
            "hash": "U00000fQfQfQfQfQfQfQfQfQfQfQ",
            "width": 12,
            "height": 12,
            "nsfwLevel": legacy,
            "browsingLevel": self.level,
            "nsfw": legacy != "None",
            "type": self.kind,
            "createdAt": self.created,
            "postId": self.post,
            "stats": {"likeCount": 1},
            "meta": {"prompt": f"picture {self.id}", "Model": "Aurora", "seed": self.id},
            "username": self.author,
            "baseModel": "SDXL 1.0",
            "modelVersionIds": [self.version] if self.version else [],
            "tags": [{"id": 7000 + n, "name": name} for n, name in enumerate(self.tags)],
            **self.changes,
        }


class Gallery:
    """What the site has, and what it was asked."""

    def __init__(self, server: FaultyServer) -> None:
        self.server = server
        self.page_size = 200
        self.cap: int | None = None  # where every list of pictures ends without a word
        self.pictures: dict[int, Picture] = {}
        self.post_claims: dict[int, int] = {}  # what a post says to hold, where it differs
        self._users: dict[str, int] = {}
        server.on(IMAGES, self.listing)
        server.on(CREATOR, self._creator)
        server.on(POSTS, self.posts)
        server.on("/api/trpc/image.get", self._one)
        server.on("/api/v1/users", json_reply({"items": []}))

    @property
    def url(self) -> str:
        """Base and media address."""
        return self.server.origin

    def add(self, author: str, count: int = 1, **fields: Any) -> list[Picture]:
        """Hang up pictures of a creator; `fields` are those of `Picture`."""
        number = self._users.setdefault(author, 9000 + len(self._users))
        fields.setdefault("post", number - 8500)
        first = 1000 + len(self.pictures)
        made = []
        for number in range(first, first + count):
            picture = Picture(number, author, **({"body": png(number)} | fields))
            self.pictures[number] = picture
            self.server.on(picture.path(), serve(picture.body))
            made.append(picture)
        return made

    def take_down(self, picture: Picture) -> None:
        """The picture is not there any more, nowhere."""
        del self.pictures[picture.id]
        self.server.on(picture.path())

    def media(self, picture: Picture, *answers: Answer, rung: str = ORIGINAL) -> None:
        """How its bytes are answered, in turn; the last answer repeats."""
        self.server.on(picture.path(rung), *answers)

    def pages(self, *answers: Answer) -> None:
        """How the listing is answered, in turn; `self.listing` is the honest way."""
        self.server.on(IMAGES, *answers)

    def page(self, items: Iterable[Any], next_cursor: Any = None, **metadata: Any) -> Answer:
        """A page with these items: pictures, or anything else as it is."""
        rows = [item.row() if isinstance(item, Picture) else item for item in items]
        if next_cursor is not None:
            metadata["nextCursor"] = next_cursor
        return json_reply({"items": rows, "metadata": metadata})

    def asked(self, picture: Picture) -> list[Request]:
        """Every request for its bytes, on any rung."""
        return [one for one in self.media_requests() if f"/{picture.uuid}/" in one.path]

    def media_requests(self) -> list[Request]:
        """Every request for bytes."""
        return [one for one in self.server.requests if one.path.startswith(f"/{KEY}/")]

    def page_requests(self) -> list[dict[str, str]]:
        """The parameters of every request for a page."""
        return [_parameters(one) for one in self.server.requests_to(IMAGES)]

    def listed(self, asked: dict[str, str]) -> list[Picture]:
        """What a list with these parameters holds, in order."""
        return [one for one in self.pictures.values() if _is_listed(one, asked)]

    async def listing(self, exchange: Exchange) -> None:
        """The honest page."""
        asked = _parameters(exchange.request)
        found = self.listed(asked)
        if days := _DAYS.get(asked.get("period", "")):
            since = NOW - timedelta(days=days)
            found = [one for one in found if datetime.fromisoformat(one.created) >= since]
        if asked.get("sort") == "Newest":
            found.reverse()
        start = int(asked.get("cursor", "0").partition("|")[0] or 0)
        end = start + min(self.page_size, int(asked.get("limit", "100")))
        metadata: dict[str, str] = {}
        if end < min(len(found), self.cap or len(found)):
            cursor = f"{end}|{_NEXT_AT}"
            query = exchange.request.query.partition("&cursor=")[0]
            metadata["nextCursor"] = cursor
            metadata["nextPage"] = f"{self.url}{IMAGES}?{query}&cursor={cursor}"
        await self.page(found[start:end], **metadata)(exchange)

    async def _creator(self, exchange: Exchange) -> None:
        name = str(_input(exchange.request).get("username", ""))
        for user, number in self._users.items():
            if user.casefold() == name.casefold():
                found = {"id": number, "username": user, "deletedAt": None}
                await trpc(found)(exchange)
                return
        await trpc_missing("user.getCreator")(exchange)

    async def posts(self, exchange: Exchange) -> None:
        """A creator's posts, the newest first: a keyset, like the real one."""
        asked = _input(exchange.request)
        name = str(asked.get("username", "")).casefold()
        posts: dict[int, list[Picture]] = {}
        for picture in self.pictures.values():
            if picture.author.casefold() == name and picture.level & asked["browsingLevel"]:
                posts.setdefault(picture.post, []).append(picture)
        newest_first = sorted(posts, reverse=True)
        start = int(str(asked.get("cursor") or max(posts, default=0)).rpartition("|")[2])
        rest = [post for post in newest_first if post <= start]
        limit = min(self.page_size, asked.get("limit", 100))
        items = [self._post(post, posts[post]) for post in rest[:limit]]
        found: dict[str, Any] = {"items": items}
        if len(rest) > limit:
            found["nextCursor"] = f"2026-07-28T11:31:00.000Z|{rest[limit]}"
        await trpc(found)(exchange)

    def _post(self, number: int, pictures: list[Picture]) -> dict[str, Any]:
        author = pictures[0].author
        shown = [{"id": one.id, "url": one.uuid, "postId": number} for one in pictures[:8]]
        return {
            "id": number,
            "title": f"Post {number}",
            "imageCount": self.post_claims.get(number, len(pictures)),
            "user": {"id": self._users[author], "username": author},
            "images": shown,
        }

    async def _one(self, exchange: Exchange) -> None:
        picture = self.pictures.get(_input(exchange.request).get("id", 0))
        if picture is None:
            await trpc_missing("image.get")(exchange)
            return
        row = {**picture.row(), "nsfwLevel": picture.level, "url": picture.uuid}
        user = {"id": self._users[picture.author], "username": picture.author}
        await trpc({**row, "user": user})(exchange)


def trpc(value: Any) -> Answer:
    """A reply of the page's own calls."""
    return json_reply({"result": {"data": {"json": value}}})


def trpc_missing(procedure: str) -> Answer:
    """Its word for "there is no such thing"."""
    where = {"code": "NOT_FOUND", "httpStatus": 404, "path": procedure}
    error = {"message": "Not found", "code": -32004, "data": where}
    return json_reply({"error": {"json": error}}, status=404)


def model(number: int, name: str, versions: Sequence[tuple[int, str]]) -> dict[str, Any]:
    """A reply of `/api/v1/models/<number>`."""
    listed = [{"id": key, "name": title} for key, title in versions]
    return {"id": number, "name": name, "tags": [], "modelVersions": listed}


def _is_listed(picture: Picture, asked: dict[str, str]) -> bool:
    equal = {
        "username": picture.author.casefold(),
        "imageId": str(picture.id),
        "postId": str(picture.post),
        "modelId": str(picture.model),
        "modelVersionId": str(picture.version),
        "type": picture.kind,
    }
    mask = int(asked.get("browsingLevel", "1"))
    return bool(picture.level & mask) and all(
        asked[name].casefold() == value for name, value in equal.items() if name in asked
    )


def _parameters(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.query).items()}


def _input(request: Request) -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(_parameters(request).get("input", "{}"))
    inner: dict[str, Any] = envelope.get("json", {})
    return inner


@contextmanager
def gallery() -> Iterator[Gallery]:
    """A running gallery in a thread of its own."""
    with in_thread() as server:
        yield Gallery(server)
