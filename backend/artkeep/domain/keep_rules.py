"""Which of several artworks that look the same is the best one to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class KeepRule(StrEnum):
    """What counts most; what is equal is told apart by the next thing."""

    LARGEST = "largest"  # picture, then file
    SMALLEST_FILE = "smallest_file"  # of the largest pictures
    OLDEST = "oldest"
    NEWEST = "newest"
    MOST_KNOWN = "most_known"  # prompt, seed, model, tags


@dataclass(frozen=True, slots=True)
class Candidate:
    """What speaks for an artwork. `size` is in bytes, `known` larger the more is known."""

    artwork_id: int
    pixels: int
    size: int
    format: str
    is_original: bool
    posted_at: datetime | None
    has_prompt: bool
    known: int
    perceptual_hash: int | None


_LOSSLESS = ("png", "gif")
_NEVER = datetime.max.replace(tzinfo=UTC)
_ALWAYS = datetime.min.replace(tzinfo=UTC)

_KEYS: Mapping[KeepRule, Callable[[Candidate], tuple[Any, ...]]] = {
    KeepRule.LARGEST: lambda one: (-one.pixels, not one.is_original, -one.size, -one.known),
    KeepRule.SMALLEST_FILE: lambda one: (-one.pixels, one.size, -one.known),
    KeepRule.OLDEST: lambda one: (one.posted_at or _NEVER, -one.pixels, -one.size),
    KeepRule.NEWEST: lambda one: (
        _ALWAYS - (one.posted_at or _ALWAYS),
        -one.pixels,
        -one.size,
    ),
    KeepRule.MOST_KNOWN: lambda one: (-one.known, -one.pixels, -one.size),
}


def best_first(candidates: Sequence[Candidate], rule: KeepRule) -> list[Candidate]:
    """The one to keep, then the others; always the same order."""
    return sorted(candidates, key=lambda one: (*_KEYS[rule](one), one.artwork_id))


def hints(one: Candidate, among: Sequence[Candidate]) -> list[str]:
    """What sets it apart from some of the others."""
    found = []
    if one.pixels == max(other.pixels for other in among) != min(o.pixels for o in among):
        found.append("largest_picture")
    if one.size == max(other.size for other in among) != min(other.size for other in among):
        found.append("largest_file")
    if one.is_original and not all(other.is_original for other in among):
        found.append("original")
    if one.format in _LOSSLESS and not all(other.format in _LOSSLESS for other in among):
        found.append("lossless")
    if one.has_prompt and not all(other.has_prompt for other in among):
        found.append("has_prompt")
    dates = [other.posted_at for other in among if other.posted_at is not None]
    if one.posted_at is not None and one.posted_at == min(dates) != max(dates):
        found.append("oldest")
    return found
