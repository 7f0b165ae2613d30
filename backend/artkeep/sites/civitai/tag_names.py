"""The names of the tags that models carry, as Civitai lists them: `/tags`, page by page.

Learnt from the published API documentation and the site's source (civitai/civitai 5.0.2257).
Totals mean nothing there and no page links to the next: an empty page is the end. Where a
cursor is given all the same, it leads on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from artkeep.sites._adapter import TagNames
from artkeep.sites.civitai.replies import items_of
from artkeep.sites.civitai.tags import short_name

if TYPE_CHECKING:
    from artkeep.sites.civitai.api import Api

_MOST = 200
_BY_CURSOR = "cursor:"


async def fetch_tag_names(api: Api, place: str | None) -> TagNames:
    """One page; `place` is what the page before said to be next. Raises FetchFailed."""
    asked: dict[str, str | int] = {"limit": _MOST}
    page = 1
    if place and place.startswith(_BY_CURSOR):
        asked["cursor"] = place.removeprefix(_BY_CURSOR)
    elif place:
        page = int(place)
        asked["page"] = page
    reply = await api.get("tags", asked)
    rows = items_of(reply)
    found = (short_name(row.get("name")) for row in rows if isinstance(row, Mapping))
    names = tuple(dict.fromkeys(" ".join(name.split()) for name in found if name))
    metadata = reply.get("metadata")
    cursor = metadata.get("nextCursor") if isinstance(metadata, Mapping) else None
    if isinstance(cursor, str | int) and str(cursor):
        return TagNames(names, f"{_BY_CURSOR}{cursor}")
    is_over = not rows or "cursor" in asked
    return TagNames(names, None if is_over else str(page + 1))
