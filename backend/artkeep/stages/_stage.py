"""The contract of a stage: what it may claim and what to do with one artwork.

The claim → work → commit loop around it is written once, in `jobs/runner.py`. A stage returns
what to commit or raises; the class of the error says what happens next (`errors.py`).
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from artkeep.domain.artwork import StageName
from artkeep.domain.query import Query
from artkeep.domain.rating import Rating
from artkeep.media.convert import ConverterPool
from artkeep.media.embedding import EmbedderPool
from artkeep.media.examine import DecoderPool
from artkeep.media.library import Library
from artkeep.media.preview_cache import PreviewCache
from artkeep.net.client import Client
from artkeep.settings import Settings
from artkeep.sites._adapter import SiteAdapter
from artkeep.stages._tagging import Tagging
from artkeep.stages._threads import FileThreads
from artkeep.stages._together import Together
from artkeep.store.base import Store
from artkeep.store.claims import Claim
from artkeep.store.embedded import WholeFile
from artkeep.store.stored import StoredArtwork

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")

_MOST_RECENT = 2000
_ROOM_IS_NEWS_S = 0.5


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed piece of work with the artwork it is about."""

    claim: Claim
    stored: StoredArtwork


class RecentArtworks:
    """Artworks just listed here: they need not be read back to be worked on (RB-6)."""

    def __init__(self) -> None:
        self._by_id: dict[int, StoredArtwork] = {}

    def put(self, artworks: Iterable[StoredArtwork]) -> None:
        """Remember these, and forget the oldest beyond two thousand."""
        self._by_id.update((one.id, one) for one in artworks)
        for row_id in list(self._by_id)[: len(self._by_id) - _MOST_RECENT]:
            del self._by_id[row_id]

    def take(self, row_ids: Iterable[int]) -> dict[int, StoredArtwork]:
        """Those of these that are remembered; they are forgotten here."""
        found = ((row_id, self._by_id.pop(row_id, None)) for row_id in row_ids)
        return {row_id: one for row_id, one in found if one is not None}


@dataclass(slots=True)
class StageContext:
    """What stages work with; one per instance."""

    settings: Settings
    store: Store
    owner: str  # this instance's id, quoted in every write
    client: Client
    adapters: Mapping[str, SiteAdapter]
    library: Library
    decoders: DecoderPool
    converters: ConverterPool
    embedders: EmbedderPool
    previews: PreviewCache
    threads: FileThreads  # for writing, walking and flushing files
    placing: FileThreads  # for renaming what is proven: it never queues behind the former
    safe_ratings: frozenset[Rating]
    tagging: Tagging
    whole_files: Together[list[WholeFile]]
    recent: RecentArtworks = field(default_factory=RecentArtworks)
    may_start_work: Callable[[], bool] = field(default=lambda: True)
    on_progress: Callable[[], None] = field(default=lambda: None)
    _room_seen: float = float("-inf")

    @property
    def thumbs(self) -> Path:
        """Where thumbnails lie."""
        return self.settings.data_dir / "thumbs"

    @property
    def time_scale(self) -> float:
        """Shrinks back-off in tests."""
        return self.settings.net.time_scale

    async def in_thread(self, function: Callable[..., R], *args: Any) -> R:
        """Run blocking file work outside the loop; when cancelled, only after it has ended."""
        return await self.threads.run(function, *args)

    def require_room(self) -> None:
        """Raises DiskFull when too little is left on the disk; looks at most twice a second."""
        now = time.monotonic()
        if now - self._room_seen > _ROOM_IS_NEWS_S:
            self.library.require_room(self.settings.disk.keep_free)
            self._room_seen = now


class Stage(ABC, Generic[OutcomeT]):
    """One kind of thing done to one artwork."""

    name: ClassVar[StageName]
    needs: ClassVar[Query]  # who may be asked for at all

    @abstractmethod
    async def work(self, item: Item, context: StageContext) -> OutcomeT:
        """Do it for one artwork. Raises SkipItem, ItemError, RetryLater or JobError."""

    @abstractmethod
    async def settle(
        self, finished: Sequence[tuple[Item, OutcomeT]], context: StageContext
    ) -> None:
        """Make finished work known, many at once. What is not held any more changes nothing.

        Raises SettleFailed naming the items that could not be settled, and why.
        """


class SettleFailed(Exception):
    """Some items of a batch could not be settled; the others were."""

    def __init__(self, failures: Sequence[tuple[Item, Exception]]) -> None:
        super().__init__(f"{len(failures)} items")
        self.failures = failures
