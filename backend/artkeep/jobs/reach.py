"""How far walks over one list reached from different places, told by the dates of its items.

A list that ends at a cap is begun from its other end, then where the last year, month, week and
day begin. They reached everything when what they reached is in one piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from artkeep.domain.artwork import Artwork
from artkeep.store.walks import ListingRow

WINDOW = "window"  # the reason of a walk that began in the middle: it proves nothing by itself


@dataclass(frozen=True, slots=True)
class Span:
    """From the first item of a walk to its last one so far."""

    from_at: datetime
    to_at: datetime

    @property
    def low(self) -> datetime:
        return min(self.from_at, self.to_at)

    @property
    def high(self) -> datetime:
        return max(self.from_at, self.to_at)

    @property
    def is_upwards(self) -> bool:
        """Whether the walk went from the oldest on."""
        return self.from_at < self.to_at

    def holds(self, moment: datetime) -> bool:
        """Strictly: of many items of the same moment some may not have been reached."""
        return self.low < moment < self.high


def span_of(row: ListingRow) -> Span | None:
    """What a walk reached without a hole, where its list tells."""
    tail = row.tail
    if row.holes or tail is None or tail.from_at is None or tail.to_at is None:
        return None
    return Span(tail.from_at, tail.to_at)


def spans_of(rows: Iterable[ListingRow]) -> list[Span]:
    """What walks reached from the ends of their lists."""
    spans = [span_of(row) for row in rows if row.reason != WINDOW]
    return [span for span in spans if span]


def first_moment(artworks: Sequence[Artwork]) -> datetime | None:
    """Of the items of a page."""
    return next((one.posted_at for one in artworks if one.posted_at), None)


def last_moment(artworks: Sequence[Artwork]) -> datetime | None:
    """Of the items of a page."""
    return first_moment(artworks[::-1])


def has_met(at: datetime, is_upwards: bool, others: Sequence[Span]) -> bool:
    """Whether what follows was reached by a walk that came from there."""
    return any(span.is_upwards != is_upwards and span.holds(at) for span in others)


def unreached(rows: Iterable[ListingRow]) -> list[tuple[datetime, datetime]] | None:
    """The parts of a list that these walks over it left out; None when that cannot be told."""
    found = [(row, span) for row in rows if (span := span_of(row))]
    whole = [span for row, span in found if row.reason != WINDOW]
    if {span.is_upwards for span in whole} != {True, False}:
        return None  # nobody began at one of its ends
    by_low = sorted((span for _, span in found), key=lambda span: span.low)
    left_out = []
    reached = by_low[0].high
    for span in by_low[1:]:
        if span.low >= reached:
            left_out.append((reached, span.low))
        reached = max(reached, span.high)
    return left_out
