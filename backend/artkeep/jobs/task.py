"""What is listed and for whom; and what it means when a page cannot be had."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from artkeep.jobs.asking import Wanted
from artkeep.jobs.listed import Lead
from artkeep.jobs.shape import ShapeWatch
from artkeep.sites._adapter import SiteAdapter
from artkeep.stages._stage import StageContext
from artkeep.store.ledger import TargetRow

API_CAP_S = 30.0
TRIES_A_PAGE = 8
# Our API calls are answered with JSON: anything else is an outage, not an answer.
NO_ANSWER = frozenset({"html", "json_error", "bad_reply", "empty", "unknown_shape"})
# The site does not answer this way of asking at all; waiting would not help.
NOT_OFFERED = frozenset(
    {
        *("unauthorized", "not_permitted", "not_found", "gone", "request_refused"),
        *("challenge", "html", "bad_reply", "json_error", "unknown_shape"),
    }
)
# Every other way of asking would meet the same.
TROUBLE_OF_HOST = frozenset(
    {
        *("host_paused", "offline", "dns", "connect_refused", "connect_timeout", "proxy"),
        *("tls", "tls_clock", "region_blocked", "unauthorized", "challenge", "maintenance"),
        *("rate_limited", "empty_pages"),
    }
)


@dataclass(frozen=True, slots=True)
class Task:
    """Whose target is listed, and for what."""

    context: StageContext
    lead: Lead
    target: TargetRow
    wanted: Wanted
    adapter: SiteAdapter
    shape: ShapeWatch
    may_go_on: Callable[[], Awaitable[None]]
    found_work: Callable[[], None]
