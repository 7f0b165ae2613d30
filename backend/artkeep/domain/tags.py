"""The tags that a site's visitors give an artwork, with their votes. Pure data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class TagMethod(StrEnum):
    """How they were asked for."""

    KEY = "key"  # the page's own calls over plain HTTP, with the user's key
    PAGE = "page"  # the same calls from inside a page of the site
    READ = "read"  # pages opened one by one and read


@dataclass(frozen=True, slots=True)
class VotedTag:
    """One tag of one artwork. `display` is what the site's page shows in place of the name;
    several tags may be shown alike, so the id is what tells them apart.

    `name` is None where only what the page shows is known. `level` is the tag's rating level.
    """

    site_tag_id: str
    name: str | None
    display: str
    category: str | None = None
    level: int | None = None
    score: int | None = None
    up: int | None = None
    down: int | None = None
    automated: bool | None = None


@dataclass(frozen=True, slots=True)
class TagSet:
    """What a site says of one artwork. A partial set lacks tags, or votes of its tags: it adds
    to what is known and takes nothing away."""

    tags: tuple[VotedTag, ...] = ()
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class TagChanges:
    """What is different between two sets, by tag name. `voted`: name, score before, after."""

    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    voted: Sequence[tuple[str, int | None, int | None]] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing did."""
        return not (self.added or self.removed or self.voted)
