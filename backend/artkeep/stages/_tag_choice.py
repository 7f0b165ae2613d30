"""Which way of asking for tags is used, and why: always to be told to people.

A key is the cheapest; without one calls are made from inside a page; when those stop working,
pages are opened and read. After a while the better way is tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from artkeep.domain.tags import TagMethod
from artkeep.net.retry import FetchFailed

# The calls as such are not answered: waiting will not mend it, another way may.
REFUSALS = frozenset(
    {
        "bad_reply",
        "challenge",
        "gone",
        "html",
        "not_found",
        "not_permitted",
        "request_refused",
        "unauthorized",
        "unknown_shape",
    }
)
# And what a page shows in the place of the artwork.
WALLS = REFUSALS | {"page_shape", "login_wall", "rating_gate", "region_blocked"}
_PATIENCE = 3  # refusals in a row, before another way is taken
_AGAIN_S = 900.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The way in use. `why` is a code: `chosen key no_key refused`; `refusal` a reason code."""

    method: TagMethod
    why: str
    refusal: str = ""
    text: str = ""


_WORDS = {
    ("chosen", TagMethod.KEY): "With your key, as you chose.",
    ("chosen", TagMethod.PAGE): "From inside a page of the site, as you chose.",
    ("chosen", TagMethod.READ): "By opening page after page, as you chose.",
    ("key", TagMethod.KEY): "With your key: the quickest way.",
    ("no_key", TagMethod.PAGE): "From inside a page of the site: there is no key.",
}


class Chooser:
    """Remembers how the ways have worked. `wanted` None: choose."""

    def __init__(
        self,
        wanted: TagMethod | None,
        *,
        has_key: bool,
        time_scale: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wanted = wanted
        self._ways = [TagMethod.PAGE, TagMethod.READ]
        if has_key:
            self._ways.insert(0, TagMethod.KEY)
        self._again_s = _AGAIN_S * time_scale
        self._clock = clock
        self._refused = 0
        self._left: dict[TagMethod, tuple[float, FetchFailed]] = {}  # since when, and why
        self._is_proven = False

    @property
    def is_proven(self) -> bool:
        """The way in use has worked: many may go it at once."""
        return self._is_proven

    @property
    def now(self) -> Choice:
        """The way to go."""
        if self._wanted is not None:
            return Choice(self._wanted, "chosen", text=_WORDS["chosen", self._wanted])
        for method in self._ways:
            at, _ = self._left.get(method, (None, None))
            if at is not None and self._clock() - at < self._again_s:
                continue
            if at is not None:
                del self._left[method]
                self._is_proven = False
            return self._because(method)
        return self._because(self._ways[-1])

    def _because(self, method: TagMethod) -> Choice:
        if self._left:
            failed = list(self._left.values())[-1][1]
            words = "By opening page after page" if method is TagMethod.READ else "In a page"
            text = f"{words}: the site does not answer the calls. {failed.message}"
            return Choice(method, "refused", failed.reason, text)
        why = "key" if method is TagMethod.KEY else "no_key"
        return Choice(method, why, text=_WORDS[why, method])

    def worked(self, method: TagMethod) -> None:
        """Answers came this way."""
        if method is self.now.method:
            self._refused = 0
            self._is_proven = True

    def refused(self, method: TagMethod, failed: FetchFailed) -> bool:
        """The site did not answer this way; whether to ask again, as `now` says then."""
        if self._wanted is not None or failed.reason not in REFUSALS:
            return False
        if method is not self.now.method:
            return True  # another way was taken meanwhile
        if method is self._ways[-1]:
            return False
        self._refused += 1
        self._is_proven = False
        if self._refused >= _PATIENCE or failed.reason in ("unauthorized", "challenge"):
            self._left[method] = (self._clock(), failed)
            self._refused = 0
        return True
