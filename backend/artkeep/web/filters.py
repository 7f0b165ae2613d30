"""The filters that a request asks for: the same for a preview and for a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from artkeep.domain.artwork import Kind
from artkeep.domain.rating import ALL_RATINGS, Rating, parse_rating
from artkeep.domain.target import Filters, read_size
from artkeep.errors import UsageError
from artkeep.jobs.asked import read_kinds, read_since, read_tags, read_until

T = TypeVar("T")


class Narrowed(Protocol):
    """What previews and jobs spell alike."""

    @property
    def since(self) -> str | None: ...
    @property
    def until(self) -> str | None: ...
    @property
    def with_tags(self) -> list[str]: ...
    @property
    def without_tags(self) -> list[str]: ...
    @property
    def with_prompt(self) -> list[str]: ...
    @property
    def without_prompt(self) -> list[str]: ...
    @property
    def min_size(self) -> str | None: ...


def read_filters(asked: Narrowed, kinds: Iterable[str], ratings: Iterable[str]) -> Filters:
    """No kinds and no ratings: all of them. Raises UsageError for what cannot be read."""
    return Filters(
        kinds=_kinds(kinds),
        ratings=_ratings(ratings),
        since=_read("since", asked.since, read_since, "bad_date"),
        until=_read("until", asked.until, read_until, "bad_date"),
        with_tags=read_tags(asked.with_tags),
        without_tags=read_tags(asked.without_tags),
        with_prompt=read_tags(asked.with_prompt),
        without_prompt=read_tags(asked.without_prompt),
        min_size=_read("min_size", asked.min_size, read_size, "bad_size"),
    )


def _read(name: str, text: str | None, read: Callable[[str], T], code: str) -> T | None:
    try:
        return read(text) if text else None
    except ValueError as error:
        raise UsageError(f"{name} {text}: {error}", code=code) from None


def _kinds(words: Iterable[str]) -> frozenset[Kind]:
    try:
        return read_kinds({Kind(word.lower()) for word in words} or Kind)
    except ValueError:
        raise UsageError("kind: write image, video or both.", code="bad_kind") from None


def _ratings(words: Iterable[str]) -> frozenset[Rating]:
    try:
        return frozenset(map(parse_rating, words)) or ALL_RATINGS
    except KeyError:
        sentence = "rating: write PG, PG-13, R, X or XXX."
        raise UsageError(sentence, code="bad_rating") from None
