"""Walking a target as a job does, without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from artkeep.domain.artwork import Reject
from artkeep.domain.target import Target
from artkeep.sites._adapter import Listing, SiteAdapter

_MOST_PAGES = 1000


@dataclass
class Walked:
    """What came, in order."""

    ids: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)


async def walk(
    site: SiteAdapter,
    client: Any,
    target: Target,
    listing: Listing,
    between: Callable[[int], None] = lambda page: None,
) -> Walked:
    """All pages of a listing; `between` is called after each with its number from 1."""
    walked = Walked()
    cursor: str | None = None
    for number in range(1, _MOST_PAGES):
        page = await site.fetch_page(client, target, listing, cursor, 0)
        walked.ids += [artwork.site_id for artwork in page.artworks]
        walked.rejects += page.rejects
        walked.cursors.append(cursor)
        cursor = page.next_cursor
        if cursor is None:
            return walked
        assert cursor not in walked.cursors, "the walk goes in circles"
        between(number)
    raise AssertionError("the walk does not end")
