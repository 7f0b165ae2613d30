"""Rating levels as bit flags: Civitai's own, which the other sites are mapped onto."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Rating(IntEnum):
    """One artwork has one level. None (unrated) counts as not safe for work."""

    PG = 1
    PG13 = 2
    R = 4
    X = 8
    XXX = 16

    @property
    def label(self) -> str:
        """The word shown to people and used in queries: `PG-13`."""
        return "PG-13" if self is Rating.PG13 else self.name


ALL_RATINGS = frozenset(Rating)
SAFE_RATINGS = frozenset({Rating.PG, Rating.PG13})
_STRICTEST = tuple(
    max((rating for rating in Rating if mask & rating), default=None) for mask in range(32)
)


def parse_rating(word: str) -> Rating:
    """`pg`, `PG-13`, `pg13`, `r`, `x`, `xxx`. Raises KeyError for anything else."""
    return Rating[word.strip().upper().replace("-", "")]


def rating_of_level(level: object) -> Rating | None:
    """A single level bit; unrated (0), blocked (32) and odd values become None.

    An OR of several bits (models, posts) reads as its strictest level.
    """
    if isinstance(level, bool) or not isinstance(level, int):
        return None
    return _STRICTEST[level & 31]


def mask_of(ratings: Iterable[Rating]) -> int:
    """The `browsingLevel` mask for a set of levels; 31 is all of them."""
    mask = 0
    for rating in ratings:
        mask |= rating
    return mask
