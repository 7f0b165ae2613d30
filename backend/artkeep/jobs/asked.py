"""What people ask for, understood: the same for the command line and for the page."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from artkeep.domain.artwork import Kind
from artkeep.domain.query_spans import read_date
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.errors import UsageError
from artkeep.jobs.keys import PATIENCE_S
from artkeep.net.client import Client
from artkeep.net.retry import longest_wait_s, with_retries
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites._registry import match_target

_TRIES = 3
_CAP_S = 3.0


def read_targets(
    sites: Mapping[str, SiteAdapter],
    texts: Iterable[tuple[str, TargetKind | None]],
    filters: Filters,
) -> list[Target]:
    """Every target that was asked for, once, each with these filters.

    A text is a link, `site:kind:value`, or a bare value of the kind beside it. Raises
    UsageError, and NoAdapter when no site takes it.
    """
    unique: dict[str, Target] = {}
    for text, kind in texts:
        target = match_target(sites, text, kind)
        unique.setdefault(target.key, target)  # as it was spelt first
    return [
        Target(target.site, target.kind, target.value, filters) for target in unique.values()
    ]


def at_site(
    sites: Mapping[str, SiteAdapter], site: str | None, text: str, kind: TargetKind | None
) -> str:
    """A name or an id as one of the site that was chosen; links say themselves where they lead.

    Raises UsageError.
    """
    if site is None:
        return text
    adapter = sites.get(site.lower())
    if adapter is None:
        near = difflib.get_close_matches(site.lower(), sites, n=1)
        advice = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sites)}."
        raise UsageError(f"There is no site called {site!r}.", advice=advice)
    if "://" in text or text.partition(":")[0].lower() == adapter.name:
        return text
    usual = TargetKind.SEARCH if TargetKind.SEARCH in adapter.kinds else TargetKind.USER
    return f"{adapter.name}:{kind or usual}:{text}"


async def name_accounts(
    client: Client,
    sites: Mapping[str, SiteAdapter],
    targets: Sequence[Target],
    *,
    time_scale: float = 1.0,
) -> list[Target]:
    """The targets with `me` replaced by the name of the key's account, for somebody who waits.

    Raises AuthRequired without a key or with a refused one; RetryLater, FetchFailed.
    """
    longest_wait_s.set(PATIENCE_S)
    named: dict[str, Target] = {}
    for target in targets:
        adapter = sites[target.site]
        if adapter.is_unnamed(target):
            target = await with_retries(
                partial(_name_account, adapter, client, target),
                max_tries=_TRIES,
                cap_s=_CAP_S,
                time_scale=time_scale,
            )
        named.setdefault(target.key, target)
    return list(named.values())


async def _name_account(
    adapter: SiteAdapter, client: Client, target: Target, attempt: int
) -> Target:
    return await adapter.name_account(client, target)


def read_kinds(kinds: Iterable[Kind]) -> frozenset[Kind]:
    """Who wants videos also wants the animations that sites keep as single frames."""
    wanted = frozenset(kinds)
    return wanted | {Kind.UGOIRA} if Kind.VIDEO in wanted else wanted


def read_since(text: str) -> datetime:
    """`2026-05-01`, `30d`, `1y` … Raises ValueError with what to write instead."""
    low = read_date(text, datetime.now(UTC)).low
    if not isinstance(low, datetime):
        raise ValueError("Write the day from which on: 2026-05-01, 7d, 1y …")
    return low


def read_until(text: str) -> datetime:
    """`2026-05-01` with that day, `30d` up to then, `<2026-05-01` before it: the first moment
    that is too late. Raises ValueError with what to write instead."""
    word = text.strip()
    high = read_date(word if word.startswith("<") else f"<={word}", datetime.now(UTC)).high
    if not isinstance(high, datetime):
        raise ValueError("Write the last day: 2026-05-01, 7d, 1y …")
    return high


def read_tags(words: Iterable[str]) -> frozenset[str]:
    """Tags, and words of a prompt, as filters compare them."""
    return frozenset(word.strip().casefold() for word in words) - {""}
