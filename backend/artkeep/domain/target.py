"""What the user asked for: a site, a kind, a value, and filters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.rating import ALL_RATINGS, Rating, parse_rating


class TargetKind(StrEnum):
    """Where on a site to look; an adapter knows some of them."""

    USER = "user"
    MODEL = "model"
    VERSION = "version"
    MODEL_TAG = "model_tag"
    IMAGE_TAG = "image_tag"
    POST = "post"
    COLLECTION = "collection"
    COLLECTIONS = "collections"
    IMAGE = "image"
    SEARCH = "search"
    LIKED = "liked"
    FOLLOWED = "followed"
    GENERATOR = "generator"
    POOL = "pool"
    FAVOURITES = "favourites"
    BOOKMARKS = "bookmarks"
    FOLDER = "folder"
    PASTE = "paste"


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """Pixels of a picture, whichever way up it is."""

    long: int
    short: int

    @classmethod
    def of(cls, width: int, height: int) -> Size:
        """The same for both ways up."""
        return cls(max(width, height), min(width, height))

    def __str__(self) -> str:
        """`1024`, or `1920x1080`."""
        return str(self.long) if self.long == self.short else f"{self.long}x{self.short}"


@dataclass(frozen=True, slots=True)
class Filters:
    """What of a target is wanted. An artwork left out is remembered with the reason.

    What a site does not tell is no reason to leave an artwork out: without a date, a size or a
    prompt it passes, unless something had to be there: a rating, a tag, a word of the prompt.
    """

    kinds: frozenset[Kind] = frozenset(Kind)
    ratings: frozenset[Rating] = ALL_RATINGS  # all of them also lets unrated ones through
    since: datetime | None = None
    until: datetime | None = None  # the first moment that is too late
    with_tags: frozenset[str] = frozenset()  # lower case; every one must be there
    without_tags: frozenset[str] = frozenset()
    keeps_untagged: bool = False  # what has no tags at all is wanted in spite of `with_tags`
    with_prompt: frozenset[str] = frozenset()  # lower case; it contains every one
    without_prompt: frozenset[str] = frozenset()
    min_size: Size | None = None  # both sides at least this long

    def rejects(self, artwork: Artwork) -> str | None:
        """The stable reason why this artwork is left out, or None when it is wanted."""
        if artwork.kind not in self.kinds:
            return "filtered_type"
        if self.ratings != ALL_RATINGS and artwork.rating not in self.ratings:
            return "filtered_rating"
        if artwork.posted_at and not self._is_in_time(artwork.posted_at):
            return "filtered_date"
        if self.min_size and self._is_too_small(self.min_size, artwork):
            return "filtered_size"
        if self.with_tags or self.without_tags:
            names = {tag.name.casefold() for tag in artwork.tags}
            is_kept = self.keeps_untagged and not names
            if not (is_kept or self.with_tags <= names) or self.without_tags & names:
                return "filtered_tags"
        if self.with_prompt or self.without_prompt:
            prompt = self._prompt_of(artwork)
            if not all(words in prompt for words in self.with_prompt) or any(
                words in prompt for words in self.without_prompt
            ):
                return "filtered_prompt"
        return None

    def _is_in_time(self, posted_at: datetime) -> bool:
        is_late = self.until is not None and posted_at >= self.until
        return not is_late and (self.since is None or posted_at >= self.since)

    @staticmethod
    def _prompt_of(artwork: Artwork) -> str:
        """Only what came as text: a list or an object has words that nobody wrote there."""
        came = (artwork.generation or {}).get("prompt", artwork.prompt)
        return artwork.prompt.casefold() if artwork.prompt and isinstance(came, str) else ""

    @staticmethod
    def _is_too_small(least: Size, artwork: Artwork) -> bool:
        known = [side for side in (artwork.width, artwork.height) if side]
        if len(known) == 2:
            size = Size.of(*known)
            return size.long < least.long or size.short < least.short
        return any(side < least.short for side in known)

    def to_json(self) -> dict[str, Any]:
        """Only what differs from the default, in a stable order: also the filters' identity."""
        saved: dict[str, Any] = {}
        if self.kinds != frozenset(Kind):
            saved["kinds"] = sorted(self.kinds)
        if self.ratings != ALL_RATINGS:
            saved["ratings"] = [rating.label for rating in sorted(self.ratings)]
        if self.since:
            saved["since"] = self.since.isoformat()
        if self.until:
            saved["until"] = self.until.isoformat()
        for name in ("with_tags", "without_tags", "with_prompt", "without_prompt"):
            if words := getattr(self, name):
                saved[name] = sorted(words)
        if self.keeps_untagged:
            saved["keeps_untagged"] = True
        if self.min_size:
            saved["min_size"] = str(self.min_size)
        return saved

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Filters:
        """The reverse of `to_json`."""
        since, until = saved.get("since"), saved.get("until")
        return cls(
            kinds=frozenset(Kind(kind) for kind in saved.get("kinds", Kind)),
            ratings=frozenset(map(parse_rating, saved["ratings"]))
            if "ratings" in saved
            else ALL_RATINGS,
            since=datetime.fromisoformat(since) if since else None,
            until=datetime.fromisoformat(until) if until else None,
            with_tags=frozenset(saved.get("with_tags", ())),
            without_tags=frozenset(saved.get("without_tags", ())),
            keeps_untagged=saved.get("keeps_untagged", False),
            with_prompt=frozenset(saved.get("with_prompt", ())),
            without_prompt=frozenset(saved.get("without_prompt", ())),
            min_size=read_size(saved["min_size"]) if "min_size" in saved else None,
        )


_SIZE = re.compile(r"([1-9]\d{0,5})(?:[x×*]([1-9]\d{0,5}))?", re.ASCII | re.IGNORECASE)


def read_size(text: str) -> Size:
    """`1024`: no side is shorter; `1920x1080`: at least this, whichever way up.

    Raises ValueError with what to write instead.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError("Write pixels: 1024 for the shorter side, or 1920x1080.")
    return Size.of(int(match[1]), int(match[2] or match[1]))


@dataclass(frozen=True, slots=True)
class Target:
    """One thing asked for. `value` is as the site spells it: a user name, an id, a tag."""

    site: str
    kind: TargetKind
    value: str
    filters: Filters = field(default_factory=Filters)

    @property
    def title(self) -> str:
        """`user lena_paints`: for lists, logs and progress lines."""
        return f"{self.kind.value.replace('_', ' ')} {self.value}"

    @property
    def key(self) -> str:
        """Equal for targets that mean the same thing upstream; names differ by case only."""
        return f"{self.site}:{self.kind}:{self.value.casefold()}"
