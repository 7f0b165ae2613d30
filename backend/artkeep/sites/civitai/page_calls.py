"""What only the web page's own calls tell of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artkeep.domain.artwork import Artwork
from artkeep.errors import WrongIdentity
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Page
from artkeep.sites.civitai.api import Api
from artkeep.sites.civitai.ask import Ask
from artkeep.sites.civitai.parse import Context, parse_images, posts_of
from artkeep.sites.civitai.replies import items_of, read_end

_MOST_LISTED = 100
_MOST_CALLS = 20  # in one batch: the address stays under 2083 characters


async def find_unlisted(api: Api, image_id: str, context: Context) -> Artwork | None:
    """A picture that the listing does not show, from the calls of its own page.

    None when the site says that it is gone. Raises FetchFailed, or WrongIdentity.
    """
    row = await api.query("image.get", {"id": int(image_id)}, page=f"/images/{image_id}")
    if row is None:
        return None
    if str(row.get("id")) != image_id:
        raise WrongIdentity(f"Civitai answered with another picture than {image_id}.")
    artworks, rejects = parse_images(await with_generation(api, [row]), context)
    if not artworks:
        raise FetchFailed("bad_reply", detail=f"image.get: {rejects[0].reason}")
    return artworks[0]


async def ask_for_images(
    ask: Ask, wanted: Mapping[str, Any], page: str
) -> dict[str, Any] | None:
    """A page of the site's own picture list; None when there is no such thing.

    Raises FetchFailed.
    """
    asked: dict[str, Any] = {
        **wanted,
        "sort": ask.option("sort"),
        "period": "AllTime",
        "browsingLevel": int(ask.option("browsingLevel") or 1),
        "limit": ask.limit(_MOST_LISTED),
        "include": ["tags"],
    }
    if (kind := ask.option("type")) is not None:
        asked["types"] = [kind]
    if ask.cursor is not None:
        asked["cursor"] = ask.cursor
    return await ask.api.query("image.getInfinite", asked, page=page, attempt=ask.retry)


async def read_images(ask: Ask, reply: Mapping[str, Any]) -> Page:
    """What such a page holds, with the generation data that it lacks. Raises FetchFailed."""
    rows = await with_generation(ask.api, items_of(reply))
    next_cursor, rejects = read_end(reply, ask.attempt)
    artworks, unreadable = parse_images(rows, ask.context())
    return Page(
        artworks,
        groups=posts_of(artworks, ask.api.base),
        rejects=(*rejects, *unreadable),
        next_cursor=next_cursor,
        is_proven=True if rows else None,
    )


async def with_generation(api: Api, rows: list[Any]) -> list[Any]:
    """The rows, each with its `generationData` beside it where the site gives it."""
    wanted = [row["id"] for row in rows if _lacks_generation(row)]
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(wanted), _MOST_CALLS):
        ids = wanted[start : start + _MOST_CALLS]
        try:
            answers = await api.query_many("image.getGenerationData", [{"id": i} for i in ids])
        except FetchFailed:
            continue  # the pictures count more than their prompts, which can be asked later
        found |= {i: answer for i, answer in zip(ids, answers, strict=True) if answer}
    return [
        {**row, "generationData": found[row["id"]]}
        if _lacks_generation(row) and row["id"] in found
        else row
        for row in rows
    ]


def _lacks_generation(row: object) -> bool:
    return (
        isinstance(row, dict)
        and type(row.get("id")) is int
        and row.get("hasMeta") is not False
        and not row.get("meta")
    )
