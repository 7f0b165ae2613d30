"""What the user asked for: a site, a kind, a value, and filters."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Filters:
    """What of a target is wanted. An artwork left out is remembered with the reason."""

    kinds: frozenset[Kind] = frozenset(Kind)
    ratings: frozenset[Rating] = ALL_RATINGS  # all of them also lets unrated ones through
    since: datetime | None = None
    with_tags: frozenset[str] = frozenset()  # lower case; every one must be there
    without_tags: frozenset[str] = frozenset()

    def rejects(self, artwork: Artwork) -> str | None:
        """The stable reason why this artwork is left out, or None when it is wanted."""
        if artwork.kind not in self.kinds:
            return "filtered_type"
        if self.ratings != ALL_RATINGS and artwork.rating not in self.ratings:
            return "filtered_rating"
        if self.since and artwork.posted_at and artwork.posted_at < self.since:
            return "filtered_date"
        if self.with_tags or self.without_tags:
            names = {tag.name.casefold() for tag in artwork.tags}
            if not self.with_tags <= names or self.without_tags & names:
                return "filtered_tags"
        return None

    def to_json(self) -> dict[str, Any]:
        """Only what differs from the default, in a stable order: also the filters' identity."""
        saved: dict[str, Any] = {}
        if self.kinds != frozenset(Kind):
            saved["kinds"] = sorted(self.kinds)
        if self.ratings != ALL_RATINGS:
            saved["ratings"] = [rating.label for rating in sorted(self.ratings)]
        if self.since:
            saved["since"] = self.since.isoformat()
        if self.with_tags:
            saved["with_tags"] = sorted(self.with_tags)
        if self.without_tags:
            saved["without_tags"] = sorted(self.without_tags)
        return saved

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Filters:
        """The reverse of `to_json`."""
        since = saved.get("since")
        return cls(
            kinds=frozenset(Kind(kind) for kind in saved.get("kinds", Kind)),
            ratings=frozenset(map(parse_rating, saved["ratings"]))
            if "ratings" in saved
            else ALL_RATINGS,
            since=datetime.fromisoformat(since) if since else None,
            with_tags=frozenset(saved.get("with_tags", ())),
            without_tags=frozenset(saved.get("without_tags", ())),
        )


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
