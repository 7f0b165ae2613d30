"""What was looked at here without being stored: the artworks themselves, and where their small
forms come from.

A token stands for addresses in `/preview/{token}`: it can only be made by this process, so that
nobody can make it fetch anything else (SE-9).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from artkeep.domain.artwork import Artwork
from artkeep.errors import AppError, NotFound, RetryLater
from artkeep.jobs.asking import Addresses
from artkeep.jobs.preview import Walks, bring_first
from artkeep.media.sniff import MediaType
from artkeep.sites._adapter import Given, MediaSource

if TYPE_CHECKING:
    from artkeep.web.services import Services

K = TypeVar("K")
V = TypeVar("V")

_MOST_ARTWORKS = 5_000
_MOST_TOKENS = 30_000
_MOST_FAILURES = 1_000
_PATIENCE_S = 30.0
_FAILED_FOR_S = 60.0  # a grid that is scrolled to and fro asks again and again


class _Newest(Generic[K, V]):
    """A dictionary that forgets what was put there longest ago. Safe to use from threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get(self, key: K) -> V | None:
        with self._lock:
            return self._kept.get(key)


class Previewed:
    """One per process."""

    def __init__(self, at: Services) -> None:
        self.walks = Walks(at.settings.net.time_scale)
        self._at = at
        self._secret = secrets.token_bytes(32)
        self._artworks: _Newest[tuple[str, str], Artwork] = _Newest(_MOST_ARTWORKS)
        self._given: _Newest[tuple[str, str], Addresses] = _Newest(_MOST_ARTWORKS)
        self._sources: _Newest[str, tuple[MediaSource, ...]] = _Newest(_MOST_TOKENS)
        self._failures: _Newest[str, tuple[float, AppError]] = _Newest(_MOST_FAILURES)
        self._cache = at.engine.previews
        self._running: dict[str, Future[None]] = {}
        self._lock = threading.Lock()

    def remember(self, artworks: Iterable[Artwork], given: Given) -> None:
        """Artworks as their site has listed them, for whoever picks some of them, and the
        addresses of those whose addresses die."""
        for artwork in artworks:
            key = (artwork.site, artwork.site_id)
            self._artworks.put(key, artwork)
            if addresses := given.get(artwork.site_id):
                self._given.put(key, addresses)

    def recall(self, site: str, site_id: str) -> Artwork | None:
        """One of the last five thousand that were looked at."""
        return self._artworks.get((site, site_id))

    def recall_given(self, site: str, site_ids: Iterable[str]) -> Given:
        """The addresses that came with those, where they came with any."""
        return {key: to for key in site_ids if (to := self._given.get((site, key)))}

    def url(self, sources: tuple[MediaSource, ...]) -> str | None:
        """Our address for a small form; the same one as long as this process lives."""
        if not sources:
            return None
        digest = hmac.new(self._secret, _key(sources).encode(), hashlib.sha256).digest()
        token = digest[:16].hex()
        self._sources.put(token, sources)
        return f"/preview/{token}"

    def fetch(self, token: str) -> tuple[Path, MediaType]:
        """The file behind a token; whoever asks for one that is being fetched waits for it.

        Raises NotFound, RetryLater, FetchFailed, FileProblem.
        """
        sources = self._sources.get(token)
        if sources is None:
            raise NotFound("This preview is too old.", advice="Preview it again.")
        key = _key(sources)
        for _ in range(2):  # what was just put there may just have been made room for another
            found = self._cache.find(key)
            if found is not None:
                return found
            self._wait_for(key, sources)
        raise NotFound("This preview could not be kept.", advice="Try again.")

    def _wait_for(self, key: str, sources: tuple[MediaSource, ...]) -> None:
        failed = self._failures.get(key)
        if failed is not None and time.monotonic() < failed[0]:
            raise failed[1].with_traceback(None)
        with self._lock:
            running = self._running.get(key)
            if running is None and self._cache.find(key) is not None:
                return  # it came between our looking and now
            if running is None:
                running = self._running[key] = self._start(key, sources)
        running.add_done_callback(lambda done: self._forget(key, done))
        try:
            running.result(_PATIENCE_S)
        except TimeoutError:  # it goes on, into the cache
            raise RetryLater(
                "The site sends this preview very slowly.", after_s=10, code="site_slow"
            ) from None
        except AppError as error:
            self._failures.put(key, (time.monotonic() + _FAILED_FOR_S, error))
            raise

    def _start(self, key: str, sources: tuple[MediaSource, ...]) -> Future[None]:
        engine = self._at.engine
        scale = self._at.settings.net.time_scale
        return engine.submit(
            bring_first(engine.client, sources, self._cache, key, time_scale=scale)
        )

    def _forget(self, key: str, done: Future[None]) -> None:
        with self._lock:
            if self._running.get(key) is done:
                del self._running[key]


def _key(sources: tuple[MediaSource, ...]) -> str:
    return "\n".join(source.url for source in sources)
