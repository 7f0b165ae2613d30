"""Addresses that came with a piece of work: those of captures, which are signed and die.

They stand in the work's spec (`given`) and nowhere else, so that they are gone when it is
finished (SE-24).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from artkeep.sites._adapter import MediaSource, SiteAdapter
from artkeep.sites.captures._pieces import SOURCE
from artkeep.stages._placing import layout_of
from artkeep.stages._stage import Item

GIVEN = "given"  # of the spec: [{url, quality, expires_at}], best first
# What a host says to an address whose signature it does not take (any more).
REFUSALS = frozenset({"not_permitted", "unauthorized", "not_found", "gone", "request_refused"})


def sources_of(item: Item, adapter: SiteAdapter, quality: str) -> Sequence[MediaSource]:
    """Those that came with the work and still live, then what the site itself gives."""
    return (*_living(item, adapter, quality), *adapter.media(item.stored.artwork, quality))


def soonest(addresses: Iterable[Mapping[str, Any]]) -> str:
    """When the first of these dies, as it sorts; those that do not say come last."""
    return min((str(at) for one in addresses if (at := one.get("expires_at"))), default="~")


def source_of(item: Item) -> dict[str, Any] | None:
    """Of what the creation was made: `{url}` or `{base64}`."""
    given: list[dict[str, Any]] = item.claim.spec.get(GIVEN) or []
    return next((one for one in given if one.get("role") == SOURCE), None)


def has_only_given(item: Item) -> bool:
    """Whether the artwork has no address of its own: a refusal means that those have died."""
    return item.stored.artwork.media_url is None


def set_date(item: Item, part: Path) -> None:
    """Captured files, and those laid out by date, have the date of their creation."""
    made_at = item.stored.artwork.posted_at
    is_dated = GIVEN in item.claim.spec or layout_of(item)[0].name == "dated"
    if made_at is None or not is_dated:
        return
    with contextlib.suppress(OSError, OverflowError):  # what the file system does not know
        os.utime(part, (made_at.timestamp(), made_at.timestamp()))


def _living(item: Item, adapter: SiteAdapter, quality: str) -> Iterator[MediaSource]:
    now = datetime.now(UTC)
    given: list[dict[str, Any]] = item.claim.spec.get(GIVEN) or []
    for one in given:
        if one.get("role") == SOURCE:
            continue
        expires_at = one.get("expires_at")
        if expires_at and datetime.fromisoformat(expires_at) <= now:
            continue
        there = dataclasses.replace(item.stored.artwork, media_url=str(one["url"]))
        for source in adapter.media(there, quality):
            yield dataclasses.replace(source, quality=str(one.get("quality", "hd")))
