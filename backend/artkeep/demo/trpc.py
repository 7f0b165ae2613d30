"""`/api/trpc/…`: single calls and batches, GET and POST, who may call, and how answers look."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from artkeep.demo import generator, trpc_lists, trpc_lookups
from artkeep.demo.arguments import Arguments, Fault
from artkeep.demo.context import FULL_SCOPES, SITE, has_key, is_logged_in, key_scopes
from artkeep.demo.serialise import devalue, superjson

Procedure = Callable[[web.Request, Arguments], Awaitable[Any]]

PROCEDURES: dict[str, Procedure] = {
    "tag.getVotableTags": trpc_lookups.votable_tags,
    "image.get": trpc_lookups.get_image,
    "image.getGenerationData": trpc_lookups.get_generation,
    "image.getInfinite": trpc_lists.image_list,
    "image.getImagesAsPostsInfinite": trpc_lists.images_as_posts,
    "post.getInfinite": trpc_lists.post_list,
    "post.get": trpc_lookups.get_post,
    "collection.getById": trpc_lookups.get_collection,
    "collection.getInfinite": trpc_lookups.collection_list,
    "user.getCreator": trpc_lookups.get_creator,
    "tag.getAll": trpc_lookups.tag_list,
    "tag.getById": trpc_lookups.get_tag,
    "model.getById": trpc_lookups.get_model,
    "orchestrator.queryGeneratedImages": generator.generated_list,
}

_CODES = {
    400: (-32600, "BAD_REQUEST"),
    401: (-32001, "UNAUTHORIZED"),
    403: (-32003, "FORBIDDEN"),
    404: (-32004, "NOT_FOUND"),
}
_NO_SCOPE = "Your API key does not have the required scope for this action"
# What a key needs, by router; a bit of all scopes where any will do.
_SCOPES = defaultdict(
    lambda: FULL_SCOPES, user=1, model=4, image=32, post=32, collection=131_072
)
_DEVALUE_SHARE = 5  # one answer in five comes from a pool with the other serialiser
_ANONYMOUS_CACHE = "public, max-age=60, s-maxage=60, stale-while-revalidate=30"


async def call(request: web.Request) -> web.Response:
    """One procedure, or several separated by commas with `batch=1`."""
    paths = request.match_info["procedures"].split(",")
    is_batch = request.query.get("batch") == "1"
    envelopes = await _envelopes(request, is_batch)
    answers, statuses = [], []
    for place, path in enumerate(paths if is_batch else paths[:1]):
        request.app[SITE].requests[f"trpc {path}"] += 1
        status, answer = await _answer(request, path, envelopes.get(str(place)))
        answers.append(answer)
        statuses.append(status)
    status = statuses[0] if len(set(statuses)) == 1 else 207
    headers = {"Content-Type": "application/json"}
    if not is_batch:
        headers["Vary"] = "trpc-accept"
        if status == 200 and not is_logged_in(request):
            headers["Cache-Control"] = _ANONYMOUS_CACHE
    body = json.dumps(
        answers if is_batch else answers[0], ensure_ascii=False, separators=(",", ":")
    )
    return web.Response(status=status, body=body.encode("utf-8", "replace"), headers=headers)


async def _envelopes(request: web.Request, is_batch: bool) -> dict[str, Any]:
    """Call number to input envelope. An unreadable input is no input."""
    text = await request.text() if request.method == "POST" else request.query.get("input", "")
    try:
        whole = json.loads(text) if text else {}
    except ValueError:
        whole = {}
    if not isinstance(whole, dict):
        whole = {}
    return whole if is_batch else {"0": whole}


async def _answer(request: web.Request, path: str, envelope: Any) -> tuple[int, dict[str, Any]]:
    given = envelope.get("json") if isinstance(envelope, dict) else None
    arguments = given if isinstance(given, dict) else {}
    write = devalue if _uses_devalue(path, arguments) else superjson
    try:
        if not _may_call(request):
            text = "Please use the public API instead: https://developer.civitai.com/"
            raise Fault(401, text)
        if has_key(request) and key_scopes(request) & _SCOPES[path.split(".")[0]] == 0:
            raise Fault(403, _NO_SCOPE)
        procedure = PROCEDURES.get(path)
        if procedure is None:
            raise Fault(404, f'No procedure found on path "{path}"')
        return 200, {"result": {"data": write(await procedure(request, arguments))}}
    except Fault as fault:
        number, name = _CODES[fault.status]
        error = {
            "message": fault.text,
            "code": number,
            "data": {"code": name, "httpStatus": fault.status, "path": path},
        }
        return fault.status, {"error": write(error)}


def _may_call(request: web.Request) -> bool:
    """A page of this very host asks, or somebody with a key."""
    if has_key(request):
        return True
    own = request.host.lower()
    return any(
        urlsplit(request.headers.get(name, "")).netloc.lower() == own
        for name in ("Origin", "Referer")
    )


def _uses_devalue(path: str, arguments: dict[str, Any]) -> bool:
    """The same question always comes back in the same form."""
    number = arguments.get("id")
    if not isinstance(number, int):
        number = zlib.crc32((path + json.dumps(arguments, sort_keys=True)).encode())
    return number % _DEVALUE_SHARE == 0
