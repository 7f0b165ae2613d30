"""Jobs that ask for tags: which artworks they mean, and how many at a time are in hand."""

from __future__ import annotations

import math

from artkeep.domain.query import parse_query
from artkeep.errors import UsageError
from artkeep.stages._stage import StageContext

MOST_TAGS_CLAIMED = 600
_UNTAGGED = "tagging:none,queued,failed"  # queued: left by a job that runs no more
_SECONDS_AHEAD = 2.0  # a pause waits for what is in hand


def scope_text(query: str, *, again: bool = False, older_than: str | None = None) -> str:
    """A query without what has its tags already; with `older_than` (`30d`) what was asked for
    before then counts as untagged. Raises BadQuery, UsageError."""
    parse_query(query)
    if again:
        return query
    wanted = _UNTAGGED
    if older_than:
        if not older_than.isalnum():
            raise UsageError(
                f"{older_than[:40]!r} is no length of time.",
                advice="Use 12h, 30d, 2w, 3m or 1y.",
            )
        wanted = f"({_UNTAGGED} OR tagged:<{older_than})"
        parse_query(wanted)
    return f"({query}) {wanted}" if query.strip() else wanted


def artworks_at_once(context: StageContext, calls: int) -> int:
    """So many that as many calls may be filled as are made at a time, and no more than the
    site's limit lets through in a moment."""
    sources = [source for one in context.adapters.values() if (source := one.tags())]
    batch = max((source.batch for source in sources), default=1)
    if not context.settings.net.unlimited:
        rates = [one.limits.requests_per_s for one in context.adapters.values()]
        rate = context.settings.net.requests_per_s or max(rates, default=1.0)
        calls = min(calls, max(2, math.ceil(rate * _SECONDS_AHEAD)))
    return calls * batch
