"""What people ask for, understood: the same for the command line and for the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from artkeep.domain.artwork import Kind
from artkeep.domain.query_spans import read_date
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites._registry import match_target


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


def read_tags(words: Iterable[str]) -> frozenset[str]:
    """Tags as filters compare them."""
    return frozenset(word.strip().casefold() for word in words) - {""}
