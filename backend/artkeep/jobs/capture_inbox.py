"""What extensions have picked up and nobody has imported yet: recognised creations only.

In memory, like everything that may hold signed addresses (SE-24, SE-26): a restart forgets it.
What the library already knows as well is not kept.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from artkeep.domain.artwork import Status
from artkeep.errors import Conflict
from artkeep.jobs.captures import CaptureReader, Recognised
from artkeep.jobs.outline import count_secrets
from artkeep.sites.captures._capture import Creation, HostRule
from artkeep.sites.captures._outputs import judge_url
from artkeep.sites.captures._rows import rows_of
from artkeep.sites.captures._services import SERVICES
from artkeep.store import artworks, given
from artkeep.store.base import Store

MOST_WAITING = 5_000
MOST_BYTES = 16 * 2**20  # of what is kept of them
_MOST_LOOSE = 16 * 2**20  # of replies in which settings may have come before their creation
_MOST_ORIGINS = 20
# Beside the services' own: NightCafe lists creations over a channel of Google's.
_REPLIES = (
    *(rule for service in SERVICES for rule in service.asks),
    HostRule("firestore.googleapis.com"),
)


_ON_ITS_WAY = (Status.DONE, Status.SKIPPED, Status.QUEUED)


def news_in(store: Store, creations: Sequence[Creation]) -> set[tuple[str, str]]:
    """The keys of those that hold something to fetch, or tell more than the library knows."""
    news = set()
    listed = {one.key: rows_of(one)[1] for one in creations}
    with store.reading() as connection:
        for site in {one.service for one in creations}:
            mine = {key: rows for key, rows in listed.items() if key[0] == site}
            ids = [row.site_id for rows in mine.values() for row in rows]
            statuses = artworks.statuses(connection, site, ids)
            known = given.known(connection, site, ids)
            for key, rows in mine.items():
                for row in rows:
                    before = known.get(row.site_id)
                    had = before.artwork.generation if before else None
                    tells_more = len(row.generation or {}) > len(had or {})
                    if statuses.get(row.site_id) not in _ON_ITS_WAY or tells_more:
                        news.add(key)
    return news


@dataclass(frozen=True, slots=True)
class PickedUp:
    """One reply that a service gave to its own page; `request` only where the settings stand
    in it."""

    url: str
    text: str = field(repr=False)
    request: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of some replies: creations that were recognised, those of them that tell
    something new, and how many replies of other hosts were refused."""

    recognised: int
    new: tuple[Creation, ...]
    refused: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """`upto` names everything that has arrived so far; what comes later is not meant by it."""

    creations: tuple[Creation, ...] = ()
    upto: int = 0
    origins: tuple[str, ...] = ()


class CaptureInbox:
    """The one of this process. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._reader = CaptureReader()
        self._arrived: dict[tuple[str, str], int] = {}  # when each came, counted
        self._sizes: dict[tuple[str, str], int] = {}
        self._last = 0
        self._loose = 0
        self._origins: list[str] = []

    def take(
        self,
        replies: Iterable[PickedUp],
        origin: str,
        is_worth: Callable[[Sequence[Creation]], Collection[tuple[str, str]]],
    ) -> Taken:
        """Read replies that a page of `origin` has got; `is_worth` says which creations tell
        something that the library does not know. Raises Conflict when there is no more room."""
        with self._lock:
            waits = len(self._arrived), sum(self._sizes.values())
            if waits[0] >= MOST_WAITING or waits[1] >= MOST_BYTES:
                raise Conflict(
                    "So much waits for import that no more is taken.",
                    advice="Import it or forget it in Artkeep's Import tab.",
                    code="inbox_full",
                )
            before = {one.key: one for one in self._reader.creations}
            refused = 0
            for reply in replies:
                if judge_url(reply.url, _REPLIES) is not None:
                    refused += 1
                    continue
                self._reader.add_reply(reply.text, reply.url, reply.request)
                self._loose += len(reply.text) + len(reply.request or "")
            after = self._reader.creations
            touched = [one for one in after if before.get(one.key) is not one]
            worth = is_worth(touched)
            self._reader.forget({one.key for one in touched} - {*worth, *self._arrived})
            for one in touched:
                if one.key in worth and one.key not in self._arrived:
                    self._last += 1
                    self._arrived[one.key] = self._last
                if one.key in self._arrived:
                    self._sizes[one.key] = len(json.dumps(one.raw))
            if worth and origin not in self._origins:
                self._origins = [*self._origins, origin][-_MOST_ORIGINS:]
            if self._loose >= _MOST_LOOSE:
                self._reader.forget_settings()
                self._loose = 0
            new = tuple(one for one in touched if one.key in worth)
            return Taken(len(touched), new, refused)

    def waiting(self, upto: int | None = None) -> Waiting:
        """What waits, in the order in which it came; with `upto` what had come by then."""
        with self._lock:
            last = self._last if upto is None else upto
            creations = tuple(
                one
                for one in self._reader.creations
                if self._arrived.get(one.key, last + 1) <= last
            )
            return Waiting(creations, last, tuple(self._origins))

    def recognised(self) -> Recognised:
        """The same as a preview shows it."""
        creations = self.waiting().creations
        return Recognised(creations, secrets=sum(count_secrets(one.raw) for one in creations))

    def forget(self, keys: Collection[tuple[str, str]]) -> None:
        """They were imported, or are not wanted."""
        with self._lock:
            self._reader.forget(keys)
            for key in keys:
                self._arrived.pop(key, None)
                self._sizes.pop(key, None)
            if not self._arrived:
                self._origins.clear()
