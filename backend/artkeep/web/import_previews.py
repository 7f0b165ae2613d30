"""Captures that were read and not imported yet: in memory only, few, and not for long.

They hold signed addresses and copied logins, so they are nowhere else (SE-24, SE-26).
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from artkeep.errors import NotFound
from artkeep.jobs.capture_inbox import CaptureInbox, Waiting
from artkeep.jobs.captures import CaptureReader
from artkeep.sites.captures._capture import Creation

INBOX = "inbox"  # the token of what extensions have sent; it is never over
_MOST = 4
_LIVES_S = 30 * 60.0


@dataclass(slots=True)
class _Kept:
    reader: CaptureReader
    until: float


class ImportPreviews:
    """Those of this process. Safe to use from threads."""

    def __init__(self, inbox: CaptureInbox) -> None:
        self._inbox = inbox
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, reader: CaptureReader) -> str:
        """The token of what was read; the oldest makes room."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._forget_old()
            self._kept[token] = _Kept(reader, time.monotonic() + _LIVES_S)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return token

    def get(self, token: str) -> CaptureReader | CaptureInbox:
        """What was read. Raises NotFound when it is over."""
        if token == INBOX:
            return self._inbox
        with self._lock:
            self._forget_old()
            kept = self._kept.get(token)
        if kept is None:
            raise NotFound(
                "This preview is over.", code="import_over", advice="Paste it once more."
            )
        return kept.reader

    def chosen(self, token: str, upto: int | None) -> Waiting:
        """What somebody means who has seen the inbox as it was at `upto`."""
        kept = self.get(token)
        if isinstance(kept, CaptureInbox):
            return kept.waiting(upto)
        return Waiting(kept.creations)

    def done(self, token: str, creations: Sequence[Creation]) -> None:
        """These were imported or not wanted; what came in since waits on."""
        if token == INBOX:
            self._inbox.forget([one.key for one in creations])
        else:
            self.drop(token)

    def drop(self, token: str) -> None:
        """Forget it now."""
        if token == INBOX:
            self._inbox.forget([one.key for one in self._inbox.waiting().creations])
            return
        with self._lock:
            self._kept.pop(token, None)

    def _forget_old(self) -> None:
        now = time.monotonic()
        for token in [token for token, kept in self._kept.items() if kept.until < now]:
            del self._kept[token]
