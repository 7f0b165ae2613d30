"""The sample catalogue of the classic downloader as a running site.

`fixtures/classic/catalogue.json` says what there is; `trees/` what a run must leave of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.faulty import Answer, Exchange, FaultyServer, Request, in_thread
from tests.faulty_answers import json_reply, serve
from tests.gallery import png, trpc, trpc_missing
from tests.media.samples import encoded, mp4, picture

FIXTURES = Path(__file__).parent / "fixtures" / "classic"
MEDIA_ROOT = "https://image.civitai.com"
MODELS = "/api/v1/models"
VERSIONS = "/api/v1/model-versions"
IMAGES = "/api/v1/images"
UNKNOWN = (998, 999)  # numbers that no model and no version has
_PAGE = 3  # so that most lists have several pages


def body(extension: str, number: int) -> bytes:
    """A whole file of this type; every number has another."""
    if extension == ".png":
        return png(number)
    if extension == ".mp4":
        return mp4() + b"\0\0\0\x0cfree" + number.to_bytes(4, "big")
    shade = picture().point(lambda value: (value + number) % 256)
    return encoded(shade, {".jpeg": "jpeg", ".webp": "webp"}[extension])


class ClassicSite:
    """The catalogue, served; `images` and `models` may be changed before a run."""

    def __init__(self, server: FaultyServer) -> None:
        self.server = server
        catalogue = json.loads((FIXTURES / "catalogue.json").read_text())
        self.images: list[dict[str, Any]] = catalogue["images"]
        self.models: list[dict[str, Any]] = catalogue["models"]
        server.on(IMAGES, self.list_images)
        server.on(MODELS, self._search_models)
        server.on("/api/v1/users", json_reply({"items": []}))
        server.on("/api/trpc/user.getCreator", self._creator)
        server.on("/api/trpc/post.getInfinite", trpc({"items": []}))
        for number in UNKNOWN:
            for path in (MODELS, VERSIONS):
                answer = json_reply({"error": "Model not found"}, status=404)
                server.on(f"{path}/{number}", answer)
        for model in self.models:
            server.on(f"{MODELS}/{model['id']}", json_reply(model))
            for version in model["modelVersions"]:
                told = {**version, "modelId": model["id"], "model": {"name": model["name"]}}
                server.on(f"{VERSIONS}/{version['id']}", json_reply(told))
        for image in self.images:
            media = catalogue["media"][str(image["id"])]
            self.serve(image, media["hd"], media["hd_content_type"], media["as_listed"])

    @property
    def url(self) -> str:
        """Base and media address."""
        return self.server.origin

    def serve(
        self, image: dict[str, Any], original: str, content_type: str, listed: str
    ) -> None:
        """Put the bytes of an image where its address and its original are."""
        path = image["url"].removeprefix(MEDIA_ROOT)
        self.server.on(path, serve(body(listed, image["id"])))
        self.server.on(
            path.replace("width=1024", "original=true"),
            serve(body(original, image["id"]), content_type=content_type),
        )

    def media(self, number: int, *answers: Answer) -> None:
        """How the original of an image is answered from now on."""
        (image,) = (one for one in self.images if one["id"] == number)
        path = image["url"].removeprefix(MEDIA_ROOT)
        self.server.on(path.replace("width=1024", "original=true"), *answers)
        self.server.on(path, *answers)

    def media_requests(self) -> list[Request]:
        """Every request for bytes."""
        return [one for one in self.server.requests if one.path.startswith("/demo/")]

    async def list_images(self, exchange: Exchange) -> None:
        """The honest page."""
        asked = _parameters(exchange.request)
        found = [one for one in self.images if self._is_asked(one, asked)]
        start = int(asked.get("cursor") or 0)
        metadata = {"nextCursor": str(start + _PAGE)} if start + _PAGE < len(found) else {}
        rows = [_row(one) for one in found[start : start + _PAGE]]
        await json_reply({"items": rows, "metadata": metadata})(exchange)

    def _is_asked(self, image: dict[str, Any], asked: dict[str, str]) -> bool:
        if not int(asked.get("browsingLevel", "1")) & 1:
            return False
        if "username" in asked:
            return bool(image["username"].casefold() == asked["username"].casefold())
        versions = {str(number) for number in image["modelVersionIds"]}
        if "modelVersionId" in asked:
            return asked["modelVersionId"] in versions
        if "modelId" in asked:
            (model,) = (one for one in self.models if str(one["id"]) == asked["modelId"])
            return bool(versions & {str(one["id"]) for one in model["modelVersions"]})
        return False

    async def _search_models(self, exchange: Exchange) -> None:
        asked = _parameters(exchange.request)
        tag = asked["tag"].casefold()
        found = [one for one in self.models if tag in [name.casefold() for name in one["tags"]]]
        # What the site does not know it ignores: then it lists everything.
        rows = (found or self.models) if asked.get("nsfw") == "true" else []
        await json_reply({"items": rows, "metadata": {}})(exchange)

    async def _creator(self, exchange: Exchange) -> None:
        name = json.loads(_parameters(exchange.request)["input"])["json"]["username"]
        known = {one["username"].casefold(): one["username"] for one in self.images}
        if name.casefold() not in known:
            await trpc_missing("user.getCreator")(exchange)
            return
        found = {"id": 9000, "username": known[name.casefold()], "deletedAt": None}
        await trpc(found)(exchange)


def _row(image: dict[str, Any]) -> dict[str, Any]:
    return {
        "createdAt": "2026-05-01T12:00:00.000Z",
        "browsingLevel": 1,
        "width": 90,
        "height": 70,
        "postId": 500,
        **image,
    }


def _parameters(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.query).items()}


@contextmanager
def classic_site() -> Iterator[ClassicSite]:
    """The running site in a thread of its own."""
    with in_thread() as server:
        yield ClassicSite(server)
