"""The contract of a site whose visitors tag artworks and vote on the tags.

The site says what to ask and what an answer means; how it is asked (with a key, from inside a
page, by opening pages) is the caller's choice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from artkeep.domain.tags import TagSet
from artkeep.net.browser import Look, Seen
from artkeep.net.retry import FetchFailed

# Asks for an address and returns the decoded JSON, or raises FetchFailed.
Call = Callable[[str], Awaitable[Any]]


class TagSource(ABC):
    """The tags of one site's artworks."""

    batch: int  # artworks asked for in one call
    home: str  # a quiet address of the site, from which calls are made inside a page
    front: str  # one with everything on it, where the site may check the browser
    has_key: bool
    look: Look
    further_hosts: frozenset[str] = frozenset()  # without which its pages do not work

    @property
    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """What goes along with calls over plain HTTP."""

    @property
    @abstractmethod
    def cookies(self) -> Sequence[Mapping[str, Any]]:
        """What the browser is given besides its profile."""

    @property
    @abstractmethod
    def login_page(self) -> str:
        """Where a person logs in."""

    @abstractmethod
    def is_logged_in(self, cookies: Mapping[str, str]) -> bool:
        """Whether these cookies of the site are somebody's."""

    @abstractmethod
    async def ask(self, call: Call, site_ids: Sequence[str]) -> list[TagSet | FetchFailed]:
        """The tags of up to `batch` artworks, in their order.

        An artwork without tags has an empty set only when the site was found to know it.
        Raises FetchFailed when the whole call failed.
        """

    @abstractmethod
    def page_url(self, site_id: str) -> str:
        """Where people look at the artwork."""

    @abstractmethod
    def read(self, site_id: str, seen: Seen) -> TagSet:
        """The tags on an opened page. Raises FetchFailed: it is another page, or a wall."""
